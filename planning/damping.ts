import { type Problem, problem, quoteValue } from "./problems";

export interface DampingArguments {
  readonly first?: number | undefined;
  readonly most?: number | undefined;
}

/** For how many seconds a line that has fallen is held down, the first time and at most. */
export interface Damping {
  readonly first: number;
  readonly most: number;
}

/** None unless asked for: holding a good line down after a single fall costs more than the fall. */
const defaults: Damping = { first: 0, most: 300 };

export function planDamping({ first, most }: DampingArguments = {}): Damping {
  return { first: first ?? defaults.first, most: most ?? Math.max(defaults.most, first ?? 0) };
}

export function checkDamping(given: DampingArguments = {}): Problem[] {
  const { first, most } = planDamping(given);
  const isSeconds = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 3600;
  const say = (argument: string, text: string): Problem => problem("damping-invalid", `damping.${argument}`, text);
  return [
    ...(isSeconds(first) ? [] : [say("first", `${quoteValue(first)} is out of range.`)]),
    ...(isSeconds(most) || !isSeconds(first) ? [] : [say("most", `${quoteValue(most)} is out of range.`)]),
    ...(isSeconds(first) && isSeconds(most) && most < first
      ? [say("most", `${most} is less than the first hold, ${first}.`)]
      : []),
  ];
}

export function describeDamping({ first, most }: Damping): string[] {
  return first === 0
    ? ["A line that has fallen is used again as soon as it is back."]
    : [
        `A line that has fallen is held down for ${first} s, for twice as long each time it falls again, ${most} s at most.`,
      ];
}
