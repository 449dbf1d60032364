/**
 * `npm run demo`: brings what the demo needs to this machine, then runs it (demo/main.ts). Runs on any Node.js from 18 on,
 * without a single package installed.
 */
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureSystemPackages } from "./system-packages.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = Date.now();

const usage = `npm run demo              build a lab on this machine, run 'pulumi up' on it, and show what the lines do
npm run demo -- --down    destroy the stack and the lab
npm run demo -- --help    this text

It can be run again at any time, also after it was interrupted.`;

let child;
let interrupted = false;
// A terminal tells the child as well, but 'kill' does not. The child counts both as one.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    interrupted = true;
    child?.kill(signal);
  });
}

/** Runs a program to its end and returns its exit code; reminds of itself while it shows nothing. */
function run(command, words, { title } = {}) {
  const since = Date.now();
  const elapsed = () => Math.round((Date.now() - since) / 1000);
  if (title) console.log(`${title} ...`);
  const timer = title ? setInterval(() => console.log(`  ${title}: ${elapsed()} s so far`), 10_000) : undefined;
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      // npm brings the Node.js that Pulumi's SDK needs, where the machine's is older.
      PATH: [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter),
      EXTRUDE_DEMO_STARTED: String(started),
    };
    child = spawn(command, words, { cwd: root, stdio: ["inherit", "inherit", "inherit"], env });
    child.on("error", (error) => {
      console.error(`${command} did not start: ${error.message}`);
      resolve(127);
    });
    child.on("close", (code, signal) => {
      clearInterval(timer);
      child = undefined;
      if (title && code === 0) console.log(`done  ${title} (${elapsed()} s)`);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}

/** npm writes its own copy of the lock file last, so an installation that was cut off counts as old. */
function packagesAreOld() {
  const installed = join(root, "node_modules", ".package-lock.json");
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
}

async function main(words) {
  if (words.includes("--help") || words.includes("-h")) {
    console.log(usage);
    return 0;
  }
  const unknown = words.filter((word) => word !== "--down");
  if (unknown.length > 0) {
    console.error(`demo: unknown argument ${unknown.join(" ")}\n\n${usage}`);
    return 2;
  }
  if (Number(process.versions.node.split(".")[0]) < 18) {
    console.error(`demo: Node.js ${process.versions.node} is too old; 18 or newer is needed.`);
    return 1;
  }
  ensureSystemPackages({ tests: false });
  if (packagesAreOld()) {
    // That the machine's Node.js is too old is no news: the right one comes along.
    const words = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const code = await run("npm", words, { title: "npm packages (npm ci)" });
    if (interrupted) return 130;
    if (code !== 0) return code;
  }
  return run("tsx", [join("demo", "main.ts"), ...words]);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`demo: ${error.message}`);
    process.exitCode = 1;
  },
);
