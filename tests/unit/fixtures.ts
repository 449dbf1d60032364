import { createHash } from "node:crypto";
import fc from "fast-check";
import { type AddressArguments, type ExtrudedAddressFacts, planAddress } from "../../planning/address";
import { type BondArguments, type BondMember, planBond } from "../../planning/bond";
import { type Colo, type ColoArguments, planColo } from "../../planning/colo";
import { type HostArguments, planHost } from "../../planning/host";
import { formatUnitName, interfaceName, symbol, tableId, type UnitKind, type UnitName } from "../../planning/names";
import type { Planned } from "../../planning/planned";
import { planUplink, type UplinkArguments, type UplinkFacts } from "../../planning/uplink";
import { renderAddress } from "../../rendering/address";
import { renderBondAtColo, renderBondAtRouter } from "../../rendering/bond";
import { renderColo } from "../../rendering/colo";
import { renderHost } from "../../rendering/host";
import { renderUnit, type Unit } from "../../rendering/unit";
import { type PublicKeys, renderUplinkAtColo, renderUplinkAtRouter } from "../../rendering/uplink";

/** The names and addresses of the example network: a rack with two lines towards an office. */
export function unitOf(kind: UnitKind, name: string): UnitName {
  return { organization: "acme", project: "net", stack: "prod", kind, name };
}

export const toronto: Colo = {
  unit: formatUnitName(unitOf("colo", "toronto")),
  host: "rack",
  address: "77.1.2.2",
  interface: "eth0",
  gateway: "77.1.2.1",
};

/** The same colo in the IPv6 internet too. */
export const torontoIPv6 = {
  ...toronto,
  ipv6: {
    address: "2001:db8:77::2",
    prefix: "2001:db8:77::/64",
    gateway: "2001:db8:77::1",
    routed: "2001:db8:77::/48",
  },
} satisfies Colo;

export function hostArguments(over: Partial<HostArguments> = {}): HostArguments {
  return {
    unit: unitOf("host", "rack"),
    connection: { host: "77.1.2.2", hasHostKey: true, hasCredential: true },
    ...over,
  };
}

export function coloArguments(over: Partial<ColoArguments> = {}): ColoArguments {
  return { ...toronto, unit: unitOf("colo", "toronto"), ...over };
}

export function addressArguments(over: Partial<AddressArguments> = {}): AddressArguments {
  return { unit: unitOf("address", "vpn"), colo: toronto, address: "77.1.2.3", ...over };
}

export function uplinkArguments(over: Partial<UplinkArguments> = {}): UplinkArguments {
  return {
    unit: unitOf("uplink", "dsl"),
    colo: toronto,
    router: "router",
    interface: "eth1",
    address: "55.1.2.3",
    gateway: "55.1.2.1",
    ...over,
  };
}

