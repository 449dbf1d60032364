import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import type { ProbeReport } from "../../lab/probe";
import { diffStates } from "../../lab/state";
import { interfaceName } from "../../planning/names";
import { unitOf } from "../e2e/support/agent";
import { Capture } from "../e2e/support/capture";
import { freshLab } from "../e2e/support/lab";
import { traffic, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { dualStackConfig, giveIPv6, six } from "./support/dual-stack";
import { answers, probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;
let before: States;
let captures: Record<"dsl" | "cable", Capture>;

const dsl = interfaceName(unitOf("uplink", "dsl"));

beforeAll(async () => {
  lab = await freshLab();
  await giveIPv6(lab);
  before = await statesOf(lab);
  // A machine that had the address before: neighbours still remember it.
  await lab.namespace("rack").exec(`ip neigh replace ${six.address} lladdr 02:00:00:00:00:99 dev line nud reachable`);
  const begin = (line: string) => Capture.start(lab.namespace(line), "ip or ip6");
  captures = { dsl: await begin("dsl"), cable: await begin("cable") };
  stack = await TestStack.create("dev", dualStackConfig(lab));
  await stack.up();
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

const measure = () => Promise.all(["eth1", "eth2"].map((device) => traffic(lab, device)));

/** TCP from the internet in 32 flows, and what it brought over each line. */
async function reach(to: string, echoAt: "router" | "lan"): Promise<void> {
  const start = await measure();
  const options = { from: "internet", to, protocol: "tcp", flows: 32, size: 900, rate: 200, echoAt } as const;
  const probe = await lab.probe(options);
  await answers(probe, 400);
  const report = await probe.stop();
  expect(report.perFlow.every(({ survived }) => survived)).toBe(true);
  for (const [index, line] of (await measure()).entries()) {
    expect(line.in - (start[index]?.in ?? 0)).toBeGreaterThan(10_000);
    expect(line.out - (start[index]?.out ?? 0)).toBeGreaterThan(10_000);
  }
}

/** What a change costs 100 packets a second in 8 flows to the LAN's host. */
async function probeDuring(change: () => Promise<unknown>): Promise<ProbeReport> {
  const report = await probeWhile(lab, { to: six.lan, echoAt: "lan" }, change);
  const longest = Math.max(...report.perFlow.map(({ longestLossMs }) => longestLossMs));
  process.stderr.write(`${report.lost} of ${report.sent} packets lost, the longest row ${longest} ms\n`);
  return report;
}

test("the rack gateway's entry for the address is the colo's, although it had another", async () => {
  const { stdout } = await lab.host("colo").exec("cat /sys/class/net/eth0/address");
  const entry = async () => (await lab.namespace("rack").exec(`ip neigh show ${six.address}`)).stdout;
  await poll("the rack gateway to know the colo's MAC", async () => (await entry()).includes(stdout.trim()));
});

test("an address and a network of a prefix are reached from the internet over both lines", async () => {
  await tunnelsUp(lab, 2);
  await reach(six.address, "router");
  await reach(six.lan, "lan");
});

test("a provider that swallows everything costs less than a second, and its return nothing", async () => {
  const fault = await probeDuring(() => lab.link("dsl").set({ blackhole: true }));
  expect(fault.lost).toBeLessThanOrEqual(100);
  expect(Math.max(...fault.perFlow.map(({ longestLossMs }) => longestLossMs))).toBeLessThanOrEqual(1000);
  const back = await probeDuring(async () => {
    await lab.link("dsl").clear();
    await tunnelsUp(lab, 2, 10_000);
  });
  expect(back.lost).toBe(0);
});

test("a packet that is too large is answered with the size that every line carries", async () => {
  const ping = await lab.namespace("internet").exec(`ping -c 2 -M do -s 1452 ${six.lan}`, { allowFailure: true });
  expect(ping.stdout).toMatch(/Packet too big: mtu=1476/);
  await lab.namespace("internet").exec(`ping -c 1 -W 5 -M do -s ${1476 - 48} ${six.lan}`);
});

test("what of the prefix is on no network of the site goes nowhere", async () => {
  const unused = "2001:db8:77:1ff::1";
  const ping = await lab.namespace("internet").exec(`ping -c 1 -W 3 ${unused}`, { allowFailure: true });
  expect(ping.code).not.toBe(0);
  for (const line of ["dsl", "cable"] as const) {
    expect(await captures[line].lines(`ip6 dst host ${unused}`)).toEqual([]);
  }
});

test("the site's other IPv6 is left alone, and what the router has no way for takes the tunnels", async () => {
  const route = async () => (await lab.host("router").exec(`ip -6 route get ${six.internet}`)).stdout;
  expect(await route()).toMatch(/via 2001:db8:55::1 dev eth1/);
  await lab.host("router").exec("ip -6 route del default via 2001:db8:55::1");
  expect(await route()).toMatch(new RegExp(`via fe80::1 dev x-.* src ${six.address} `));
  await lab.host("router").exec(`ping -c 1 -W 5 ${six.internet}; ip -6 route add default via 2001:db8:55::1 dev eth1`);
});

test("trace follows a packet of the prefix, and its answer", async () => {
  const { code, stdout } = await stack.extrude("trace", "office", six.internet, "--from", six.lan);
  expect(stdout).toMatch(
    /^router: a packet from 2001:db8:77:101::10 to 2001:db8:198::10, which came by eth0\n {2}Rule 9600 /,
  );
  expect(stdout).toMatch(
    /\nrack: the answer, a packet from 2001:db8:198::10 to 2001:db8:77:101::10, .*\n {2}Rule 9100 /,
  );
  expect(stdout).not.toContain("nftables gives it");
  expect(code).toBe(0);
});

test("what a site sends from an address that is not its own is dropped at the colo", async () => {
  const dropped = async (): Promise<number> => {
    const { stdout } = await lab.host("colo").exec("nft list ruleset | grep '@sources_ipv6'");
    return Number(/counter packets (\d+) /.exec(stdout)?.[1]);
  };
  const start = await dropped();
  const forged = "2001:db8:77:200::1";
  await lab
    .host("router")
    .exec(
      `ip address add ${forged}/128 dev lo; ip -6 route add ${six.internet} via fe80::1 dev ${dsl}; ` +
        `ping -c 3 -i 0.2 -W 1 -I ${forged} ${six.internet}; ` +
        `ip -6 route del ${six.internet}; ip address del ${forged}/128 dev lo`,
      { allowFailure: true },
    );
  expect(await dropped()).toBe(start + 3);
});

test("while every tunnel is dead, nothing of the site's addresses leaves by a line", async () => {
  for (const line of ["dsl", "cable"]) await lab.link(line).set({ blackholeTo: "77.1.2.2" });
  const ping = (): Promise<{ stdout: string }> =>
    lab.namespace("lan").exec(`ping -c 1 -W 1 ${six.internet}`, { allowFailure: true });
  await poll("the LAN's host to be told so", async () => (await ping()).stdout.includes("Destination unreachable"));
  for (const line of ["dsl", "cable"]) await lab.link(line).clear();
  await tunnelsUp(lab, 2);
  for (const line of ["dsl", "cable"] as const) {
    expect(await captures[line].lines("ip6 and src net 2001:db8:77::/48")).toEqual([]);
  }
});

test("what somebody deletes is back", async () => {
  const { stdout } = await lab.host("router").exec(`ip -6 rule show priority 9600`);
  expect(stdout.split("\n").slice(0, -1)).toHaveLength(2);
  await lab.host("router").exec(`ip -6 rule del priority 9600 && ip -6 rule del priority 9600`);
  await lab.host("colo").exec(`ip neigh del proxy ${six.address} dev eth0; sysctl -qw net.ipv6.conf.all.forwarding=0`);
  await poll("the rules to be back", async () => {
    return (await lab.host("router").exec("ip -6 rule show priority 9600")).stdout === stdout;
  });
  const there = () => lab.host("colo").exec("ip neigh show proxy; cat /proc/sys/net/ipv6/conf/all/forwarding");
  await poll("the colo to answer again", async () => /77::3 [^]*\n1\n/.test((await there()).stdout), {
    deadlineMs: 60_000,
  });
  await lab.namespace("internet").exec(`ping -c 2 -W 5 ${six.address} && ping -c 2 -W 5 ${six.lan}`);
});

test("destroy leaves both hosts as they were", async () => {
  await stack.destroy();
  const after = await statesOf(lab);
  expect(diffStates(before.colo, after.colo)).toEqual([]);
  expect(diffStates(before.router, after.router)).toEqual([]);
});
