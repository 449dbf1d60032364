import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { moveIntoPlace, temporaryFolder } from "./files";
import { goEnvironment } from "./go";
import { lastLines, run } from "./run";
import type { Surroundings } from "./surroundings";
import { ToolchainError } from "./types";
import type { Wanted } from "./versions";

/** Changes whenever something would be built differently. */
export function sourcesStamp(around: Surroundings, wanted: Wanted): string {
  const folder = join(around.goSources, wanted.go.folder);
  const hash = createHash("sha256").update(JSON.stringify(wanted));
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (/\.go$|(^|\/)go\.(mod|sum)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 12);
}

export function builtPath(around: Surroundings, wanted: Wanted): string {
  const folder = `${wanted.name}-${wanted.go.version}-go-${sourcesStamp(around, wanted)}`;
  return join(around.cacheDirectory, "tools", folder, wanted.name);
}

/** Builds a program, unless it was built before, and returns its path. */
export async function build(around: Surroundings, wanted: Wanted, go: () => Promise<string>): Promise<string> {
  const path = builtPath(around, wanted);
  if (existsSync(path)) return path;
  const compiler = await go();
  const what = "plugin" in wanted ? "a stand-in for " : "";
  const from = "plugin" in wanted ? "the toolchain's Go module" : "its Go module";
  around.say(`building ${what}${wanted.title} from ${from} (${wanted.duration}, once)`);
  const folder = await temporaryFolder(around.cacheDirectory);
  const flags = ["-trimpath", "-ldflags", `-s -w ${wanted.go.flags}`];
  const result = await run(compiler, ["build", ...flags, "-o", join(folder, wanted.name), wanted.go.package], {
    cwd: join(around.goSources, wanted.go.folder),
    environment: goEnvironment(around),
  });
  if (result.code !== 0) {
    await rm(folder, { recursive: true, force: true });
    throw new ToolchainError(
      `Go could not build ${wanted.title}. If modules could not be fetched, check the network and GOPROXY, then run ` +
        `again: what is done stays. Go said:\n${lastLines(result.output)}`,
    );
  }
  await moveIntoPlace(folder, dirname(path));
  return path;
}
