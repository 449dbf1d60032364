import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { extruded, freshSite, siteConfig, tunnelsUp } from "../e2e/support/site";
import type { TestStack } from "../e2e/support/stack";
import { answers, probeWhile } from "./support/probing";

jest.setTimeout(900_000);
// A machine that stops for half a second makes lines fall, too. What extrude does, it does again.
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

/** What the project's list of faults says, and what a test run has time for. */
const long = process.env.EXTRUDE_SWEEP === "all";
const calmSeconds = long ? 600 : 30;
const outageSeconds = long ? 600 : 30;

let lab: Lab;
let stack: TestStack;

beforeAll(async () => {
  ({ lab, stack } = await freshSite());
  const quality = { loss: 25, returnLoss: 20 };
  await stack.up(siteConfig(lab, { quality, damping: { first: 12, most: 30 } }));
  await tunnelsUp(lab, 2);
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

const probe = { to: extruded, echoAt: "router", maxSeconds: 900 } as const;

/** Reports of a unit of the router's that say something, since a moment by its own clock. */
async function journal(unit: string, text: string, since: string): Promise<string[]> {
  const { stdout } = await lab
    .host("router")
    .exec(`journalctl -o cat -u ${unit} --since @${since} --grep '${text}' || true`);
  return stdout.split("\n").filter((line) => line.includes(text));
}

async function now(): Promise<string> {
  return (await lab.host("router").exec("date +%s")).stdout.trim();
}

const seconds = (count: number): Promise<unknown> =>
  lab.host("router").exec(`sleep ${count}`, { timeoutMs: 1_000 * (count + 30) });

test("[F3] a line that comes and goes ten times a minute moves connections once for each hold-down", async () => {
  const begun = await now();
  const flap = async (): Promise<void> => {
    for (let time = 0; time < 5; time += 1) {
      await lab.link("dsl").set({ blackhole: true });
      await seconds(3);
      await lab.link("dsl").clear();
      await seconds(3);
    }
  };
  const { lost, sent } = await probeWhile(lab, probe, flap);
  const held = await journal("extrude-watch", "has fallen, is held down for", begun);
  const falls = await journal("extrude-bird", "from Up to Down", begun);
  process.stderr.write(`${lost} of ${sent} lost in 5 flaps; ${held.join("; ")}\n`);
  // Held for 12 s, then for 24 s, then for 30 s: of five falls in half a minute no more than two are to be seen.
  expect([1, 2]).toContain(held.length);
  expect(falls).toHaveLength(held.length);
  const back = await probeWhile(lab, probe, () => tunnelsUp(lab, 2, 60_000));
  expect(back.lost).toBe(0);
});

test("[F5] a line that loses two packets in five is left by both ends, and used again when it loses one in ten", async () => {
  const begun = await now();
  await lab.link("dsl").set({ loss: 40, oneWay: "down" });
  await poll(
    "the watcher to leave the line",
    async () => (await journal("extrude-watch", "is left until it is better", begun)).length > 0,
    { deadlineMs: 60_000 },
  );
  await tunnelsUp(lab, 1, 10_000);
  // Longer than BFD takes to bring a line back, which hears enough of this one to do so.
  const left = await probeWhile(lab, probe, () => seconds(8));
  expect(left.lost).toBe(0);
  await tunnelsUp(lab, 1, 1_000);

  await lab.link("dsl").set({ loss: 10, oneWay: "down" });
  await tunnelsUp(lab, 2, 90_000);
  expect((await journal("extrude-watch", "is used again", begun)).length).toBe(1);
  await lab.link("dsl").clear();
});

test("[F6] lines with unlike latencies in each direction, and much jitter, are not called down", async () => {
  const begun = await now();
  await lab.link("dsl").set({ delay: 15, jitter: 10, oneWay: "up" });
  await lab.link("dsl").set({ delay: 90, jitter: 40, oneWay: "down" });
  await lab.link("cable").set({ delay: 120, jitter: 60, oneWay: "up" });
  await lab.link("cable").set({ delay: 10, jitter: 5, oneWay: "down" });
  const report = await probeWhile(lab, probe, () => seconds(calmSeconds));
  const falls = (await journal("extrude-bird", "from Up to Down", begun)).length;
  process.stderr.write(`${falls} falls, ${report.lost} of ${report.sent} lost in ${calmSeconds} s of jitter\n`);
  await Promise.all(["dsl", "cable"].map((line) => lab.link(line).clear()));
  expect(falls).toBe(0);
  expect(report.lost).toBe(0);
});

test("[F13] after both lines have been dead for minutes the site is back by itself", async () => {
  await Promise.all(["dsl", "cable"].map((line) => lab.link(line).set({ blackhole: true })));
  await tunnelsUp(lab, 0, 20_000);
  await seconds(outageSeconds);
  await Promise.all(["dsl", "cable"].map((line) => lab.link(line).clear()));
  const healed = Date.now();
  const during = await lab.probe({ from: "internet", protocol: "udp", flows: 4, rate: 100, ...probe });
  await answers(during, 200);
  process.stderr.write(`the first answers ${(Date.now() - healed) / 1000} s after ${outageSeconds} s of nothing\n`);
  await tunnelsUp(lab, 2, 20_000);
  await during.stop();
  await lab.host("router").exec("extrudectl drift");
});
