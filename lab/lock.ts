import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { privateDirectory } from "./paths";

export type Say = (sentence: string) => void;

interface Held {
  release(): Promise<void>;
}

/**
 * The kernel's own file lock, held by a flock(1) that reads from a pipe of ours: however this process ends, the pipe
 * closes, flock ends, the lock is free. Nothing can be left stale.
 */
function acquire(path: string, onWait: () => void): Promise<Held> {
  return new Promise((resolve, reject) => {
    const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo held; cat >/dev/null"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const timer = setTimeout(onWait, 500);
    const ended = new Promise<void>((done) => {
      holder.once("close", () => {
        done();
      });
    });
    holder.once("error", (error) => {
      clearTimeout(timer);
      reject(new Error(`Could not lock ${path}: flock did not start (${error.message}).`));
    });
    holder.stdin.on("error", () => undefined);
    holder.stdout.once("data", () => {
      clearTimeout(timer);
      resolve({
        release: async () => {
          holder.stdin.end();
          await ended;
        },
      });
    });
  });
}

/** Runs `work` while no other process holds the same lock; says so if it has to wait. */
export async function withLock<T>(path: string, what: string, say: Say, work: () => Promise<T>): Promise<T> {
  privateDirectory(dirname(path));
  const held = await acquire(path, () => {
    say(`another process is busy with ${what}; waiting for it`);
  });
  try {
    return await work();
  } finally {
    await held.release();
  }
}

/** What is being built under a lock has this ending until it is complete. */
export const unfinishedSuffix = ".unfinished";

/** Removes what killed builds have left: whatever is unfinished and whose lock nobody holds. */
export async function removeAbandoned(directory: string): Promise<void> {
  const unfinished = readdirSync(directory).filter((name) => name.endsWith(unfinishedSuffix));
  const removals = unfinished.map((name) => {
    const path = join(directory, name);
    const lock = `${path.slice(0, -unfinishedSuffix.length)}.lock`;
    return new Promise<void>((resolve) => {
      const done = (): void => {
        resolve();
      };
      spawn("flock", ["--nonblock", lock, "rm", "-rf", path], { stdio: "ignore" })
        .once("error", done)
        .once("close", done);
    });
  });
  await Promise.all(removals);
}
