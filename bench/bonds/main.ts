/**
 * What bonds do with two lines, and what one line and tunnels by hand do, in one run on the lab's machines: README.md
 * beside this file says how, and what the figures are worth.
 *
 *     npm run bench [-- --quick] [-- --published] [-- --lab NAME] [-- --out FOLDER]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { Lab } from "../../lab";
import { type Contender, contenders } from "./contenders";
import { type Direction, failover, type Failover, latency, type Latency, throughput } from "./measure";
import { drawBars } from "./plot";
import { lineNames, measured, physicalLimit, type Profile, published, scaled, shape } from "./profiles";

interface Options {
  readonly quick?: boolean;
  readonly published?: boolean;
  readonly lab?: string;
  readonly out: string;
}

/** One figure of a contender's: what was measured in each round, and their median as a part of what the lines carry. */
interface Cell {
  readonly contender: string;
  readonly profile: string;
  readonly flows: number;
  readonly direction: Direction;
  readonly rounds: number[];
  readonly ratio: number;
}

type Named<T> = T & { readonly contender: string };

interface Found {
  readonly cells: Cell[];
  readonly deaths: Named<Failover>[];
  readonly latencies: Named<Latency>[];
}

interface Plan {
  readonly profiles: readonly Profile[];
  readonly contenders: readonly Contender[];
  readonly flows: readonly number[];
  readonly directions: readonly Direction[];
  readonly rounds: number;
  readonly seconds: number;
  readonly deadSeconds: number;
}

/** Mbit/s of the faster line of a published pair: emulated machines carry no more than some 20. */
const fastestPublished = 12;

function planOf({ quick, published: isPublished }: Options): Plan {
  const few = contenders.filter(({ name }) => /alone|by hand|adaptive$|packet/.test(name));
  const profiles = isPublished === true ? published.map((profile) => scaled(profile, fastestPublished)) : measured;
  return quick === true
    ? {
        profiles: profiles.slice(1, 2),
        contenders: few,
        flows: [1],
        directions: ["up"],
        rounds: 1,
        seconds: 5,
        deadSeconds: 5,
      }
    : { profiles, contenders, flows: [1, 16], directions: ["up", "down"], rounds: 3, seconds: 10, deadSeconds: 15 };
}

const median = (found: readonly number[]): number =>
  [...found].sort((one, other) => one - other)[Math.floor(found.length / 2)] ?? NaN;

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

async function cellsOf(lab: Lab, contender: Contender, profile: Profile, plan: Plan): Promise<Cell[]> {
  const limit = physicalLimit(lineNames.map((name) => profile[name]));
  const cells: Cell[] = [];
  for (const direction of plan.directions) {
    for (const flows of plan.flows) {
      const rounds: number[] = [];
      for (let round = 0; round < plan.rounds; round += 1) {
        rounds.push(await throughput(lab, direction, flows, plan.seconds));
      }
      const ratio = median(rounds) / limit;
      say(
        `${contender.name}, ${profile.name}, ${flows} ${direction}: ${ratio.toFixed(2)} (${rounds.map((one) => one.toFixed(1)).join(", ")} Mbit/s)`,
      );
      cells.push({ contender: contender.name, profile: profile.name, flows, direction, rounds, ratio });
    }
  }
  return cells;
}

/** Everything of one contender: it is brought up once, and taken away. */
async function examine(lab: Lab, contender: Contender, plan: Plan, found: Found): Promise<void> {
  const { name } = contender;
  const prepare = async (profile: Profile): Promise<void> => {
    await shape(lab, profile);
    await contender.prepare(lab, profile);
  };
  try {
    for (const profile of plan.profiles) {
      await prepare(profile);
      found.cells.push(...(await cellsOf(lab, contender, profile, plan)));
    }
    const [first] = plan.profiles;
    if (first === undefined) return;
    await prepare(first);
    const { idle, loaded } = await latency(lab, plan.seconds);
    say(`${name}, under load: ${loaded.toFixed(0)} ms, idle ${idle.toFixed(0)} ms`);
    found.latencies.push({ contender: name, idle, loaded });
    if (name.includes("alone")) return;
    const death = await failover(lab, plan.deadSeconds);
    const { lost, sent, longest, lostOnReturn } = death;
    say(`${name}, a line dies: ${lost} of ${sent} lost, ${longest.toFixed(2)} s; on its return ${lostOnReturn}`);
    found.deaths.push({ contender: name, ...death });
  } finally {
    await contender.end(lab);
  }
}

