import type { BondMember, BondPath } from "./bond";
import { pathMark, symbol, tableId } from "./names";
import { type Problem, problem, quoteValue } from "./problems";
import { type Direction, directions, sharesOf } from "./shares";

export const balances = ["flow", "packet"] as const;
/** `flow` keeps a connection on one line, `packet` spreads its packets over all. */
export type Balance = (typeof balances)[number];

/** Into how many parts packets are numbered at random. */
export const slots = 100;

/** The routing table of one path, in which nothing is while it is dead. */
export interface PathNames {
  readonly mark: number;
  readonly table: number;
  /** The table's name in BIRD. */
  readonly symbol: string;
}

/** Those of a unit's first path, its second and so on. */
export function pathNames(unit: string, index: number): PathNames {
  return {
    mark: pathMark(index),
    table: tableId(`${unit}/path${index + 1}`),
    symbol: `${symbol(unit)}_path${index + 1}`,
  };
}

/** Paths that the colo has tables for. They are shared by all sites, so that it has no more rules for more sites. */
export const mostPaths = 4;

/** A path with the numbers, from and to, of the packets that take it. */
export interface PathSlots {
  readonly path: BondPath;
  readonly from: number;
  readonly to: number;
}

/** What each direction's packets take by turns; lines of later tiers share by connection. */
export interface PacketBalance {
  readonly up: readonly PathSlots[];
  readonly down: readonly PathSlots[];
}

/** Parts in proportion to the weights, at least one for each path, together all of them. */
export function slotsOf(tier: readonly BondPath[]): PathSlots[] {
  const total = tier.reduce((sum, { weight }) => sum + weight, 0);
  let [weights, from] = [0, 0];
  return tier.map((path, index) => {
    weights += path.weight;
    const left = tier.length - 1 - index;
    const end = Math.min(slots - left, Math.max(from + 1, Math.round((slots * weights) / total)));
    const found = { path, from, to: end - 1 };
    from = end;
    return found;
  });
}

export function planBalance(
  balance: string | undefined,
  up: readonly BondPath[] = [],
  down: readonly BondPath[] = [],
): PacketBalance | undefined {
  return balance === "packet" ? { up: slotsOf(up), down: slotsOf(down) } : undefined;
}

/** The members whose packets are spread in a direction: those of the lowest metric. */
function sprayed(members: readonly BondMember[], direction: Direction): BondMember[] {
  const used = sharesOf(members, direction);
  const first = Math.min(...used.map(({ metric }) => metric ?? 0));
  return used.filter(({ metric }) => (metric ?? 0) === first);
}

export function checkBalance(balance: string | undefined, members: readonly BondMember[]): Problem[] {
  if (balance === undefined || balance === "flow") return [];
  if (balance !== "packet") {
    return [problem("choice-invalid", "balance", `${quoteValue(balance)} is not "flow" or "packet".`)];
  }
  const tiers = directions.map((direction) => ({ direction, tier: sprayed(members, direction) }));
  const unlike = tiers.flatMap(({ direction, tier }) => unknownAmongUnlike(tier, direction));
  return [
    ...(tiers.some(({ tier }) => tier.length > mostPaths)
      ? [problem("packet-too-many-lines", "balance", 'is "packet", and too many lines have the lowest metric.')]
      : []),
    ...(unlike.length > 0
      ? [
          problem(
            "packet-without-rates",
            "balance",
            `is "packet", the lines are not alike, and ${unlike.join(", ")} is unknown.`,
          ),
        ]
      : []),
  ];
}

function unknownAmongUnlike(tier: readonly BondMember[], direction: Direction): string[] {
  const unknown = tier.filter(({ uplink }) => uplink.rate?.[direction] === undefined);
  const isAlike = unknown.length === tier.length && new Set(tier.map(({ weight }) => weight)).size <= 1;
  return isAlike ? [] : unknown.map(({ uplink }) => `rate.${direction} of ${uplink.name}`);
}

/** What one connection can reach in each direction, and what keeps it from more. */
export function describeBalance(balance: string | undefined, members: readonly BondMember[]): string[] {
  if (balance !== "packet") return ["One connection uses one line at a time."];
  const found = directions.map((direction) => describeDirection(sprayed(members, direction), direction));
  return [...new Set(["The packets of one connection use all lines of the lowest metric at once.", ...found.flat()])];
}

function describeDirection(tier: readonly BondMember[], direction: Direction): string[] {
  const rates = tier.map(({ uplink }) => uplink.rate?.[direction]);
  const known = rates.filter((rate) => rate !== undefined);
  if (known.length < tier.length) {
    return [
      "The lines are taken for alike, since their rates are unknown: with one that is slower or has longer queues than the others, a connection may be slower than on the best line alone.",
    ];
  }
  const total = tier.reduce((sum, { weight }) => sum + (weight ?? 1), 0);
  // A path is full as soon as its part of the whole is its rate.
  const full = tier.map(({ weight }, index) => ((known[index] ?? 0) * total) / (weight ?? 1));
  const ceiling = Math.min(...full);
  const sum = known.reduce((all, rate) => all + rate, 0);
  const slowest = tier[full.indexOf(ceiling)]?.uplink.name ?? "";
  const unshaped = tier.filter(({ uplink }) => uplink.shape !== true).map(({ uplink }) => uplink.name);
  return [
    `${direction === "up" ? "Upwards" : "Downwards"} that is ${round(ceiling)} Mbit/s of the lines' own at most.`,
    ...(ceiling < 0.95 * sum
      ? [
          `All lines together have ${round(sum)} Mbit/s ${direction}: by its weight ${slowest} is full before the others.`,
        ]
      : []),
    ...(new Set(known).size > 1 && unshaped.length > 0
      ? [
          `It will be less on lines that are not alike while their queues are long, since packets overtake each other there: set \`shape\` on ${unshaped.join(", ")}.`,
        ]
      : []),
  ];
}

function round(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
