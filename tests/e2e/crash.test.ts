import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { apply, handwritten, nameOf, unitText } from "./support/agent";
import { changes } from "./support/changes";
import { stepsOf, strike } from "./support/crash";
import { lastingEcho, withstand } from "./support/fault-bench";
import { numbersFrom, sampleSeed } from "./support/random";
import { coloAddress, freshSite, tunnelsUp } from "./support/site";
import type { TestStack } from "./support/stack";
import { type Fault, Steps } from "./support/steps";

// A sweep visits every step of every change, and takes hours; a sample takes minutes. A part of a sweep is 1/4, 2/4 and so
// on: with four of them every fourth step each.
const asked = process.env.EXTRUDE_SWEEP;
const isSweep = asked !== undefined;
const [part = 1, parts = 1] = asked?.includes("/") === true ? asked.split("/").map(Number) : [];
// One sample until a whole sweep on hosts has passed.
const seed = sampleSeed(75_826_012);
jest.setTimeout(isSweep ? 24 * 3_600_000 : 1_200_000);

let lab: Lab;
let stack: TestStack;
let steps: Record<"colo" | "router", Steps>;

beforeAll(async () => {
  ({ lab, stack } = await freshSite());
  steps = { colo: await Steps.on(lab.host("colo")), router: await Steps.on(lab.host("router")) };
  await lastingEcho(lab);
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** As many points of one change as are visited under one probe, which ends by itself after a while. */
const together = 10;

/** Strikes at some steps of some changes, or at all of all. */
async function sweep(fault: Fault, sample: number): Promise<void> {
  const random = numbersFrom(seed);
  const one = (): number => Math.floor(random() * changes.length);
  const chosen = isSweep ? changes : Array.from({ length: sample }, one).flatMap((index) => changes[index] ?? []);
  let seen = 0;
  const swept = { points: 0, of: 0, old: 0, new: 0 };
  for (const change of chosen) {
    const { count, points } = await stepsOf(lab, change, steps[change.host], fault);
    const toVisit = isSweep
      ? points.filter(() => seen++ % parts === part - 1)
      : [points[Math.floor(random() * points.length)] ?? 1];
    swept.of += points.length;
    for (let first = 0; first < toVisit.length; first += together) {
      const strikeAll = async (): Promise<void> => {
        for (const point of toVisit.slice(first, first + together)) {
          const at = `${fault} at step ${point} of ${count}, ${change.title}`;
          const generation = await strike(lab, change, steps[change.host], point, fault).catch((error: unknown) => {
            throw new Error(`${at}: ${String(error)}`);
          });
          await tunnelsUp(lab, 2, 60_000);
          process.stderr.write(`${at}: the ${generation} generation\n`);
          swept[generation] += 1;
          swept.points += 1;
        }
      };
      // How long the site is cut off depends on what is changed, and on how long a host takes to boot.
      const boots = fault === "power cut";
      const exposure = { echoAt: "lasting", mayLose: Infinity, boots, same: boots ? [] : [change.host] } as const;
      await withstand(lab, strikeAll, exposure);
    }
  }
  const ends = `${swept.old} at the old generation, ${swept.new} at the new one`;
  process.stderr.write(`${fault} at ${swept.points} of the ${swept.of} points of ${chosen.length} changes: ${ends}\n`);
}

test("[F28] a change confirmed in the moment in which its timer goes off ends as one of the two generations", async () => {
  const router = lab.host("router");
  const generation = (ttl: number): string =>
    handwritten("timer", "[ip]", `link add x-timer type gre local 55.1.2.3 remote 203.0.113.9 ttl ${ttl}`);
  let [old, next] = [generation(62), generation(63)];
  expect((await apply(lab, "router", old)).code).toBe(0);
  await steps.router.begin();
  await apply(lab, "router", next);
  const confirm = (await steps.router.end()).findIndex((step) => step.startsWith("mv /var/lib/extrude/staged ")) + 1;
  expect(confirm).toBeGreaterThan(0);
  const taken = { back: 0, confirmed: 0 };
  const race = async (): Promise<void> => {
    // From the timer to the confirmation. The outer two leave no doubt; the stand-in looks every 100 ms by itself.
    for (const offsetMs of [1000, 25, -25, -1000]) {
      [old, next] = [next, old];
      await steps.router.begin(confirm);
      let isOver = false;
      const applied = apply(lab, "router", next).finally(() => (isOver = true));
      expect(await steps.router.reached(() => isOver)).toBe(true);
      const [go, timer] = ["touch /run/steps/go", "systemctl start --no-block extrude-rollback.service"];
      const [first, second] = offsetMs > 0 ? [timer, go] : [go, timer];
      await router.exec(`${first}; sleep ${Math.abs(offsetMs) / 1000}; ${second} 2>/dev/null || true`);
      const { code } = await applied;
      await poll("the rollback to be over", async () => {
        return (await router.exec("systemctl is-active extrude-rollback.service", { allowFailure: true })).code !== 0;
      });
      await steps.router.end();
      const stands = await unitText(lab, "router", nameOf(next));
      expect([old, next]).toContain(stands);
      if (code === 0) expect(stands).toBe(next);
      await router.exec("extrudectl drift && test ! -e /var/lib/extrude/staged");
      taken[stands === next ? "confirmed" : "back"]++;
      expect((await apply(lab, "router", next)).code).toBe(0);
    }
  };
  await withstand(lab, race, { echoAt: "lasting", mayLose: "some" });
  process.stderr.write(`${taken.back} taken back, ${taken.confirmed} confirmed\n`);
  expect(taken.back).toBeGreaterThan(0);
  expect(taken.confirmed).toBeGreaterThan(0);
  await router.exec(`extrudectl remove ${nameOf(next)} --as router`);
});

test("[F29] a change whose program is killed leaves the host at one of the two generations", async () => {
  await sweep("kill", 1);
});

test("[F16] [F17] a power cut in a change leaves the host at one of the two generations, and the site online", async () => {
  await sweep("power cut", 1);
});

/** Boots a host anew, and waits until the site is back by itself. */
async function reboot(name: "colo" | "router"): Promise<void> {
  const work = async (): Promise<void> => {
    await lab.host(name).reboot();
    await tunnelsUp(lab, 2, 60_000);
    await lab.host(name).exec("extrudectl drift");
  };
  await withstand(lab, work, { echoAt: "lasting", mayLose: Infinity, boots: true });
}

test("[F14] a reboot of the colo brings the site back by itself", async () => {
  await reboot("colo");
});

test("[F15] so does a reboot of the router, which costs nothing else at the colo anything", async () => {
  await withstand(lab, () => reboot("router"), { to: coloAddress, echoAt: "colo", mayLose: "some" });
});
