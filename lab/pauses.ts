import { guestFile } from "./paths";
import { quote, type Place } from "./place";
import type { RemoteProcess } from "./ssh";

/** When an emulated machine stood still, since this machine gave it no processor. */
export interface Pause {
  readonly machine: string;
  /** Time of this machine, ms since 1970; what a pause was is known a moment after its end. */
  readonly from: number;
  readonly to: number;
}

/** Looks out for pauses of some machines. One that cannot be watched any more, as it is off, has none from then on. */
export class PauseWatch {
  readonly pauses: Pause[] = [];
  private watchers: RemoteProcess[] = [];

  private constructor() {}

  static async start(machines: readonly Place[], maxSeconds: number): Promise<PauseWatch> {
    const watch = new PauseWatch();
    watch.watchers = await Promise.all(machines.map((machine) => watch.watch(machine, maxSeconds)));
    return watch;
  }

  private watch(machine: Place, maxSeconds: number): Promise<RemoteProcess> {
    const onStdout = (text: string): void => {
      const to = Date.now();
      for (const length of text.split("\n").map(Number).filter(Boolean))
        this.pauses.push({ machine: machine.name, from: to - length, to });
    };
    const command = `exec timeout ${maxSeconds} python3 -c ${quote(guestFile("pauses.py"))}`;
    return machine.start(command, { timeoutMs: (maxSeconds + 60) * 1000, onStdout });
  }

  async stop(): Promise<readonly Pause[]> {
    for (const watcher of this.watchers) watcher.finish();
    await Promise.all(this.watchers.map(({ ended }) => ended.catch(() => undefined)));
    return this.pauses;
  }
}