/** An uplink as its own plan describes it to a bond. */
export function uplinkFacts(name: string, over: Partial<UplinkFacts> = {}): UplinkFacts {
  const lines: Record<string, Partial<UplinkFacts>> = {
    dsl: { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" },
    cable: { interface: "ppp0", address: "99.1.2.3", gateway: undefined },
    lte: { interface: "wwan0", address: "33.1.2.3", gateway: "33.1.2.1" },
  };
  return {
    unit: formatUnitName(unitOf("uplink", name)),
    name,
    colo: toronto.unit,
    router: "router",
    interface: "eth9",
    address: "11.1.2.3",
    tunnelMtu: 1476,
    ...lines[name],
    ...over,
  };
}

export function addressFacts(name: string, address: string): ExtrudedAddressFacts {
  return { unit: formatUnitName(unitOf("address", name)), address, colo: toronto.unit };
}

export function member(name: string, over: Partial<BondMember> = {}): BondMember {
  return { uplink: uplinkFacts(name), ...over };
}

export function bondArguments(over: Partial<BondArguments> = {}): BondArguments {
  return {
    unit: unitOf("bond", "office"),
    colo: toronto,
    router: "router",
    addresses: [addressFacts("vpn", "77.1.2.3")],
    uplinks: [member("dsl"), member("cable", { weight: 4 })],
    ...over,
  };
}

/** The plan of arguments that are known to be right. */
export function planOf<Plan>(found: Planned<Plan>): Plan {
  if (!("plan" in found)) throw new Error(`refused: ${found.problems.map(({ code }) => code).join(", ")}`);
  return found.plan;
}

export function sentencesOf(found: Planned<unknown>): readonly string[] {
  if (!("sentences" in found)) throw new Error("refused, so there are no sentences");
  return found.sentences;
}

/** Problems as `code argument`, in the order in which they are reported. */
export function complaints(found: Planned<unknown>): string[] {
  return found.problems.map(({ code, argument }) => `${code} ${argument}`);
}

/** What passes for the public keys of a tunnel's ends: no two tunnels have the same. */
export function publicKeysOf(unit: UnitName): PublicKeys {
  const key = (end: string): string => createHash("sha256").update(`${end} of ${unit.name}`).digest("base64");
  return { colo: key("colo"), site: key("site") };
}

/** Every unit that a kind of component renders, by the names used in the snapshots. */
export const rendered = {
  host: (args = hostArguments()): Unit[] => [renderHost(planOf(planHost(args)))],
  colo: (args = coloArguments()): Unit[] => [renderColo(planOf(planColo(args)))],
  address: (args = addressArguments()): Unit[] => [renderAddress(planOf(planAddress(args)))],
  uplink: (args = uplinkArguments()): Unit[] => {
    const plan = planOf(planUplink(args));
    const keys = publicKeysOf(args.unit);
    return [renderUplinkAtColo(plan, keys), renderUplinkAtRouter(plan, keys)];
  },
  bond: (args = bondArguments()): Unit[] => {
    const plan = planOf(planBond(args));
    return [renderBondAtColo(plan), renderBondAtRouter(plan)];
  },
};

/** A bond that has everything: three tiers, weights, several addresses. */
export function largeBond(over: Partial<BondArguments> = {}): BondArguments {
  return bondArguments({
    addresses: [addressFacts("vpn", "77.1.2.3"), addressFacts("web", "77.1.2.4")],
    uplinks: [
      member("lte", { metric: 7 }),
      member("dsl", { weight: 1 }),
      member("cable", { weight: 4, metric: 0 }),
      member("sat", { metric: 15, weight: 256, uplink: uplinkFacts("sat", { tunnelMtu: 1376 }) }),
    ],
    ...over,
  });
}

/** A bond with an address for each way of delivery. */
export function deliveringBond(over: Partial<BondArguments> = {}): BondArguments {
  return bondArguments({
    addresses: [
      addressFacts("vpn", "77.1.2.3"),
      addressFacts("web", "77.1.2.4"),
      addressFacts("phone", "77.1.2.5"),
      addressFacts("lab", "77.1.2.6"),
    ],
    deliveries: [
      {
        address: "77.1.2.3",
        as: "nat",
        forwards: [
          { protocol: "tcp", ports: 443, to: "192.168.1.3", toPort: 8443 },
          { protocol: "udp", ports: "8000-8010", to: "192.168.1.3" },
        ],
      },
      { address: "77.1.2.4", as: "routed", interface: "eth0" },
      { address: "77.1.2.5", as: "one-to-one", to: "192.168.1.5" },
      { address: "77.1.2.6", as: "routed", interface: "eth0", to: "192.168.1.6" },
    ],
    ...over,
  });
}

/** A bond with rules of every kind. */
export function bypassingBond(over: Partial<BondArguments> = {}): BondArguments {
  return bondArguments({
    uplinks: [member("dsl"), member("cable", { weight: 4 }), member("lte", { metric: 1 })],
    bypass: [
      { protocol: "tcp", ports: [80, 443, "8000-8010"], interfaces: ["eth0", "eth5"] },
      { protocol: "udp", ports: [443], via: ["lte", "cable"] },
      { destinations: ["198.51.100.0/24", "203.0.113.0/24"], sources: ["192.168.1.0/24"], dscp: 46 },
      { protocol: "icmp", mark: "0x100/0xff00", via: ["dsl"] },
    ],
    block: [{ protocol: "tcp", ports: [25] }, { interfaces: ["eth6"] }],
    ...over,
  });
}

/** A bond with private networks, beside all that could get in their way. */
export function networkedBond(over: Partial<BondArguments> = {}): BondArguments {
  return deliveringBond({
    colo: { ...toronto, networks: { bakery: ["192.168.0.0/16", "10.1.0.0/16"], mill: ["10.2.0.0/16"] } },
    networks: ["192.168.1.0/24", "10.1.7.0/24"],
    bypass: [{ protocol: "tcp", ports: [80] }],
    ...over,
  });
}

/** All units of the example network that live on one host, in the order in which they are applied. */
export function unitsOnHost(host: "rack" | "router", bond = largeBond()): Unit[] {
  const lines = bond.uplinks.map(({ uplink }) =>
    uplinkArguments({
      unit: unitOf("uplink", uplink.name),
      interface: uplink.interface,
      address: uplink.address,
      gateway: uplink.gateway,
      encapsulation: uplink.address === "dynamic" ? "wireguard" : "gre",
    }),
  );
  const units = [
    ...rendered.colo(coloArguments({ networks: bond.colo.networks })),
    ...bond.addresses.flatMap(({ unit, address }) =>
      rendered.address(addressArguments({ unit: unitOf("address", unit.split("/")[4] ?? ""), address })),
    ),
    ...lines.flatMap((line) => rendered.uplink(line)),
    ...rendered.bond(bond),
  ];
  return units.filter((unit) => unit.host === host);
}

/** The names that a unit's text is made of, so that another unit's text can be compared with it. */
export function derivedNames(unit: string): string[] {
  return [interfaceName(unit), symbol(unit), String(tableId(unit))];
}

export interface UnitShape {
  readonly lines: number;
  readonly sections: readonly string[];
}

/** What must not depend on the value of a string argument. */
export function shapeOf(unit: Unit): UnitShape {
  const lines = renderUnit(unit).split(/\r\n|[\n\r\u2028\u2029\v\f\u0085]/);
  return { lines: lines.length, sections: lines.filter((line) => line.startsWith("[")) };
}

const nasty = [
  "\n[bird]\n",
  "\n.unit.\n",
  "\n[end]\n",
  "\nneed a/b/c/d/e",
  "'",
  '"',
  "\\",
  "`id`",
  "$(id)",
  "${IFS}",
  ";",
  "|",
  "&",
  "\0",
  "\r\n",
  "\t",
  " ",
  "*",
  "%",
  "../",
  "/",
  "#",
  "{",
  "}",
  "]",
  "é",
  "𝔘",
  "\u2028",
  "~",
  "-",
  ".",
  "eth0",
  "77.1.2.3",
];

const harmless = [
  "",
  "eth0",
  "77.1.2.3",
  "77.1.2.0/24",
  "dsl",
  "acme/net/prod/colo/x",
  "acme/net/prod/address/x",
  "acme/net/prod/uplink/x",
];

/** Any string at all, with what has meaning to a shell, a unit, BIRD or nftables in it more often than by chance. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...harmless),
  fc.string({ unit: "binary", maxLength: 24 }),
  fc.array(fc.constantFrom(...nasty), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom(...harmless), fc.constantFrom(...nasty)).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom(...nasty), fc.constantFrom(...harmless)).map((parts) => parts.join("")),
);
