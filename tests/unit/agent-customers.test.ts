import { chmodSync } from "node:fs";
import { renderUnit } from "../../rendering/unit";
import type { Unit } from "../../rendering/unit";
import {
  alpha,
  askToApply,
  beta,
  commandToApply,
  commandToRemove,
  coloWith,
  customers,
  CustomersUnits,
  hostWithCustomers,
  ownersUnits,
} from "./customer-fixture";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();
const own = new CustomersUnits(alpha);
const other = new CustomersUnits(beta);
const secret = (unit: Unit): string => `${/^claim link (.*)$/m.exec(renderUnit(unit))?.[1] ?? ""} ${"A".repeat(43)}=\n`;

test("a customer is a user without a password, whose keys run one command, and leaves nothing behind", () => {
  const agent = hostWithCustomers(folder(), "dash");
  const program = `${folder()}/extrudectl`;
  expect(agent.read("users")).toBe("extrude-alpha:*:999\nextrude-beta:*:999\n");
  expect(agent.read("state-customers/extrude-alpha/.ssh/authorized_keys")).toBe(
    `restrict,command="sudo -n ${program} customer" ${customers.alpha.keys[0] ?? ""}\n`,
  );
  expect(agent.read("sudoers/extrude-alpha")).toBe(
    `Defaults:extrude-alpha env_keep = "SSH_ORIGINAL_COMMAND"\nextrude-alpha ALL=(root) NOPASSWD: ${program} customer\n`,
  );
  for (const unit of ownersUnits().reverse()) expect(agent.remove(unit.name).stdout).toBe("removed\n");
  expect(agent.read("users")).toBe("");
  expect([...agent.files("sudoers"), ...agent.files("state-customers")]).toEqual([]);
});

test("every kind of line, address and bond that the library renders for a colo is taken from a customer", () => {
  const agent = hostWithCustomers(folder(), "dash");
  for (const program of ["charon-systemd", "swanctl"]) {
    agent.write(`bin/${program}`, "");
    chmodSync(`${folder()}/bin/${program}`, 0o755);
  }
  const dsl = own.uplink();
  const units = [
    own.address(),
    own.address({ unit: own.unitName("address", "routed"), address: "77.1.2.24/29" }),
    own.address({ unit: own.unitName("address", "six"), address: "2001:db8:77:100::3", acquire: "routed" }),
    own.address({ unit: own.unitName("address", "net"), address: "2001:db8:77:110::/60" }),
    dsl,
    ...(["gre-ipsec", "ipsec", "wireguard"] as const).flatMap((encapsulation, index) =>
      [1, 2].map((keyVersion) =>
        own.uplink({
          unit: own.unitName("uplink", `line${index}`),
          ...{ encapsulation, keyVersion, address: `33.1.2.${index}`, mtu: 1400, metered: true },
        }),
      ),
    ),
    own.uplink({ unit: own.unitName("uplink", "nat"), encapsulation: "ipsec", address: "dynamic", kind: "lte" }),
    own.uplink({ unit: own.unitName("uplink", "roams"), encapsulation: "wireguard", address: "dynamic" }),
    own.uplink({ unit: own.unitName("uplink", "gre6"), address: "2001:db8:55::3", gateway: "fe80::1" }),
    own.uplink({
      unit: own.unitName("uplink", "wg6"),
      encapsulation: "wireguard",
      address: "2001:db8:55::4",
      gateway: "fe80::1",
    }),
    own.bond(),
    own.bond({
      addresses: ["77.1.2.17", "77.1.2.24/29", "2001:db8:77:100::3", "2001:db8:77:110::/60"].map((address, index) => ({
        ...{ unit: own.name("address", ["vpn", "routed", "six", "net"][index] ?? ""), address },
        colo: "acme/net/prod/colo/toronto",
      })),
      uplinks: [
        { uplink: own.line("dsl"), weight: 9 },
        { uplink: own.line("line1", 2), metric: 1 },
        { uplink: own.line("nat"), metric: 1, only: "down" },
      ],
      damping: { first: 5 },
    }),
    ...(["packet", "adaptive"] as const).map((balance) =>
      own.bond({
        balance,
        addresses: ["77.1.2.17", "77.1.2.24/29", "2001:db8:77:100::3"].map((address, index) => ({
          ...{ unit: own.name("address", ["vpn", "routed", "six"][index] ?? ""), address },
          colo: "acme/net/prod/colo/toronto",
        })),
        uplinks: [
          { uplink: { ...own.line("dsl"), rate: { up: 1, down: 1 } } },
          { uplink: { ...own.line("line1", 2), rate: { up: 900, down: 900 } } },
        ],
      }),
    ),
  ];
  for (const unit of units) {
    const isKeyed = /^\[(wireguard|swanctl)\]$/m.test(renderUnit(unit));
    const { stdout, stderr } = askToApply(agent, alpha, unit, isKeyed ? secret(unit) : "");
    expect({ unit: unit.name, stdout, stderr }).toEqual({ unit: unit.name, stdout: "applied\n", stderr: "" });
  }
});

