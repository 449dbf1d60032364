import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";
import type { Probe, ProbeOptions, ProbeReport } from "../../../lab/probe";
import { type HostState, readState } from "../../../lab/state";

export const secondsSince = (start: number): number => (Date.now() - start) / 1000;

/** Waits until the probe has had so many more answers. */
export async function answers(probe: Probe, count: number): Promise<void> {
  const { received } = probe.news;
  await poll(`the probe to get ${count} more answers`, () => probe.news.received >= received + count);
}

/**
 * A probe of 100 packets a second in 8 flows, unless others are said, while something happens: it begins 100 answers
 * before that, and ends after some more.
 */
export async function probeWhile(
  lab: Lab,
  options: Pick<ProbeOptions, "to" | "echoAt" | "port" | "rate" | "flows" | "size" | "maxSeconds" | "lateSeconds">,
  work: () => Promise<unknown>,
  settle = 200,
): Promise<ProbeReport> {
  const probe = await lab.probe({ from: "internet", protocol: "udp", flows: 8, rate: 100, ...options });
  try {
    await answers(probe, 100);
    await work();
    await answers(probe, settle);
  } catch (error) {
    // A probe that goes on would keep connections to all machines, of which they allow ten.
    await probe.stop();
    throw error;
  }
  return whileRunning(await probe.stop());
}

export type States = Record<"colo" | "router", HostState>;

/** All that can be configured of both hosts, to compare with later. */
export async function statesOf(lab: Lab): Promise<States> {
  const [colo, router] = await Promise.all([readState(lab.host("colo")), readState(lab.host("router"))]);
  return { colo, router };
}

/** What the clocks of the machines may differ by, and a packet be on its way. */
const slackMs = 350;
/** BFD takes silence of 600 ms for a line's death, and 2 s to see that it lives. */
const [deathMs, returnMs] = [400, 3000];

/**
 * The report without what was lost because an emulated machine stood still, which this machine does to it when it is
 * itself kept waiting. If that is nearly all of the time, nothing would be measured: then everything counts.
 */
export function whileRunning(report: ProbeReport): ProbeReport {
  const standstills = report.pauses.map(({ fromMs, toMs }) => ({
    fromMs: fromMs - slackMs,
    toMs: toMs + slackMs + (toMs - fromMs >= deathMs ? returnMs : 0),
  }));
  const covered = Array.from({ length: Math.ceil(report.durationMs / 100) }, (_, index) => index * 100).filter((at) =>
    standstills.some(({ fromMs, toMs }) => at >= fromMs && at <= toMs),
  );
  if (covered.length * 100 > report.durationMs * 0.9) {
    process.stderr.write(`Machines stood still all the time: ${JSON.stringify(report.pauses)}\n`);
    return report;
  }
  const perFlow = report.perFlow.map((flow) => {
    const losses = flow.losses.filter((row) =>
      standstills.every(({ fromMs, toMs }) => row.toMs < fromMs || row.fromMs > toMs),
    );
    return {
      ...flow,
      losses,
      lost: losses.reduce((sum, { count }) => sum + count, 0),
      longestLossMs: Math.round(Math.max(0, ...losses.map((row) => row.toMs - row.fromMs))),
    };
  });
  const lost = perFlow.reduce((sum, flow) => sum + flow.lost, 0);
  if (lost < report.lost) {
    process.stderr.write(`${report.lost - lost} packets were lost in pauses: ${JSON.stringify(report.pauses)}\n`);
  }
  return { ...report, perFlow, lost };
}
