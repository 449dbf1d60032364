/**
 * All pictures, to be looked at: `npm run pictures -- FOLDER`. The dashboard, the diagram and the status view of 2 and of
 * 40 sites, and pages of the documentation. Needs Debian's package chromium.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { photograph } from "./chromium.mjs";

const [given] = process.argv.slice(2);
if (given === undefined) throw new Error("Name the folder that the pictures go to: npm run pictures -- FOLDER");
const folder = resolve(given);
const root = join(import.meta.dirname, "..");
const run = (program, ...words) => execFileSync(program, words, { cwd: root, stdio: "inherit" });

mkdirSync(folder, { recursive: true });
run("tsx", "scripts/dashboard-pictures.ts", join(folder, "dashboard.svg"));
run("tsx", "scripts/view-pictures.ts", folder);
for (const name of readdirSync(folder).filter((each) => each.endsWith(".svg"))) {
  const [, width, height] = / width="(\d+)" height="(\d+)"/.exec(readFileSync(join(folder, name), "utf8"));
  photograph(join(folder, name), join(folder, name.replace(/svg$/, "png")), { width, height });
}
run("node", "scripts/site.mjs");
run("node", "scripts/site-pictures.mjs", folder);
