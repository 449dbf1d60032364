import type { BondMember } from "./bond";
import { type Problem, problem, quoteValue } from "./problems";

export const directions = ["up", "down"] as const;
/** `up` is what the site sends, `down` what it is sent. */
export type Direction = (typeof directions)[number];

/** In Mbit/s. */
export type Rate = Partial<Record<Direction, number | undefined>>;

/** The members over which connections are spread in a direction, each with its weight. */
export function sharesOf(members: readonly BondMember[], direction: Direction): BondMember[] {
  const used = members.filter(({ drain, only }) => drain !== true && (only === undefined || only === direction));
  const rates = used.map(({ uplink }) => uplink.rate?.[direction]);
  // Rates and weights of the user's own are no common measure.
  const fastest = used.every(({ weight }) => weight === undefined)
    ? Math.max(...rates.map((rate) => rate ?? NaN))
    : NaN;
  return used.map((member, index) => ({
    ...member,
    weight:
      member.weight ?? (Number.isNaN(fastest) ? 1 : Math.max(1, Math.round((100 * (rates[index] ?? 0)) / fastest))),
  }));
}

export function checkShares(members: readonly BondMember[]): Problem[] {
  const problems: Problem[] = members.flatMap(({ only, uplink }, index) => [
    ...(only === undefined || directions.some((known) => known === only)
      ? []
      : [problem("choice-invalid", `uplinks[${index}].only`, `${quoteValue(only)} is not "up" or "down".`)]),
    ...checkRate(`uplinks[${index}].uplink.rate`, uplink.rate),
  ]);
  const isUnused = (direction: Direction): boolean => members.length > 0 && sharesOf(members, direction).length === 0;
  if (members.length > 0 && members.every(({ drain }) => drain === true)) {
    return [...problems, problem("tier-without-member", "uplinks", "all drain, so nothing would carry the address.")];
  }
  return [
    ...problems,
    ...directions
      .filter(isUnused)
      .map((direction) =>
        problem("tier-without-member", "uplinks", `has no line left for the direction "${direction}".`),
      ),
  ];
}

export function checkRate(argument: string, rate: Rate | undefined): Problem[] {
  return directions.flatMap((direction) => {
    const given = rate?.[direction];
    return given === undefined || (given >= 0.001 && given <= 1_000_000)
      ? []
      : [problem("rate-invalid", `${argument}.${direction}`, `${quoteValue(given)} is not a rate.`)];
  });
}
