import type { Family } from "../planning/addresses";
import type { BondPath } from "../planning/bond";
import { routePreference } from "../planning/numbers";

/** A bond's own name in another unit's table: the colo's table holds routes of many bonds. */
export function lastTier(symbol: string): string {
  return `${symbol}_last`;
}

/** What the routes of a bond lead to. */
export interface Destination {
  readonly family: Family;
  /** The table, and the stem of the names, in BIRD. */
  readonly table: string;
  readonly symbol: string;
  readonly prefixes: readonly string[];
  /** The other end of each tunnel. */
  readonly peer: string;
  readonly attributes: readonly string[];
}

/** The same for several tables. */
export type Way = Omit<Destination, "table">;

/** A bond's routes: each tier under BFD, and below them all tunnels without. */
export function tierProtocols(paths: readonly (readonly BondPath[])[], destination: Destination): string[] {
  const { symbol, peer, ...common } = destination;
  const tiers = paths.flatMap((tier, index) =>
    staticProtocol({
      ...common,
      name: `${symbol}_tier${index + 1}`,
      preference: routePreference.tier - index,
      nextHops: tier.map((path) => nextHop(path, peer, "bfd ")),
    }),
  );
  const last = staticProtocol({
    ...common,
    name: lastTier(symbol),
    preference: routePreference.lastTier,
    nextHops: paths.flat().map((path) => nextHop(path, peer, "")),
  });
  return [...tiers, ...last];
}

export function nextHop({ tunnel, weight }: BondPath, peer: string, liveness: "bfd " | ""): string {
  return `via ${peer}%'${tunnel}' ${liveness}weight ${weight}`;
}

export interface StaticProtocol {
  readonly family: Family;
  readonly name: string;
  readonly table: string;
  readonly preference: number;
  readonly prefixes: readonly string[];
  readonly nextHops: readonly string[];
  readonly attributes: readonly string[];
}

export function staticProtocol(protocol: StaticProtocol): string[] {
  const { family, name, table, preference, prefixes, nextHops, attributes } = protocol;
  const end = attributes.length === 0 ? ";" : ` { ${attributes.join(" ")} };`;
  return [
    `protocol static ${name} {`,
    `	${family} { table ${table}; preference ${preference}; };`,
    ...prefixes.flatMap((prefix) =>
      [`	route ${prefix}`, ...nextHops.map((hop) => `		${hop}`)].map((line, index, lines) =>
        index === lines.length - 1 ? line + end : line,
      ),
    ),
    "}",
  ];
}
