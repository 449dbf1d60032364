/**
 * The whole test: static checks and unit tests while Pulumi and the lab's hosts are made, then the toolchain's, the lab's
 * and the end-to-end tests. Ends with one line that counts everything. `npm test -- PATTERN` runs only the Jest tests whose
 * path matches.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failures } from "./failures.mjs";
import { faultTable } from "./fault-table.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

const patterns = process.argv.slice(2);
/** What hangs is ended, and counted as a failure, while the last line can still be printed. */
const deadline = Date.now() + 87 * 60_000;
const results = mkdtempSync(join(tmpdir(), "extrude-test-"));
const faults = join(results, "faults.jsonl");
process.env.EXTRUDE_FAULT_TABLE = faults;
/**
 * Tests of one thing with many others, of which each row has one that runs here: which, EXTRUDE_SEED decides. `npm run
 * matrix` runs all.
 */
const matrix = [
  [
    "encapsulations",
    "ipsec",
    "certificates",
    "ipv6-lines",
    "planned-change",
    "balance",
    "adaptive",
    "shaping",
    "quality",
  ],
  ["neighbours-one", "neighbours-another", "customers"],
];
/** Their hosts have a larger kernel: another image, and slower. */
const elsewhere = ["followed", "followed-ipsec"];
const seed = Number(process.env.EXTRUDE_SEED ?? 0);
const others = [...elsewhere, ...matrix.flatMap((row) => row.filter((_, index) => index !== seed % row.length))];
const total = { passed: 0, failed: 0, skipped: 0 };
/** Lines that say what failed, for the end. */
const failed = [];

function fail(...lines) {
  total.failed += 1;
  failed.push(...lines);
}

/** Runs a command; whether it succeeds. What one `aside` has to say is shown at its end, in one piece. */
function step(title, [command, ...words], { aside = false } = {}) {
  const started = Date.now();
  const output = aside ? "pipe" : "inherit";
  const timeout = Math.max(deadline - Date.now(), 60_000);
  const child = spawn(command, words, { stdio: ["ignore", output, output], timeout });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => said.push(text));
  if (!aside) console.log(`\n== ${title}`);
  return new Promise((resolve) => {
    child.on("error", (error) => said.push(`${error.message}\n`));
    child.on("close", (status) => {
      if (aside) console.log(`\n== ${title}`);
      process.stdout.write(said.join(""));
      console.log(`== ${title}: ${status === 0 ? "ok" : "FAILED"} in ${Math.round((Date.now() - started) / 1000)} s`);
      resolve(status === 0);
    });
  });
}

async function check(title, command, options) {
  if (await step(title, command, options)) total.passed += 1;
  else fail(`  ${title}`);
}

async function jest(projects, ...options) {
  const file = join(results, `${projects[0]}.json`);
  const title = `${projects.join(", ")} tests`;
  const ok = await step(title, [
    "jest",
    "--ci",
    "--passWithNoTests",
    "--selectProjects",
    ...projects,
    "--json",
    `--outputFile=${file}`,
    ...options,
    ...patterns,
  ]);
  try {
    const found = JSON.parse(readFileSync(file, "utf8"));
    total.passed += found.numPassedTests;
    total.failed += found.numFailedTests + found.numRuntimeErrorTestSuites;
    total.skipped += found.numPendingTests + found.numTodoTests;
    failed.push(...failures(found));
    if (!ok && found.numFailedTests + found.numRuntimeErrorTestSuites === 0) fail(`  ${title}: Jest failed after them`);
  } catch {
    fail(`  ${title}: did not end; the last lines above say where`);
  }
}

ensureSystemPackages({ tests: true });
// It waits for downloads and disks half of the time, and neither a check nor a unit test minds to be slow.
const prepared = check("Pulumi, its plugins and the lab's hosts", ["tsx", "tests/e2e/support/prepare.ts"], {
  aside: true,
});
if (patterns.length === 0) {
  await check("types", ["tsc", "--noEmit"]);
  await check("lint", ["eslint", "."]);
  await check("format", ["prettier", "--check", "--log-level=warn", "."]);
  await check("shellcheck", ["sh", "-c", "cat agent/*.sh | shellcheck --shell=sh -"]);
  await check("reference", ["node", "scripts/reference.mjs", "--check"]);
  await check("build", ["npm", "run", "--silent", "build"]);
}
// Jest leaves a processor free by default; here nothing else wants it for long.
await jest(["unit", "model"], "--maxWorkers=2");
await prepared;
// A test that fails half way may leave a connection open, which would keep Jest alive.
await jest(["e2e", "toolchain", "engine", "lab"], "--maxWorkers=2", "--forceExit");
const sample = patterns.length === 0 ? [`--testPathIgnorePatterns=/(${others.join("|")})[.]test[.]ts$`] : [];
await jest(["traffic"], "--runInBand", "--forceExit", ...sample);
console.log(`\n${faultTable(faults)}`);
rmSync(results, { recursive: true });
if (failed.length > 0) console.log(`\nFailed:\n${failed.join("\n")}`);

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
