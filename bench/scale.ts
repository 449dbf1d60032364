/**
 * What many sites cost whoever runs Pulumi: planning and rendering, a preview, `up` with its SSH connections, and the
 * state. The engine is Pulumi's own; the host only records what it is told. Each site has a router, two lines, an address.
 *
 *     npm run bench:scale [-- SITES_OF_THE_PREVIEW]
 */
import { execFileSync } from "node:child_process";
import Table from "cli-table3";
import { packageRoot } from "../lab/paths";
import { newKey } from "../tests/toolchain/support/keys";
import { SshServer } from "../tests/toolchain/support/sshServer";
import { type Operation, Stacks, type TestStack } from "../tests/toolchain/support/stack";
import { during } from "../tests/toolchain/support/units";
import { ProcessWatch } from "./processes";
import { commandsOfSite, program, type ProgramOptions } from "./scale-sites";

const planned = 1000;
const sizes = [1, 10, 40];
const rounds = 5;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The best of some rounds, since everything else on the machine can only add to it. */
function planning(): void {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const start = process.cpuUsage();
    for (let index = 0; index < planned; index += 1) commandsOfSite(index);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  print(`Planning and rendering ${planned} sites: ${best.toFixed(2)} s of a processor.`);
}

async function preview(stack: TestStack, options: ProgramOptions): Promise<void> {
  const watch = new ProcessWatch();
  const start = performance.now();
  const { errors } = await stack.preview(program(options));
  if (Object.keys(errors).length > 0) throw new Error(JSON.stringify(errors));
  const table = new Table({ head: ["process", "processor", "memory"] });
  for (const { name, seconds, megabytes } of watch.stop()) {
    if (seconds >= 1) table.push([name, `${seconds.toFixed(1)} s`, `${megabytes.toFixed(0)} MB`]);
  }
  print(
    `Preview of ${options.sites} sites: ${((performance.now() - start) / 1000).toFixed(0)} s.\n${table.toString()}`,
  );
}

interface Row {
  readonly what: string;
  readonly seconds: number;
  readonly dials: number;
}

async function timed(what: string, host: SshServer, operate: () => Promise<Operation>): Promise<Row> {
  const start = performance.now();
  const { errors, traffic } = await during(host, operate);
  if (Object.keys(errors).length > 0) throw new Error(JSON.stringify(errors));
  return { what, seconds: (performance.now() - start) / 1000, dials: traffic.dials.length };
}

/** Everything that happens to a stack of so many sites, and its state's size. */
async function lifecycle(stacks: Stacks, host: SshServer, options: ProgramOptions): Promise<number> {
  const stack = await stacks.create();
  const up = (more: Partial<ProgramOptions> = {}): Promise<Operation> => stack.up(program({ ...options, ...more }));
  const rows = [await timed("up", host, up), await timed("up again", host, up)];
  rows.push(await timed("another weight at one site", host, () => up({ weight: 3 })));
  const bytes = stacks.stateBytes(stack);
  rows.push(await timed("destroy", host, () => stack.destroy()));
  const table = new Table({ head: [`${options.sites} sites`, "time", "SSH connections"] });
  for (const { what, seconds, dials } of rows) table.push([what, `${seconds.toFixed(1)} s`, dials]);
  print(table.toString());
  return bytes;
}

async function main(): Promise<void> {
  planning();
  const key = newKey();
  const host = await SshServer.start({ authorizedKeys: [key.public] });
  const stacks = await Stacks.open();
  const connection = { host: "127.0.0.1", port: host.port, hostKey: host.hostKey.public };
  const options = { connection, privateKey: key.private };
  try {
    const states: number[] = [];
    for (const sites of sizes) states.push(await lifecycle(stacks, host, { ...options, sites }));
    const [small = 0, , large = 0] = states;
    print(
      `State: ${Math.round((large - small) / (40 - 1) / 1024)} KiB for each site, ${Math.round(small / 1024)} KiB with one.`,
    );
    await preview(await stacks.create(), { ...options, sites: Number(process.argv[2] ?? 500) });
  } finally {
    stacks.close();
    await host.stop();
  }
  const words = ["pack", "--dry-run", "--json"];
  const packed = execFileSync("npm", words, {
    cwd: packageRoot,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ size, unpackedSize }] = JSON.parse(packed) as [{ size: number; unpackedSize: number }];
  print(`The package: ${Math.round(size / 1024)} KiB, unpacked ${Math.round(unpackedSize / 1024)} KiB.`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
