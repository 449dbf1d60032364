import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Completes "Could not ...": what the command was to achieve. */
  readonly purpose: string;
  /** Each line of output while the command runs. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end and returns stdout; a failure is a sentence that ends with the program's own last words. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const spawnOptions: SpawnOptions = { cwd: options.cwd, env: options.env ?? process.env };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let all = "";
    let partial = "";
    const take = (text: string): void => {
      all = (all + text).slice(-20_000);
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      if (options.onLine) lines.forEach(options.onLine);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      take(text);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => {
      reject(new Error(`Could not ${options.purpose}: ${command} did not start (${error.message}).`));
    });
    child.on("close", (code, signal) => {
      if (code === 0) {
        resolve(stdout);
        return;
      }
      const end = code === null ? `was killed by ${String(signal)}` : `ended with exit code ${code}`;
      reject(new Error(`Could not ${options.purpose}: ${command} ${end}.\n${all.trim().slice(-4_000)}`));
    });
  });
}

const packages: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  mmdebstrap: "mmdebstrap",
  mke2fs: "e2fsprogs",
  setpriv: "util-linux",
  flock: "util-linux",
  "ssh-keygen": "openssh-client",
  ssh: "openssh-client",
  tar: "tar",
};

/** Programs of this machine that the lab needs, by what they are needed for. */
export function requirePrograms(names: readonly string[]): void {
  const path = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const missing = names.filter((name) => !path.some((directory) => existsSync(join(directory, name))));
  if (missing.length === 0) return;
  const install = [...new Set(missing.map((name) => packages[name] ?? name))].join(" ");
  throw new Error(`The lab needs ${missing.join(", ")} on this machine. Install: apt-get install ${install}`);
}

/** A process as something that can be recognised again: a pid alone may have been reused. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot, from /proc; with the pid it names one process for as long as the machine is up. */
  readonly startTime: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and parentheses, so count fields from its last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTime] = [fields[0], fields[19]];
    return startTime === undefined || state === "Z" ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}
