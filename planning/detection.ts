import { type Problem, problem, quoteValue } from "./problems";

/** When a tunnel counts as dead: no BFD packet for `multiplier` times `interval` milliseconds. */
export interface Detection {
  readonly interval: number;
  readonly multiplier: number;
}

export const lineKinds = ["dsl", "cable", "fibre", "lte", "satellite"] as const;
/** What a line is, as far as it says how even its delay is. */
export type LineKind = (typeof lineKinds)[number];

/**
 * Wired lines deliver evenly enough for 0.6 s; the radio of LTE pauses for handovers, and a satellite's for changing the
 * one that it uses, so that less than a second would call a line dead that is not.
 */
const defaults: Record<LineKind, Detection> = {
  dsl: { interval: 200, multiplier: 3 },
  cable: { interval: 200, multiplier: 3 },
  fibre: { interval: 200, multiplier: 3 },
  lte: { interval: 300, multiplier: 4 },
  satellite: { interval: 300, multiplier: 5 },
};

/** A line whose bytes cost money is asked less often: a fifth of the bytes, for a dead line that is noticed after 3 s. */
const metered: Detection = { interval: 1000, multiplier: 3 };

export interface DetectionArguments {
  readonly kind?: string | undefined;
  readonly metered?: boolean | undefined;
  readonly detection?: { readonly interval?: number | undefined; readonly multiplier?: number | undefined } | undefined;
}

/** What was given; for the rest, what suits the line. */
export function planDetection({ kind, metered: isMetered, detection }: DetectionArguments): Detection {
  const suited = isMetered === true ? metered : defaults[lineKinds.find((known) => known === kind) ?? "dsl"];
  return {
    interval: detection?.interval ?? suited.interval,
    multiplier: detection?.multiplier ?? suited.multiplier,
  };
}

export function checkDetection(args: DetectionArguments): Problem[] {
  const problems: Problem[] = [];
  const { interval, multiplier } = planDetection(args);
  const say = (argument: string, value: number): void =>
    void problems.push(problem("detection-invalid", argument, `${quoteValue(value)} is out of range.`));
  if (args.kind !== undefined && !lineKinds.some((known) => known === args.kind)) {
    const choices = lineKinds.map((choice) => `"${choice}"`).join(", ");
    problems.push(problem("choice-invalid", "kind", `${quoteValue(args.kind)} is not one of ${choices}.`));
  }
  if (!(Number.isInteger(interval) && interval >= 50 && interval <= 10_000)) say("detection.interval", interval);
  if (!(Number.isInteger(multiplier) && multiplier >= 2 && multiplier <= 20)) say("detection.multiplier", multiplier);
  return problems;
}
