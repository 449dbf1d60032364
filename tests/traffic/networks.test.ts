import type { StackEntries } from "../../config/schema";
import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { diffStates } from "../../lab/state";
import { Capture } from "../e2e/support/capture";
import { freshLab } from "../e2e/support/lab";
import { coloAddress, extruded, seenFrom, siteConfig, startMirror, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { type FarSite, farSite } from "./support/far-site";
import { probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);

const lan = "192.168.1.10";
/** Of a service on the colo's server, which no owner has. */
const service = "10.99.0.1";
const owners = { bakery: ["192.168.1.0/24", "192.168.2.0/24", "192.168.4.0/24"], mill: ["192.168.3.0/24"] };

let lab: Lab;
let stack: TestStack;
let before: States;
let bakery: FarSite;
let mill: FarSite;

/** The README's site, with its LAN among the bakery's networks. */
function config(networks: string[]): StackEntries {
  const { colos, ...rest } = siteConfig(lab, { networks, bypass: [{ protocol: "tcp", ports: [80] }] });
  const { toronto } = colos;
  if (toronto === undefined) throw new Error("The colo has a name.");
  return { ...rest, colos: { toronto: { ...toronto, networks: owners } } };
}

beforeAll(async () => {
  lab = await freshLab();
  before = await statesOf(lab);
  stack = await TestStack.create("dev", config(["192.168.1.0/24"]));
  await stack.up();
  await tunnelsUp(lab, 2);
  const place = { networks: owners, lab };
  bakery = await farSite({ ...place, name: "shop", line: "198.51.100.20", network: "192.168.2.0/24" });
  mill = await farSite({ ...place, name: "mill", line: "198.51.100.30", network: "192.168.3.0/24" });
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** Whether TCP connections are answered; `source` is whom the other end then sees. */
async function reaches(
  from: string,
  to: string,
  echoAt: string,
  port?: number,
): Promise<{ source: string } | "nothing"> {
  const started = await lab
    .probe({ from, to, protocol: "tcp", flows: 4, echoAt, ...(port === undefined ? {} : { port }) })
    .catch((error: unknown) => String(error));
  if (typeof started === "string") {
    expect(started).toMatch(/no connection to/);
    return "nothing";
  }
  await started.replying();
  const { stdout } = await lab.place(echoAt).exec(`ss -Htn state established src ${to}`);
  const { perFlow } = await started.stop();
  expect(perFlow.every(({ survived, received }) => survived && received > 0)).toBe(true);
  const peers = new Set(stdout.split("\n").flatMap((line) => /\s([0-9.]+):\d+\s*$/.exec(line)?.[1] ?? []));
  return { source: [...peers].join(" ") };
}

test("hosts at two sites of one owner reach each other, under their own addresses", async () => {
  expect(await reaches("lan", bakery.host, "internet")).toEqual({ source: lan });
  expect(await reaches("lan", bakery.host, "internet", 80)).toEqual({ source: lan });
  expect(await bakery.reaches(lan)).toBe(true);
});

test("so do the site and services on the colo's own server", async () => {
  const colo = lab.host("colo");
  await colo.exec(`ip address add ${service}/32 dev lo`);
  expect(await reaches("lan", service, "colo")).toEqual({ source: lan });
  expect(await reaches("colo", lan, "lan")).toEqual({ source: service });
  await colo.exec(`ip address del ${service}/32 dev lo`);
});

test("nobody reaches another owner's, nor does the colo's own network reach any", async () => {
  expect(await reaches("lan", mill.host, "internet")).toBe("nothing");
  expect(await mill.reaches(lan)).toBe(false);
  const rack = lab.namespace("rack");
  await rack.exec(`ip route add 192.168.1.0/24 via ${coloAddress}`);
  expect((await rack.exec(`ping -c 3 -i 0.3 -W 1 ${lan}`, { allowFailure: true })).code).not.toBe(0);
  await rack.exec(`ip route del 192.168.1.0/24 via ${coloAddress}`);
  const { stdout } = await lab.host("colo").exec("nft list ruleset | grep 'addr @networks counter'");
  const dropped = [...stdout.matchAll(/counter packets (\d+)/g)].map(([, packets]) => Number(packets));
  expect(dropped).toHaveLength(2);
  expect(Math.min(...dropped)).toBeGreaterThan(0);
});

test("everybody else still sees the site under its public address", async () => {
  const mirror = await startMirror(lab);
  expect(await seenFrom(lab, "lan", lan)).toBe(extruded);
  await mirror.stop();
});

test("another network of a site costs nothing, and is reached", async () => {
  const report = await probeWhile(lab, { to: extruded, echoAt: "router" }, () =>
    stack.up(config(["192.168.1.0/24", "192.168.4.0/24"])),
  );
  expect(report.lost).toBe(0);
  await lab.namespace("lan").exec("ip address add 192.168.4.10/24 dev line");
  await lab.host("router").exec("ip address add 192.168.4.1/24 dev eth0");
  await poll("the new network to be reached", () => bakery.reaches("192.168.4.10"));
  await lab.host("router").exec("ip address del 192.168.4.1/24 dev eth0");
});

test("while every tunnel is dead and the site goes out directly, nothing private does", async () => {
  const lines = ["dsl", "cable"] as const;
  const seen = await Promise.all(lines.map((line) => Capture.start(lab.namespace(line), "net 192.168.0.0/16")));
  for (const line of lines) await lab.link(line).set({ blackholeTo: [coloAddress] });
  const mirror = await startMirror(lab);
  await poll("the site to go out directly", async () => {
    return /^(55|99)\./.test((await seenFrom(lab, "lan", lan).catch(() => "")) ?? "");
  });
  await mirror.stop();
  const ping = await lab.namespace("lan").exec(`ping -c 3 -i 0.3 -W 1 ${bakery.host}`, { allowFailure: true });
  expect(ping.stdout).toContain("From 192.168.1.1 icmp_seq=1 Destination Host Unreachable");
  for (const capture of seen) expect(await capture.lines("net 192.168.0.0/16")).toEqual([]);
  for (const line of lines) await lab.link(line).clear();
  await tunnelsUp(lab, 2, 60_000);
});

test("and destroy leaves both hosts as they were", async () => {
  await bakery.remove();
  await mill.remove();
  await stack.destroy();
  const after = await statesOf(lab);
  expect(diffStates(before.colo, after.colo)).toEqual([]);
  expect(diffStates(before.router, after.router)).toEqual([]);
});
