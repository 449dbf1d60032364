/** What `npm run demo` does once Node.js and its packages are there. */
import { setTimeout as pause } from "node:timers/promises";
import { rmSync } from "node:fs";
import { Lab } from "../lab/lab";
import { withLock } from "../lab/lock";
import { privateDirectory, writeAtomically } from "../lab/paths";
import { provideToolchain } from "../toolchain";
import { whatNext } from "./ending";
import { files, forgetState, readIfThere } from "./files";
import {
  bringLabUp,
  healLines,
  type HostName,
  hostsWithAgent,
  identityOf,
  isRunning,
  labName,
  writeConnectionFiles,
} from "./hosts";
import { Interrupted, Interruption } from "./interruption";
import { picture } from "./picture";
import { Progress, type Say, seconds } from "./progress";
import { endLeftover, Pulumi, PulumiFailure } from "./pulumi";
import { ping, watchFor } from "./reach";
import { sentences } from "./report";
import { DemoStack } from "./stack";
import { readState } from "./state";
import { readTunnels, statusTable } from "./status";
import { wrap } from "./style";
import { showTransfer } from "./traffic";

const address = "77.1.2.3";
const started = Number(process.env["EXTRUDE_DEMO_STARTED"] ?? Date.now());
const progress = new Progress(process.stdout);
const interruption = new Interruption();

async function makeStack(): Promise<DemoStack> {
  const toolchain = await progress.step("Pulumi and its plugins", (say) =>
    interruption.unlessInterrupted(provideToolchain({ onProgress: say })),
  );
  return new DemoStack(new Pulumi(toolchain, interruption), progress);
}

/** State that speaks of hosts that are no more would have Pulumi update what is not there. */
async function matchState(lab: Lab, say: Say): Promise<void> {
  const [known, identity, state] = [readIfThere(files.hosts), identityOf(lab), readState()];
  if (typeof state === "object") {
    const withAgent = await hostsWithAgent(lab);
    const names: readonly HostName[] = ["rack", "router"];
    const lost = names.filter((name) => state.resources.includes(`${name}-agent`) && !withAgent.includes(name));
    if (known !== identity || lost.length > 0) {
      if (state.resources.length > 1)
        say("the hosts are new, and know nothing of the last run: starting with an empty state");
      forgetState();
    }
  }
  writeAtomically(files.hosts, identity);
}

async function build(): Promise<Lab> {
  const stack = await makeStack();
  const lab = await progress.step(
    "The lab: a server in a rack, a site's router, and a world around them",
    async (say) => {
      const running = await interruption.unlessInterrupted(bringLabUp(say));
      if (await endLeftover()) say("an earlier run's Pulumi was still at work; it has ended");
      await healLines(running, say);
      writeConnectionFiles(running);
      await matchState(running, say);
      return running;
    },
  );
  const reach = await watchFor(lab, address, () => {
    progress.say(`  ${address} answers, ${seconds(Date.now() - started)} after the start`);
  });
  try {
    await progress.step("pulumi up, stack dev", async (say) => {
      await stack.prepare(say);
      await stack.up();
    });
    await progress.step(`${address} answers`, () => interruption.unlessInterrupted(reach.answered));
  } finally {
    await reach.stop();
  }
  return lab;
}

async function show(lab: Lab): Promise<void> {
  progress.heading("What was built");
  const tunnels = await readTunnels(lab, address);
  progress.say(picture(tunnels));
  progress.say(`\n${statusTable(tunnels)}`);
  progress.heading(`A ping from the internet host to ${address}`);
  const lines = await progress.step("ping", () => interruption.unlessInterrupted(ping(lab, address)));
  for (const line of lines) progress.say(`  ${line}`);
  progress.heading("Eight downloads to the site at once; DSL fails in the middle");
  const outcome = await interruption.unlessInterrupted(showTransfer(lab, address, progress.say));
  progress.heading("Measured");
  for (const sentence of sentences(outcome)) progress.say(wrap(sentence));
  progress.heading("What to type next");
  progress.say(whatNext());
  progress.say(`\nThe demo took ${seconds(Date.now() - started)}.`);
}

async function up(): Promise<void> {
  const lab = await build();
  try {
    await show(lab);
  } finally {
    // An interrupted transfer leaves a line broken.
    if (interruption.happened) await Promise.race([healLines(lab, progress.say), pause(5_000)]);
    await Promise.race([lab.detach(), pause(2_000)]);
  }
}

async function down(): Promise<void> {
  const state = readState();
  if (!isRunning() && state === "none") {
    progress.say("Nothing of the demo is running, and nothing of it is left.");
    return;
  }
  if (isRunning()) {
    await endLeftover();
    const lab = Lab.attach(labName);
    await healLines(lab, progress.say);
    if (typeof state === "object" && state.resources.length > 1 && readIfThere(files.hosts) === identityOf(lab))
      await destroy();
    await progress.step("Taking the lab down", () => lab.down());
  }
  for (const path of [files.rack, files.router, files.hosts, files.tsconfig, files.running])
    rmSync(path, { force: true });
  forgetState();
  progress.say(
    "The stack and the lab are gone. What was downloaded and built stays in ~/.cache/extrude for the next time.",
  );
}

/** The hosts are about to vanish, so a failure is worth a word but no obstacle. */
async function destroy(): Promise<void> {
  const stack = await makeStack();
  try {
    await progress.step("pulumi destroy, stack dev", async (say) => {
      await stack.prepare(say);
      await stack.destroy();
    });
  } catch (error) {
    if (!(error instanceof PulumiFailure)) throw error;
    progress.say(`  ${error.message} The hosts go with the lab all the same.`);
  }
}

async function main(): Promise<void> {
  privateDirectory(files.folder);
  const isDown = process.argv.includes("--down");
  try {
    await withLock(files.lock, "the demo", progress.say, isDown ? down : up);
  } catch (error) {
    progress.close();
    if (error instanceof Interrupted) {
      progress.say("\nInterrupted. 'npm run demo' goes on from here; 'npm run demo -- --down' takes everything down.");
      process.exit(130);
    }
    progress.say(`\n${error instanceof Error ? error.message : String(error)}`);
    progress.say("To go on from here: npm run demo. To begin anew: npm run demo -- --down, then npm run demo.");
    process.exit(1);
  }
  process.exit(0);
}

void main();
