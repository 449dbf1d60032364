import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync, chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AgentHost } from "./agent-host";
import { searchPath, tool } from "./tools";

/** Programs by which the agent changes its own records; those by which it changes a host are stand-ins already. */
const records = ["cp", "mv", "rm", "mkdir", "sleep", "sync"];

/** Makes every call of a program that changes something a step, at which the agent can be killed. */
export function countSteps(host: AgentHost): void {
  const bin = join(host.folder, "bin");
  const step = [
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    '[ ! -e "$HOST/stop" ] || {',
    '  count=$(($(cat "$HOST/count") + 1))',
    '  echo $count >"$HOST/count"',
    // With everything that it has started.
    '  [ $count != "$(cat "$HOST/stop")" ] || kill -9 0',
    "}",
  ];
  for (const program of new Set([...readdirSync(bin), ...records])) {
    const file = join(bin, program);
    const [, , ...work] = existsSync(file) ? readFileSync(file, "utf8").split("\n") : ["", "", `exec ${program} "$@"`];
    writeFileSync(file, ["#!/bin/sh", `HOST='${host.folder}'`, ...step, ...work].join("\n"));
    chmodSync(file, 0o755);
  }
}

/** Runs a verb, and kills it before its step number `step`. False if it was over before. */
export function killAt(host: AgentHost, step: number, words: readonly string[], input: string): boolean {
  host.write("stop", `${step}\n`);
  host.write("count", "0\n");
  // Killed before it has read all of its input, it leaves an EPIPE, which is no failure here.
  const { status } = spawnSync(tool("setsid"), [tool("dash"), host.program, ...words], {
    input,
    env: { PATH: searchPath, LC_ALL: "C", EXTRUDE_SERVICE: "extrude-change-1.service" },
    timeout: 120_000,
  });
  for (const file of ["stop", "count"]) rmSync(join(host.folder, file), { force: true });
  return status === null;
}
