import { type Problem, problem, quoteValue } from "./problems";

export interface QualityArguments {
  readonly loss?: number | undefined;
  readonly returnLoss?: number | undefined;
  readonly latency?: number | undefined;
  readonly returnLatency?: number | undefined;
}

/** When a line that is alive is left, and when it is good enough again: percent of pings, and their milliseconds. */
export interface Quality {
  readonly loss: number;
  readonly returnLoss: number;
  readonly latency?: number | undefined;
  readonly returnLatency?: number | undefined;
}

const defaultLoss = 20;

/** What comes back has to be clearly better than what went: half the loss, four fifths of the latency. */
export function planQuality(given: QualityArguments | undefined): Quality | undefined {
  if (given === undefined) return undefined;
  const { loss = defaultLoss, latency } = given;
  return {
    loss,
    returnLoss: given.returnLoss ?? Math.floor(loss / 2),
    latency,
    returnLatency: given.returnLatency ?? (latency === undefined ? undefined : Math.floor(0.8 * latency)),
  };
}

export function checkQuality(given: QualityArguments | undefined): Problem[] {
  const quality = planQuality(given);
  if (quality === undefined) return [];
  const { loss, returnLoss, latency, returnLatency } = quality;
  const problems: Problem[] = [];
  const check = (argument: string, value: number | undefined, least: number, most: number): void => {
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
    problems.push(problem("quality-invalid", `quality.${argument}`, `${quoteValue(value)} is out of range.`));
  };
  check("loss", loss, 1, 99);
  check("latency", latency, 1, 10_000);
  // What follows from a wrong one is no mistake of its own.
  if (problems.length > 0) return problems;
  check("returnLoss", returnLoss, 0, loss - 1);
  check("returnLatency", returnLatency, 1, (latency ?? 1) - 1);
  return problems;
}

export function describeQuality(quality: Quality | undefined): string[] {
  if (quality === undefined) return [];
  const { loss, returnLoss, latency, returnLatency } = quality;
  const [late, punctual] =
    latency === undefined
      ? ["", ""]
      : [`, or answers after more than ${latency} ms`, ` and answers within ${returnLatency ?? 0} ms`];
  return [
    `A line that loses more than ${loss} % of pings there and back${late}, is left until it loses ${returnLoss} % or less${punctual}, while another is alive.`,
  ];
}
