import type { Lab } from "../../../lab/lab";
import { planAddress } from "../../../planning/address";
import { planBond } from "../../../planning/bond";
import type { Colo } from "../../../planning/colo";
import { formatUnitName, interfaceName, type UnitKind, type UnitName } from "../../../planning/names";
import type { Networks } from "../../../planning/networks";
import type { Planned } from "../../../planning/planned";
import { planUplink } from "../../../planning/uplink";
import { renderAddress } from "../../../rendering/address";
import { renderBondAtColo } from "../../../rendering/bond";
import { renderUnit, type Unit } from "../../../rendering/unit";
import { linkLocal, renderUplinkAtColo } from "../../../rendering/uplink";
import { apply, unitOf } from "../../e2e/support/agent";
import { coloAddress } from "../../e2e/support/site";

export interface FarSiteOptions {
  readonly lab: Lab;
  readonly name: string;
  /** Its only line's address, in the internet's network. */
  readonly line: string;
  /** Its private network, a /24, of which it has one host. */
  readonly network: string;
  readonly networks: Networks;
}

export interface FarSite {
  /** The private address of its host. */
  readonly host: string;
  /** Whether that host gets an answer from an address. */
  reaches(to: string): Promise<boolean>;
  /** Takes its units from the colo. */
  remove(): Promise<void>;
}

/**
 * One more site of the colo's, for which the lab has no router: at the colo it is as any site is, and its own end is a tunnel
 * made by hand in the internet's namespace.
 */
export async function farSite({ lab, name, line, network, networks }: FarSiteOptions): Promise<FarSite> {
  const units = unitsAtColo(name, line, network, networks);
  for (const unit of units) {
    const { code, stderr } = await apply(lab, "colo", renderUnit(unit));
    if (code !== 0) throw new Error(`${unit.name} was refused: ${stderr}`);
  }
  const host = network.replace(/\.0\/24$/, ".10");
  const table = 100 + Number(network.split(".")[2]);
  const device = interfaceName(unitName("uplink", name));
  await lab
    .namespace("internet")
    .exec(
      [
        `ip address add ${line}/24 dev core`,
        `ip link add ${device} type gre local ${line} remote ${coloAddress} ttl 64`,
        `ip link set ${device} addrgenmode none up`,
        `ip address add ${linkLocal.site}/64 dev ${device}`,
        `ip address add ${host}/32 dev ${device}`,
        `sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.${device}.rp_filter=0`,
        `ip route add default dev ${device} table ${table}`,
        `ip rule add from ${host} lookup ${table}`,
      ].join(" && "),
    );
  return {
    host,
    reaches: async (to) => {
      const ping = `ping -c 3 -i 0.3 -W 2 -I ${host} ${to}`;
      return (await lab.namespace("internet").exec(ping, { allowFailure: true })).code === 0;
    },
    remove: async () => {
      for (const unit of [...units].reverse()) await lab.host("colo").exec(`extrudectl remove ${unit.name} --as rack`);
    },
  };
}

function unit(kind: UnitKind, name: string): UnitName {
  return { organization: "organization", project: "e2e", stack: "far", kind, name };
}

function unitName(kind: UnitKind, name: string): string {
  return formatUnitName(unit(kind, name));
}

function unitsAtColo(name: string, line: string, network: string, networks: Networks): Unit[] {
  const colo: Colo = {
    ...{ unit: unitOf("colo", "toronto"), host: "rack", address: coloAddress, prefix: "77.1.2.0/24" },
    ...{ interface: "eth0", gateway: "77.1.2.1", networks },
  };
  // Its public address ends as its line's does.
  const address = `77.1.2.${line.split(".")[3] ?? ""}`;
  const uplink = planned(
    planUplink({ unit: unit("uplink", name), colo, router: name, interface: "eth0", address: line }),
  );
  const bond = planned(
    planBond({
      ...{ unit: unit("bond", name), colo, router: name, networks: [network] },
      addresses: [{ unit: unitName("address", name), address, colo: colo.unit }],
      uplinks: [
        {
          uplink: {
            ...{ unit: unitName("uplink", name), name, colo: colo.unit, router: name, interface: "eth0" },
            ...{ address: line, tunnelMtu: uplink.tunnelMtu },
          },
        },
      ],
    }),
  );
  return [
    renderAddress(planned(planAddress({ unit: unit("address", name), colo, address }))),
    // Plain GRE has no keys.
    renderUplinkAtColo(uplink, { colo: "", site: "" }),
    renderBondAtColo(bond),
  ];
}

function planned<Plan>(found: Planned<Plan>): Plan {
  if (!("plan" in found)) throw new Error(`refused: ${found.problems.map(({ text }) => text).join(" ")}`);
  return found.plan;
}
