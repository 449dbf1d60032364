import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Lab } from "../lab/lab";
import { quote } from "../lab/place";
import { worldName } from "../lab/topology";

/** One reading: seconds since the first, and the bytes that each provider has sent to the site so far. */
const readingSchema = z.object({ at: z.number(), bytes: z.record(z.string(), z.number()) });
export type Reading = z.infer<typeof readingSchema>;

export interface Counters {
  readonly readings: readonly Reading[];
  stop(): Promise<void>;
}

/** Reads the lines' counters four times a second. They are the providers' own: extrude has no part in them. */
export async function startCounters(
  lab: Lab,
  lines: readonly string[],
  onReading: (readings: readonly Reading[]) => void,
): Promise<Counters> {
  const readings: Reading[] = [];
  let partial = "";
  const onStdout = (text: string): void => {
    const parts = (partial + text).split("\n");
    partial = parts.pop() ?? "";
    for (const part of parts) {
      readings.push(readingSchema.parse(JSON.parse(part)));
      onReading(readings);
    }
  };
  const source = readFileSync(join(__dirname, "counters.py"), "utf8");
  const command = `exec python3 -c ${quote(source)} ${lines.join(" ")}`;
  const process = await lab.host(worldName).start(command, { timeoutMs: 300_000, onStdout });
  const ended = process.ended.catch(() => undefined);
  return {
    readings,
    stop: async () => {
      process.finish();
      await ended;
    },
  };
}

/** Mean rate of a line between two times, in Mbit/s; nothing if there were no readings. */
export function rate(readings: readonly Reading[], line: string, from: number, to: number): number | undefined {
  const first = readings.findLast(({ at }) => at <= from) ?? readings[0];
  const last = readings.find(({ at }) => at >= to) ?? readings.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return (((last.bytes[line] ?? 0) - (first.bytes[line] ?? 0)) * 8) / 1e6 / (last.at - first.at);
}

/** From when on the line sent nothing for at least half a second, looked for after `from`. */
export function silentFrom(readings: readonly Reading[], line: string, from: number): number | undefined {
  const later = readings.filter(({ at }) => at >= from);
  const found = later.find((reading, index) => {
    const next = later[index + 2];
    return next !== undefined && next.bytes[line] === reading.bytes[line];
  });
  return found?.at;
}

/** From when on the line carried traffic again, not only the few bytes that keep a tunnel alive. */
export function busyFrom(readings: readonly Reading[], line: string, from: number): number | undefined {
  const later = readings.filter(({ at }) => at >= from);
  return later.find(({ at }, index) => {
    const next = later[index + 1];
    return next !== undefined && (rate(later, line, at, next.at) ?? 0) > 1;
  })?.at;
}
