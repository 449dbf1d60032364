import { spawn } from "node:child_process";
import { exitCodes, Failure } from "./failure";
import type { StackChoice } from "./options";
import { parseState, type StackState } from "./state";

export interface RunOptions extends StackChoice {
  readonly input?: string;
  readonly timeoutMs: number;
}

/** Runs `pulumi stack VERB` and returns its output. What it is given and gives stays in memory. */
export async function pulumiStack(words: readonly string[], options: RunOptions): Promise<string> {
  return pulumi(["stack", ...words], options);
}

/** Has Pulumi encrypt a value of a stack's configuration; the value reaches it by its input. */
export async function setSecret(path: string, value: string, choice: StackChoice): Promise<void> {
  await pulumi(["config", "set", "--secret", "--path", path], { ...choice, input: value, timeoutMs: 30_000 });
}

async function pulumi(words: readonly string[], options: RunOptions): Promise<string> {
  const { stack, cwd, input = "", timeoutMs } = options;
  const args = [...words, "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])];
  const named = `pulumi ${args.join(" ")}`;
  const child = spawn("pulumi", args, { cwd: cwd ?? process.cwd(), env: process.env, stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // Pulumi may end without having read everything; its exit code says why.
  child.stdin.on("error", () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // Its own children may hold its output open.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new Failure(`'${named}' had not ended after ${timeoutMs / 1000} s.`, exitCodes.unasked));
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(new Failure(unstartable(error, cwd), exitCodes.unasked));
    });
    child.once("close", (status) => {
      clearTimeout(timer);
      resolve(status);
    });
  });
  if (code !== 0) throw new Failure(`'${named}' failed: ${stderr.trim()}`, exitCodes.unasked);
  return stdout;
}

function unstartable(error: Error, cwd: string | undefined): string {
  const where = cwd === undefined ? "" : `, or there is no directory ${cwd}`;
  return `pulumi could not be started (${error.message}): it is not on PATH${where}. Install it (https://www.pulumi.com/docs/install/) or add its directory to PATH.`;
}

/** What the stack's state knows, its secrets in clear: for memory only. */
export async function readStack(choice: StackChoice, timeoutMs = 10_000): Promise<StackState> {
  return parseState(await pulumiStack(["export", "--show-secrets"], { ...choice, timeoutMs }));
}
