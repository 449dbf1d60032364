import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { type Surroundings, nonEmpty } from "./surroundings";
import { ALL, PLUGINS, type ToolName } from "./versions";

/** A program that is on the machine already, before anyone has asked for its version. */
export interface Candidate {
  readonly name: ToolName;
  readonly path: string;
  /** Changes when the file does. */
  readonly stamp: string;
}

/** Every candidate for every program, best first: the plugin folder, PATH, what Pulumi itself has installed. */
export function findCandidates(around: Surroundings): Candidate[] {
  return ALL.flatMap(({ name }) => {
    const paths = [...inPluginDirectory(around, name), ...onPath(around, name), ...installedPlugin(around, name)];
    return [...new Set(paths)].flatMap((path) => candidate(name, path));
  });
}

/** The language host that lies beside a CLI, as in every official installation. */
export function besideCli(cli: string): Candidate | undefined {
  const name = "pulumi-language-nodejs";
  return candidate(name, join(dirname(realpathSync(cli)), name))[0];
}

function candidate(name: ToolName, path: string): Candidate[] {
  try {
    accessSync(path, constants.X_OK);
    const stat = statSync(path);
    return stat.isFile() ? [{ name, path, stamp: `${stat.size}-${stat.mtimeMs}` }] : [];
  } catch {
    return [];
  }
}

function inPluginDirectory(around: Surroundings, name: ToolName): string[] {
  const folder = around.pluginDirectory;
  if (folder === undefined) return [];
  const plugin = PLUGINS.find((wanted) => wanted.name === name);
  const nested = plugin === undefined ? [] : [join(folder, `resource-${plugin.plugin}-v${plugin.version}`, name)];
  return [join(folder, name), ...nested];
}

/**
 * Skips this toolchain's own folders, since its result is often in the PATH already, and npm's: the npm package
 * `pulumi` is not the CLI but something that downloads one when it is first used.
 */
function onPath(around: Surroundings, name: ToolName): string[] {
  return pathFolders(around)
    .filter((folder) => !within(around.cacheDirectory, folder))
    .filter((folder) => !folder.endsWith(join("node_modules", ".bin")))
    .map((folder) => join(folder, name));
}

export function pathFolders(around: Surroundings): string[] {
  return (around.environment["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith(sep));
}

function within(parent: string, path: string): boolean {
  return path === parent || path.startsWith(parent + sep);
}

function installedPlugin(around: Surroundings, name: ToolName): string[] {
  const plugin = PLUGINS.find((wanted) => wanted.name === name);
  if (plugin === undefined) return [];
  const homes = [nonEmpty(around.environment["PULUMI_HOME"]), join(homeDirectory(around), ".pulumi")];
  return homes
    .filter((home) => home !== undefined)
    .filter((home) => !within(around.cacheDirectory, home))
    .map((home) => join(home, "plugins", `resource-${plugin.plugin}-v${plugin.version}`, name));
}

function homeDirectory(around: Surroundings): string {
  return nonEmpty(around.environment["HOME"]) ?? homedir();
}
