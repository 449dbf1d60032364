import { realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { build } from "./build";
import { isExecutable } from "./files";
import { pathFolders } from "./find";
import { provideGo } from "./go";
import { surroundings } from "./surroundings";
import type { ProvideOptions, Toolchain } from "./types";
import { YAML_HOST, YAML_HOST_VERSION } from "./versions";

/**
 * A toolchain that runs programs in YAML too: with the language host of an official installation, one that is in PATH, or
 * one that is built, once, from its Go module.
 */
export async function provideYaml(toolchain: Toolchain, options: ProvideOptions = {}): Promise<Toolchain> {
  const around = surroundings(options);
  const folders = [dirname(realpathSync(toolchain.pulumi)), ...pathFolders(around)];
  if (folders.some((folder) => isExecutable(join(folder, YAML_HOST.name)))) return toolchain;
  const built = await build(around, YAML_HOST, () => provideGo(around));
  const path = [toolchain.environment["PATH"], dirname(built)].filter((part) => part !== undefined).join(delimiter);
  const tool = {
    name: YAML_HOST.name,
    version: YAML_HOST_VERSION,
    source: "built from Go modules",
    path: built,
  } as const;
  return { ...toolchain, environment: { ...toolchain.environment, PATH: path }, tools: [...toolchain.tools, tool] };
}
