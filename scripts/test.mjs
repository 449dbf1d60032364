/**
 * The whole test: static checks, unit tests, the toolchain's tests, then end to end in the lab. Ends with one line that
 * counts everything. `npm test -- PATTERN` runs only the Jest tests whose path matches.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureSystemPackages } from "./system-packages.mjs";

const patterns = process.argv.slice(2);
/** What hangs is ended, and counted as a failure, while the last line can still be printed. */
const deadline = Date.now() + 80 * 60_000;
const results = mkdtempSync(join(tmpdir(), "extrude-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };

function step(title, command, ...words) {
  const started = Date.now();
  console.log(`\n== ${title}`);
  const { status } = spawnSync(command, words, { stdio: "inherit", timeout: Math.max(deadline - Date.now(), 60_000) });
  console.log(`== ${title}: ${status === 0 ? "ok" : "FAILED"} in ${Math.round((Date.now() - started) / 1000)} s`);
  return status === 0;
}

function check(title, ...command) {
  if (step(title, ...command)) total.passed += 1;
  else total.failed += 1;
}

function jest(projects, ...options) {
  const file = join(results, `${projects[0]}.json`);
  const ok = step(
    `${projects.join(" and ")} tests`,
    "jest",
    "--ci",
    "--passWithNoTests",
    "--selectProjects",
    ...projects,
    "--json",
    `--outputFile=${file}`,
    ...options,
    ...patterns,
  );
  try {
    const found = JSON.parse(readFileSync(file, "utf8"));
    total.passed += found.numPassedTests;
    total.failed += found.numFailedTests + found.numRuntimeErrorTestSuites;
    total.skipped += found.numPendingTests + found.numTodoTests;
    if (!ok && found.numFailedTests + found.numRuntimeErrorTestSuites === 0) total.failed += 1;
  } catch {
    total.failed += 1;
  }
}

ensureSystemPackages({ tests: true });
if (patterns.length === 0) {
  check("types", "tsc", "--noEmit");
  check("lint", "eslint", ".");
  check("format", "prettier", "--check", "--log-level=warn", ".");
  check("shellcheck", "sh", "-c", "cat agent/*.sh | shellcheck --shell=sh -");
  check("build", "npm", "run", "--silent", "build");
}
jest(["unit", "model"]);
check("Pulumi and its plugins", "tsx", "toolchain/main.ts");
jest(["toolchain"]);
// They share one lab. A test that fails half way may leave a connection open, which would keep Jest alive.
jest(["e2e", "lab"], "--runInBand", "--forceExit");
rmSync(results, { recursive: true });

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
