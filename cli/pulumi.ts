import { spawn } from "node:child_process";
import { statSync } from "node:fs";
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
  const { stack, cwd = process.cwd(), input = "", timeoutMs } = options;
  const args = [...words, "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])];
  const named = `pulumi ${args.join(" ")}`;
  const child = spawn("pulumi", args, { cwd, env: process.env, stdio: ["pipe", "pipe", "pipe"] });
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
      reject(
        new Failure(
          `'${named}' had not ended after ${timeoutMs / 1000} s. Run it by hand to see what it waits for.`,
          exitCodes.unasked,
        ),
      );
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
  if (code !== 0) throw new Failure(failed(named, stderr), exitCodes.unasked);
  return stdout;
}

/** Node says ENOENT of both: of a program that is not there, and of a directory. */
function unstartable(error: Error & { code?: string }, cwd: string): string {
  if (!isDirectory(cwd)) return `There is no directory ${cwd}. Give --cwd the directory that Pulumi.yaml is in.`;
  const why = error.code === "ENOENT" ? "it is not on PATH" : error.message;
  return `pulumi could not be started: ${why}. Install it (https://www.pulumi.com/docs/install/) or add its directory to PATH.`;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** What to do about Pulumi's commonest complaints, where it does not say so itself. */
const remedies: readonly (readonly [complaint: RegExp, remedy: string])[] = [
  [/no stack named .* found/, "'pulumi stack ls' lists the stacks that there are; --stack chooses one."],
  [/no Pulumi\.yaml project file found/, "Run it in the directory that Pulumi.yaml is in, or give that to --cwd."],
  [/no stack selected/, "Choose one: --stack NAME, or pulumi stack select."],
];

function failed(command: string, stderr: string): string {
  const [, remedy] = remedies.find(([complaint]) => complaint.test(stderr)) ?? [];
  return [`'${command}' failed: ${stderr.trim()}`, ...(remedy === undefined ? [] : [remedy])].join("\n");
}

/** What the stack's state knows, its secrets in clear: for memory only. */
export async function readStack(choice: StackChoice, timeoutMs = 10_000): Promise<StackState> {
  return parseState(await pulumiStack(["export", "--show-secrets"], { ...choice, timeoutMs }));
}
