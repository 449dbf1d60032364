import { diffStates } from "../../lab/state";
import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { withstand } from "../e2e/support/fault-bench";
import { freshLab } from "../e2e/support/lab";
import {
  extruded,
  internet,
  keepSite,
  lines,
  logins,
  seenFrom,
  siteConfig,
  startMirror,
  traffic,
  tunnelStates,
  tunnelsUp,
} from "../e2e/support/site";
import { type Run, TestStack } from "../e2e/support/stack";
import { probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);
// A machine that stops for half a second loses packets, too. What extrude loses, it loses again.
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

let lab: Lab;
let stack: TestStack;
let before: States;
let first: Run;
let firstLogins: Record<"colo" | "router", number>;

beforeAll(async () => {
  lab = await freshLab();
  before = await statesOf(lab);
  // A machine that had the address before: neighbours still remember it.
  await lab.namespace("rack").exec(`ip neigh replace ${extruded} lladdr 02:00:00:00:00:99 dev line nud reachable`);
  stack = await TestStack.create("dev", siteConfig(lab));
  first = await stack.up();
  firstLogins = { colo: await logins(lab, "colo"), router: await logins(lab, "router") };
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

test("one up makes one SSH connection per host and one per unit", () => {
  expect(first.changed).toEqual([
    "create cable-colo",
    "create cable-router",
    "create dsl-colo",
    "create dsl-router",
    "create office-colo",
    "create office-router",
    "create rack-agent",
    "create router-agent",
    "create toronto-colo",
    "create vpn-colo",
  ]);
  expect(firstLogins).toEqual({ colo: 6, router: 4 });
});

test("the rack gateway's ARP entry for the address is the colo's, although it had another", async () => {
  const { stdout } = await lab.host("colo").exec("cat /sys/class/net/eth0/address");
  await poll(
    "the rack gateway to know the colo's MAC",
    async () => {
      const entry = await lab.namespace("rack").exec(`ip neigh show ${extruded}`);
      if (entry.stdout.includes(stdout.trim())) return true;
      throw new Error(entry.stdout);
    },
    { deadlineMs: 2_000 },
  );
});

test("ping and TCP from the internet reach the site", async () => {
  await tunnelsUp(lab, 2);
  await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);
  const probe = await lab.probe({ from: "internet", to: extruded, protocol: "tcp", flows: 4, echoAt: "router" });
  await probe.replying();
  const report = await probe.stop();
  expect(report.perFlow.map(({ survived }) => survived)).toEqual([true, true, true, true]);
});

test("the site's own connections are seen from the address, the router's and the LAN's", async () => {
  const mirror = await startMirror(lab);
  expect(await seenFrom(lab, "router")).toBe(extruded);
  expect(await seenFrom(lab, "lan")).toBe(extruded);
  await mirror.stop();
});

test("each line goes to the world under its own address, and each tunnel by its line to the server", async () => {
  const mirror = await startMirror(lab);
  for (const { interface: device, address, gateway } of [lines.dsl, lines.cable]) {
    const route = await lab.host("router").exec(`ip route get ${internet} from ${address}`);
    expect(route.stdout).toContain(`via ${gateway} dev ${device}`);
    const outer = await lab.host("router").exec(`ip route get 77.1.2.2 from ${address} oif ${device}`);
    expect(outer.stdout).toContain(`via ${gateway} dev ${device}`);
    expect(await seenFrom(lab, "router", address)).toBe(address);
  }
  await mirror.stop();
  // Used: with one provider silent, its line is dead to the world and its tunnel is down; the other's are not.
  await lab.link("dsl").set({ blackhole: true });
  await tunnelsUp(lab, 1, 10_000);
  const ping = (address: string) =>
    lab.host("router").exec(`ping -c 2 -i 0.2 -W 2 -I ${address} ${internet}`, { allowFailure: true });
  const [dsl, cable] = await Promise.all([ping(lines.dsl.address), ping(lines.cable.address)]);
  expect([dsl.code, cable.code]).toEqual([1, 0]);
  await lab.link("dsl").clear();
  await tunnelsUp(lab, 2, 10_000);
});

test("with 32 flows both lines carry at least 30 % each, in each direction", async () => {
  const measure = async () => ({ dsl: await traffic(lab, "eth1"), cable: await traffic(lab, "eth2") });
  const start = await measure();
  // Three times 32 flows: which line a flow hashes to is chance, and 32 alone miss 30 % one time in fifty.
  for (let round = 0; round < 3; round += 1) {
    const options = { from: "internet", to: extruded, protocol: "udp", size: 900, flows: 32, rate: 320 } as const;
    const probe = await lab.probe({ ...options, echoAt: "router" });
    await poll("the probe to get 1000 answers", () => probe.news.received >= 1000, { deadlineMs: 60_000 });
    await probe.stop();
  }
  const end = await measure();
  for (const direction of ["in", "out"] as const) {
    const dsl = end.dsl[direction] - start.dsl[direction];
    const cable = end.cable[direction] - start.cable[direction];
    expect(dsl / (dsl + cable)).toBeGreaterThan(0.3);
    expect(cable / (dsl + cable)).toBeGreaterThan(0.3);
  }
});

test("[F39] a second up has nothing to do and opens no SSH connection", async () => {
  const again = async (): Promise<void> => {
    expect((await stack.up()).changes).toEqual({ same: 18 });
  };
  await withstand(lab, again, { same: ["colo", "router"] });
  expect({ colo: await logins(lab, "colo"), router: await logins(lab, "router") }).toEqual(firstLogins);
});

/** What a change costs a probe of 100 packets a second. */
async function lossDuring(change: () => Promise<unknown>): Promise<number> {
  return (await probeWhile(lab, { to: extruded, echoAt: "router" }, change)).lost;
}

test("a changed weight updates the bond only and loses no packet", async () => {
  let run: Run | undefined;
  const lost = await lossDuring(async () => {
    run = await stack.up(siteConfig(lab, { uplinks: { dsl: {}, cable: { weight: 4 } } }));
  });
  expect(run?.changed).toEqual(["update office-colo", "update office-router"]);
  const { stdout } = await lab.host("router").exec("ip route show table all default proto bird");
  expect(stdout).toMatch(/x-cable-\w+ weight 4/);
  expect(lost).toBe(0);
});

test("adding and removing a third uplink updates the bond beside it and loses no packet", async () => {
  const three = siteConfig(lab, { uplinks: { dsl: {}, cable: { weight: 4 }, lte: {} } });
  const two = siteConfig(lab, { uplinks: { dsl: {}, cable: { weight: 4 } } });
  let run: Run | undefined;
  const lostByAdding = await lossDuring(async () => {
    run = await stack.up(three);
    await tunnelsUp(lab, 3);
  });
  expect(run?.changed).toEqual(["create lte-colo", "create lte-router", "update office-colo", "update office-router"]);
  const lostByRemoving = await lossDuring(async () => {
    run = await stack.up(two);
  });
  expect(run?.changed).toEqual(["delete lte-colo", "delete lte-router", "update office-colo", "update office-router"]);
  expect({ lostByAdding, lostByRemoving }).toEqual({ lostByAdding: 0, lostByRemoving: 0 });
});

test("destroy leaves both hosts as they were, and up works again", async () => {
  await stack.destroy();
  const after = await statesOf(lab);
  expect(diffStates(before.colo, after.colo)).toEqual([]);
  expect(diffStates(before.router, after.router)).toEqual([]);
  await stack.up(siteConfig(lab));
  await tunnelsUp(lab, 2);
  await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);
  expect(await tunnelStates(lab, "router")).toHaveLength(2);
  await keepSite(lab, stack);
});
