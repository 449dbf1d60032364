import type { Outcome } from "./traffic";

const mbit = (value: number | undefined): string =>
  value === undefined ? "an unknown rate" : `${value.toFixed(1)} Mbit/s`;

/** The lab's two lines have 30 Mbit/s together. With less than this the machine itself is the bottleneck. */
const busyBelow = 15;
const tooBusy =
  "This machine was too busy to emulate lines of 30 Mbit/s: what follows says more about it than about extrude.";

/** The measurement in sentences, each made of figures that were measured in this run. */
export function sentences({ silentAt, healedAt, backAt, rates, probe, transfer }: Outcome): string[] {
  const worst = probe.perFlow.reduce((longest, flow) => Math.max(longest, flow.longestGapMs), 0);
  const [before, without, after] = rates;
  const percent = ((100 * probe.lost) / Math.max(1, probe.sent)).toFixed(1);
  return [
    ...(before !== undefined && before > busyBelow ? [] : [tooBusy]),
    silentAt === undefined
      ? "DSL never went silent: this run shows nothing about the loss of a line."
      : `DSL went silent at ${silentAt.toFixed(1)} s.`,
    `The longest that any of ${probe.perFlow.length} packet streams stood still was ${(worst / 1000).toFixed(2)} s.`,
    ...(silentAt === undefined || backAt === undefined
      ? []
      : [`DSL was healed at ${healedAt.toFixed(1)} s and carried traffic again at ${backAt.toFixed(1)} s.`]),
    `Both lines together carried ${mbit(before)} before, ${mbit(without)} without DSL, ${mbit(after)} at the end.`,
    `Of ${probe.sent} probe packets, sent beside a transfer that fills the lines, ${probe.lost} (${percent} %) were lost.`,
    transfer.error === undefined
      ? `No connection broke: ${transfer.streams} TCP connections moved ${transfer.megabytes.toFixed(0)} MB.`
      : `The transfer did not survive: ${transfer.error}`,
  ];
}
