import { readdirSync, readFileSync } from "node:fs";

/** What a process has used so far. */
export interface Use {
  readonly name: string;
  readonly megabytes: number;
  readonly seconds: number;
}

/** Clock ticks of /proc/PID/stat, which every Linux has 100 of in a second. */
const ticks = 100;

/** Looks at this process and all that it has started, until it is stopped: by id, the most that each has had. */
export class ProcessWatch {
  private readonly found = new Map<number, Use>();
  private readonly base = process.cpuUsage();
  private readonly timer = setInterval(() => {
    this.look();
  }, 100);

  stop(): Use[] {
    clearInterval(this.timer);
    const { user, system } = process.cpuUsage(this.base);
    const own = { name: "program", megabytes: memoryOf(process.pid), seconds: (user + system) / 1e6 };
    return [own, ...this.found.values()];
  }

  private look(): void {
    const parents = new Map(
      readdirSync("/proc")
        .filter(isNumber)
        .map((id) => [Number(id), statOf(Number(id))]),
    );
    for (const [id, stat] of parents) {
      if (stat === undefined || !descends(stat.parent, parents)) continue;
      // One that is ending has no memory any more.
      const megabytes = Math.max(memoryOf(id), this.found.get(id)?.megabytes ?? 0);
      this.found.set(id, { name: stat.name, megabytes, seconds: stat.ticks / ticks });
    }
  }
}

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly ticks: number;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function descends(parent: number, all: ReadonlyMap<number, Stat | undefined>): boolean {
  if (parent === process.pid) return true;
  const above = all.get(parent);
  return above !== undefined && descends(above.parent, all);
}

function statOf(id: number): Stat | undefined {
  const text = read(`/proc/${id}/stat`);
  const [, name = "", rest = ""] = /\((.*)\) (.*)/s.exec(text) ?? [];
  const fields = rest.split(" ");
  return text === "" ? undefined : { name, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}

function memoryOf(id: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${id}/status`))?.[1] ?? 0) / 1024;
}

/** It may have ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
