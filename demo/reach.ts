import type { Lab } from "../lab/lab";
import { poll } from "../lab/poll";

export interface Reach {
  /** When the address answered the first time, in ms since 1970. */
  readonly answered: Promise<number>;
  stop(): Promise<void>;
}

/** Asks for an answer again and again, from the internet host. */
export async function watchFor(lab: Lab, address: string, onAnswer: () => void): Promise<Reach> {
  let at: number | undefined;
  const onStdout = (text: string): void => {
    if (at !== undefined || !text.includes("answered")) return;
    at = Date.now();
    onAnswer();
  };
  // Ends with its input; the short sleep is for a network that refuses at once.
  const command = `(until ping -n -q -c 1 -W 1 ${address} >/dev/null 2>&1; do sleep 0.2; done; echo answered) & cat >/dev/null; kill $! 2>/dev/null`;
  const process = await lab.namespace("internet").start(command, { timeoutMs: 3_600_000, onStdout });
  const ended = process.ended.catch(() => undefined);
  return {
    get answered(): Promise<number> {
      return poll(`${address} to answer`, () => at, { deadlineMs: 60_000, intervalMs: 50 });
    },
    stop: async () => {
      process.finish();
      await ended;
    },
  };
}

/** The last lines of an ordinary ping. */
export async function ping(lab: Lab, address: string): Promise<string[]> {
  const { stdout } = await lab.namespace("internet").exec(`ping -n -c 5 -i 0.3 ${address}`, { allowFailure: true });
  return stdout.trim().split("\n");
}
