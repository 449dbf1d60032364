import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../../cli/main";

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Pulumi that is a script, in a folder that is put on PATH. */
export function writePulumi(folder: string, script: string): void {
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
}

const exitCode = (): number => Number(process.exitCode);

/** The command line in this process, which is quicker than one of its own; PATH has nothing but `folder` before the shell's. */
export async function extrudeHere(folder: string, words: readonly string[]): Promise<Said> {
  const path = process.env.PATH;
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    jest.spyOn(process[name], "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  process.exitCode = 0;
  process.env.PATH = [folder, "/usr/bin", "/bin"].join(delimiter);
  try {
    await run(words);
    return { ...said, code: exitCode() };
  } finally {
    process.env.PATH = path;
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}
