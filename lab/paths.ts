import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Lab files that are not TypeScript (guest programs) lie in the package, not in its compiled output. */
export const packageRoot: string = ((): string => {
  let directory = __dirname;
  while (!existsSync(join(directory, "package.json"))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error("extrude is not installed as a package: no package.json above lab/.");
    directory = parent;
  }
  return directory;
})();

export function guestFile(name: string): string {
  return readFileSync(join(packageRoot, "lab", "guest", name), "utf8");
}

/** Everything the lab keeps on this machine. */
export function cacheRoot(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? "";
  return join(base.startsWith("/") ? base : join(homedir(), ".cache"), "extrude", "lab");
}

export function privateDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} cannot be made: ${why}. Say in XDG_CACHE_HOME where the lab may keep its files.`, {
      cause: error,
    });
  }
  return path;
}

export function digest(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** A reader sees the old file or the new one, never half of one. */
export function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

const labName = /^[a-z0-9][a-z0-9-]{0,30}$/;

export function labDirectory(name: string): string {
  if (!labName.test(name)) {
    throw new Error(`"${name}" cannot name a lab: use up to 31 lower-case letters, digits and hyphens.`);
  }
  return join(cacheRoot(), "labs", name);
}
