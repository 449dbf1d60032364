import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { extruded, freshSite, tunnelsUp } from "../e2e/support/site";
import type { TestStack } from "../e2e/support/stack";
import { answers, whileRunning } from "./support/probing";

jest.setTimeout(600_000);
// A machine that stops for half a second loses packets, too. What extrude loses, it loses again.
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

let lab: Lab;
let stack: TestStack;

beforeAll(async () => {
  ({ lab, stack } = await freshSite());
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

interface Fault {
  readonly strike: () => Promise<unknown>;
  readonly heal: () => Promise<unknown>;
}

interface Outcome {
  /** Packets lost until the fault was healed, of 100 a second. */
  readonly lostByFault: number;
  /** Packets lost from then on, while the line came back. */
  readonly lostByReturn: number;
  /** The longest row of lost packets of one flow, in milliseconds. */
  readonly longest: number;
  readonly survived: boolean;
  readonly secondsToReturn: number;
}

/** A fault under 100 packets a second in 8 flows, then its end under as many, beside 8 established TCP connections. */
async function endure({ strike, heal }: Fault): Promise<Outcome> {
  const common = { from: "internet", to: extruded, echoAt: "router", flows: 8 } as const;
  const tcp = await lab.probe({ ...common, protocol: "tcp", rate: 40 });
  const during = await lab.probe({ ...common, protocol: "udp", rate: 100 });
  await answers(during, 100);
  await strike();
  await answers(during, 300);
  const fault = whileRunning(await during.stop());

  const after = await lab.probe({ ...common, protocol: "udp", rate: 100 });
  await answers(after, 100);
  await heal();
  const healed = Date.now();
  await tunnelsUp(lab, 2, 20_000);
  const secondsToReturn = (Date.now() - healed) / 1000;
  await answers(after, 200);
  const [back, connections] = await Promise.all([after.stop(), tcp.stop()]);
  const outcome = {
    lostByFault: fault.lost,
    lostByReturn: whileRunning(back).lost,
    longest: Math.max(...fault.perFlow.map(({ longestLossMs }) => longestLossMs)),
    survived: connections.perFlow.every(({ survived }) => survived),
    secondsToReturn,
  };
  process.stderr.write(`${expect.getState().currentTestName ?? ""}: ${JSON.stringify(outcome)}\n`);
  return outcome;
}

function expectEndured(outcome: Outcome): void {
  // At most one second of loss in all, at 100 packets a second.
  expect(outcome.lostByFault).toBeLessThanOrEqual(100);
  expect(outcome.longest).toBeLessThanOrEqual(1000);
  expect(outcome.survived).toBe(true);
  expect(outcome.lostByReturn).toBe(0);
  expect(outcome.secondsToReturn).toBeLessThanOrEqual(5);
}

const blackhole = (name: string, oneWay?: "up" | "down"): Fault => ({
  strike: () => lab.link(name).set({ blackhole: true, ...(oneWay === undefined ? {} : { oneWay }) }),
  heal: () => lab.link(name).clear(),
});

test("[F2] the DSL provider swallows everything", async () => {
  expectEndured(await endure(blackhole("dsl")));
});

test("[F2] the cable provider swallows everything", async () => {
  expectEndured(await endure(blackhole("cable")));
});

/** Both ends leave the line, also the one that still hears the other. */
const oneWay = (name: string, way: "up" | "down"): Fault => {
  const { strike, heal } = blackhole(name, way);
  return { strike: () => strike().then(() => tunnelsUp(lab, 1, 10_000)), heal };
};

test("[F4] the DSL provider swallows what the site sends, and both ends leave it", async () => {
  expectEndured(await endure(oneWay("dsl", "up")));
});

test("[F4] the cable provider swallows what the site is sent, and both ends leave it", async () => {
  expectEndured(await endure(oneWay("cable", "down")));
});

test("[F1] a line's cable is pulled out of the router", async () => {
  const fault = { strike: () => lab.link("dsl").set({ down: true }), heal: () => lab.link("dsl").clear() };
  expectEndured(await endure(fault));
});

test("[F1] a line's interface is taken down at the router", async () => {
  const set = (state: "up" | "down") => () => lab.host("router").exec(`ip link set eth2 ${state}`);
  expectEndured(await endure({ strike: set("down"), heal: set("up") }));
});

test("[F19] BIRD is killed at the colo and is back after 2 s: nothing is lost", async () => {
  const override = "/run/systemd/system/extrude-bird.service.d";
  const colo = lab.host("colo");
  await colo.exec(
    `mkdir -p ${override} && printf '[Service]\\nRestartSec=2s\\n' >${override}/slow.conf && systemctl daemon-reload`,
  );
  const outcome = await endure({
    strike: () => colo.exec("systemctl kill -s KILL extrude-bird.service"),
    heal: () =>
      poll("BIRD to be back", async () => (await colo.exec("systemctl is-active extrude-bird.service")).code === 0),
  });
  await colo.exec(`rm -r ${override} && systemctl daemon-reload`);
  expect(outcome.lostByFault + outcome.lostByReturn).toBe(0);
  expect(outcome.survived).toBe(true);
});
