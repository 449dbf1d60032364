import { guestFile } from "./paths";
import { PauseWatch } from "./pauses";
import { poll } from "./poll";
import type { ExecResult, RemoteProcess } from "./ssh";
import type { Place } from "./place";
import { quote } from "./place";

export interface ProbeOptions {
  /** Host or namespace that sends. */
  readonly from: string;
  readonly to: string;
  readonly protocol: "udp" | "tcp";
  /** Messages a second, of all flows together. */
  readonly rate?: number;
  /** Sockets, each with a source port of its own. */
  readonly flows?: number;
  /** Bytes of payload. */
  readonly size?: number;
  readonly port?: number;
  /** Host or namespace in which the lab's echo server shall listen; without it something else has to answer. */
  readonly echoAt?: string;
  /** It ends by itself after this time. */
  readonly maxSeconds?: number;
  /**
   * Seconds after which an answer to a datagram is none: the lab's wires hold back what a machine that boots does not take.
   * Not for machines that are only slow. Default: none.
   */
  readonly lateSeconds?: number;
  /** How long after the last message an answer still counts. */
  readonly lingerSeconds?: number;
}

export interface ProbeCounts {
  readonly sent: number;
  readonly received: number;
}

/** Messages lost one after the other: when the first was sent, and the next one that was answered, since the probe's start. */
export interface LossRow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

export interface FlowReport extends ProbeCounts {
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Longest time without an answer. */
  readonly longestGapMs: number;
  /** Longest row of lost messages, by when they were sent: unlike the gap it does not grow with delay. */
  readonly longestLossMs: number;
  readonly losses: readonly LossRow[];
  readonly medianRttMs: number | null;
  /** TCP: the connection was never reset or closed. */
  readonly survived: boolean;
  readonly broken: string | null;
  readonly localPort: number;
}

export interface ProbeEvent {
  /** Since the probe's start. */
  readonly atMs: number;
  readonly flow: number;
  readonly what: string;
  readonly durationMs: number;
}

export interface ProbeReport extends ProbeCounts {
  readonly lost: number;
  readonly durationMs: number;
  readonly longestGapMs: number;
  readonly perFlow: readonly FlowReport[];
  readonly events: readonly ProbeEvent[];
  /** When machines of the lab stood still for a tenth of a second or more, since the probe's start. */
  readonly pauses: readonly { readonly machine: string; readonly fromMs: number; readonly toMs: number }[];
}

/** The last news of a running probe, at most some half a second old. */
export interface ProbeNews extends ProbeCounts {
  /** When the last answer came, since the probe's start. */
  readonly lastReplyMs: number;
}

type Line =
  | { readonly ready: { readonly startedAt: number } }
  | { readonly now: ProbeNews }
  | { readonly report: Omit<ProbeReport, "pauses"> }
  | { readonly failed: string };

/** Collects the guest program's lines. */
class Listener {
  private partial = "";
  startedAt: number | undefined;
  news: ProbeNews = { sent: 0, received: 0, lastReplyMs: 0 };
  report: Omit<ProbeReport, "pauses"> | undefined;
  /** By the clock of this machine. */
  startedHere = 0;
  failure: string | undefined;

  take(text: string): void {
    const lines = (this.partial + text).split("\n");
    this.partial = lines.pop() ?? "";
    for (const line of lines) this.line(JSON.parse(line) as Line);
  }

  private line(line: Line): void {
    if ("ready" in line) [this.startedAt, this.startedHere] = [line.ready.startedAt, Date.now()];
    else if ("now" in line) this.news = line.now;
    else if ("report" in line) this.report = line.report;
    else this.failure = line.failed;
  }
}

/** A guest program that ended before it said that it is ready. */
async function readyOrEnd(what: string, process: RemoteProcess, isReady: () => boolean): Promise<void> {
  let ended: ExecResult | Error | undefined;
  process.ended.then(
    (result) => (ended = result),
    (error: unknown) => (ended = error instanceof Error ? error : new Error(String(error))),
  );
  await poll(`${what} to start`, () => isReady() || ended !== undefined, { deadlineMs: 30_000, intervalMs: 20 });
  if (isReady()) return;
  const words = ended instanceof Error ? ended.message : (ended?.stderr ?? "").trim().split("\n").slice(-3).join(" ");
  throw new Error(`${what} did not start: ${words}`);
}

