import type { WriteStream } from "node:tty";
import { Interrupted } from "./interruption";
import { paint, terminalWidth } from "./style";

export type Say = (sentence: string) => void;

const frames = ["|", "/", "-", "\\"];
const frameMs = 250;
/** How often a pipe, which cannot show a line that changes, hears that a step goes on. */
const reminderMs = 10_000;

export function seconds(ms: number): string {
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What the demo says: lines that stay, and on a terminal one line below them that shows what goes on, and for how long. */
export class Progress {
  private current: { readonly title: string; readonly since: number; detail: string } | undefined;
  private readonly live: boolean;
  private frame = 0;

  constructor(
    private readonly stream: WriteStream,
    environment: NodeJS.ProcessEnv = process.env,
  ) {
    this.live = stream.isTTY && environment["CI"] === undefined && environment["TERM"] !== "dumb";
  }

  /** A line that stays. */
  readonly say: Say = (sentence) => {
    this.erase();
    this.stream.write(`${sentence}\n`);
    this.draw();
  };

  /** What the current step is at; shown on a terminal only. */
  detail(text: string): void {
    if (this.current !== undefined) this.current.detail = text;
  }

  heading(text: string): void {
    this.say(`\n${paint("bold", text)}`);
  }

  /** Runs one step; its sentences stay, indented. */
  async step<T>(title: string, work: (say: Say) => Promise<T>): Promise<T> {
    const since = Date.now();
    if (!this.live) this.say(`${title} ...`);
    this.current = { title, since, detail: "" };
    const timer = setInterval(
      () => {
        this.tick();
      },
      this.live ? frameMs : reminderMs,
    );
    try {
      const result = await work((sentence) => {
        this.say(`  ${sentence}`);
      });
      this.end(`${paint("green", "done")}  ${title} (${seconds(Date.now() - since)})`, timer);
      return result;
    } catch (error) {
      const word = error instanceof Interrupted ? "stopped" : "failed";
      this.end(`${paint("red", word)}  ${title} (after ${seconds(Date.now() - since)})`, timer);
      throw error;
    }
  }

  /** Leaves the terminal tidy when the process is about to end. */
  close(): void {
    this.erase();
    this.current = undefined;
  }

  private end(line: string, timer: NodeJS.Timeout): void {
    clearInterval(timer);
    this.close();
    this.stream.write(`${line}\n`);
  }

  private tick(): void {
    if (this.current === undefined) return;
    if (this.live) {
      this.erase();
      this.draw();
    } else {
      this.stream.write(`  ${this.current.title}: ${seconds(Date.now() - this.current.since)} so far\n`);
    }
  }

  private erase(): void {
    if (this.live && this.current !== undefined) this.stream.write("\r\u001b[K");
  }

  private draw(): void {
    if (!this.live || this.current === undefined) return;
    const { title, since, detail } = this.current;
    this.frame = (this.frame + 1) % frames.length;
    const text = `${frames[this.frame] ?? ""} ${title}, ${seconds(Date.now() - since)}${detail === "" ? "" : `: ${detail}`}`;
    // A line that wraps could not be erased.
    this.stream.write(text.slice(0, Math.max(10, terminalWidth() - 1)));
  }
}
