import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { z } from "zod";
import { poll } from "../lab/poll";
import { writeAtomically } from "../lab/paths";
import { identify, isRunning } from "../lab/process";
import type { Toolchain } from "../toolchain";
import { files, readIfThere, root } from "./files";
import type { Interruption } from "./interruption";

export interface PulumiOptions {
  readonly onLine?: (line: string) => void;
  readonly input?: string;
  readonly cwd?: string;
}

/** A Pulumi command that failed. The message holds what Pulumi said. */
export class PulumiFailure extends Error {
  override readonly name = "PulumiFailure";
}

/** Runs Pulumi on a state and with a passphrase of the demo's own, which protect nothing but the lab's keys. */
export class Pulumi {
  constructor(
    private readonly toolchain: Toolchain,
    private readonly interruption: Interruption,
  ) {}

  private get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.toolchain.environment,
      PULUMI_BACKEND_URL: `file://${files.state}`,
      PULUMI_CONFIG_PASSPHRASE: "demo",
      // `npm test` checks the types; here it would cost seconds in every run.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: files.tsconfig,
    };
  }

  /** Returns stdout. Interrupted once, Pulumi finishes what it is at; interrupted again, it ends at once. */
  async run(args: readonly string[], { onLine, input, cwd = root }: PulumiOptions = {}): Promise<string> {
    this.interruption.check();
    mkdirSync(files.state, { recursive: true });
    const child = spawn(this.toolchain.pulumi, [...args, "--non-interactive"], {
      cwd,
      env: this.environment,
      stdio: ["pipe", "pipe", "pipe"],
      // Out of the terminal's reach: it would hear Ctrl-C twice, which means "at once".
      detached: true,
    });
    if (child.pid !== undefined) writeAtomically(files.running, JSON.stringify(identify(child.pid) ?? {}));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    let stdout = "";
    let all = "";
    const lines = lineCutter(onLine ?? (() => undefined));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      all += text;
      lines(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      all += text;
      lines(text);
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        resolve(code ?? 255);
      });
    });
    const stop = (): void => {
      onLine?.("Stopping. Pulumi finishes the change that it is at; Ctrl-C once more ends it at once.");
      child.kill("SIGINT");
    };
    const code = await this.interruption.whileHandling(stop, ended);
    rmSync(files.running, { force: true });
    this.interruption.check();
    if (code !== 0) throw new PulumiFailure(all.trim());
    return stdout;
  }
}

function lineCutter(onLine: (line: string) => void): (text: string) => void {
  let partial = "";
  return (text) => {
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    lines.forEach(onLine);
  };
}

const identitySchema = z.object({ pid: z.number(), startTime: z.string() });

/** A run that was killed leaves its Pulumi behind, which would go on changing the hosts beside us. */
export async function endLeftover(): Promise<boolean> {
  const text = readIfThere(files.running);
  if (text === undefined) return false;
  const found = identitySchema.safeParse(JSON.parse(text));
  if (!found.success || !isRunning(found.data)) return false;
  process.kill(found.data.pid, "SIGINT");
  await poll("the Pulumi of an earlier run to end", () => !isRunning(found.data), { deadlineMs: 120_000 }).catch(() => {
    process.kill(found.data.pid, "SIGKILL");
  });
  return true;
}