test("what another has is refused without a word of whose it is", () => {
  const agent = hostWithCustomers(folder(), "dash").holding(
    own.uplink({ unit: { ...own.unitName("uplink", "dsl"), organization: "owner" } }),
  );
  const { stderr } = askToApply(agent, alpha, own.uplink());
  expect(stderr).toContain("no tunnel of extrude-alpha may lead to 55.1.2.3.");
  const port = { encapsulation: "wireguard", port: 20_000 } as const;
  const plan = coloWith({
    alpha: { ...customers.alpha, ports: "20000-20001" },
    beta: { ...customers.beta, ports: "20000-20001" },
  });
  for (const unit of ownersUnits(plan)) agent.apply(unit);
  const theirs = other.uplink(port);
  expect(askToApply(agent, beta, theirs, secret(theirs)).stdout).toBe("applied\n");
  const refused = askToApply(agent, alpha, own.uplink({ ...port, address: "33.1.2.3" }), secret(own.uplink()));
  expect(refused.stderr).toContain("udp-port 20000 is claimed by another unit.\n");
  expect(refused.stderr).not.toContain("beta");
});

test("a customer hears of no failure but its own", () => {
  const agent = hostWithCustomers(folder(), "dash");
  for (const unit of other.site()) askToApply(agent, beta, unit);
  agent.write("state/broken", `${other.name("bond", "office")}: [ip] 'x'\n`);
  agent.write("sessions", "fe80::2 x-dsl-zzzzzz Up 12:00\n");
  expect(agent.call(["status"]).stdout).toContain("BROKEN");
  expect(agent.ask(alpha.login, "status")).toEqual({ status: 0, stdout: "", stderr: "" });
  // Something of the other's is missing.
  agent.write("kernel", agent.read("kernel").replace(/^neigh .*\n/gm, ""));
  expect(agent.call(["drift"]).stdout).toContain("[ip] missing: neigh add proxy 77.1.2.33 dev eth0");
  expect(agent.ask(alpha.login, "drift")).toEqual({ status: 0, stdout: "", stderr: "" });
  const journal = (): string => agent.read("journal.customers").trimEnd().split("\n").at(-1) ?? "";
  expect(agent.ask(beta.login, "drift").status).toBe(1);
  expect(journal()).toBe("extrude-beta: drift");
  expect(agent.ask(alpha.login, "restore").status).toBe(0);
  expect(journal()).toBe("extrude-alpha: restore");
  expect(agent.call(["drift"]).stdout).toContain("77.1.2.33");
  expect(agent.ask(beta.login, "restore").status).toBe(0);
  expect(agent.call(["drift"]).stdout).toBe("");
});

test("more units, or tunnels, than a customer may have are refused", () => {
  const plan = coloWith({ ...customers, alpha: { ...customers.alpha, units: 2, tunnels: 1 } });
  const agent = hostWithCustomers(folder(), "dash", plan);
  expect(askToApply(agent, alpha, own.uplink()).stdout).toBe("applied\n");
  const second = own.uplink({ unit: own.unitName("uplink", "two"), address: "33.1.2.3" });
  expect(askToApply(agent, alpha, second).stderr).toContain(
    "extrude-alpha may have 1 tunnels, and this would make 2.\n",
  );
  expect(askToApply(agent, alpha, own.address()).stdout).toBe("applied\n");
  expect(askToApply(agent, alpha, own.uplink()).stdout).toBe("unchanged\n");
  expect(askToApply(agent, alpha, own.bond()).stderr).toContain("may have 2 units, and this would make 3.\n");
});

