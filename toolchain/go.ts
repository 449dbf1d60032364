import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathFolders } from "./find";
import { lastLines, run } from "./run";
import { type Surroundings, nonEmpty } from "./surroundings";
import { ToolchainError } from "./types";
import { FETCHED_GO, OLDEST_GO } from "./versions";
import { isExecutable } from "./files";

const INSTALL_GO =
  "Install Go (on Debian or Ubuntu: apt-get install golang-go; any version from 1.19 fetches a newer one itself), " +
  "or install Pulumi and its plugins, or set EXTRUDE_PLUGIN_DIR to a folder that holds them.";

/** The Go on PATH, however old. */
export function installedGo(around: Surroundings): string | undefined {
  return pathFolders(around)
    .map((folder) => join(folder, "go"))
    .find(isExecutable);
}

/** A Go that is new enough: the installed one, or one that the installed one fetches from the module proxy. */
export async function provideGo(around: Surroundings): Promise<string> {
  const go = installedGo(around);
  if (go === undefined) {
    throw new ToolchainError(
      `Pulumi's download site cannot be reached, and there is no Go to build with. ${INSTALL_GO}`,
    );
  }
  const version = await versionOf(around, go);
  if (!olderThan(version, OLDEST_GO)) return go;
  if (olderThan(version, "1.19")) {
    throw new ToolchainError(`${go} is Go ${version}, which is too old to fetch a newer Go. ${INSTALL_GO}`);
  }
  around.say(`fetching Go ${FETCHED_GO}, since the installed Go ${version} is too old (about 20 seconds, once)`);
  return fetchGo(around, go);
}

async function versionOf(around: Surroundings, go: string): Promise<string> {
  const result = await run(go, ["version"], { environment: goEnvironment(around) });
  const version = /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1];
  if (result.code === 0 && version !== undefined) return version;
  throw new ToolchainError(`${go} does not tell its version (${lastLines(result.output, 3)}). ${INSTALL_GO}`);
}

export function olderThan(version: string, limit: string): boolean {
  const [a, b] = [version, limit].map((text) => text.split(".").map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

async function fetchGo(around: Surroundings, go: string): Promise<string> {
  const platform = process.platform;
  const machine = process.arch === "x64" ? "amd64" : process.arch;
  const module = `golang.org/toolchain@v0.0.1-go${FETCHED_GO}.${platform}-${machine}`;
  await mkdir(around.cacheDirectory, { recursive: true });
  const result = await run(go, ["mod", "download", "-json", module], {
    cwd: around.cacheDirectory,
    environment: goEnvironment(around),
  });
  const folder = /"Dir": "(.+)"/.exec(result.stdout)?.[1];
  if (result.code !== 0 || folder === undefined) {
    throw new ToolchainError(`Go ${FETCHED_GO} cannot be fetched: ${lastLines(result.output, 5)}\n${INSTALL_GO}`);
  }
  await makeExecutable(folder);
  return join(folder, "bin", "go");
}

/** Modules are unpacked without execute permission, and only Go 1.21 and later knows that this one needs it. */
async function makeExecutable(folder: string): Promise<void> {
  const tools = join(folder, "pkg", "tool");
  const machines = await readdir(tools).catch(() => []);
  for (const programs of [join(folder, "bin"), ...machines.map((machine) => join(tools, machine))]) {
    for (const program of await readdir(programs)) await chmod(join(programs, program), 0o755);
  }
}

/** The user's Go settings, except those that would change what is built. CGO would ask for a C compiler. */
export function goEnvironment(around: Surroundings): NodeJS.ProcessEnv {
  const fallback = nonEmpty(around.environment["HOME"]) === undefined;
  return {
    ...around.environment,
    GO111MODULE: "on",
    GOWORK: "off",
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
    ...(fallback && {
      GOPATH: join(around.cacheDirectory, "go"),
      GOCACHE: join(around.cacheDirectory, "go", "build"),
    }),
  };
}
