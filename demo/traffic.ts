import { z } from "zod";
import type { Lab } from "../lab/lab";
import type { ProbeReport } from "../lab/probe";
import { poll } from "../lab/poll";
import type { RemoteProcess } from "../lab/ssh";
import { rate, type Reading, silentFrom, busyFrom, startCounters } from "./counters";
import type { Say } from "./progress";
import { block, paint, terminalWidth } from "./style";

const streams = 8;
const port = 5_201;
/** Seconds for which the lines are whole, then one of them broken, then whole again. */
const phase = 6;
/** So long that all of it is under load, also where the lab takes a second or two to change a line. */
const transferSeconds = 3 * phase + 4;
const lineRates = { dsl: 10, cable: 20 } as const;

/** What was measured, and nothing else. */
export interface Outcome {
  /** Seconds since the first reading of the lines' counters. */
  readonly silentAt: number | undefined;
  readonly healedAt: number;
  readonly backAt: number | undefined;
  /** Mean Mbit/s of both lines together: whole, with DSL gone, whole again. */
  readonly rates: readonly (number | undefined)[];
  readonly probe: ProbeReport;
  readonly transfer: Transfer;
}

export interface Transfer {
  readonly megabytes: number;
  readonly streams: number;
  readonly error: string | undefined;
}

const iperfSchema = z.object({
  error: z.string().optional(),
  end: z
    .object({
      streams: z.array(z.object({ receiver: z.object({ bytes: z.number() }) })).optional(),
      sum_received: z.object({ bytes: z.number() }).optional(),
    })
    .optional(),
});

function transferOf(json: string): Transfer {
  const { error, end } = iperfSchema.parse(JSON.parse(json));
  const bytes = end?.sum_received?.bytes ?? 0;
  return { megabytes: bytes / 1e6, streams: end?.streams?.length ?? 0, error };
}

/** One second as a line: a block is one Mbit/s where the terminal is wide enough. */
function chartLine(second: number, readings: readonly Reading[], mark: string): string {
  const scale = terminalWidth() >= 78 ? 1 : 2;
  const cells = (["dsl", "cable"] as const).map((line) => {
    const value = rate(readings, line, second - 1, second) ?? 0;
    const width = lineRates[line] / scale + 1;
    const bar = block().repeat(Math.min(width, Math.round(value / scale)));
    return `${paint(line === "dsl" ? "yellow" : "cyan", bar.padEnd(width))}${value.toFixed(1).padStart(5)}`;
  });
  return `${String(second).padStart(3)} s  ${cells.join("   ")}   ${mark}`.trimEnd();
}

function chartHead(): string {
  const scale = terminalWidth() >= 78 ? 1 : 2;
  const dsl = "DSL, Mbit/s".padEnd(lineRates.dsl / scale + 6).slice(0, lineRates.dsl / scale + 6);
  return paint("bold", `       ${dsl}   cable, Mbit/s`);
}

async function startTransfer(lab: Lab, address: string): Promise<{ server: RemoteProcess; client: RemoteProcess }> {
  // An interrupted run may have left its server.
  await lab.host("router").exec(`pkill -x iperf3; iperf3 -s -D -1 -p ${port}`, { allowFailure: true });
  const server = await lab.host("router").start("cat >/dev/null; pkill -x iperf3 || true", { timeoutMs: 300_000 });
  // Longer than the show, so that all of it is under load.
  const command = `iperf3 -c ${address} -p ${port} -P ${streams} -t ${transferSeconds} --json --connect-timeout 10000`;
  const client = await lab.namespace("internet").start(command, { timeoutMs: 120_000 });
  return { server, client };
}

/** When things happened, in seconds since the first reading of the lines' counters. */
interface Times {
  readonly breaking: number;
  readonly broken: number;
  readonly healed: number;
  readonly end: number;
}

/** Draws each second as it passes, while DSL is broken and healed. */
async function showLines(
  lab: Lab,
  client: RemoteProcess,
  say: Say,
): Promise<{ readings: readonly Reading[]; times: Times }> {
  const dsl = lab.link("dsl");
  const shown = { seconds: 0, mark: "", isOver: false };
  client.ended.then(
    () => (shown.isOver = true),
    () => (shown.isOver = true),
  );
  say(chartHead());
  const counters = await startCounters(lab, ["dsl", "cable"], (readings) => {
    while ((readings.at(-1)?.at ?? 0) >= shown.seconds + 1) {
      shown.seconds += 1;
      say(chartLine(shown.seconds, readings, shown.mark));
    }
  });
  const now = (): number => counters.readings.at(-1)?.at ?? 0;
  const until = (at: number): Promise<unknown> =>
    poll("the transfer to go on", () => now() >= at || shown.isOver, { deadlineMs: 120_000, intervalMs: 50 });
  try {
    await until(phase);
    const breaking = now();
    // The lab takes a second or two, within which it happens.
    shown.mark = paint("red", "breaking DSL");
    await dsl.set({ blackhole: true });
    const broken = now();
    shown.mark = paint("red", "DSL blackholed");
    await until(broken + phase);
    await dsl.clear();
    const healed = now();
    shown.mark = paint("green", "DSL healed");
    await until(healed + phase);
    return { readings: counters.readings, times: { breaking, broken, healed, end: now() } };
  } finally {
    await dsl.clear();
    await counters.stop();
  }
}

/** Eight downloads to the site over both lines, DSL blackholed in their middle, and a probe beside them. */
export async function showTransfer(lab: Lab, address: string, say: Say): Promise<Outcome> {
  const probe = await lab.probe({
    from: "internet",
    to: address,
    protocol: "udp",
    rate: 200,
    flows: streams,
    echoAt: "router",
    maxSeconds: 90,
  });
  const { server, client } = await startTransfer(lab, address);
  const { readings, times } = await showLines(lab, client, say);
  const transfer = transferOf((await client.ended).stdout);
  const report = await probe.stop();
  server.finish();
  await server.ended.catch(() => undefined);
  return outcome(readings, times, report, transfer);
}

function outcome(readings: readonly Reading[], times: Times, probe: ProbeReport, transfer: Transfer): Outcome {
  const { breaking, broken, healed, end } = times;
  const silentAt = silentFrom(readings, "dsl", breaking);
  const both = (from: number, to: number): number | undefined => {
    const [first, second] = [rate(readings, "dsl", from, to), rate(readings, "cable", from, to)];
    return first === undefined || second === undefined ? undefined : first + second;
  };
  return {
    silentAt,
    healedAt: healed,
    backAt: silentAt === undefined ? undefined : busyFrom(readings, "dsl", Math.max(silentAt, healed)),
    rates: [both(2, breaking), both(Math.min(broken + 2, healed - 1), healed), both(end - 3, end)],
    probe,
    transfer,
  };
}
