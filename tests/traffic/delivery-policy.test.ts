import type { StackEntries } from "../../config/schema";
import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { diffStates } from "../../lab/state";
import { Capture } from "../e2e/support/capture";
import { freshLab } from "../e2e/support/lab";
import { extruded, internet, lines, seenFrom, siteConfig, startMirror, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { answers, type States, statesOf, whileRunning } from "./support/probing";

jest.setTimeout(600_000);

const [web, phone] = ["77.1.2.4", "77.1.2.5"];
/** Hosts of the LAN: one that shares an address, one that is mapped to `phone`. */
const [shares, isMapped] = ["192.168.1.10", "192.168.1.20"];

let lab: Lab;
let stack: TestStack;
let before: States;

type Site = StackEntries["sites"][string];

/** The README's site with an address for each delivery. */
function config(different: Partial<Site> = {}): StackEntries {
  const { addresses, sites, ...rest } = siteConfig(lab);
  const { office } = sites;
  if (office === undefined) throw new Error("The site has a name.");
  return {
    ...rest,
    addresses: { ...addresses, web: { colo: "toronto", address: web }, phone: { colo: "toronto", address: phone } },
    sites: {
      office: {
        ...office,
        addresses: ["vpn", "web", "phone"],
        deliveries: {
          vpn: {
            as: "nat",
            forwards: [
              { protocol: "tcp", ports: "20000-29999", to: shares },
              { protocol: "tcp", ports: 8443, to: isMapped, toPort: 8080 },
            ],
          },
          web: { as: "routed", interface: "eth0" },
          phone: { as: "one-to-one", to: isMapped },
        },
        ...different,
      },
    },
  };
}

beforeAll(async () => {
  lab = await freshLab();
  await lab.namespace("lan").exec(`ip address add ${web}/32 dev line && ip address add ${isMapped}/24 dev line`);
  before = await statesOf(lab);
  stack = await TestStack.create("dev", config());
  await stack.up();
  await tunnelsUp(lab, 2);
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** Whether TCP connections from the internet to an address are answered in the LAN. */
async function reachesLan(to: string): Promise<boolean> {
  const probe = await lab.probe({ from: "internet", to, protocol: "tcp", flows: 4, echoAt: "lan" });
  await probe.replying();
  const { perFlow } = await probe.stop();
  return perFlow.every(({ survived, received }) => survived && received > 0);
}

describe("each address is delivered as it was asked for:", () => {
  test.each([
    ["forwarded ports of a nat address", extruded],
    ["a routed address", web],
    ["a one-to-one address", phone],
  ])("%s reach the LAN from the internet", async (_, address) => {
    expect(await reachesLan(address)).toBe(true);
  });

  test("hosts of the LAN, and the router, are seen from the internet under the right address", async () => {
    const mirror = await startMirror(lab);
    expect(await seenFrom(lab, "lan", shares)).toBe(extruded);
    expect(await seenFrom(lab, "lan", web)).toBe(web);
    expect(await seenFrom(lab, "lan", isMapped)).toBe(phone);
    expect(await seenFrom(lab, "router")).toBe(extruded);
    expect(await seenFrom(lab, "router", phone)).toBe(phone);
    await mirror.stop();
  });

  test("a forward may lead to another port, and hides nobody; a host calls another by its public address", async () => {
    const mirror = await startMirror(lab, "lan");
    expect(await seenFrom(lab, "internet", "", extruded, 8443)).toBe("198.51.100.10");
    expect(await seenFrom(lab, "internet", "", phone)).toBe("198.51.100.10");
    expect(await seenFrom(lab, "lan", shares, phone)).toBe("192.168.1.1");
    expect(await seenFrom(lab, "router", "", phone)).toBeDefined();
    await mirror.stop();
  });
});

/** Ports on the internet by what the policy below does with them. */
const port = { byCable: 8081, byAll: 8082, blocked: 8083, udp: 5000 };

const policy = {
  bypass: [
    { protocol: "tcp", ports: [port.byCable], via: ["cable"] },
    { protocol: "tcp", ports: ["8082-8083"], interfaces: ["eth0"] },
    { protocol: "udp", ports: [port.udp] },
  ],
  block: [{ protocol: "tcp", ports: [port.blocked] }],
  hold: 1,
} satisfies Partial<Site>;

describe("a policy", () => {
  let mirrors: { stop: () => Promise<void> }[];
  const seenAt = (at: number, from: "lan" | "router" = "lan"): Promise<string | undefined> =>
    seenFrom(lab, from, "", internet, at);

  beforeAll(async () => {
    const ports = [8080, port.byCable, port.byAll, port.blocked];
    mirrors = await Promise.all(ports.map((at) => startMirror(lab, "internet", at)));
  });

  afterAll(() => Promise.all(mirrors.map((mirror) => mirror.stop())));

  test("comes while connections go on, and sends what it names by the right line", async () => {
    const probe = await lab.probe({ from: "internet", to: extruded, protocol: "udp", flows: 8, echoAt: "router" });
    await answers(probe, 100);
    await stack.up(config(policy));
    await answers(probe, 100);
    const { lost, sent, perFlow } = whileRunning(await probe.stop());
    process.stderr.write(`${lost} of ${sent} packets lost while the policy came\n`);
    expect(perFlow.every(({ survived }) => survived)).toBe(true);
    expect(await seenAt(port.byCable)).toBe(lines.cable.address);
    expect(await seenAt(port.byCable, "router")).toBe(lines.cable.address);
    expect(await seenAt(8080)).toBe(extruded);
    expect(await seenAt(port.blocked)).toBe(extruded);
    expect(await seenAt(port.byAll, "router")).toBe(extruded);
    const seen = new Set<string | undefined>();
    await poll("connections to be seen from both lines", async () => {
      seen.add(await seenAt(port.byAll));
      return seen.size > 1;
    });
    expect([...seen].sort()).toEqual([lines.dsl.address, lines.cable.address]);
  });

  test("is what trace says of a packet, before the kernel says its route", async () => {
    const traced = async (at: number): Promise<string> => {
      const words = ["office", internet, "--from", "192.168.1.10", "--protocol", "tcp", "--port", String(at)];
      return (await stack.extrude("trace", ...words)).stdout;
    };
    expect(await traced(port.byCable)).toMatch(/it leaves directly by a line\.\n.*Rule 9550 .*\n.*the line cable\.\n$/);
    const blocked = await traced(port.blocked);
    expect(blocked).toContain("it never leaves but by a tunnel.");
    expect(blocked).toMatch(/It takes the line (dsl|cable): the tunnel /);
  });

  test("leaves names to be resolved over the bond", async () => {
    const probe = await lab.probe({ from: "lan", to: internet, protocol: "udp", port: 53, echoAt: "internet" });
    await answers(probe, 20);
    await probe.stop();
  });

  test("[F2] follows a line that dies: its connections let go of it, the other's lose nothing", async () => {
    const probe = await lab.probe({
      ...{ from: "lan", to: internet, protocol: "udp", flows: 16, rate: 80 },
      ...{ port: port.udp, echoAt: "internet" },
    });
    await answers(probe, 80);
    await lab.link("dsl").set({ blackhole: true });
    await answers(probe, 320);
    const report = await probe.stop();
    const { perFlow } = whileRunning(report);
    process.stderr.write(
      `longest losses: ${perFlow.map(({ longestLossMs }) => Math.round(longestLossMs)).join(", ")} ms\n`,
    );
    // Detection, a second of patience, and what the watcher's shell takes on emulated hosts.
    expect(Math.max(...perFlow.map(({ longestLossMs }) => longestLossMs))).toBeLessThanOrEqual(15_000);
    expect(perFlow.some(({ lost }) => lost === 0)).toBe(true);
    expect(report.perFlow.some(({ lost }) => lost > 0)).toBe(true);
    for (let round = 0; round < 4; round += 1) expect(await seenAt(port.byAll)).toBe(lines.cable.address);
    await lab.link("dsl").clear();
    await tunnelsUp(lab, 2);
  });

  test("goes on without the colo, and lets nothing that is blocked out in clear", async () => {
    const names = ["dsl", "cable"] as const;
    const captures = await Promise.all(names.map((name) => Capture.start(lab.namespace(name))));
    await Promise.all(names.map((name) => lab.link(name).set({ blackholeTo: "77.1.2.2" })));
    await poll("other traffic to leave by the lines", async () => {
      const seen = await seenAt(8080);
      return seen === lines.dsl.address || seen === lines.cable.address;
    });
    expect(await seenAt(port.byCable)).toBe(lines.cable.address);
    expect(await seenAt(port.blocked)).toBeUndefined();
    const inClear = await Promise.all(captures.map((capture) => capture.has(`tcp port ${port.blocked}`)));
    const others = await Promise.all(captures.map((capture) => capture.has("tcp port 8080 or tcp port 8081")));
    expect(inClear).toEqual([false, false]);
    expect(others).toContain(true);
    await Promise.all(names.map((name) => lab.link(name).clear()));
    await tunnelsUp(lab, 2);
    await poll("the bond to be used again", async () => (await seenAt(8080)) === extruded);
  });
});

test("destroy leaves both hosts as they were", async () => {
  await stack.destroy();
  const after = await statesOf(lab);
  expect(diffStates(before.colo, after.colo)).toEqual([]);
  expect(diffStates(before.router, after.router)).toEqual([]);
});
