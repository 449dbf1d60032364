import type { Lab } from "../../lab/lab";
import type { Probe, ProbeOptions } from "../../lab/probe";
import { poll } from "../../lab/poll";
import { diffStates } from "../../lab/state";
import { pathMark } from "../../planning/names";
import { freshLab } from "../e2e/support/lab";
import { extruded, internet, lines, traffic, tunnelsUp } from "../e2e/support/site";
import { TestStack } from "../e2e/support/stack";
import { dualStackConfig, giveIPv6, six } from "./support/dual-stack";
import { answers, probeWhile, type States, statesOf } from "./support/probing";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;
let before: States;

/** The DSL line is slow, the cable fast, in Mbit/s. */
const rates = { dsl: { up: 0.5, down: 0.5 }, cable: { up: 1.5, down: 1.5 } };
const site = (weight?: number) =>
  dualStackConfig(lab, {
    balance: "adaptive",
    ...(weight === undefined ? {} : { uplinks: { dsl: { weight }, cable: { weight: 1 } } }),
    lines: { dsl: { rate: rates.dsl }, cable: { rate: rates.cable } },
  });

beforeAll(async () => {
  lab = await freshLab();
  await giveIPv6(lab);
  for (const line of both) {
    for (const way of ["up", "down"] as const)
      await lab.link(line).set({ rate: `${rates[line][way]}mbit`, oneWay: way });
  }
  before = await statesOf(lab);
  stack = await TestStack.create("dev", site());
  await stack.up();
  await tunnelsUp(lab, 2);
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

const both = ["dsl", "cable"] as const;
/** As the bond numbers them: a stack's lines come in the order of their names. */
const paths = ["cable", "dsl"] as const;
type LineName = (typeof both)[number];

/** What part of all bytes each way goes by the cable, while a probe gets so many answers. */
async function partOfCable(probe: Probe, count = 150): Promise<{ up: number; down: number }> {
  const measure = () => Promise.all(both.map((line) => traffic(lab, lines[line].interface)));
  const start = await measure();
  await answers(probe, count);
  const end = await measure();
  const part = (way: "in" | "out"): number => {
    const [dsl = 0, cable = 0] = end.map((line, index) => line[way] - (start[index]?.[way] ?? 0));
    return cable / (dsl + cable);
  };
  return { up: part("out"), down: part("in") };
}

function sourceOf(connection: string): number {
  return Number(/ sport=(\d+)/.exec(connection)?.[1]);
}

/** The line of each connection to or from the probe's port, by what the router keeps of it. */
async function linesOf(port: number): Promise<(LineName | undefined)[]> {
  const { stdout } = await lab.host("router").exec("conntrack -L; conntrack -f ipv6 -L", { allowFailure: true });
  return stdout
    .split("\n")
    .filter((line) => line.includes(` dport=${port} `))
    .sort((one, other) => sourceOf(one) - sourceOf(other))
    .map((line) => {
      const mark = Number(/ mark=(\d+)/.exec(line)?.[1]);
      return paths.find((_, index) => pathMark(index) === mark);
    });
}

const fromLan = {
  from: "lan",
  to: internet,
  echoAt: "internet",
  protocol: "udp",
  flows: 1,
  rate: 40,
  size: 900,
} as const;

/** Waits until the agent has seen that the lines are idle. */
async function idle(): Promise<void> {
  await poll("both lines to be idle", async () => {
    const { stdout } = await lab.host("router").exec("grep -E '^x-(dsl|cable)-' /run/extrude/room");
    const used = stdout
      .split("\n")
      .slice(0, -1)
      .flatMap((line) => line.split(" ").slice(4, 6).map(Number));
    return used.length === 4 && used.every((rate) => rate < 0.05);
  });
}

async function whileProbing<T>(options: ProbeOptions, work: (probe: Probe) => Promise<T>): Promise<T> {
  const probe = await lab.probe(options);
  try {
    await answers(probe, 20);
    return await work(probe);
  } finally {
    await probe.stop();
  }
}

test.each([
  ["UDP", { ...fromLan, port: 7101 }],
  ["TCP", { ...fromLan, port: 7102, protocol: "tcp" }],
  ["TCP over IPv6", { ...fromLan, port: 7103, protocol: "tcp", to: six.internet }],
] as const)(
  "one connection of the LAN's that comes alone takes the fast line, and so do its answers: %s",
  async (_, options) => {
    await idle();
    const part = await whileProbing(options, partOfCable);
    process.stderr.write(`${JSON.stringify(part)}\n`);
    expect(part.up).toBeGreaterThan(0.9);
    expect(part.down).toBeGreaterThan(0.9);
  },
);

test("while that fills its line, the next takes the other, and nothing that goes on is moved", async () => {
  await idle();
  await whileProbing({ ...fromLan, port: 7110, rate: 200, size: 1150 }, async () => {
    await poll("the agent to see that the cable is full", async () => {
      const { stdout } = await lab.host("router").exec("grep ^x_office_ /run/extrude/room");
      return / (2,)+2$/.test(stdout.trim());
    });
    await whileProbing({ ...fromLan, port: 7111, rate: 20 }, async (probe) => {
      await answers(probe, 40);
      expect(await linesOf(7111)).toEqual(["dsl"]);
      expect(await linesOf(7110)).toEqual(["cable"]);
    });
  });
});

test("many that come at once are spread in proportion to what is free", async () => {
  await idle();
  const found = await whileProbing({ ...fromLan, port: 7120, flows: 16, rate: 80, size: 200 }, async (probe) => {
    await answers(probe, 80);
    return linesOf(7120);
  });
  process.stderr.write(`${found.join(" ")}\n`);
  expect(found).toHaveLength(16);
  // A quarter of 15, and the first on the cable.
  const slow = found.filter((line) => line === "dsl").length;
  expect(slow).toBeGreaterThanOrEqual(2);
  expect(slow).toBeLessThanOrEqual(6);
});

describe("connections from the internet", () => {
  test.each([
    ["UDP to the router", { to: extruded, echoAt: "router", protocol: "udp" }],
    ["TCP to the router", { to: extruded, echoAt: "router", protocol: "tcp" }],
    ["TCP over IPv6 to the LAN", { to: six.lan, echoAt: "lan", protocol: "tcp" }],
  ] as const)("are answered by the line by which they come: %s", async (_, options) => {
    const taken = new Set<boolean>();
    // Which line is up to the connection's number: eight are all on one line once in a hundred times.
    for (let port = 7130; port < 7138; port += 1) {
      const part = await whileProbing({ from: "internet", flows: 1, rate: 40, size: 700, port, ...options }, (probe) =>
        partOfCable(probe, 40),
      );
      expect([part.up, part.down].every((one) => one > 0.85) || [part.up, part.down].every((one) => one < 0.15)).toBe(
        true,
      );
      taken.add(part.up > 0.5);
      if (taken.size === 2) break;
    }
    expect(taken.size).toBe(2);
  });
});

test("[F2] a line that dies costs only its own connections anything, and its return moves none", async () => {
  const flows = { to: extruded, echoAt: "router", port: 7140, flows: 8, rate: 100 } as const;
  let lost: (LineName | undefined)[] = [];
  let held: (LineName | undefined)[] = [];
  const report = await probeWhile(lab, flows, async () => {
    lost = await linesOf(7140);
    expect(new Set(lost).size).toBe(2);
    await lab.link("dsl").set({ blackhole: true });
    await poll("all connections to be on the cable", async () =>
      (await linesOf(7140)).every((line) => line === "cable"),
    );
  });
  const own = lost.filter((line) => line === "dsl").length;
  process.stderr.write(`${own} of 8 on the line that dies: ${report.lost} of ${report.sent} lost\n`);
  expect(report.perFlow.filter((flow) => flow.lost > 0)).toHaveLength(own);
  expect(report.lost).toBeLessThanOrEqual(100);
  const back = await probeWhile(lab, { ...flows, port: 7141 }, async () => {
    await lab.link("dsl").clear();
    await tunnelsUp(lab, 2);
    await poll("a while to pass", async () => (held = await linesOf(7141)).length === 8);
  });
  expect(back.lost).toBe(0);
  expect(held.every((line) => line === "cable")).toBe(true);
});

test("other weights cost no packet, and move nothing", async () => {
  const flows = { to: extruded, echoAt: "router", port: 7150, flows: 8, rate: 100 } as const;
  let [first, then]: (LineName | undefined)[][] = [[], []];
  const { lost } = await probeWhile(lab, flows, async () => {
    first = await linesOf(7150);
    await stack.up(site(9));
    then = await linesOf(7150);
  });
  expect(lost).toBe(0);
  expect(then).toEqual(first);
});

test("destroy leaves both hosts as they were", async () => {
  // Looking at connections has loaded it.
  await lab.host("router").exec("modprobe -r nf_conntrack_netlink");
  await stack.destroy();
  const after = await statesOf(lab);
  expect(diffStates(before.colo, after.colo)).toEqual([]);
  expect(diffStates(before.router, after.router)).toEqual([]);
});
