import type { BondMember, BondPath } from "./bond";
import { pathMark, symbol, tableId } from "./names";
import { type Problem, problem, quoteValue } from "./problems";
import { type Direction, directions, type Rate, sharesOf } from "./shares";

export const balances = ["flow", "adaptive", "packet"] as const;
/**
 * `flow` keeps a connection on one line, which its addresses and ports choose; `adaptive` chooses one where there is room;
 * `packet` spreads a connection's packets over all.
 */
export type Balance = (typeof balances)[number];

/** Into how many parts packets, or connections that come to the colo, are numbered. */
export const slots = 100;

/** By how many turns the router places connections, one after the other. */
export const turns = 20;

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

/** What each direction takes of a bond's first tier; lines of later tiers share by connection. */
export interface PathBalance {
  /** By their number, as each packet or each connection has one. */
  readonly up: readonly PathSlots[];
  readonly down: readonly PathSlots[];
  /** Where connections, not packets, are placed: how the router does it while it has not measured. */
  readonly placing?: Placing | undefined;
}

export interface Placing {
  /** The path of each turn, by its index among those upwards. */
  readonly turns: readonly number[];
  /** What each of those paths carries: weights, and rates in Mbit/s where they are known. */
  readonly capacities: readonly { readonly weight: number; readonly rate: Rate }[];
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

/** The paths of all turns: each as often as its weight says, and as evenly among the others as it can be. */
export function turnsOf(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const owed = weights.map(() => 0);
  return Array.from({ length: turns }, () => {
    weights.forEach((weight, index) => (owed[index] = (owed[index] ?? 0) + weight));
    const next = owed.indexOf(Math.max(...owed));
    owed[next] = (owed[next] ?? 0) - total;
    return next;
  });
}

/** Most of what a site's connections carry comes down, so that the weights of that direction place them. */
function placingOf(up: readonly BondPath[], down: readonly BondPath[], rates: ReadonlyMap<string, Rate>): Placing {
  const capacities = up.map(({ tunnel, weight }) => ({
    weight: down.find((path) => path.tunnel === tunnel)?.weight ?? weight,
    rate: rates.get(tunnel) ?? {},
  }));
  return { turns: turnsOf(capacities.map(({ weight }) => weight)), capacities };
}

export function planBalance(
  balance: string | undefined,
  up: readonly BondPath[] = [],
  down: readonly BondPath[] = [],
  rates: ReadonlyMap<string, Rate> = new Map(),
): PathBalance | undefined {
  if (balance === undefined || balance === "flow") return undefined;
  const paths = { up: slotsOf(up), down: slotsOf(down) };
  return balance === "packet" ? paths : { ...paths, placing: placingOf(up, down, rates) };
}

/** The members whose packets are spread in a direction: those of the lowest metric. */
function sprayed(members: readonly BondMember[], direction: Direction): BondMember[] {
  const used = sharesOf(members, direction);
  const first = Math.min(...used.map(({ metric }) => metric ?? 0));
  return used.filter(({ metric }) => (metric ?? 0) === first);
}

export function checkBalance(balance: string | undefined, members: readonly BondMember[]): Problem[] {
  if (balance === undefined || balance === "flow") return [];
  if (!balances.some((known) => known === balance)) {
    return [problem("choice-invalid", "balance", `${quoteValue(balance)} is not "flow", "adaptive" or "packet".`)];
  }
  const tiers = directions.map((direction) => ({ direction, tier: sprayed(members, direction) }));
  const unlike = tiers.flatMap(({ direction, tier }) => unknownAmongUnlike(tier, direction));
  return [
    ...(tiers.some(({ tier }) => tier.length > mostPaths)
      ? [problem("balance-too-many-lines", "balance", `is "${balance}", and too many lines have the lowest metric.`)]
      : []),
    ...(balance === "packet" && unlike.length > 0
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
  if (balance !== "packet") {
    return ["One connection uses one line at a time.", ...(balance === "adaptive" ? describePlacing(members) : [])];
  }
  const found = directions.map((direction) => describeDirection(sprayed(members, direction), direction));
  return [...new Set(["The packets of one connection use all lines of the lowest metric at once.", ...found.flat()])];
}

/** How new connections find their lines. */
function describePlacing(members: readonly BondMember[]): string[] {
  const unknown = sprayed(members, "down").filter(({ uplink: { rate } }) =>
    directions.some((direction) => rate?.[direction] === undefined),
  );
  return [
    "A new one that comes alone gets the line with the most room, several are spread over what is free, and answers come back by the line of the question.",
    ...(unknown.length === 0
      ? []
      : [
          `What ${unknown.map(({ uplink }) => uplink.name).join(", ")} can carry is unknown, and taken for what was seen to pass at most: \`rate\` says it from the beginning.`,
        ]),
  ];
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
