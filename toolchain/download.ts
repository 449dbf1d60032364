import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { lastLines, run } from "./run";
import type { Surroundings } from "./surroundings";
import { CLI, type Wanted, type WantedPlugin } from "./versions";

/** A site that does not answer at all must cost a few seconds, not minutes. */
const ANSWER_TIMEOUT = 3_000;
const STALL_TIMEOUT = 30_000;

type Outcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The archive of the CLI, which holds the language host too, or of a plugin; undefined where Pulumi has none. */
export function archiveOf(wanted: Wanted | WantedPlugin): string | undefined {
  const { platform, arch } = process;
  if ((platform !== "linux" && platform !== "darwin") || (arch !== "x64" && arch !== "arm64")) return undefined;
  if ("plugin" in wanted) {
    const machine = arch === "x64" ? "amd64" : "arm64";
    return `plugins/${wanted.name}-v${wanted.version}-${platform}-${machine}.tar.gz`;
  }
  return `sdk/pulumi-v${CLI.version}-${platform}-${arch}.tar.gz`;
}

/** Fetches an archive and unpacks it into a folder. */
export async function download(around: Surroundings, archive: string, folder: string): Promise<Outcome> {
  const file = `${folder}.tar.gz`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await fetchTo(`${around.releases}/${archive}`, file);
    await mkdir(folder, { recursive: true });
    const unpacked = await run("tar", ["-xzf", file, "-C", folder], { environment: around.environment });
    if (unpacked.code === 0) return { ok: true };
    return { ok: false, reason: `tar could not unpack it: ${lastLines(unpacked.output, 3).replaceAll("\n", "; ")}` };
  } catch (error) {
    return { ok: false, reason: explain(error) };
  } finally {
    await rm(file, { force: true });
  }
}

/** Whether the download site answers and has the wanted CLI. */
export async function canReach(around: Surroundings): Promise<boolean> {
  const archive = archiveOf(CLI);
  if (archive === undefined) return false;
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT);
    return (await fetch(`${around.releases}/${archive}`, { method: "HEAD", signal })).ok;
  } catch {
    return false;
  }
}

async function fetchTo(url: string, file: string): Promise<void> {
  const abort = new AbortController();
  let timer = setTimeout(() => {
    abort.abort(new Error(`no answer within ${ANSWER_TIMEOUT / 1000} seconds`));
  }, ANSWER_TIMEOUT);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`the site answered ${response.status}`);
    const body = Readable.fromWeb(response.body);
    body.on("data", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        abort.abort(new Error(`nothing came for ${STALL_TIMEOUT / 1000} seconds`));
      }, STALL_TIMEOUT);
    });
    await pipeline(body, createWriteStream(file));
  } finally {
    clearTimeout(timer);
  }
}

/** fetch hides the reason of a network error in its cause. */
function explain(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ?? message;
}
