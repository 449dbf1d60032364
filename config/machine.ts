import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What the config may ask of the machine that Pulumi runs on. */
export interface Machine {
  /** Where relative paths of the stack config start. */
  readonly folder: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** Throws as node:fs does. */
  readonly readFile: (path: string) => string;
}

export function thisMachine(): Machine {
  return {
    folder: process.cwd(),
    home: homedir(),
    environment: process.env,
    exists: existsSync,
    readFile: (path) => readFileSync(path, "utf8"),
  };
}

export function resolvePath(path: string, folder: string, machine: Machine): string {
  if (path === "~" || path.startsWith("~/")) return join(machine.home, path.slice(1));
  return resolve(folder, path);
}

/** Why a file could not be read, without what is in it. */
export function explainRead(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Partial<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "you may not read it",
    EISDIR: "it is a folder",
    ENOTDIR: "part of the path is not a folder",
  };
  return known[code] ?? `reading it failed (${code === "" ? "unknown error" : code})`;
}
