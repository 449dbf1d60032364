import type { Lab } from "../../lab/lab";
import { diffStates } from "../../lab/state";
import { freshLab } from "../e2e/support/lab";
import { extruded, internet, lines, traffic, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { dualStackConfig, giveIPv6, six } from "./support/dual-stack";
import { answers, probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;
let before: States;

beforeAll(async () => {
  lab = await freshLab();
  await giveIPv6(lab);
  before = await statesOf(lab);
  stack = await TestStack.create("dev", dualStackConfig(lab, { balance: "packet" }));
  await stack.up();
  await tunnelsUp(lab, 2);
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

const both = ["dsl", "cable"] as const;

/** What part of all bytes each line brings and takes while one flow is answered 300 times. */
async function parts(
  from: "internet" | "lan",
  to: string,
  echoAt: string,
  protocol: "tcp" | "udp",
): Promise<{ in: number[]; out: number[] }> {
  const measure = () => Promise.all(both.map((line) => traffic(lab, lines[line].interface)));
  const probe = await lab.probe({ from, to, echoAt, protocol, flows: 1, rate: 100, size: 900 });
  await answers(probe, 50);
  const start = await measure();
  await answers(probe, 300);
  const end = await measure();
  expect((await probe.stop()).perFlow.every(({ survived }) => survived)).toBe(true);
  const part = (way: "in" | "out"): number[] => {
    const bytes = end.map((line, index) => line[way] - (start[index]?.[way] ?? 0));
    const total = bytes.reduce((sum, count) => sum + count, 0);
    return bytes.map((count) => count / total);
  };
  return { in: part("in"), out: part("out") };
}

describe("with packets spread by turns,", () => {
  test.each([
    ["UDP to the router", "internet", extruded, "router", "udp"],
    ["TCP to the router", "internet", extruded, "router", "tcp"],
    ["UDP of the LAN's", "lan", internet, "internet", "udp"],
    ["UDP over IPv6 to the router", "internet", six.address, "router", "udp"],
    ["TCP over IPv6 to the LAN", "internet", six.lan, "lan", "tcp"],
  ] as const)("one flow of %s takes both lines in both directions", async (_, from, to, echoAt, protocol) => {
    const found = await parts(from, to, echoAt, protocol);
    process.stderr.write(`${expect.getState().currentTestName ?? ""}: ${JSON.stringify(found)}\n`);
    for (const part of [...found.in, ...found.out]) expect(part).toBeGreaterThan(0.3);
  });

  test("[F2] a line that dies costs no more than it takes to notice, and its return nothing", async () => {
    const fault = await probeWhile(lab, { to: extruded, echoAt: "router" }, () =>
      lab.link("dsl").set({ blackhole: true }),
    );
    // Half of 100 packets a second each way, for the 0.6 s of detection.
    expect(fault.lost).toBeLessThanOrEqual(100);
    const back = await probeWhile(lab, { to: extruded, echoAt: "router" }, async () => {
      await lab.link("dsl").clear();
      await tunnelsUp(lab, 2);
    });
    expect([fault.lost > 0, back.lost]).toEqual([true, 0]);
  });

  test("other weights cost no packet, and are those of the lines' rates", async () => {
    const rates = { dsl: { rate: { up: 10, down: 10 } }, cable: { rate: { up: 40, down: 20 } } };
    const change = await probeWhile(lab, { to: extruded, echoAt: "router" }, () =>
      stack.up(dualStackConfig(lab, { balance: "packet", lines: rates })),
    );
    expect(change.lost).toBe(0);
    const found = await parts("internet", extruded, "router", "udp");
    process.stderr.write(`${JSON.stringify(found)}\n`);
    // A third of what comes, a fifth of what goes; less than half of either, as before.
    expect(Math.abs((found.in[0] ?? 0) - 1 / 3)).toBeLessThan(0.12);
    expect(Math.abs((found.out[0] ?? 0) - 1 / 5)).toBeLessThan(0.12);
  });

  test("destroy leaves both hosts as they were", async () => {
    await stack.destroy();
    const after = await statesOf(lab);
    expect(diffStates(before.colo, after.colo)).toEqual([]);
    expect(diffStates(before.router, after.router)).toEqual([]);
  });
});
