/** Pictures of pages and drawings, by Debian's package chromium. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Makes a picture of a file's top left, `width` by `height` pixels, and says where it is. */
export function photograph(file, picture, { width, height, options = [] }) {
  const profile = mkdtempSync(join(tmpdir(), "extrude-chromium-"));
  try {
    const words = ["--headless", "--no-sandbox", "--hide-scrollbars", `--user-data-dir=${profile}`, ...options];
    const { href } = pathToFileURL(file);
    const { status, error } = spawnSync("chromium", [
      ...words,
      `--window-size=${width},${height}`,
      `--screenshot=${picture}`,
      href,
    ]);
    if (status !== 0) throw error ?? new Error(`chromium ended with ${status}: run it by hand to see why.`);
    console.log(picture);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
