import type { Lab } from "../../lab/lab";
import type { ProbeReport } from "../../lab/probe";
import { poll } from "../../lab/poll";
import { diffStates } from "../../lab/state";
import type { Encapsulation } from "../../planning/encapsulation";
import { interfaceName } from "../../planning/names";
import { ikePort } from "../../planning/numbers";
import { unitOf } from "../e2e/support/agent";
import { Capture } from "../e2e/support/capture";
import { freshLab } from "../e2e/support/lab";
import { extruded, type LineName, type SiteOptions, traffic, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { dualStackConfig, giveIPv6, six } from "./support/dual-stack";
import { answers, probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);
// A machine that stops for half a second loses packets, too. What extrude loses, it loses again.
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

let lab: Lab;
let stack: TestStack;
let before: States;
let captures: Record<LineName, Capture>;

const lineNames = ["dsl", "cable", "lte"] as const;
const tunnelOf = (line: LineName): string => interfaceName(unitOf("uplink", line));

/** A line's place in the IPv6 internet, as the topology has it. */
const place = (network: number) => ({ address: `2001:db8:${network}::3`, gateway: `2001:db8:${network}::1` });

/** Every line is IPv6, and each has another encapsulation: of WireGuard, the line's address and gateway are not known. */
const site = (lte: Encapsulation): SiteOptions => ({
  uplinks: { dsl: {}, cable: {}, lte: {} },
  lines: {
    dsl: { ...place(55), encapsulation: "gre-ipsec" },
    cable: { ...place(99), encapsulation: "ipsec", udpEncapsulation: "always" },
    lte:
      lte === "wireguard"
        ? { address: "dynamic-ipv6", gateway: undefined, encapsulation: lte, port: 5003 }
        : { ...place(111), encapsulation: lte },
  },
});

/** What of each line's tunnel is on the line, in words of pcap-filter(7). */
const wire: Record<LineName, string> = {
  dsl: `(ip6 proto 50 or udp port ${ikePort})`,
  cable: `udp port ${ikePort}`,
  lte: "(udp portrange 5003-5004 or ip6 proto 47)",
};

const say = (figure: string): void => {
  process.stderr.write(`${expect.getState().currentTestName ?? ""}: ${figure}\n`);
};

beforeAll(async () => {
  lab = await freshLab();
  await giveIPv6(lab);
  // As a router advertisement leaves it there (RFC 4861 6.3.4).
  await lab.host("router").exec("ip route add default via 2001:db8:111::1 dev eth3 proto ra metric 2048");
  before = await statesOf(lab);
  const begin = (line: LineName) => Capture.start(lab.namespace(line), "ip or ip6");
  captures = { dsl: await begin("dsl"), cable: await begin("cable"), lte: await begin("lte") };
  stack = await TestStack.create("dev", dualStackConfig(lab, site("wireguard")));
  await stack.up();
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** What a change costs 100 packets a second in 8 flows. */
async function probeDuring(change: () => Promise<unknown>, settle?: number): Promise<ProbeReport> {
  const report = await probeWhile(lab, { to: extruded, echoAt: "router" }, change, settle);
  const longest = Math.max(...report.perFlow.map(({ longestLossMs }) => longestLossMs));
  say(`${report.lost} of ${report.sent} packets lost, the longest row ${longest} ms`);
  return report;
}

/** TCP from the internet in 32 flows, of which each line carries some. */
async function reach(to: string, echoAt: "router" | "lan"): Promise<void> {
  const measure = () => Promise.all(["eth1", "eth2", "eth3"].map((device) => traffic(lab, device)));
  const start = await measure();
  const probe = await lab.probe({ from: "internet", to, protocol: "tcp", flows: 32, size: 900, rate: 200, echoAt });
  await answers(probe, 400);
  const report = await probe.stop();
  expect(report.perFlow.every(({ survived }) => survived)).toBe(true);
  for (const [index, line] of (await measure()).entries()) {
    expect(line.in - (start[index]?.in ?? 0)).toBeGreaterThan(10_000);
    expect(line.out - (start[index]?.out ?? 0)).toBeGreaterThan(10_000);
  }
}

/** The largest packet inside a line's tunnel, and what becomes of it on the line. */
async function fullPacket(line: LineName, inside: number, outside: number): Promise<void> {
  // 48 bytes are the headers of IPv6 and ICMP.
  const ping = (size: number): Promise<{ code: number }> =>
    lab.host("router").exec(`ping -c 1 -W 5 -M do -s ${size - 48} fe80::1%${tunnelOf(line)}`, { allowFailure: true });
  expect({ line, code: (await ping(inside)).code }).toEqual({ line, code: 0 });
  expect((await ping(inside + 1)).code).not.toBe(0);
  // The length in the header of IPv6 is that of what follows it.
  expect(await captures[line].has(`src host ${six.colo} and ip6[4:2] == ${outside - 40}`)).toBe(true);
  expect(await captures[line].lines(`ip6 and (ip6[4:2] > ${outside - 40} or ip6[6] == 44)`)).toEqual([]);
  say(`${line}: ${inside} bytes inside are ${outside} on the line, ${outside - inside} more`);
}

test("IPv4 and IPv6 of the site reach it over all three lines, none of which is IPv4", async () => {
  await tunnelsUp(lab, 3, 90_000);
  await reach(extruded, "router");
  await reach(six.lan, "lan");
});

test("a full packet of each tunnel is exactly a full packet of its line", async () => {
  // Room for UDP's 8 bytes is kept where there is none, in case that ESP should be filtered one day.
  await fullPacket("dsl", 1410, 1492);
  await fullPacket("cable", 1418, 1500);
  await fullPacket("lte", 1420, 1500);
});

test("a provider that swallows everything costs less than a second, and its return no more", async () => {
  const fault = await probeDuring(() => lab.link("cable").set({ blackhole: true }), 300);
  const back = await probeDuring(async () => {
    await lab.link("cable").clear();
    await tunnelsUp(lab, 3, 60_000);
  });
  expect(fault.lost).toBeLessThanOrEqual(100);
  expect(Math.max(...fault.perFlow.map(({ longestLossMs }) => longestLossMs))).toBeLessThanOrEqual(1000);
  // Ends that have agreed anew do not give up the old associations at the same instant.
  expect(back.lost).toBeLessThanOrEqual(200);
});

test("[F9] a line that gets another IPv6 address and gateway goes on within 2 s, and no other line notices", async () => {
  const router = lab.host("router");
  await lab.namespace("lte").exec("ip address add fe80::7/64 dev line nodad");
  const renumber = (next: string, last: string, gateway: string): Promise<unknown> =>
    router.exec(
      [
        `ip address add ${next}/64 dev eth3 nodad; ip address del ${last}/64 dev eth3`,
        `ip -6 route replace default via ${gateway} dev eth3 proto ra metric 2048`,
      ].join("\n"),
    );
  const { address, gateway } = place(111);
  const report = await probeDuring(async () => {
    await renumber("2001:db8:111::77", address, "fe80::7");
    await poll("the colo to hear the site's LTE line from its new address", () =>
      captures.lte.has("src host 2001:db8:111::77"),
    );
    await poll("the line's table to have the new gateway", async () =>
      (await router.exec("ip -6 route show table all default dev eth3 proto bird")).stdout.includes("fe80::7"),
    );
  });
  expect(Math.max(...report.perFlow.map(({ longestLossMs }) => longestLossMs))).toBeLessThanOrEqual(2000);
  expect(report.perFlow.every(({ survived }) => survived)).toBe(true);
  await renumber(address, "2001:db8:111::77", gateway);
  await tunnelsUp(lab, 3, 20_000);
});

test("without charon and all that it has agreed on, GRE does not leave, and the other lines carry on", async () => {
  const router = lab.host("router");
  const report = await probeDuring(async () => {
    await router.exec(`systemctl stop extrude-charon@${tunnelOf("dsl")}`);
    await tunnelsUp(lab, 2, 20_000);
  });
  expect(report.lost).toBeLessThanOrEqual(100);
  const { stdout } = await router.exec("nft list ruleset | grep 'gre rt ipsec missing'");
  expect(Number(/counter packets (\d+) /.exec(stdout)?.[1])).toBeGreaterThan(0);
  await router.exec("extrudectl restore");
  await tunnelsUp(lab, 3, 60_000);
});

test("another encapsulation for a line costs the others nothing", async () => {
  const report = await probeDuring(() => stack.up(dualStackConfig(lab, site("gre"))));
  expect(report.lost).toBeLessThanOrEqual(100);
  await tunnelsUp(lab, 3);
  await fullPacket("lte", 1456, 1500);
});

test("destroy leaves both hosts as they were, and no provider has seen a packet in clear or of another line", async () => {
  await stack.destroy();
  const after = await statesOf(lab);
  for (const host of ["colo", "router"] as const) {
    const differences = diffStates(before[host], after[host]);
    // The random number generator of the kernel's ciphers, which it never gives up once it has made it (crypto/rng.c).
    const stays = /: modules \+ (drbg|jitterentropy_rng|sha3_generic|sha512_generic)$/;
    expect(differences.filter((difference) => !stays.test(difference))).toEqual([]);
  }
  for (const line of lineNames) {
    // Neighbours find each other; and an end that has gone says so to the other, of what is encrypted (RFC 4443 3.1).
    const gone = `(icmp6 and ip6[40] == 1 and host ${six.colo})`;
    const others = `${gone} or (icmp6 and ip6[40] >= 133) or (ip6 and (src net fe80::/10 or src host ::))`;
    const clear = await captures[line].lines(`not (host ${six.colo} and ${wire[line]}) and not (${others})`);
    expect({ line, clear }).toEqual({ line, clear: [] });
    expect((await captures[line].lines(`host ${six.colo} and ${wire[line]}`)).length).toBeGreaterThan(1000);
  }
});