function tableOf(cells: readonly Cell[], plan: Plan): string {
  const columns = plan.profiles.flatMap(({ name }) => plan.directions.map((direction) => ({ name, direction })));
  const table = new Table({
    head: ["", ...columns.map(({ name, direction }) => `${name}, ${direction}: ${plan.flows.join(" / ")}`)],
    style: { head: [] },
  });
  for (const { name: contender } of plan.contenders) {
    const ratioOf = (profile: string, direction: Direction, flows: number): string =>
      cells
        .find(
          (cell) =>
            cell.contender === contender &&
            cell.profile === profile &&
            cell.direction === direction &&
            cell.flows === flows,
        )
        ?.ratio.toFixed(2) ?? "-";
    table.push([
      contender,
      ...columns.map(({ name, direction }) => plan.flows.map((flows) => ratioOf(name, direction, flows)).join(" / ")),
    ]);
  }
  return table.toString();
}

function othersOf({ deaths, latencies }: Found): string {
  const table = new Table({
    head: ["", "a line dies: lost", "longest, s", "lost on its return", "latency under load / idle, ms"],
    style: { head: [] },
  });
  for (const { contender, idle, loaded } of latencies) {
    const death = deaths.find((one) => one.contender === contender);
    table.push([
      contender,
      death === undefined ? "-" : `${death.lost} of ${death.sent}`,
      death?.longest.toFixed(2) ?? "-",
      death === undefined ? "-" : String(death.lostOnReturn),
      `${loaded.toFixed(0)} / ${idle.toFixed(0)}`,
    ]);
  }
  return table.toString();
}

function picturesOf(cells: readonly Cell[], plan: Plan): Record<string, string> {
  return Object.fromEntries(
    plan.profiles.flatMap(({ name: profile }) =>
      plan.directions.map((direction) => [
        `${profile} ${direction}`.replaceAll(/[^a-z0-9]+/gi, "-"),
        drawBars({
          title: `${profile}, ${direction === "up" ? "upload" : "download"}`,
          subtitle: "TCP payload received, as a part of what both lines carry at most",
          columns: plan.flows.map((flows) => (flows === 1 ? "1 connection" : `${flows} connections`)),
          rows: plan.contenders.map(({ name }) => ({
            name,
            values: plan.flows.map(
              (flows) =>
                cells.find(
                  (cell) =>
                    cell.contender === name &&
                    cell.profile === profile &&
                    cell.direction === direction &&
                    cell.flows === flows,
                )?.ratio,
            ),
          })),
        }),
      ]),
    ),
  );
}

async function main(options: Options): Promise<void> {
  const plan = planOf(options);
  mkdirSync(options.out, { recursive: true });
  const lab = options.lab === undefined ? await Lab.up({ name: `bench-${process.pid}`, say }) : Lab.attach(options.lab);
  const found: Found = { cells: [], deaths: [], latencies: [] };
  try {
    for (const [index, contender] of plan.contenders.entries()) {
      say(`${contender.name} (${index + 1} of ${plan.contenders.length})`);
      await examine(lab, contender, plan, found);
      const { stdout: kernel } = await lab.host("colo").exec("uname -r");
      const record = { when: new Date().toISOString(), machine: release(), kernel: kernel.trim(), plan, ...found };
      writeFileSync(join(options.out, "bonds.json"), JSON.stringify(record, null, 2));
    }
  } finally {
    if (options.lab === undefined) await lab.down();
    else await lab.detach();
  }
  for (const [name, text] of Object.entries(picturesOf(found.cells, plan))) {
    writeFileSync(join(options.out, `${name}.svg`), text);
  }
  console.log(tableOf(found.cells, plan));
  console.log(othersOf(found));
  say(`Written: ${options.out}`);
}

const command = new Command("npm run bench --")
  .description("compares what bonds of two lines carry, and lose when one dies, with one line and with tunnels by hand")
  .option("--quick", "one pair of lines, upwards, once: under five minutes")
  .option("--published", "the 16 pairs of lines for which a peer publishes its figures")
  .option("--lab <name>", "a lab that is up, instead of one of its own")
  .option("--out <folder>", "where the figures and pictures go", ".lab/bench");
main(command.parse().opts<Options>()).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
