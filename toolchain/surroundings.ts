import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type ProvideOptions, ToolchainError } from "./types";

/** All that the toolchain takes from the machine: tests replace it. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly cacheDirectory: string;
  readonly pluginDirectory: string | undefined;
  /** Where Pulumi publishes its releases. */
  readonly releases: string;
  /** The folder with the Go modules. */
  readonly goSources: string;
  readonly say: (message: string) => void;
}

const RELEASES = "https://get.pulumi.com/releases";

export function surroundings(options: ProvideOptions = {}): Surroundings {
  const environment = process.env;
  const pluginDirectory = options.pluginDirectory ?? nonEmpty(environment["EXTRUDE_PLUGIN_DIR"]);
  return {
    environment,
    cacheDirectory: resolve(options.cacheDirectory ?? defaultCacheDirectory(environment)),
    pluginDirectory: pluginDirectory === undefined ? undefined : existing(resolve(pluginDirectory)),
    releases: RELEASES,
    goSources: findGoSources(),
    say: options.onProgress ?? (() => undefined),
  };
}

export function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function existing(directory: string): string {
  if (existsSync(directory)) return directory;
  throw new ToolchainError(
    `The plugin folder ${directory} does not exist: correct EXTRUDE_PLUGIN_DIR (or pluginDirectory), or unset it.`,
  );
}

function defaultCacheDirectory(environment: NodeJS.ProcessEnv): string {
  return join(nonEmpty(environment["XDG_CACHE_HOME"]) ?? join(homedir(), ".cache"), "extrude", "toolchain");
}

/** The sources lie beside this file in a checkout, and two folders up from the compiled file in a package. */
function findGoSources(): string {
  const candidates = [join(__dirname, "go"), join(__dirname, "..", "..", "toolchain", "go")];
  const found = candidates.find((folder) => existsSync(join(folder, "cli", "go.mod")));
  if (found !== undefined) return found;
  throw new ToolchainError(`The Go sources of the toolchain are missing from ${candidates.join(" and ")}: reinstall.`);
}

/** The nearest folder of npm's programs: it holds the Node that @pulumi/pulumi needs where the machine's is older. */
export function npmPrograms(start: string = __dirname): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const programs = join(folder, "node_modules", ".bin");
    if (existsSync(programs)) return programs;
    if (dirname(folder) === folder) return undefined;
  }
}
