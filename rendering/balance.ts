import { type PathNames, pathNames, type PathSlots, slots } from "../planning/balance";
import type { BondPlan } from "../planning/bond";
import { all } from "../planning/carried";
import { routePreference, rulePriority } from "../planning/numbers";
import { inIPv6, kernelProtocol } from "./bird";
import { markBits, masked, setMark } from "./marks";
import { cameBy, cameElements, chainOf, connectionNumber, placingChains } from "./placing";
import { nextHop, staticProtocol, type Way } from "./tiers";

function pathChains(paths: readonly PathNames[]): string[] {
  return paths.flatMap(({ mark }, index) => [`	chain ${chainOf(index)} {`, `		${setMark("meta", mark)}`, "	}"]);
}

/**
 * Maps of addresses with packets' numbers, by which every site has its weights in the same few rules: `packets` with
 * numbers at random, `connections` with one that all packets of a connection have.
 */
export function coloBalance(paths: readonly PathNames[], hasIPv6: boolean): string[] {
  const families = hasIPv6 ? (["ip", "ip6"] as const) : (["ip"] as const);
  const named = (map: string, family: "ip" | "ip6"): string => (family === "ip" ? map : inIPv6(map));
  const balance = [
    // What is known of its connection, a packet that came this far has been marked with (the table of flows).
    `		meta mark & ${markBits} != 0 return`,
    ...families.map((ip) => `		${ip} daddr . numgen random mod ${slots} vmap @${named("packets", ip)}`),
    ...families.map(
      (ip) => `		meta l4proto { tcp, udp } ${ip} daddr . ${connectionNumber(ip)} vmap @${named("connections", ip)}`,
    ),
  ];
  return [
    ...["packets", "connections"].flatMap((map) =>
      families.map(
        (ip) => `	map ${named(map, ip)} { typeof ${ip} daddr . numgen random mod ${slots} : verdict; flags interval; }`,
      ),
    ),
    ...pathChains(paths),
    ...cameBy(paths.length),
    "	chain balance {",
    "		type filter hook prerouting priority mangle + 2; policy accept;",
    ...balance,
    "	}",
    "	chain balance_own {",
    "		type route hook output priority mangle + 2; policy accept;",
    ...balance,
    "	}",
  ];
}

/** What leads packets with a path's mark to its table. */
export function pathRules(paths: readonly PathNames[], priority: number, selector = ""): string[] {
  return paths.map(
    ({ mark, table }) => `rule add priority ${priority} ${selector}fwmark ${masked(mark)} lookup ${table}`,
  );
}

/** A bond's elements in the colo's maps. */
export function balanceElements(plan: BondPlan): string[] {
  const { balance, addresses, prefixes, networks, ipv6, colo } = plan;
  if (balance === undefined) return [];
  const map = balance.placing === undefined ? "packets" : "connections";
  const add = (named: string, address: string): string[] =>
    balance.down.map(
      ({ from, to }, index) =>
        `add element inet ${colo.names.symbol} ${named} { ${address} . ${range(from, to)} : goto ${chainOf(index)} }`,
    );
  return [
    ...[...addresses, ...prefixes, ...networks].flatMap((address) => add(map, address)),
    ...(ipv6 === undefined ? [] : all(ipv6).flatMap((address) => add(inIPv6(map), address))),
    ...cameElements(plan),
  ];
}

function range(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** The routes of each path alone, under BFD. */
export function pathProtocols(
  paths: readonly PathSlots[],
  tables: readonly string[],
  { symbol, peer, ...common }: Way,
): string[] {
  return paths.flatMap(({ path }, index) =>
    staticProtocol({
      ...common,
      name: `${symbol}_${chainOf(index)}_alone`,
      table: tables[index] ?? "",
      preference: routePreference.tier,
      nextHops: [nextHop({ ...path, weight: 1 }, peer, "bfd ")],
    }),
  );
}

/** The tables of a site's paths. */
export function sitePaths({ balance, unit }: BondPlan): PathNames[] {
  return (balance?.up ?? []).map((_, index) => pathNames(unit, index));
}

export function balanceHeader(plan: BondPlan): string[] {
  return sitePaths(plan).map(({ table }) => `claim table ${table}`);
}

export function balanceIp(plan: BondPlan): string[] {
  return pathRules(sitePaths(plan), rulePriority.bondPath);
}

export function balanceTables(plan: BondPlan): string[] {
  return sitePaths(plan).map(({ symbol }) => `ipv4 table ${symbol};`);
}

export function balanceBird(plan: BondPlan, destination: Way): string[] {
  const paths = sitePaths(plan);
  const tables = paths.map(({ symbol }) => symbol);
  return [
    ...pathProtocols(plan.balance?.up ?? [], tables, destination),
    ...paths.flatMap(({ symbol, table }) => kernelProtocol(symbol, table)),
  ];
}

/** The same of IPv6. */
export function balanceIPv6(plan: BondPlan, destination: Way): Record<"ip" | "tables" | "bird", string[]> {
  const paths = sitePaths(plan);
  const tables = paths.map(({ symbol }) => inIPv6(symbol));
  return {
    ip: (plan.ipv6 === undefined ? [] : all(plan.ipv6)).flatMap((carried) =>
      pathRules(paths, rulePriority.bondPath, `from ${carried} `).map((rule) => `-6 ${rule}`),
    ),
    tables: tables.map((table) => `ipv6 table ${table};`),
    bird: [
      ...pathProtocols(plan.balance?.up ?? [], tables, destination),
      ...paths.flatMap(({ symbol, table }) => kernelProtocol(inIPv6(symbol), table, "ipv6")),
    ],
  };
}

/** Chains of the site's own table: what nothing else has marked is marked for a path. */
export function balanceChains(plan: BondPlan): string[] {
  if (plan.balance === undefined) return [];
  const numbered = plan.balance.up.map(({ from, to }, index) => `${range(from, to)} : goto ${chainOf(index)}`);
  const spread =
    plan.balance.placing === undefined
      ? [`		numgen random mod ${slots} vmap { ${numbered.join(", ")} }`]
      : ["		goto connection"];
  const unmarked = `		meta mark & ${markBits} != 0 return`;
  return [
    ...pathChains(sitePaths(plan)),
    ...placingChains(plan),
    "	chain balance {",
    "		type filter hook prerouting priority mangle + 20; policy accept;",
    "		iifname @lines return",
    "		iifname @tunnels return",
    unmarked,
    ...spread,
    "	}",
    // What the router itself sends has its way already, and finds another where that is a tunnel.
    "	chain balance_own {",
    "		type route hook output priority mangle + 20; policy accept;",
    "		oifname != @tunnels return",
    "		ip6 saddr fe80::/10 return",
    unmarked,
    ...spread,
    "	}",
  ];
}