export class Probe {
  private constructor(
    private readonly listener: Listener,
    private readonly sender: RemoteProcess,
    private readonly echo: RemoteProcess | undefined,
    private readonly watch: PauseWatch,
    private readonly lingerSeconds: number,
  ) {}

  static async start(
    options: ProbeOptions,
    place: (name: string) => Place,
    machines: readonly Place[],
  ): Promise<Probe> {
    const {
      from,
      to,
      protocol,
      rate = 100,
      flows = 1,
      size = 64,
      echoAt,
      maxSeconds = 600,
      lingerSeconds = 2,
    } = options;
    // Two probes at once must not share a server, and a port that was just closed may still be busy.
    const port = options.port ?? 20_000 + Math.floor(Math.random() * 10_000);
    const timeoutMs = (maxSeconds + 120) * 1000;
    const echo = echoAt === undefined ? undefined : await startEcho(place(echoAt), { to, protocol, port, maxSeconds });
    const listener = new Listener();
    const given = {
      protocol,
      to,
      port,
      rate,
      flows,
      size,
      seconds: maxSeconds,
      linger: lingerSeconds,
      late: options.lateSeconds ?? null,
      connectSeconds: 15,
    };
    const command = `exec python3 -c ${quote(guestFile("probe.py"))} ${quote(JSON.stringify(given))}`;
    const onStdout = (text: string): void => {
      listener.take(text);
    };
    try {
      const sender = await place(from).start(command, { timeoutMs, onStdout });
      const what = `the ${protocol} probe from ${from} to ${to}`;
      await readyOrEnd(what, sender, () => listener.startedAt !== undefined || listener.failure !== undefined);
      if (listener.failure !== undefined) throw new Error(`${what} could not begin: ${listener.failure}.`);
      return new Probe(listener, sender, echo, await PauseWatch.start(machines, maxSeconds), lingerSeconds);
    } catch (error) {
      echo?.finish();
      await echo?.ended.catch(() => undefined);
      throw error;
    }
  }

  /** World time (ms since 1970) of the probe's first message. */
  get startedAt(): number {
    return this.listener.startedAt ?? 0;
  }

  get news(): ProbeNews {
    return this.listener.news;
  }

  /** Waits until answers come that were not there at the call. */
  async replying(deadlineMs = 30_000): Promise<void> {
    const { received } = this.news;
    await poll("the probe to get answers", () => this.news.received > received, {
      deadlineMs,
      intervalMs: 50,
    });
  }

  async stop(): Promise<ProbeReport> {
    this.sender.finish();
    await this.sender.ended;
    this.echo?.finish();
    await this.echo?.ended.catch(() => undefined);
    const found = await this.watch.stop();
    const { report, startedHere } = this.listener;
    if (!report) throw new Error(`The probe ended without a report (it lingers ${this.lingerSeconds} s).`);
    const pauses = found.map(({ machine, from, to }) => ({
      machine,
      fromMs: from - startedHere,
      toMs: to - startedHere,
    }));
    return { ...report, pauses };
  }
}

async function startEcho(
  at: Place,
  { to, protocol, port, maxSeconds }: { to: string; protocol: string; port: number; maxSeconds: number },
): Promise<RemoteProcess> {
  let said = "";
  // Longer than the probe, which is to end first.
  const seconds = maxSeconds + 60;
  const command = `exec python3 -c ${quote(guestFile("echo.py"))} ${protocol} ${port} ${seconds} ${to.includes(":") ? 6 : 4}`;
  const onStdout = (text: string): void => {
    said += text;
  };
  const echo = await at.start(command, { timeoutMs: (seconds + 60) * 1000, onStdout });
  await readyOrEnd(`the ${protocol} echo server at ${at.name}`, echo, () => said.includes("ready"));
  return echo;
}
