import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { verbs } from "../../cli/verbs";
import { packageRoot } from "../../lab/paths";

/** Packages that take longer to read than most verbs take to do their work. */
const heavy = ["ssh2", "zod", "tar", "cli-table3", "yaml", "@inquirer/prompts", "@pulumi/pulumi"];

/** What a file reads before it does anything: its imports that are neither types only nor made when they are needed. */
function readAtStart(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, names = "", from = ""] of text.matchAll(/^(?:import|export) ([^;]*?) from "([^"]+)";$/gm)) {
    const isTypes = names.startsWith("type ") || /^\{( type [^,]*,?)+ \}$/.test(names);
    if (isTypes) continue;
    if (!from.startsWith(".")) seen.add(from);
    else {
      const path = join(dirname(file), from);
      readAtStart(existsSync(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts"), seen);
    }
  }
  return seen;
}

test.each(["main", ...verbs.map(({ name }) => name)])("%s --help reads nothing that is slow to read", (name) => {
  const read = readAtStart(join(packageRoot, "cli", `${name}.ts`));
  expect(heavy.filter((each) => read.has(each))).toEqual([]);
  expect(read.has("commander")).toBe(true);
});

test("imports are followed", () => {
  expect(readAtStart(join(packageRoot, "cli", "asking.ts")).has("ssh2")).toBe(true);
});

test.each(verbs.map(({ name }) => name))(
  "%s has a page with its exit codes and what it prints for programs",
  async (name) => {
    const page = readFileSync(join(packageRoot, "docs", "cli", `${name}.md`), "utf8");
    expect(page).toContain(`# extrude ${name}\n`);
    expect(page).toContain("\n## Exit codes\n");
    expect(page).toContain("--json");
    const command = await verbs.find((verb) => verb.name === name)?.load();
    const options = [command, ...(command?.commands ?? [])].flatMap((each) => each?.options ?? []);
    expect(options.map(({ long }) => long)).toContain("--json");
    for (const { long } of command?.options ?? []) expect(page).toContain(long ?? "");
  },
);
