import { spawn } from "node:child_process";

export interface Result {
  readonly code: number;
  readonly stdout: string;
  /** Both streams in the order in which they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Runs a program to its end. A program that cannot be started is a result too, with the shell's exit code for it. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", (error) => {
      resolve({ code: 127, stdout, output: error.message });
    });
    child.on("close", (code, signal) => {
      resolve({ code: code ?? 1, stdout, output: signal === null ? output : `${output}\nended by ${signal}` });
    });
  });
}

/** The end of a long output: compilers say what matters last. */
export function lastLines(output: string, count = 20): string {
  return output.trimEnd().split("\n").slice(-count).join("\n");
}
