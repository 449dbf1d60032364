/**
 * What an apply costs on a host that holds 1, 50 and 500 units: how long it takes as it is, and with nothing to do.
 * The lab's processor is emulated, so the ratios are what counts; a second figure compares the emulated processor with
 * this machine's own.
 *
 *     npm run bench:agent [-- LAB]
 */
import { spawnSync } from "node:child_process";
import Table from "cli-table3";
import { agentProgram } from "../agent/program";
import { Lab, type LabHost } from "../lab";
import { planAddress } from "../planning/address";
import { planBond } from "../planning/bond";
import { type Colo, planColo } from "../planning/colo";
import { planHost } from "../planning/host";
import { formatUnitName, type UnitKind, type UnitName } from "../planning/names";
import type { Planned } from "../planning/planned";
import { planUplink } from "../planning/uplink";
import { renderAddress } from "../rendering/address";
import { renderBondAtColo } from "../rendering/bond";
import { renderColo } from "../rendering/colo";
import { renderHost } from "../rendering/host";
import { renderUnit, type Unit } from "../rendering/unit";
import { renderUplinkAtColo } from "../rendering/uplink";

const sizes = [1, 50, 500];
const rounds = 5;

const named = (kind: UnitKind, name: string): UnitName => ({
  organization: "bench",
  project: "cost",
  stack: "dev",
  kind,
  name,
});

function planOf<Plan>(found: Planned<Plan>): Plan {
  if (!("plan" in found)) throw new Error(JSON.stringify(found));
  return found.plan;
}

const rack = renderHost(
  planOf(
    planHost({
      unit: named("host", "rack"),
      connection: { host: "77.1.2.2", hasHostKey: true, hasCredential: true },
      // The bench measures the agent alone.
      watch: false,
    }),
  ),
);
const colo: Colo = {
  unit: formatUnitName(named("colo", "toronto")),
  host: "rack",
  address: "77.1.2.2",
  interface: "eth0",
};

/** What one site with one line has at the colo. */
function site(index: number, mtu: number): Unit[] {
  const [high, low] = [Math.floor(index / 200), 10 + (index % 200)];
  const address = planOf(
    planAddress({ unit: named("address", `a${index}`), colo, address: `77.2.${high}.${low}`, acquire: "routed" }),
  );
  const line = { colo, router: "router", interface: "eth1", address: `55.1.${high}.${low}`, mtu };
  const uplink = planOf(planUplink({ ...line, unit: named("uplink", `u${index}`) }));
  const facts = { ...line, unit: uplink.unit, name: `u${index}`, colo: colo.unit, tunnelMtu: uplink.tunnelMtu };
  const bond = planOf(
    planBond({
      unit: named("bond", `b${index}`),
      colo,
      router: "router",
      addresses: [{ unit: address.unit, address: address.address, colo: colo.unit }],
      uplinks: [{ uplink: facts }],
    }),
  );
  return [renderUplinkAtColo(uplink), renderAddress(address), renderBondAtColo(bond)];
}

/** Seconds of the host's clock that a command takes there. */
async function seconds(host: LabHost, command: string, input?: string): Promise<number> {
  const { stdout } = await host.exec(`start=$(date +%s%N); { ${command}; } >&2; echo $(($(date +%s%N) - start))`, {
    ...(input === undefined ? {} : { input }),
    timeoutMs: 600_000,
  });
  return Number(stdout) / 1e9;
}

async function median(measure: () => Promise<number>): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round += 1) found.push(await measure());
  return found.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}

/** Puts units on the host as if they had been applied one after the other, which would take an hour. */
async function fill(host: LabHost, units: readonly Unit[]): Promise<void> {
  const lines = units.flatMap((unit) => [
    `mkdir -p '${unit.name.replace(/\/[^/]*$/, "")}'`,
    `cat >'${unit.name}' <<'.'`,
    `${renderUnit(unit)}.`,
  ]);
  const order = units.map(({ name }) => `echo '${name}' >>/var/lib/extrude/order`);
  await host.exec("sh -eu", { input: ["umask 077", "cd /var/lib/extrude/units", ...lines, ...order].join("\n") });
  await host.exec("extrudectl restore", { timeoutMs: 600_000 });
}

/** How many times longer the emulated processor takes for a shell's work than this machine's. */
async function slowness(host: LabHost): Promise<number> {
  const work =
    "i=0; while [ $i -lt 300 ]; do i=$((i + 1)); /bin/true; done; awk 'BEGIN { for (i = 0; i < 300000; i++) s += i % 7 }'";
  const emulated = await median(() => seconds(host, work));
  const own = await median(() => {
    const start = process.hrtime.bigint();
    spawnSync("sh", ["-c", work]);
    return Promise.resolve(Number(process.hrtime.bigint() - start) / 1e9);
  });
  return emulated / own;
}

async function measure(host: LabHost): Promise<void> {
  await host.exec("cat >/tmp/agent && sh /tmp/agent version >/dev/null", { input: agentProgram() });
  await host.exec("sh /tmp/agent install; rm /tmp/agent", { input: renderUnit(rack), timeoutMs: 60_000 });
  const own = site(0, 1500);
  const [line] = own;
  const [changed] = site(0, 1400);
  if (line === undefined || changed === undefined) throw new Error("A site has no uplink.");
  for (const unit of [renderColo(planOf(planColo({ ...colo, unit: named("colo", "toronto") }))), ...own]) {
    await host.exec(`extrudectl apply ${unit.name}`, { input: renderUnit(unit), timeoutMs: 60_000 });
  }
  const slower = await slowness(host);
  const rows: (readonly [number, number, number])[] = [];
  const others = Array.from({ length: 170 }, (_, index) => site(index + 1, 1500)).flat();
  let held = 1;
  for (const size of sizes) {
    await fill(host, others.slice(held - 1, size - 1));
    held = size;
    const apply = (unit: Unit) => seconds(host, `extrudectl apply ${unit.name}`, renderUnit(unit));
    await apply(line);
    const nothing = await median(() => apply(line));
    let next = line;
    const change = await median(() => {
      next = next === line ? changed : line;
      return apply(next);
    });
    rows.push([size, nothing, change]);
    process.stderr.write(`${size} units: nothing to do ${nothing.toFixed(2)} s, a change ${change.toFixed(2)} s\n`);
  }
  print(rows, slower);
}

function print(rows: readonly (readonly [number, number, number])[], slower: number): void {
  const [first] = rows;
  const table = new Table({
    head: ["units", "nothing to do", "ratio", "of a processor like this", "a change", "ratio"],
  });
  for (const [size, nothing, change] of rows) {
    const ratio = (value: number, base = 1): string => (value / base).toFixed(2);
    table.push([
      size,
      `${ratio(nothing)} s`,
      ratio(nothing, first?.[1]),
      `${ratio(nothing, slower)} s`,
      `${ratio(change)} s`,
      ratio(change, first?.[2]),
    ]);
  }
  process.stdout.write(`${table.toString()}\nThe emulated processor takes ${slower.toFixed(1)} times as long.\n`);
}

async function main(): Promise<void> {
  const [name] = process.argv.slice(2);
  const lab = name === undefined ? await Lab.up({ name: `bench-${process.pid}` }) : Lab.attach(name);
  try {
    await lab.reset();
    await measure(lab.host("colo"));
  } finally {
    await (name === undefined ? lab.down() : lab.detach());
  }
}

void main();
