import { type AddressArguments, planAddress } from "../../planning/address";
import { type BondArguments, planBond } from "../../planning/bond";
import { type Colo, type ColoPlan, planColo } from "../../planning/colo";
import type { CustomerArguments } from "../../planning/customers";
import { formatUnitName, type UnitKind, type UnitName, withKeyVersion } from "../../planning/names";
import { planUplink, type UplinkArguments } from "../../planning/uplink";
import { renderAddress } from "../../rendering/address";
import { renderBondAtColo } from "../../rendering/bond";
import { renderColo } from "../../rendering/colo";
import { renderCustomer } from "../../rendering/customer";
import { renderUnit, renderUnitCommands, type Unit } from "../../rendering/unit";
import { renderUplinkAtColo } from "../../rendering/uplink";
import { AgentHost, type ShellName } from "./agent-host";
import { planOf, publicKeysOf, torontoIPv6, unitOf } from "./fixtures";
import type { Outcome } from "./tools";

/** A customer's stack, as far as the colo sees it. */
export interface Party {
  readonly login: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly address: string;
  readonly line: string;
}

export const alpha: Party = {
  ...{ login: "extrude-alpha", organization: "alpha", project: "net", stack: "prod" },
  ...{ address: "77.1.2.17", line: "55.1.2.3" },
};
export const beta: Party = {
  ...{ login: "extrude-beta", organization: "beta", project: "net", stack: "prod" },
  ...{ address: "77.1.2.33", line: "99.1.2.3" },
};

const key = (name: string): string => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${name.padEnd(43, "x")} ${name}`;

/** Two customers of the example colo. */
export const customers = {
  alpha: { keys: [key("alpha")], stacks: ["alpha/net"], prefixes: ["77.1.2.16/28", "2001:db8:77:100::/56"] },
  beta: { keys: [key("beta")], stacks: ["beta"], prefixes: ["77.1.2.32/28", "2001:db8:77:200::/56"] },
} satisfies Record<string, CustomerArguments>;

export function coloWith(given: Readonly<Record<string, CustomerArguments>> = customers): ColoPlan {
  return planOf(planColo({ ...torontoIPv6, unit: unitOf("colo", "toronto"), customers: given }));
}

/** The colo's own units: its own, and one for each customer. */
export function ownersUnits(plan = coloWith()): Unit[] {
  return [renderColo(plan), ...plan.customers.map((customer) => renderCustomer(customer, plan))];
}

/** What a customer's stack renders for the colo. */
export class CustomersUnits {
  public constructor(
    public readonly party: Party,
    private readonly colo: Colo = torontoIPv6,
  ) {}

  public name(kind: UnitKind, name: string): string {
    return formatUnitName(this.unitName(kind, name));
  }

  public address(over: Partial<AddressArguments> = {}): Unit {
    const { colo, party } = this;
    return renderAddress(
      planOf(planAddress({ unit: this.unitName("address", "vpn"), colo, address: party.address, ...over })),
    );
  }

  public uplink(over: Partial<UplinkArguments> = {}): Unit {
    const { colo, party } = this;
    const unit = this.unitName("uplink", "dsl");
    const args = { unit, colo, router: "router", interface: "eth1", address: party.line, ...over };
    const plan = planOf(planUplink(args));
    return renderUplinkAtColo(plan, publicKeysOf({ ...unit, name: plan.unit }));
  }

  public bond(over: Partial<BondArguments> = {}): Unit {
    const { colo, party } = this;
    const addresses = [{ unit: this.name("address", "vpn"), address: party.address, colo: colo.unit }];
    const unit = this.unitName("bond", "office");
    const uplinks = [{ uplink: this.line("dsl") }];
    return renderBondAtColo(planOf(planBond({ unit, colo, router: "router", addresses, uplinks, ...over })));
  }

  public site(): Unit[] {
    return [this.address(), this.uplink(), this.bond()];
  }

  public line(name: string, keyVersion = 1): BondArguments["uplinks"][number]["uplink"] {
    const unit = formatUnitName(withKeyVersion(this.unitName("uplink", name), keyVersion));
    const ends = { colo: this.colo.unit, router: "router", interface: name };
    return { unit, name, ...ends, address: this.party.line, tunnelMtu: 1476 };
  }

  public unitName(kind: UnitKind, name: string): UnitName {
    const { organization, project, stack } = this.party;
    return { organization, project, stack, kind, name };
  }
}

/** The host of the colo with its customers' logins, and nothing of the customers'. */
export function hostWithCustomers(folder: string, shell: ShellName, plan = coloWith()): AgentHost {
  const agent = new AgentHost(folder, shell);
  const held = ["inet 77.1.2.2/24", "inet6 2001:db8:77::2/64"];
  agent.write("addresses.eth0", held.map((one) => `2: eth0    ${one} scope global eth0\n`).join(""));
  return agent.holding(...ownersUnits(plan));
}

/** What Pulumi has a host do, to apply a unit. The secrets follow on stdin. */
export function commandToApply(text: string, name = nameIn(text)): string {
  const rendered = { name, host: "rack", header: [], sections: {} };
  const [first = ""] = renderUnitCommands(rendered, "extrude-someone").create.split("\n");
  return `${first}\n${text}.unit.`;
}

export function commandToRemove(name: string, host = "rack"): string {
  return renderUnitCommands({ name, host, header: [], sections: {} }, "extrude-someone").delete;
}

export const nameIn = (text: string): string => /^unit (.*)$/m.exec(text)?.[1] ?? "";

export function askToApply(agent: AgentHost, { login }: Party, unit: Unit | string, secrets = ""): Outcome {
  return agent.ask(login, commandToApply(typeof unit === "string" ? unit : renderUnit(unit)), secrets);
}

/** The host with the sites of both customers. No attack is kept waiting because there have been others. */
export function hostWithSites(folder: string, shell: ShellName): AgentHost {
  const plan = coloWith({ ...customers, alpha: { ...customers.alpha, changesPerMinute: 1000 } });
  const agent = hostWithCustomers(folder, shell, plan);
  for (const party of [alpha, beta]) {
    for (const unit of new CustomersUnits(party).site()) {
      const { status, stderr } = askToApply(agent, party, unit);
      if (status !== 0) throw new Error(stderr);
    }
  }
  agent.done();
  return agent;
}

/** All that a refused attack may not change. */
export function everything(agent: AgentHost): unknown {
  return {
    kernel: agent.kernel(),
    units: agent.files("state/units").map((file) => [file, agent.read(`state/units/${file}`)]),
    logins: ["sudoers", "state-customers"].flatMap((place) => agent.files(place)),
    bird: agent.read("bird.running"),
    sets: agent.read("elements"),
  };
}