test("whoever makes more changes in a minute than it may waits for its turn", () => {
  const plan = coloWith({ ...customers, alpha: { ...customers.alpha, changesPerMinute: 2 } });
  const agent = hostWithCustomers(folder(), "dash", plan);
  agent.write("clock-runs", "");
  const began = Number.parseInt(agent.read("proc-uptime"), 10);
  for (const unit of [own.address(), own.uplink(), own.bond()]) {
    expect(askToApply(agent, alpha, unit).stdout).toBe("applied\n");
  }
  expect(Number.parseInt(agent.read("proc-uptime"), 10) - began).toBeGreaterThanOrEqual(60);
  expect(askToApply(agent, beta, other.address()).stdout).toBe("applied\n");
});

test("a unit that was taken once is refused when its address has gone to somebody else since", () => {
  const agent = hostWithCustomers(folder(), "dash");
  expect(askToApply(agent, alpha, own.address()).stdout).toBe("applied\n");
  expect(agent.ask(alpha.login, commandToRemove(own.name("address", "vpn"))).stdout).toBe("removed\n");
  const moved = { ...customers, alpha: { ...customers.alpha, prefixes: ["77.1.2.24/29"] } };
  for (const unit of ownersUnits(coloWith(moved))) agent.apply(unit);
  expect(askToApply(agent, alpha, own.address()).stderr).toContain(
    "77.1.2.17 is in none of the prefixes of extrude-alpha.\n",
  );
});

test("a customer that has units on the host is not removed, and neither is one that nobody made", () => {
  const agent = hostWithCustomers(folder(), "dash");
  askToApply(agent, alpha, own.address());
  expect(agent.remove("acme/net/prod/customer/toronto.alpha").stderr).toContain(
    `is still needed; remove first:\n  - ${own.name("address", "vpn")}\n`,
  );
  expect(agent.ask("extrude-nobody", "status").stderr).toBe("extrude: there is no customer extrude-nobody here.\n");
  expect(agent.ask("root", commandToApply(renderUnit(own.address()))).stderr).toContain("there is no customer root");
});

test("a login that somebody else has made, and an sshd or sudo that would not do, are refused", () => {
  const units = ownersUnits();
  const agent = hostWithCustomers(folder(), "dash");
  for (const unit of [...units].reverse()) agent.remove(unit.name);
  const [colo, alphas] = units as [Unit, Unit];
  agent.holding(colo);
  agent.write("users", "extrude-alpha:x:1000\n");
  expect(agent.apply(alphas).stderr).toContain("the user extrude-alpha is there already, and is not extrude's.\n");
  agent.write("users", "");
  agent.write("sshd", "authorizedkeysfile /etc/keys/%u\nallowusers admin ops-*\n");
  const { stderr } = agent.apply(alphas);
  expect(stderr).toContain("sshd looks for keys in /etc/keys/%u; extrude-alpha needs .ssh/authorized_keys among them");
  expect(stderr).toContain("sshd's allowusers leaves extrude-alpha out; add it there.\n");
  agent.write("sshd", "authorizedkeysfile .ssh/authorized_keys\nallowusers admin extrude-*\n");
  agent.write("fail.visudo", "syntax error");
  expect(agent.apply(alphas).stderr).toContain("[customer] sudo does not take its rule for extrude-alpha");
  expect([agent.read("users"), ...agent.files("sudoers"), ...agent.files("state-customers")]).toEqual([""]);
});

test("what somebody deletes of a login is told, and put back", () => {
  const agent = hostWithCustomers(folder(), "dash");
  agent.write("users", "extrude-beta:*:999\n");
  agent.write("state-customers/extrude-beta/.ssh/authorized_keys", "ssh-ed25519 AAAA intruder\n");
  expect(agent.call(["drift"]).stdout).toBe(
    "[customer] missing: the user extrude-alpha\n[customer] missing: the keys of extrude-beta\n",
  );
  expect(agent.call(["heal"]).stdout).toContain("was missing, is back: [customer] the keys of extrude-beta\n");
  expect(agent.call(["drift"]).stdout).toBe("");
});
