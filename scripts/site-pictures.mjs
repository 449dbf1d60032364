/**
 * Pictures of some of the site's pages, to be looked at: `node scripts/site-pictures.mjs FOLDER`. Needs Debian's package
 * chromium, and `npm run site` before.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node scripts/site-pictures.mjs FOLDER");
const site = join(import.meta.dirname, "..", "site");
const pages = {
  readme: "index.html",
  concepts: "docs/concepts.html",
  "add-a-line": "docs/howto/add-a-line.html",
  errors: "docs/errors.html",
  reference: "docs/reference/bonded-site.html",
  architecture: "docs/architecture.html",
};
const looks = [
  { name: "wide", size: "1280,1000", options: [] },
  { name: "dark", size: "1280,1000", options: ["--blink-settings=preferredColorScheme=0"] },
  { name: "narrow", size: "500,1100", options: [] },
];

mkdirSync(folder, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "extrude-chromium-"));
try {
  for (const [page, path] of Object.entries(pages)) {
    for (const { name, size, options } of looks) {
      const words = ["--headless", "--no-sandbox", "--hide-scrollbars", `--user-data-dir=${profile}`, ...options];
      const picture = join(folder, `${page}-${name}.png`);
      const { href } = pathToFileURL(join(site, path));
      const { status, error } = spawnSync("chromium", [
        ...words,
        `--window-size=${size}`,
        `--screenshot=${picture}`,
        href,
      ]);
      if (status !== 0) throw error ?? new Error(`chromium ended with ${status}.`);
      console.log(picture);
    }
  }
} finally {
  rmSync(profile, { recursive: true, force: true });
}
