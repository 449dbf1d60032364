import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineSources, sourcesFor } from "./apt";
import { unfinishedSuffix, withLock, type Say } from "./lock";
import { cacheRoot, digest, privateDirectory } from "./paths";
import { requirePrograms, run } from "./process";
import { recipeFor, type Recipe, type Release } from "./recipe";

export interface Image {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly digest: string;
}

function imageIn(directory: string, imageDigest: string): Image {
  return {
    disk: join(directory, "disk.qcow2"),
    kernel: join(directory, "vmlinuz"),
    initrd: join(directory, "initrd.img"),
    digest: imageDigest,
  };
}

/** The machine's proxies and date checks hold for building too; they go in by file, since a proxy may have a password. */
async function aptOptions(directory: string): Promise<string[]> {
  const dump = await run("apt-config", ["dump"], { purpose: "read this machine's apt configuration" });
  const kept = dump.split("\n").filter((line) => /^Acquire::(https?::Proxy|Check-|https::(CA|Verify))/i.test(line));
  if (kept.length === 0) return [];
  const path = join(directory, "apt.conf");
  writeFileSync(path, kept.join("\n") + "\n", { mode: 0o600 });
  return [`--aptopt=${path}`];
}

async function mmdebstrap(recipe: Recipe, output: string, say: Say): Promise<void> {
  const mode = process.getuid?.() === 0 ? "root" : "unshare";
  const args = [
    `--mode=${mode}`,
    "--variant=minbase",
    "--format=null",
    `--include=${recipe.installed.join(",")}`,
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    ...(recipe.leftModules ?? []).map((folder) => `--dpkgopt=path-exclude=*/kernel/${folder}/*`),
    ...(await aptOptions(output)),
    // By environment: mmdebstrap repeats a hook's whole command line in its messages.
    '--essential-hook=sh -c "$LAB_ESSENTIAL_HOOK" sh "$1"',
    '--customize-hook=sh -c "$LAB_CUSTOMIZE_HOOK" sh "$1"',
    ...["disk.qcow2", "vmlinuz", "initrd.img"].map(
      (name) => `--customize-hook=download /lab-out/${name} '${join(output, name)}'`,
    ),
    recipe.codename,
    "/dev/null",
    ...sourcesFor(recipe.codename, machineSources()),
  ];
  const env = {
    ...process.env,
    LAB_CUSTOMIZE_HOOK: recipe.customizeHook,
    LAB_DISABLED_UNITS: recipe.disabledUnits.join(" "),
    LAB_DISK_MB: String(recipe.diskMb),
    LAB_ESSENTIAL_HOOK: recipe.essentialHook,
    LAB_INITRAMFS_MODULES: recipe.initramfsModules.join(" "),
    LAB_OFFLINE: recipe.offline.join(" "),
  };
  const onLine = (line: string): void => {
    const step = /^I: (downloading|extracting|installing|running .*hook)/.exec(line);
    if (step) say(`  ${line.slice(3, 100).split("\n")[0] ?? ""}`);
  };
  // mmdebstrap tidies up when it is told to end, as it is here when this process ends.
  await run("setpriv", ["--pdeathsig", "TERM", "mmdebstrap", ...args], {
    purpose: `build the Debian ${recipe.release} image`,
    env,
    onLine,
  });
}

/** The image of a Debian release: from the cache, or built now from Debian's packages. */
export async function ensureImage(release: Release, say: Say): Promise<Image> {
  const recipe = recipeFor(release);
  const imageDigest = digest(recipe);
  const directory = join(cacheRoot(), `image-${imageDigest}`);
  if (existsSync(directory)) return imageIn(directory, imageDigest);
  requirePrograms(["mmdebstrap", "setpriv", "mke2fs", "qemu-img", "flock"]);
  privateDirectory(cacheRoot());
  return withLock(`${directory}.lock`, `building the Debian ${release} image`, say, async () => {
    if (existsSync(directory)) return imageIn(directory, imageDigest);
    const started = Date.now();
    say(`building the Debian ${release} image from Debian's packages (once; about a minute and a half)`);
    const unfinished = directory + unfinishedSuffix;
    rmSync(unfinished, { recursive: true, force: true });
    privateDirectory(unfinished);
    try {
      await mmdebstrap(recipe, unfinished, say);
      rmSync(join(unfinished, "apt.conf"), { force: true });
      renameSync(unfinished, directory);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
    say(`the Debian ${release} image is built (${((Date.now() - started) / 1000).toFixed(0)} s)`);
    return imageIn(directory, imageDigest);
  });
}
