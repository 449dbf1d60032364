import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";
import type { ProbeReport } from "../../../lab/probe";
import { diffStates, type HostState } from "../../../lab/state";
import { interfaceName } from "../../../planning/names";
import { unitOf } from "../../e2e/support/agent";
import { Capture } from "../../e2e/support/capture";
import { freshLab, testRelease } from "../../e2e/support/lab";
import { sampleOf } from "../../e2e/support/random";
import {
  extruded,
  internet,
  type LineName,
  siteConfig,
  type SiteOptions,
  tunnelsUp,
  tunnelUp,
} from "../../e2e/support/site";
import { TestStack } from "../../e2e/support/stack";
import { gatewayOf, leased, networks, plugIn, renumber } from "./boxes";
import { answerCalls, dialling, hangUp, sessionMtu, sessionUp } from "./pppoe";
import { configureLines, giveBack, lineManagers, routed } from "./managers";
import { probeWhile, secondsSince, type States, statesOf } from "./probing";
import { Stopwatch } from "./stopwatch";

// A machine that stops for half a second loses packets, too. What extrude loses, it loses again.
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

type UplinkSettings = Required<SiteOptions>["lines"]["dsl"];

/** How the lines' tunnels travel. */
export interface Travel {
  readonly lines: Readonly<Record<LineName, UplinkSettings>>;
  /** What of each tunnel is on its line and on no other, in words of pcap-filter(7). */
  readonly wire: Readonly<Record<LineName, string>>;
  /** Seconds until a tunnel is up once its line is, and packets that the return of a line may cost, of 100 a second. */
  readonly limits: { readonly secondsUp: number; readonly onReturn: number };
}

const names = ["dsl", "cable", "lte"] as const;
const tunnelOf = (line: LineName): string => interfaceName(unitOf("uplink", line));

let lab: Lab;
let stack: TestStack;
let before: States;
let captures: Record<LineName, Capture>;

const say = (figure: string): void => {
  process.stderr.write(`${expect.getState().currentTestName ?? ""}: ${figure}\n`);
};

const router = (command: string): Promise<{ stdout: string }> =>
  lab.host("router").exec(command, { timeoutMs: 120_000 });

/** Since when the tunnels of these lines have been up, at the router. */
async function upSince(...lines: LineName[]): Promise<string[]> {
  const { stdout } = await router("extrudectl status");
  return stdout.split("\n").filter((status) => lines.some((line) => status.startsWith(`tunnel ${tunnelOf(line)} `)));
}

/** What a change of one line costs 100 packets a second in 8 flows over all lines; the others' tunnels stay as they are. */
async function probeDuring(line: LineName, change: () => Promise<unknown>, settle = 200): Promise<ProbeReport> {
  const others = names.filter((name) => name !== line);
  const earlier = await upSince(...others);
  const report = await probeWhile(lab, { to: extruded, echoAt: "router" }, change, settle);
  const longest = Math.max(...report.perFlow.map(({ longestLossMs }) => longestLossMs));
  say(`${report.lost} of ${report.sent} packets lost, the longest row ${longest} ms`);
  expect(await upSince(...others)).toEqual(earlier);
  return report;
}

/** Only flows of the line that is gone lose, and only until both ends have left it. */
function expectOneFailover(report: ProbeReport, onReturn = 0): void {
  expect(report.lost).toBeLessThanOrEqual(100 + onReturn);
  expect(Math.max(...report.perFlow.map(({ longestLossMs }) => longestLossMs))).toBeLessThanOrEqual(1000);
}

/**
 * Of a host that has booted meanwhile: what somebody has configured, and what has a name of extrude's. What boots, DHCP
 * clients and pppd leave in /run and /var/lib is theirs.
 */
function configured({ host, sections }: HostState): HostState {
  const whole = ["links", "addresses", "rules", "routes", "nexthops", "neighbours", "nft", "ipsec", "wireguard"];
  const told = /^\/(etc|usr\/local)\/|extrude/;
  return {
    host,
    sections: Object.fromEntries(
      Object.entries(sections).map(([name, lines]) => [
        name,
        whole.includes(name) ? lines : lines.filter((line) => told.test(line)),
      ]),
    ),
  };
}

