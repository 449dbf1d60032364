import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { provideIn } from "../../toolchain";
import { olderThan, provideGo } from "../../toolchain/go";
import { Machine } from "./support/machine";

jest.setTimeout(60_000);

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => {
  machine.stop();
});

/** Provides the toolchain in a process of its own. */
function child() {
  const script = join(__dirname, "support/provideChild.ts");
  const args = ["--import", "tsx", script, JSON.stringify(machine.around())];
  return spawn(process.execPath, args, { cwd: resolve(__dirname, "../.."), stdio: "ignore", detached: true });
}

/** Ends the process and all that it started, as a power cut or an impatient user would. */
async function killGroup(victim: ReturnType<typeof spawn>): Promise<void> {
  if (victim.pid === undefined) throw new Error("The process did not start.");
  const ended = once(victim, "exit");
  process.kill(-victim.pid, "SIGKILL");
  await ended;
}

test("killed in the middle of a build and started again: it works, and nothing is left of the first try", async () => {
  machine.installGo("1.26.8", 60);
  const victim = child();
  await machine.until("go.pid");
  await killGroup(victim);
  expect(readdirSync(join(machine.cache, "tmp"))).toHaveLength(1);
  machine.installGo();
  const { tools, pulumi } = await provideIn(machine.around());
  expect(tools).toHaveLength(4);
  expect(existsSync(pulumi)).toBe(true);
  expect(readdirSync(join(machine.cache, "tmp"))).toEqual([]);
});

test("what was finished before the kill is not built again", async () => {
  machine.installGo("1.26.8", 60);
  const slow = readFileSync(join(machine.bin, "go"), "utf8");
  // The second program takes long, the first does not.
  writeFileSync(join(machine.bin, "go"), slow.replace("sleep 60", 'case "$2" in */pulumi) ;; *) sleep 60 ;; esac'));
  const victim = child();
  while (machine.built.length < 2) await pause(20);
  await killGroup(victim);
  machine.installGo();
  await provideIn(machine.around());
  const names = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-command", "pulumi-resource-random"];
  expect(machine.built).toEqual([...names.slice(0, 2), ...names.slice(1)]);
});

test("two at once: the second waits, says so, and builds nothing", async () => {
  machine.installGo("1.26.8", 1);
  const other = child();
  const ended = once(other, "exit");
  await machine.until("go.pid");
  const toolchain = await provideIn(machine.around());
  expect(machine.said).toEqual(["waiting for another process that is providing the same toolchain"]);
  expect(toolchain.tools).toHaveLength(4);
  expect(machine.built).toHaveLength(4);
  expect((await ended)[0]).toBe(0);
});

test("the one that waits takes over when the other is killed", async () => {
  machine.installGo("1.26.8", 60);
  const victim = child();
  await machine.until("go.pid");
  machine.installGo();
  const waiting = provideIn(machine.around());
  while (machine.said.length === 0) await pause(20);
  await killGroup(victim);
  expect((await waiting).tools).toHaveLength(4);
});

test("an old Go fetches a new one as a module, and that is made executable", async () => {
  machine.installGo("1.19.8");
  machine.installGo("1.26.8", 0, "fetched/bin");
  const tool = machine.install("fetched/pkg/tool/linux_amd64/compile", "");
  for (const file of [tool, join(machine.folder, "fetched/bin/go")])
    writeFileSync(file, readFileSync(file), { mode: 0o644 });
  const go = await provideGo(machine.around());
  expect(go).toBe(join(machine.folder, "fetched/bin/go"));
  expect(machine.said).toEqual([
    "fetching Go 1.26.8, since the installed Go 1.19.8 is too old (about 20 seconds, once)",
  ]);
  expect(await provideIn(machine.around())).toBeDefined();
});

test("an old Go that cannot fetch, or is too old to, is an error that says what to do", async () => {
  machine.installGo("1.19.8");
  await expect(provideGo(machine.around())).rejects.toThrow(/Go 1\.26\.8 cannot be fetched: no such module[^]*apt-get/);
  machine.installGo("1.15.2");
  await expect(provideGo(machine.around())).rejects.toThrow(
    /Go 1\.15\.2, which is too old to fetch a newer Go[^]*apt-get/,
  );
});

test.each([
  ["1.25.10", "1.25.11", true],
  ["1.25.11", "1.25.11", false],
  ["1.26", "1.25.11", false],
  ["1.9.7", "1.19", true],
  ["2.0.0", "1.25.11", false],
])("version %s is older than %s: %s", (version, limit, expected) => {
  expect(olderThan(version, limit)).toBe(expected);
});
