import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { changes, type Change } from "../e2e/support/changes";
import { numbersFrom, sampleSeed } from "../e2e/support/random";
import { renderUnit } from "../../rendering/unit";
import { AgentHost } from "./agent-host";
import { countSteps, killAt } from "./agent-steps";
import { bondArguments, rendered, uplinkArguments, unitOf } from "./fixtures";
import { commonFolder } from "./tools";

// A sweep visits every step of every change; a sample takes seconds.
const isSweep = process.env.EXTRUDE_SWEEP !== undefined;
const sample = 1;
const seed = sampleSeed();
jest.setTimeout(isSweep ? 3_600_000 : 60_000);

type HostName = Change["host"];
const faults = ["kill", "power cut", "power cut that loses what is not synced"] as const;
type Fault = (typeof faults)[number];

const folder = commonFolder();

/** The units of the README's site on one of its hosts, by the names that the end-to-end tests give them. */
function unitsOf(host: HostName): string[] {
  const lines = [
    uplinkArguments(),
    uplinkArguments({ unit: unitOf("uplink", "cable"), interface: "eth2", address: "99.1.2.3" }),
  ];
  const units = [
    ...rendered.colo(),
    ...rendered.address(),
    ...lines.flatMap((line) => rendered.uplink(line)),
    ...rendered.bond(bondArguments()),
  ];
  return units
    .filter((unit) => unit.host === (host === "colo" ? "rack" : "router"))
    .map((unit) => renderUnit(unit).replaceAll("acme/net/prod", "organization/e2e/dev"));
}

/** Everything that a generation is made of. */
function seen(host: AgentHost): Record<string, unknown> {
  const sysctls = host.files("proc-sys").map((file) => `${file} ${host.read(`proc-sys/${file}`).trim()}`);
  return {
    kernel: host.kernel().sort(),
    tables: host.read("tables").split("\n").sort(),
    bird: host.read("bird.running"),
    sysctls,
    units: host.files("state/units").map((file) => host.read(`state/units/${file}`)),
    unfinished: host.files("state").filter((file) => ["staged", "leaving", "broken"].includes(file)),
  };
}

/** A host that can be brought back to where it was. */
class Bench {
  public readonly host: AgentHost;
  private readonly kept: string;
  private readonly bare: string;

  public constructor(name: HostName) {
    const place = join(folder, name);
    mkdirSync(place);
    this.kept = join(folder, `${name}.kept`);
    this.host = new AgentHost(place, "dash");
    for (const device of ["eth2", "eth3"]) this.host.device(device);
    for (const [device, address] of Object.entries({ eth0: "77.1.2.2", eth1: "55.1.2.3", eth2: "99.1.2.3" })) {
      this.host.write(`addresses.${device}`, `2: ${device} inet ${address}/24\n`);
    }
    this.bare = join(folder, `${name}.bare`);
    cpSync(place, this.bare, { recursive: true });
    this.host.holding(...unitsOf(name));
    countSteps(this.host);
    cpSync(place, this.kept, { recursive: true });
  }

  public reset(): void {
    rmSync(this.host.folder, { recursive: true });
    cpSync(this.kept, this.host.folder, { recursive: true });
  }

  /** Leaves what was on the disk. */
  public cutPower(isUnsyncedLost: boolean): void {
    const { host, bare } = this;
    for (const gone of ["run", "kernel", "tables", "sets", "elements", "bird.running", "net", "proc-sys"]) {
      rmSync(join(host.folder, gone), { recursive: true, force: true });
    }
    for (const place of ["net", "proc-sys"]) cpSync(join(bare, place), join(host.folder, place), { recursive: true });
    if (!isUnsyncedLost) return;
    for (const file of ["staged", "leaving"]) if (host.files().includes(file)) host.write(`state/${file}`, "");
  }
}

/** The command that makes a change, and what it is given. */
function commandOf({ unit, host }: Change, after: string | undefined): [string[], string] {
  return after === undefined
    ? [["remove", unit, "--as", host === "colo" ? "rack" : "router"], ""]
    : [["apply", unit], after];
}

function strike(
  bench: Bench,
  change: Change,
  fault: Fault,
  step: number,
  generations: readonly Record<string, unknown>[],
): boolean {
  const { host } = bench;
  bench.reset();
  const before = host.read(`state/units/${change.unit}`);
  const [words, input] = commandOf(change, change.after(before));
  const isStruck = killAt(host, step, words, input);
  if (!isStruck) return false;
  if (fault !== "kill") bench.cutPower(fault !== "power cut");
  expect(host.call(["restore"])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(host.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
  const found = seen(host);
  const nearest = generations.find(({ units }) => JSON.stringify(units) === JSON.stringify(found["units"]));
  expect(found).toEqual(nearest);
  // The same again converges.
  expect(host.call(words, input).status).toBe(0);
  expect(seen(host)).toEqual(generations[1]);
  return true;
}

const random = numbersFrom(seed);
const benches: Partial<Record<HostName, Bench>> = {};

describe.each(faults)("[F16] [F29] after a %s at any step, the host is at one of the two generations:", (fault) => {
  test.each(changes)("$title, at the $host", (change) => {
    const bench = (benches[change.host] ??= new Bench(change.host));
    bench.reset();
    const { host } = bench;
    const before = seen(host);
    const [words, input] = commandOf(change, change.after(host.read(`state/units/${change.unit}`)));
    expect(killAt(host, 0, words, input)).toBe(false);
    const generations = [before, seen(host)];
    bench.reset();
    let steps = 1;
    if (isSweep) {
      while (strike(bench, change, fault, steps, generations)) steps += 1;
      process.stderr.write(`${fault}, ${change.title}: ${steps - 1} steps\n`);
      expect(steps).toBeGreaterThan(10);
      return;
    }
    for (let count = 0; count < sample; count += 1) {
      const step = 1 + Math.floor(random() * 30);
      strike(bench, change, fault, step, generations);
    }
  });
});
