/**
 * Pulumi for machines that may reach only package registries: finds or provides the Pulumi CLI, its Node.js language
 * host and the plugins that this project's stacks use.
 *
 * In this order: what is installed (EXTRUDE_PLUGIN_DIR, PATH, Pulumi's own plugin folder); the official downloads;
 * programs built from Go modules, with stand-ins for the plugins, whose sources are no Go modules that one can fetch.
 */
import { assemble, assembled, setFolder } from "./assemble";
import { canReach } from "./download";
import { removeAbandonedFolders } from "./files";
import { findCandidates } from "./find";
import { installedGo } from "./go";
import { locked } from "./lock";
import { collectTools, missingTools } from "./provide";
import { type Surroundings, surroundings } from "./surroundings";
import type { ProvideOptions, Tool, Toolchain } from "./types";

export { type ProvideOptions, type Tool, type Toolchain, ToolchainError } from "./types";
export { provideYaml } from "./yaml";

/**
 * Finds or makes everything that Pulumi needs here. The first call may download or build for minutes; later calls
 * only read files. It may be killed at any time and called again, and several processes may call it at once.
 *
 * @throws {ToolchainError} where something is missing; the message says what to do.
 */
export async function provideToolchain(options: ProvideOptions = {}): Promise<Toolchain> {
  return provideIn(surroundings(options));
}

/** The same with every dependency on the machine given. */
export async function provideIn(around: Surroundings): Promise<Toolchain> {
  const candidates = findCandidates(around);
  const folder = setFolder(around, candidates);
  const ready = assembled(around, folder);
  if (ready !== undefined) return ready;
  const onWait = (): void => {
    around.say("waiting for another process that is providing the same toolchain");
  };
  return locked(around.cacheDirectory, onWait, async () => {
    const meanwhile = assembled(around, folder);
    if (meanwhile !== undefined) return meanwhile;
    await removeAbandonedFolders(around.cacheDirectory);
    return assemble(around, folder, await collectTools(around, candidates));
  });
}

/**
 * The Debian packages that `provideToolchain` would need and that are missing: Go, where something would have to be
 * built and there is none. Asks the download site whether it answers, for which it waits a few seconds at most.
 */
export async function missingSystemPackages(options: ProvideOptions = {}): Promise<string[]> {
  return missingPackagesIn(surroundings(options));
}

/** The same with every dependency on the machine given. */
export async function missingPackagesIn(around: Surroundings): Promise<string[]> {
  if (installedGo(around) !== undefined) return [];
  const candidates = findCandidates(around);
  if ((await missingTools(around, candidates)).length === 0) return [];
  return (await canReach(around)) ? [] : ["golang-go"];
}

/** One line on a tool for people: what, which version, and where it came from. */
export function describeTool({ name, version, source, path }: Tool): string {
  return `${name} ${version} (${source}): ${path}`;
}
