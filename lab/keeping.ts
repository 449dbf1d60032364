import { spawn, type StdioOptions } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { KeeperLine } from "./keeper";
import type { Say } from "./lock";
import type { LabOptions } from "./owner";
import { cacheRoot, labDirectory, privateDirectory } from "./paths";

/** From a checkout the keeper is TypeScript and needs its loader; in the package it is compiled. */
function keeperCommand(): string[] {
  const compiled = join(__dirname, "keeper.js");
  if (existsSync(compiled)) return [compiled];
  return ["--import", pathToFileURL(require.resolve("tsx")).href, join(__dirname, "keeper.ts")];
}

/** Starts the keeper of a detached lab and returns when the lab is up. */
export async function startKeeper(options: LabOptions, say: Say): Promise<void> {
  labDirectory(options.name);
  privateDirectory(join(cacheRoot(), "labs"));
  const logPath = join(cacheRoot(), "labs", `${options.name}.keeper.log`);
  const log = openSync(logPath, "w", 0o600);
  const stdio: StdioOptions = ["pipe", "pipe", log];
  const child = spawn(process.execPath, [...keeperCommand(), JSON.stringify(options)], { detached: true, stdio });
  const { stdout } = child;
  if (!stdout) throw new Error("The keeper was started without a pipe.");
  closeSync(log);
  const words = (): string => readFileSync(logPath, "utf8").trim().slice(-1_000);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => {
        reject(new Error(`The keeper of the lab "${options.name}" ended (${String(code)}). It said: ${words()}`));
      });
      createInterface({ input: stdout }).on("line", (text) => {
        const line = JSON.parse(text) as KeeperLine;
        if ("say" in line) say(line.say);
        else if ("error" in line) reject(new Error(line.error));
        else resolve();
      });
    });
  } finally {
    // A keeper that has failed ends as soon as nobody holds its input.
    stdout.destroy();
    child.stdin?.destroy();
    child.removeAllListeners();
    child.unref();
  }
  rmSync(logPath, { force: true });
}
