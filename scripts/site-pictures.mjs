/** Pictures of some of the site's pages, to be looked at: `node scripts/site-pictures.mjs FOLDER`, after `npm run site`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { photograph } from "./chromium.mjs";

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
const looks = {
  wide: { width: 1280, height: 1000 },
  dark: { width: 1280, height: 1000, options: ["--blink-settings=preferredColorScheme=0"] },
  narrow: { width: 500, height: 1100 },
};

mkdirSync(folder, { recursive: true });
for (const [page, path] of Object.entries(pages)) {
  for (const [look, size] of Object.entries(looks)) {
    photograph(join(site, path), join(folder, `${page}-${look}.png`), size);
  }
}
