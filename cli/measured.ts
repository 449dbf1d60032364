import { byFirstWord } from "./lines-of-text";
import type { RunResult } from "./ssh";

/** What `extrudectl measure` says of a host, as data. Moments are ms since 1970, by this machine's clock. */
export interface Measured {
  readonly links: Readonly<Record<string, LinkMeasure>>;
  readonly pings: Readonly<Record<string, Ping>>;
  readonly tunnels: Readonly<Record<string, Session>>;
  /** When units were confirmed last, by name. */
  readonly applied: Readonly<Record<string, number>>;
  readonly events: readonly HostEvent[];
}

export interface LinkMeasure {
  readonly hasCarrier: boolean;
  /** In bit/s, between two readings of the kernel's counters. */
  readonly receiving: number;
  readonly sending: number;
}

export interface Ping {
  readonly sent: number;
  readonly received: number;
  /** The average round trip; none where nothing came back. */
  readonly latencyMs?: number;
}

/** BFD's view of a tunnel. */
export interface Session {
  readonly isUp: boolean;
  readonly since?: number;
}

export interface HostEvent {
  readonly at: number;
  /** Who has written it: bird, extrudectl, systemd. */
  readonly source: string;
  readonly text: string;
}

export function parseMeasured({ stdout, answered }: Pick<RunResult, "stdout" | "answered">): Measured {
  const lines = byFirstWord(stdout);
  const [seconds = "0", zone = "+0000"] = (lines("clock")[0] ?? "").split(" ");
  const clock = Number(seconds) * 1000;
  const skew = answered - clock;
  return {
    links: linksOf(lines("octets")),
    pings: pingsOf(lines("ping")),
    tunnels: Object.fromEntries(
      lines("tunnel").map((line) => {
        const [device = "", state, , moment = ""] = line.split(" ");
        const since = sinceOf(moment, clock, zone);
        return [device, { isUp: state === "Up", ...(since === undefined ? {} : { since: since + skew }) }];
      }),
    ),
    applied: Object.fromEntries(
      lines("applied").map((line) => {
        const [unit = "", when] = line.split(" ");
        return [unit, Number(when) * 1000 + skew];
      }),
    ),
    events: lines("event").flatMap((line) => parseJournal(line, skew)),
  };
}

/** `DEVICE SENT RECEIVED AVERAGE`, the average in ms. */
export function pingsOf(lines: readonly string[]): Record<string, Ping> {
  return Object.fromEntries(
    lines.map((line) => {
      const [device = "", sent, received, latency = "-"] = line.split(" ");
      const latencyMs = latency === "-" ? {} : { latencyMs: Number(latency) };
      return [device, { sent: Number(sent), received: Number(received), ...latencyMs }];
    }),
  );
}

function linksOf(readings: readonly string[]): Record<string, LinkMeasure> {
  const before = new Map<string, number[]>();
  const found: Record<string, LinkMeasure> = {};
  for (const reading of readings) {
    const [when, device = "", ...numbers] = reading.split(" ");
    const [moment = 0, carrier = 0, received = 0, sent = 0] = numbers.map(Number);
    if (when === "before") before.set(device, [moment, received, sent]);
    const [began = moment, receivedBefore = received, sentBefore = sent] = before.get(device) ?? [];
    const rate = (bytes: number): number => (moment > began ? Math.max(0, (8 * bytes) / (moment - began)) : 0);
    found[device] = {
      hasCarrier: carrier === 1,
      receiving: rate(received - receivedBefore),
      sending: rate(sent - sentBefore),
    };
  }
  return found;
}

/** BIRD says the time of day for what is less than 20 hours old, the day for the rest, both by its host's zone. */
export function sinceOf(text: string, clock: number, zone: string): number | undefined {
  const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d\d)(\d\d)$/.exec(zone) ?? [];
  const offset = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const day = 86_400_000;
  const [, hour, minute, second] = /^(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  if (hour !== undefined) {
    const midnight = Math.floor((clock + offset) / day) * day - offset;
    const moment = midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
    return moment > clock + 1000 ? moment - day : moment;
  }
  return /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) - offset : undefined;
}

/** A line of journalctl's short-unix format, "SECONDS HOST PROGRAM[PID]: TEXT". */
export function parseJournal(line: string, skew: number): HostEvent[] {
  const [, seconds, source = "", text = ""] = /^(\d+\.\d+) \S+ ([^[:\s]+)(?:\[\d+\])?: (.*)$/.exec(line) ?? [];
  return seconds === undefined ? [] : [{ at: Number(seconds) * 1000 + skew, source, text }];
}
