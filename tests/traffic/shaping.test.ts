import type { Lab } from "../../lab/lab";
import type { Place } from "../../lab/place";
import { diffStates } from "../../lab/state";
import { interfaceName } from "../../planning/names";
import { unitOf } from "../e2e/support/agent";
import { freshLab } from "../e2e/support/lab";
import { extruded, internet, lines, siteConfig, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { answers, probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;
let before: States;

const tunnel = interfaceName(unitOf("uplink", "dsl"));

/** The README's site with one line, which carries 1 Mbit/s, shaped at a rate. */
const shaped = (rate: number) =>
  siteConfig(lab, { uplinks: { dsl: {} }, lines: { dsl: { rate: { up: rate, down: rate }, shape: true } } });

beforeAll(async () => {
  lab = await freshLab();
  before = await statesOf(lab);
  await lab.link("dsl").set({ rate: "1mbit" });
  stack = await TestStack.create("dev", shaped(1));
  await stack.up();
  await tunnelsUp(lab, 1);
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** Packets that the first qdisc of an interface has dropped so far. */
async function dropped(place: Place, device: string): Promise<number> {
  const { stdout } = await place.exec(`tc -s qdisc show dev ${device} root`);
  return Number(/\(dropped (\d+),/.exec(stdout)?.[1]);
}

/** Where packets are dropped while nearly twice what the line carries is sent: in the queue, or in the provider's. */
async function overload(
  way: { readonly from: "internet" | "lan"; readonly to: string; readonly echoAt: "router" | "internet" },
  queue: readonly [Place, string],
  buffer: "core" | "line",
): Promise<{ queue: number; line: number }> {
  const measure = () => Promise.all([dropped(...queue), dropped(lab.namespace("dsl"), buffer)]);
  const [queueBefore, lineBefore] = await measure();
  const probe = await lab.probe({ ...way, protocol: "udp", flows: 4, rate: 200, size: 1100 });
  await answers(probe, 400);
  await probe.stop();
  const [queueAfter, lineAfter] = await measure();
  return { queue: queueAfter - queueBefore, line: lineAfter - lineBefore };
}

test("what is too much waits and drops at the router, and not in the line", async () => {
  const way = { from: "lan", to: internet, echoAt: "internet" } as const;
  const drops = await overload(way, [lab.host("router"), lines.dsl.interface], "core");
  expect(drops).toEqual({ queue: expect.any(Number) as number, line: 0 });
  expect(drops.queue).toBeGreaterThan(50);
});

test("and what comes, at the colo", async () => {
  const way = { from: "internet", to: extruded, echoAt: "router" } as const;
  const drops = await overload(way, [lab.host("colo"), tunnel], "line");
  expect(drops).toEqual({ queue: expect.any(Number) as number, line: 0 });
  expect(drops.queue).toBeGreaterThan(50);
});

test("another rate costs no packet", async () => {
  const { lost } = await probeWhile(lab, { to: extruded, echoAt: "router" }, () => stack.up(shaped(0.8)));
  expect(lost).toBe(0);
  const { stdout } = await lab.host("router").exec("tc qdisc show dev eth1 root");
  expect(stdout).toContain("bandwidth 796Kbit");
});

test("a queue that somebody takes away is back", async () => {
  await lab.host("router").exec("tc qdisc del dev eth1 root && extrudectl restore");
  const { stdout } = await lab.host("router").exec("tc qdisc show dev eth1 root");
  expect(stdout).toContain("cake");
});

test("destroy leaves both hosts as they were, with the kernel's own queues", async () => {
  await stack.destroy();
  const after = await statesOf(lab);
  expect(diffStates(before.colo, after.colo)).toEqual([]);
  expect(diffStates(before.router, after.router)).toEqual([]);
});
