import { type PathNames, pathNames, type PathSlots, slots } from "../planning/balance";
import type { BondPlan } from "../planning/bond";
import { all } from "../planning/carried";
import { lineMarkMask } from "../planning/names";
import { routePreference, rulePriority } from "../planning/numbers";
import { inIPv6, kernelProtocol } from "./bird";
import { hexadecimal, masked } from "./marks";
import { nextHop, staticProtocol, type Way } from "./tiers";

const [mask, others] = [lineMarkMask, 0xffffffff - lineMarkMask].map(hexadecimal);

/** The chain of a path's marks: the first is \`path1\`. */
function chainOf(index: number): string {
  return `path${index + 1}`;
}

function pathChains(paths: readonly PathNames[]): string[] {
  return paths.flatMap(({ mark }, index) => [
    `	chain ${chainOf(index)} {`,
    `		meta mark set meta mark & ${others} | ${hexadecimal(mark)}`,
    "	}",
  ]);
}

/** Maps of addresses with packets' numbers, by which every site has its weights in the same few rules. */
export function coloBalance(paths: readonly PathNames[], hasIPv6: boolean): string[] {
  const balance = [
    `		ip daddr . numgen random mod ${slots} vmap @packets`,
    ...(hasIPv6 ? [`		ip6 daddr . numgen random mod ${slots} vmap @packets_ipv6`] : []),
  ];
  return [
    `	map packets { typeof ip daddr . numgen random mod ${slots} : verdict; flags interval; }`,
    ...(hasIPv6
      ? [`	map packets_ipv6 { typeof ip6 daddr . numgen random mod ${slots} : verdict; flags interval; }`]
      : []),
    ...pathChains(paths),
    "	chain balance {",
    "		type filter hook prerouting priority mangle; policy accept;",
    ...balance,
    "	}",
    "	chain balance_own {",
    "		type route hook output priority mangle; policy accept;",
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
export function balanceElements({ packets, addresses, prefixes, networks, ipv6, colo }: BondPlan): string[] {
  if (packets === undefined) return [];
  const add = (map: string, address: string): string[] =>
    packets.down.map(
      ({ from, to }, index) =>
        `add element inet ${colo.names.symbol} ${map} { ${address} . ${range(from, to)} : goto ${chainOf(index)} }`,
    );
  return [
    ...[...addresses, ...prefixes, ...networks].flatMap((address) => add("packets", address)),
    ...(ipv6 === undefined ? [] : all(ipv6).flatMap((address) => add("packets_ipv6", address))),
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
export function sitePaths({ packets, unit }: BondPlan): PathNames[] {
  return (packets?.up ?? []).map((_, index) => pathNames(unit, index));
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
    ...pathProtocols(plan.packets?.up ?? [], tables, destination),
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
      ...pathProtocols(plan.packets?.up ?? [], tables, destination),
      ...paths.flatMap(({ symbol, table }) => kernelProtocol(inIPv6(symbol), table, "ipv6")),
    ],
  };
}

/** Chains of the site's own table: what nothing else has marked is numbered, and marked for a path. */
export function balanceChains(plan: BondPlan): string[] {
  if (plan.packets === undefined) return [];
  const numbered = plan.packets.up.map(({ from, to }, index) => `${range(from, to)} : goto ${chainOf(index)}`);
  const spread = [`		meta mark & ${mask} != 0 return`, `		numgen random mod ${slots} vmap { ${numbered.join(", ")} }`];
  return [
    ...pathChains(sitePaths(plan)),
    "	chain balance {",
    "		type filter hook prerouting priority mangle + 20; policy accept;",
    "		iifname @lines return",
    "		iifname @tunnels return",
    ...spread,
    "	}",
    // What the router itself sends has its way already, and finds another where that is a tunnel.
    "	chain balance_own {",
    "		type route hook output priority mangle + 20; policy accept;",
    "		oifname != @tunnels return",
    "		ip6 saddr fe80::/10 return",
    ...spread,
    "	}",
  ];
}
