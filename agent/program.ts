import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of `extrudectl`: one POSIX sh program, cut into files by subject that follow each other by number. */
export function agentProgram(): string {
  return readdirSync(__dirname)
    .filter((file) => /^\d\d-[a-z]+\.sh$/.test(file))
    .sort()
    .map((file) => readFileSync(join(__dirname, file), "utf8"))
    .join("\n");
}

/** The release of extrude that the agent's text is of. */
export function agentVersion(program = agentProgram()): string {
  return /^VERSION=(.*)$/m.exec(program)?.[1] ?? "0";
}
