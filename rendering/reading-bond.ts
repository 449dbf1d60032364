import type { Balance } from "../planning/balance";
import type { WhenDown } from "../planning/when-down";
import type { UnitReading } from "./reading";
import { type PolicyReading, readPolicy } from "./reading-policy";

/** What a bond's unit says at the router: the inverse of rendering. */
export interface BondReading {
  readonly addresses: readonly string[];
  /** The routing table that holds the default route over its tunnels. */
  readonly table: number | undefined;
  readonly whenDown: WhenDown;
  readonly policy: readonly PolicyReading[];
  readonly balance: Balance;
  readonly paths: readonly PathReading[];
}

export interface PathReading {
  readonly tunnel: string;
  readonly weight: number;
  /** From 1: a tier is used while one of its tunnels is alive, and none of an earlier tier. */
  readonly tier: number;
}

/** Undefined where the unit is no bond's, or is its other end. */
export function readBond({ lines }: UnitReading): BondReading | undefined {
  if (!lines.includes("claim default-route")) return undefined;
  const table = claims(lines, "table")[0];
  return {
    addresses: claims(lines, "address"),
    table: table === undefined ? undefined : Number(table),
    whenDown: lines.some((line) => /^protocol static \S+_block \{$/.test(line)) ? "block" : "direct",
    policy: readPolicy(lines),
    balance: lines.includes("[room]") ? "adaptive" : lines.includes("\tchain balance {") ? "packet" : "flow",
    paths: readPaths(lines),
  };
}

/** What a unit claims of a kind, such as its addresses. */
export function claims(lines: readonly string[], kind: string): string[] {
  const start = `claim ${kind} `;
  return lines.flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

/** Each tunnel once, although several addresses lead through it. */
function readPaths(lines: readonly string[]): PathReading[] {
  const found = new Map<string, PathReading>();
  let tier: number | undefined;
  for (const line of lines) {
    const [, protocol] = /^protocol \S+ (\S+)/.exec(line) ?? [];
    if (protocol !== undefined) tier = Number(/_tier(\d+)/.exec(protocol)?.[1]) || undefined;
    const [, tunnel, weight] = /^\t\tvia \S+%'(\S+)' bfd weight (\d+)/.exec(line) ?? [];
    if (tier === undefined || tunnel === undefined || found.has(tunnel)) continue;
    found.set(tunnel, { tunnel, weight: Number(weight), tier });
  }
  return [...found.values()];
}
