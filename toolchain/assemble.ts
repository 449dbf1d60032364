import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { sourcesStamp } from "./build";
import { isExecutable, linkOrCopy, moveIntoPlace, temporaryFolder } from "./files";
import type { Candidate } from "./find";
import { lastLines, run } from "./run";
import { type Surroundings, npmPrograms } from "./surroundings";
import { type Tool, type Toolchain, ToolchainError } from "./types";
import { ALL, PLUGINS } from "./versions";

const MANIFEST = "toolchain.json";

/**
 * Where the toolchain for this machine as it is now belongs. Another version, another source, a program that was
 * installed or removed since: another folder, so that nothing in use ever changes.
 */
export function setFolder(around: Surroundings, candidates: readonly Candidate[]): string {
  const facts = { wanted: ALL.map((wanted) => [wanted.version, sourcesStamp(around, wanted)]), candidates };
  const hash = createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 12);
  return join(around.cacheDirectory, "sets", hash);
}

/** The toolchain that an earlier run put together, if it is whole. */
export function assembled(around: Surroundings, folder: string): Toolchain | undefined {
  try {
    const tools = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as Tool[];
    const programs = [...tools.map(({ path }) => path), cliIn(folder), ...PLUGINS.map((p) => pluginIn(folder, p))];
    return programs.every(isExecutable) ? describe(around, folder, tools) : undefined;
  } catch {
    return undefined;
  }
}

/** Puts the programs into one folder, installs the plugins into a PULUMI_HOME beside them, and lists all that last. */
export async function assemble(around: Surroundings, folder: string, tools: readonly Tool[]): Promise<Toolchain> {
  const workshop = await temporaryFolder(around.cacheDirectory);
  await mkdir(join(workshop, "bin"));
  for (const tool of tools.filter(({ name }) => !PLUGINS.some((plugin) => plugin.name === name))) {
    await place(tool, join(workshop, "bin", tool.name));
  }
  for (const { name, plugin, version } of PLUGINS) {
    const tool = tools.find((each) => each.name === name);
    if (tool !== undefined) await installPlugin(around, workshop, plugin, version, tool);
  }
  await writeFile(join(workshop, MANIFEST), JSON.stringify(tools, null, 2) + "\n");
  await replace(around, workshop, folder);
  return describe(around, folder, tools);
}

/** Whatever lies there is not whole, or `assembled` would have found it. */
async function replace(around: Surroundings, workshop: string, folder: string): Promise<void> {
  if (assembled(around, folder) === undefined) {
    const rubbish = await temporaryFolder(around.cacheDirectory);
    await rename(folder, join(rubbish, "set")).catch(() => undefined);
    await rm(rubbish, { recursive: true, force: true });
  }
  await moveIntoPlace(workshop, folder);
}

/**
 * The engine looks for the language host beside the real file of the CLI. What is installed keeps its place for
 * that, since other files may lie beside it; what is ours is joined under one roof.
 */
async function place(tool: Tool, path: string): Promise<void> {
  if (tool.source === "installed") await symlink(tool.path, path);
  else await linkOrCopy(tool.path, path);
}

async function installPlugin(
  around: Surroundings,
  workshop: string,
  plugin: string,
  version: string,
  tool: Tool,
): Promise<void> {
  const args = ["plugin", "install", "resource", plugin, `v${version}`, "--file", tool.path];
  const result = await run(cliIn(workshop), args, {
    environment: { ...around.environment, ...settings(around, workshop) },
  });
  if (result.code === 0) return;
  throw new ToolchainError(
    `Pulumi cannot install the plugin ${tool.path} (${tool.source}). If it is yours, check that it is an executable ` +
      `plugin for this machine; otherwise remove ${around.cacheDirectory} and run again. ` +
      `Pulumi said:\n${lastLines(result.output, 5)}`,
  );
}

function describe(around: Surroundings, folder: string, tools: readonly Tool[]): Toolchain {
  return { pulumi: cliIn(folder), environment: settings(around, folder), tools };
}

function settings(around: Surroundings, folder: string): Record<string, string> {
  const path = [dirname(cliIn(folder)), npmPrograms(), around.environment["PATH"]];
  return {
    PATH: path.filter((part) => part !== undefined && part !== "").join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

function cliIn(folder: string): string {
  return join(folder, "bin", "pulumi");
}

function pluginIn(folder: string, { name, plugin, version }: (typeof PLUGINS)[number]): string {
  return join(folder, "home", "plugins", `resource-${plugin}-v${version}`, name);
}