/** A bond of two lines behind boxes that are alike, to the last address, and a third that has to be dialled. */
export function followedSite({ lines, wire, limits }: Travel): void {
  beforeAll(async () => {
    if (!testRelease().endsWith("-lines"))
      throw new Error("These hosts cannot dial: set EXTRUDE_TEST_RELEASE=12-lines.");
    lab = await freshLab();
    await plugIn(lab, "dsl");
    await plugIn(lab, "cable");
    await answerCalls(lab);
    const files = Object.entries(dialling).map(([path, text]) => `cat >${path} <<'EOF'\n${text}EOF`);
    await router([configureLines, ...files, "modprobe pppoe", "ifup eth1 eth2"].join("\n"));
    before = await statesOf(lab);
    const begin = (line: LineName): Promise<Capture> =>
      Capture.start(lab.namespace(line), line === "lte" ? "ip or pppoes" : "ip");
    captures = { dsl: await begin("dsl"), cable: await begin("cable"), lte: await begin("lte") };
    // Whatever the site sends, and is sent, from now on until the end.
    await lab.namespace("lan").start(`exec timeout 1800 ping -q -i 0.5 ${internet}`, { timeoutMs: 1_810_000 });
    const dialledLine = { interface: "ppp0", mtu: sessionMtu };
    const followed = { address: "dynamic", gateway: undefined, nat: true };
    stack = await TestStack.create(
      "dev",
      siteConfig(lab, {
        uplinks: { dsl: {}, cable: {}, lte: {} },
        whenDown: "block",
        lines: {
          // The one is told its address, the other finds out.
          dsl: { address: leased(networks.first), gateway: gatewayOf(networks.first), nat: true, ...lines.dsl },
          cable: { ...followed, ...lines.cable },
          lte: { ...followed, ...dialledLine, ...lines.lte },
        },
      }),
    );
  });

  afterAll(async () => {
    stack.dispose();
    await lab.detach();
  });

  test("lines with the same address, network and gateway have a tunnel each, while a third has no interface yet", async () => {
    await stack.up();
    await tunnelsUp(lab, 2);
    const { stdout } = await router("ip -o -4 address show; ip -o link show ppp0 2>&1 || true");
    expect(stdout.match(new RegExp(`eth[12] +inet ${leased(networks.first)}/24`, "g"))).toHaveLength(2);
    expect(stdout).toContain('"ppp0" does not exist');
  });

  test("the one's death is noticed by nobody on the other, which takes its connections over", async () => {
    const fault = await probeDuring("cable", async () => {
      await lab.link("cable").set({ blackhole: true });
      await tunnelsUp(lab, 1);
    });
    const back = await probeDuring("cable", async () => {
      await lab.link("cable").set({ blackhole: false });
      await tunnelsUp(lab, 2);
    });
    expectOneFailover(fault);
    expect(back.lost).toBeLessThanOrEqual(limits.onReturn + back.sent * 0.02);
  });

  describe("a line that pppd dials by PPPoE", () => {
    let address: string;

    /** Until the line has a session, and its tunnel is up. */
    async function dialled(dial: () => Promise<unknown>, earlier?: string): Promise<void> {
      const stopwatch = await Stopwatch.start(lab.host("router"), `dst host 77.1.2.2 and (${wire.lte})`);
      await dial();
      address = await sessionUp(lab, earlier);
      const since = Date.now();
      const seconds = await stopwatch.secondsToUse(address);
      await tunnelUp(lab, tunnelOf("lte"), 60_000);
      say(`${seconds.toFixed(2)} s from the address to the first packet, tunnel up ${secondsSince(since)} s after it`);
      expect(secondsSince(since)).toBeLessThan(limits.secondsUp);
    }

    test("carries its tunnel soon after the session is there, and the others lose nothing", async () => {
      const report = await probeDuring("lte", () => dialled(() => router("ifup lte")));
      expect(report.lost).toBeLessThanOrEqual(report.sent * 0.02);
    });

    test("goes on when the session ends and the next one has another address, and the others carry its connections", async () => {
      const report = await probeDuring("lte", () => dialled(() => hangUp(lab), address));
      expectOneFailover(report, limits.onReturn);
    });
  });

  test.each(sampleOf(lineManagers, 1).map((manager) => [manager.name, manager] as const))(
    "%s: another address and gateway are in use within 2 s, and the other lines lose nothing",
    async (_, manager) => {
      await router("ifdown eth2");
      try {
        await router([manager.take, routed].join("\n"));
        await tunnelUp(lab, tunnelOf("cable"), 60_000);
        await renumber(lab, "cable");
        const stopwatch = await Stopwatch.start(lab.host("router"), `dst host 77.1.2.2 and (${wire.cable})`);
        let seconds = 0;
        const report = await probeDuring("cable", async () => {
          await router(manager.renew);
          seconds = await stopwatch.secondsToUse(leased(networks.second));
          await tunnelUp(lab, tunnelOf("cable"), 60_000);
        });
        say(`${seconds.toFixed(2)} s from the address to the first packet`);
        expect(seconds).toBeLessThan(2);
        const { stdout } = await router("ip route show table all default dev eth2 proto bird");
        expect(stdout).toContain(`via ${gatewayOf(networks.second)} `);
        expectOneFailover(report, limits.onReturn);
      } finally {
        // The tests that follow need the line, too.
        await router(manager.leave);
        await plugIn(lab, "cable");
        await router(giveBack);
      }
      await tunnelUp(lab, tunnelOf("cable"), 60_000);
    },
  );

  test("all lines come back by themselves when both hosts have booted anew", async () => {
    await router("sed -i '1i auto lte' /etc/network/interfaces.d/lte");
    await Promise.all([lab.host("router").reboot(), lab.host("colo").reboot()]);
    await tunnelsUp(lab, 3, 120_000);
    await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);
    for (const host of ["colo", "router"] as const) await lab.host(host).exec("extrudectl drift");
  });

  test("destroy leaves nothing behind, and no line has ever seen a packet in clear or of another", async () => {
    await router("ifdown lte; sed -i 1d /etc/network/interfaces.d/lte");
    await stack.destroy();
    await poll("pppd to end", async () => (await router("pgrep -x pppd || true")).stdout === "");
    const after = await statesOf(lab);
    for (const host of ["colo", "router"] as const) {
      expect(diffStates(configured(before[host]), configured(after[host]))).toEqual([]);
    }
    // A host that boots has no tunnels yet, and tells the other by ICMP that nobody listens.
    const own = (line: LineName): string => `(host 77.1.2.2 and (${wire[line]} or icmp))`;
    const seen = {
      dsl: await captures.dsl.lines(`not ${own("dsl")}`),
      cable: await captures.cable.lines(`not ${own("cable")} and not udp port 67`),
      lte: [...(await captures.lte.lines("ip")), ...(await captures.lte.lines(`pppoes and ip and not ${own("lte")}`))],
    };
    expect(seen).toEqual({ dsl: [], cable: [], lte: [] });
    for (const line of names) {
      const filter = line === "lte" ? `pppoes and ip and ${own(line)}` : own(line);
      expect((await captures[line].lines(filter)).length).toBeGreaterThan(500);
    }
  });
}
