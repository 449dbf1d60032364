import type { Lab } from "../../lab/lab";
import { extruded, freshSite, lines, siteConfig, type SiteOptions, traffic, tunnelsUp } from "../e2e/support/site";
import type { TestStack } from "../e2e/support/stack";
import { probeWhile } from "./support/probing";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;

beforeAll(async () => {
  ({ lab, stack } = await freshSite());
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** What a site that becomes another one loses of 100 packets a second, and what crossed each line afterwards. */
async function lostBy(site: SiteOptions, tunnels: number): Promise<number> {
  const { lost, sent } = await probeWhile(lab, { to: extruded, echoAt: "router" }, async () => {
    await stack.up(siteConfig(lab, site));
    await tunnelsUp(lab, tunnels);
  });
  process.stderr.write(`${expect.getState().currentTestName ?? ""}: ${lost} of ${sent} packets lost\n`);
  return lost;
}

const three = { dsl: { weight: 2 }, cable: { weight: 3 }, lte: {} };
const bypass = [{ protocol: "tcp" as const, ports: [8081], via: ["cable"] }];

test("a line that comes, and other weights, cost no packet", async () => {
  expect(await lostBy({ uplinks: three }, 3)).toBe(0);
});

test("a policy that comes costs no packet of what it does not concern", async () => {
  expect(await lostBy({ uplinks: three, bypass }, 3)).toBe(0);
});

/** Bytes that all traffic but the tunnel's own liveness brings a line, in each direction, while 400 packets pass. */
async function usage(name: "dsl" | "cable"): Promise<number[]> {
  const device = lines[name].interface;
  const before = await traffic(lab, device);
  const probe = { to: extruded, echoAt: "router", size: 900, flows: 32 } as const;
  const { lost } = await probeWhile(lab, probe, () => Promise.resolve(), 400);
  expect(lost).toBe(0);
  const after = await traffic(lab, device);
  return [after.in - before.in, after.out - before.out];
}

test("a line that drains is left without a lost packet, carries nothing then, and goes without one", async () => {
  expect(Math.min(...(await usage("dsl")))).toBeGreaterThan(40_000);
  expect(await lostBy({ uplinks: { ...three, dsl: { drain: true } }, bypass }, 3)).toBe(0);
  expect(Math.max(...(await usage("dsl")))).toBeLessThan(40_000);
  const { cable, lte } = three;
  expect(await lostBy({ uplinks: { cable, lte }, bypass }, 2)).toBe(0);
});
