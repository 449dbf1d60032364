import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, builtPath } from "./build";
import { archiveOf, download } from "./download";
import { isExecutable, moveIntoPlace, temporaryFolder } from "./files";
import { type Candidate, besideCli } from "./find";
import { olderThan, provideGo } from "./go";
import { run } from "./run";
import type { Surroundings } from "./surroundings";
import type { Tool } from "./types";
import { ALL, CLI, LANGUAGE_HOST, type Wanted } from "./versions";

/** Finds or makes each program of the toolchain; `assemble` then puts them together. */
export async function collectTools(around: Surroundings, candidates: readonly Candidate[]): Promise<Tool[]> {
  const maker = new Maker(around);
  const found = await findInstalled(around, candidates);
  const tools: Tool[] = [];
  for (const wanted of ALL) {
    const [cli] = tools;
    const comesWithCli = wanted === LANGUAGE_HOST && cli !== undefined ? hostBeside(cli) : undefined;
    tools.push(found.get(wanted.name) ?? comesWithCli ?? (await maker.make(wanted)));
  }
  return tools;
}

/** The programs that are neither installed nor kept from an earlier run. */
export async function missingTools(around: Surroundings, candidates: readonly Candidate[]): Promise<Wanted[]> {
  const found = await findInstalled({ ...around, say: () => undefined }, candidates);
  const kept = (wanted: Wanted): boolean =>
    isExecutable(downloadedPath(around, wanted)) || isExecutable(builtPath(around, wanted));
  return ALL.filter((wanted) => !found.has(wanted.name) && !kept(wanted));
}

async function findInstalled(around: Surroundings, candidates: readonly Candidate[]): Promise<Map<string, Tool>> {
  const cli = await installedCli(around, candidates);
  const beside = cli && hostBeside(cli);
  const others = ALL.filter(({ name }) => name !== CLI.name && name !== beside?.name);
  const tools = [cli, beside, ...others.map((wanted) => installed(wanted, candidates))];
  return new Map(tools.flatMap((tool) => (tool === undefined ? [] : [[tool.name, tool]])));
}

/** A newer CLI of the same major version speaks to our SDK; an older one may not. */
async function installedCli(around: Surroundings, candidates: readonly Candidate[]): Promise<Tool | undefined> {
  for (const { path } of candidates.filter(({ name }) => name === CLI.name)) {
    const environment = { ...around.environment, PULUMI_SKIP_UPDATE_CHECK: "1" };
    const { stdout } = await run(path, ["version"], { environment });
    const version = /^v?(\d+\.\d+\.\d+)/.exec(stdout.trim())?.[1];
    if (version !== undefined && version.startsWith("3.") && !olderThan(version, CLI.version)) {
      return { name: CLI.name, version, source: "installed", path };
    }
    around.say(`not using ${path}: it is Pulumi ${version ?? "of an unknown version"}, and ${CLI.version} is needed`);
  }
  return undefined;
}

function hostBeside(cli: Tool): Tool | undefined {
  const beside = besideCli(cli.path);
  return beside && { name: beside.name, version: cli.version, source: cli.source, path: beside.path };
}

/** Plugins do not tell their version: one that the user put in our way is taken for the wanted one. */
function installed(wanted: Wanted, candidates: readonly Candidate[]): Tool | undefined {
  const found = candidates.find(({ name }) => name === wanted.name);
  return found && { name: wanted.name, version: wanted.version, source: "installed", path: found.path };
}

function downloadedPath(around: Surroundings, wanted: Wanted): string {
  return join(around.cacheDirectory, "tools", `${wanted.name}-${wanted.version}-official`, wanted.name);
}

/** Downloads, and builds once a download has failed: a site that is out of reach is asked only once. */
class Maker {
  private reachable = true;
  private go: Promise<string> | undefined;

  constructor(private readonly around: Surroundings) {}

  async make(wanted: Wanted): Promise<Tool> {
    const downloaded = await this.downloaded(wanted);
    if (downloaded !== undefined) {
      return { name: wanted.name, version: wanted.version, source: "downloaded", path: downloaded };
    }
    const path = await build(this.around, wanted, () => (this.go ??= provideGo(this.around)));
    const source = "plugin" in wanted ? "stand-in, built from Go modules" : "built from Go modules";
    return { name: wanted.name, version: wanted.go.version, source, path };
  }

  private async downloaded(wanted: Wanted): Promise<string | undefined> {
    const { cacheDirectory, releases, say } = this.around;
    const archive = archiveOf(wanted);
    if (archive === undefined) return undefined;
    const path = downloadedPath(this.around, wanted);
    if (isExecutable(path)) return path;
    // What was built before is complete: asking the site again would only cost time.
    if (!this.reachable || existsSync(builtPath(this.around, wanted))) return undefined;
    say(`downloading ${wanted.title}`);
    const folder = await temporaryFolder(cacheDirectory);
    const unpacked = join(folder, "unpacked");
    const outcome = await download(this.around, archive, unpacked);
    if (!outcome.ok) {
      say(`${releases} cannot be used (${outcome.reason}): building instead`);
      this.reachable = false;
      await rm(folder, { recursive: true, force: true });
      return undefined;
    }
    // The CLI's archive has a folder of its own inside, a plugin's has not.
    const root = [join(unpacked, "pulumi"), unpacked].find((inner) => isExecutable(join(inner, wanted.name)));
    if (root === undefined) {
      say(`${releases}/${archive} does not hold ${wanted.name}: building instead`);
      return undefined;
    }
    await moveIntoPlace(root, dirname(path));
    await rm(folder, { recursive: true, force: true });
    return path;
  }
}
