import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { layOut } from "../../cli/diagram-layout";
import { renderSvg } from "../../cli/diagram-svg";
import { networkOf } from "../../cli/network";
import type { SiteStatus } from "../../cli/site-status";
import { verbs, wholeProgram } from "../../cli/verbs";
import { agentProgram } from "../../agent/program";
import { packageRoot } from "../../lab/paths";
import { stackHost } from "./cli-fixture";
import { documentedCommands, pages, readPage, wordsOf } from "./documented-commands";

const commands = documentedCommands();
const shown = ({ page, program, words }: (typeof commands)[number]): string => `${page}: ${program} ${words.join(" ")}`;

/** The command line, of which nothing does its work. */
async function idle(): Promise<Command> {
  const extrude = await wholeProgram();
  const still = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(still);
  };
  extrude.enablePositionalOptions();
  still(extrude);
  return extrude;
}

/** The verb that words lead to, which may be below another. */
function verbOf(extrude: Command, words: readonly string[]): Command | undefined {
  const verb = extrude.commands.find((each) => each.name() === words[0]);
  return verb?.commands.find((each) => each.name() === words[1]) ?? verb;
}

const ofExtrude = commands.filter(({ program }) => program === "extrude");
const typed = ofExtrude.filter(({ isSynopsis }) => !isSynopsis);

let extrude: Command;
beforeAll(async () => {
  extrude = await idle();
});

test("every command that is to be typed is understood by the verb itself", async () => {
  const wrong: string[] = [];
  for (const command of typed) {
    // A help option prints and ends; a verb alone is its name, and lacks what it needs.
    const given = command.words.filter((word) => word !== "--help");
    if (given.length === 0) continue;
    if (given.length < command.words.length && verbOf(extrude, given) !== undefined) continue;
    if (given.length === 1 && verbOf(extrude, given) !== undefined) continue;
    await extrude.parseAsync(given, { from: "user" }).catch((error: unknown) => {
      wrong.push(`${shown(command)}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  expect(wrong).toEqual([]);
  expect(typed.length).toBeGreaterThan(50);
});

test("a command that the verb would refuse is noticed", async () => {
  for (const words of [
    ["status", "--sites"],
    ["diagram", "--format", "gif"],
    ["lab", "up", "now"],
    ["nonsense", "x"],
  ]) {
    await expect(extrude.parseAsync(words, { from: "user" })).rejects.toThrow();
  }
});

test("synopses name verbs and options that there are", () => {
  for (const command of ofExtrude.filter(({ isSynopsis }) => isSynopsis)) {
    const verb = verbOf(extrude, command.words);
    expect([shown(command), verb?.name()]).toEqual([shown(command), expect.any(String)]);
    const options = command.words.flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? []);
    const known = [...(verb?.options ?? []).map(({ long }) => long), "--help"];
    expect(options.filter((option) => !known.includes(option))).toEqual([]);
  }
});

// A verb of the agent is one that it acts on, or that its usage has.
test("verbs of the agent and scripts of npm that pages name are there", () => {
  const agent = agentProgram();
  const scripts = (JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { scripts: object }).scripts;
  for (const command of commands) {
    const [verb = ""] = command.words;
    if (command.program === "extrudectl") {
      expect([shown(command), new RegExp(`^(\t(.*\\| )?'?| {2}(.*, )?)${verb}[ ,')]`, "m").test(agent)]).toEqual([
        shown(command),
        true,
      ]);
    }
    if (command.program === "npm run") expect([shown(command), verb in scripts]).toEqual([shown(command), true]);
  }
});

test("every verb is documented, and a test runs it", () => {
  const folders = ["unit", "e2e", "traffic", "lab"].map((name) => join(packageRoot, "tests", name));
  const tests = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
  const all = verbs.map(({ name }) => name);
  const run = all.filter((name) =>
    tests.some((text) => text.includes(`"${name}"`) && /extrude\(|"main\.ts"/.test(text)),
  );
  expect(all.filter((name) => !ofExtrude.some(({ words }) => words[0] === name))).toEqual([]);
  expect(run).toEqual(all);
  const agent = commands.filter(({ program }) => program === "extrudectl").length;
  const counts = `${ofExtrude.length} commands of extrude (${typed.length} to type, parsed), ${agent} of extrudectl`;
  process.stderr.write(`documented: ${counts}; of ${all.length} verbs ${run.length} are run\n`);
});

test("links lead to pages and headings that are there", () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
  const withoutCode = (text: string): string => text.replaceAll(/`[^`\n]+`/g, "");
  const broken = pages().flatMap((page) =>
    [...withoutCode(readPage(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
      ([, target = "", anchor]) => {
        const file = target === "" ? page : join(dirname(page), target);
        if (!existsSync(join(packageRoot, file))) return [`${page}: ${target}`];
        if (anchor === undefined) return [];
        const headings = [...readPage(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slug(heading));
        return headings.includes(anchor) ? [] : [`${page}: ${target}#${anchor}`];
      },
    ),
  );
  expect(broken).toEqual([]);
});

test("a line is cut into words as a shell does it", () => {
  expect(wordsOf("lab ssh 'a b' \"c d\" | head")).toEqual(["lab", "ssh", "a b", "c d"]);
  expect(wordsOf("completion bash >file")).toEqual(["completion", "bash"]);
  expect(wordsOf("--path 'extrude:hosts.a' # why")).toEqual(["--path", "extrude:hosts.a"]);
});

describe("pictures", () => {
  const network = networkOf([stackHost("rack"), stackHost("router")]);
  const now = 10_000_000;
  const alive: SiteStatus[] = network.sites.map((site) => ({
    site,
    lines: site.lines.map((line, index) =>
      index === 0
        ? { line, state: "down" as const, share: 0, since: now - 12_000, toSite: 0, fromSite: 0, lossPercent: 100 }
        : {
            ...{ line, state: "up" as const, share: 100, since: now - 86_400_000 },
            ...{ toSite: 17_300_000, fromSite: 1_900_000, lossPercent: 0, latencyMs: 21.4 },
          },
    ),
  }));

  // One that is not there is drawn: delete it to have it drawn anew.
  test.each([
    ["site.svg", renderSvg(layOut(network, [], now))],
    ["line-down.svg", renderSvg(layOut(network, alive, now))],
  ])("docs/pictures/%s is what the code draws", (name, drawn) => {
    const file = join(packageRoot, "docs", "pictures", name);
    if (!existsSync(file)) {
      if (process.env["CI"] !== undefined) throw new Error(`${file} is missing: run this test without CI=1.`);
      writeFileSync(file, drawn);
    }
    expect(readFileSync(file, "utf8")).toBe(drawn);
  });
});
