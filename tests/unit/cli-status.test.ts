import { describeEvent } from "../../cli/happenings";
import { type Measured, parseMeasured, sinceOf } from "../../cli/measured";
import { parseMoment } from "../../cli/moments";
import { type Network, networkOf, type Site } from "../../cli/network";
import { bitRate, duration } from "../../cli/quantities";
import { fitting, Screen } from "../../cli/screen";
import { type Reading, statusOf } from "../../cli/site-status";
import { chooseSites, pingsOf, statusExitCode, statusJson } from "../../cli/status";
import { isWithin, journalQuestion } from "../../cli/status-show";
import { renderStatus } from "../../cli/status-table";
import { stackHost, tunnelsOf } from "./cli-fixture";
import { lively, many } from "./many-sites";

const [rack, router] = [stackHost("rack"), stackHost("router")];
const network = networkOf([rack, router]);
const [dsl = "", cable = ""] = tunnelsOf(router);
const now = 100_000_000;

/** What a host of two lines says: counters over 2 s, pings, sessions, and more. */
function said(...more: string[]): string {
  return [
    `clock ${now / 1000} +0000`,
    `octets before ${dsl} 500.00 1 1000 1000`,
    `octets before ${cable} 500.00 1 0 0`,
    `ping ${dsl} 10 9 23.456`,
    `ping ${cable} 10 0 -`,
    `octets after ${dsl} 502.00 1 2501000 26000`,
    `octets after ${cable} 502.00 1 100 0`,
    `tunnel ${dsl} Up since 03:45:40.000`,
    `tunnel ${cable} Down since 03:46:30.000`,
    "applied acme/net/prod/bond/office 99000",
    ...more,
  ].join("\n");
}

function measured(...more: string[]): Measured {
  return parseMeasured({ stdout: said(...more), answered: now });
}

const event = (ago: number, text: string, program = "extrudectl"): string =>
  `event ${(now - ago) / 1000}.000000 host ${program}[42]: ${text}`;
const carrierLost = [
  event(90_000, `tunnel ${dsl} is down; without carrier: eth1 eth7`),
  event(78_000, `tunnel ${dsl} is up`),
  event(30_000, `tunnel ${cable} is down`),
];

const readings = (...events: string[]): Reading[] => [
  { host: "rack", measured: measured() },
  { host: "router", measured: measured(...events) },
];
const view = (all: Reading[], width = 200): string => renderStatus(statusOf(network, all), all, now, width);

test("a site's view has each line's state, share, rates, loss, latency and last change", () => {
  expect(view(readings(...carrierLost))).toMatchSnapshot();
});

test("on a narrow terminal no line of it is wider", () => {
  const text = view(readings(...carrierLost), 44);
  expect(text).toMatchSnapshot();
  for (const line of text.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(44);
});

test("programs get moments and numbers", () => {
  const all = readings(...carrierLost);
  expect(statusJson(statusOf(network, all), all, now)).toMatchSnapshot();
});

test("a host that cannot be asked is named, and its lines are seen from the other end", () => {
  const refusal = { problem: "unreachable", text: "10.0.0.1, port 22 cannot be reached by SSH (timeout)." } as const;
  const all: Reading[] = [
    { host: "rack", measured: measured() },
    { host: "router", refusal },
  ];
  const sites = statusOf(network, all);
  expect(sites[0]?.lines.map(({ state }) => state)).toEqual(["up", "down"]);
  // What the colo sends goes to the site.
  expect(sites[0]?.lines[0]).toMatchObject({ toSite: 100_000, fromSite: 10_000_000 });
  expect(view(all)).toContain("router: 10.0.0.1, port 22 cannot be reached by SSH (timeout). 'extrude doctor router'");
  expect(statusExitCode(sites, all)).toBe(3);
  const nobody = all.map(({ host }) => ({ host, refusal }));
  expect(statusOf(network, nobody)[0]?.lines.map(({ state }) => state)).toEqual(["unknown", "unknown"]);
});

test("the exit code is 0 only if every line is alive", () => {
  const well = { host: "router", measured: measured(`tunnel ${cable} Up since 03:46:30.000`) };
  const sites = statusOf(networkOf([router]), [well]);
  expect(sites[0]?.lines.map(({ state, share }) => [state, share])).toEqual([
    ["up", 50],
    ["up", 50],
  ]);
  expect(statusExitCode(sites, [well])).toBe(0);
  expect(statusExitCode(statusOf(network, readings()), readings())).toBe(1);
});

test("a line of a later tier stands by, and carries everything once those before it are dead", () => {
  const sites = network.sites.map((site) => ({
    ...site,
    lines: site.lines.map((line, index) => ({ ...line, tier: index + 1 })),
  }));
  const tiers = { ...network, sites };
  const up = measured(`tunnel ${cable} Up since 03:46:30.000`);
  expect(statusOf(tiers, [{ host: "router", measured: up }])[0]?.lines).toMatchObject([
    { state: "up", share: 100 },
    { state: "standby", share: 0 },
  ]);
  const failed = measured(`tunnel ${cable} Up since 03:46:30.000`, `tunnel ${dsl} Down since 03:46:30.000`);
  expect(statusOf(tiers, [{ host: "router", measured: failed }])[0]?.lines).toMatchObject([
    { state: "down", share: 0 },
    { state: "up", share: 100 },
  ]);
});

test("lines that no site has yet are shown too", () => {
  const half = networkOf([{ ...router, units: router.units.filter(({ name }) => !name.includes("/bond/")) }]);
  expect(half.sites).toEqual([]);
  expect(statusOf(half, []).map(({ lines }) => lines.map(({ line }) => line.name))).toEqual([["dsl", "cable"]]);
});

describe("why a line went down", () => {
  const whyOf = (routerEvents: string[], rackEvents: string[] = []): string | undefined => {
    const all = [
      { host: "rack", measured: measured(...rackEvents) },
      { host: "router", measured: measured(...routerEvents) },
    ];
    return statusOf(network, all)[0]?.lines[1]?.lastChange?.why;
  };
  const fell = event(30_000, `tunnel ${cable} is down; without carrier: eth9`);

  test.each([
    ["nothing came from rack any longer", [fell], []],
    ["ppp0 had no carrier", [event(30_000, `tunnel ${cable} is down; without carrier: ppp0`)], []],
    [
      "[ip] rule add priority 9020 oif ppp0 lookup 7 was missing on router",
      [fell, event(29_000, "was missing, is back: [ip] rule add priority 9020 oif ppp0 lookup 7")],
      [],
    ],
    [
      "BIRD was restarted on rack",
      [fell],
      [event(31_000, "Started extrude-bird.service - BIRD of extrude: routes and liveness of its tunnels.", "systemd")],
    ],
    ["the gateway of ppp0 became 99.9.9.9", [fell, event(31_000, "[lines] the gateway of ppp0 is 99.9.9.9")], []],
    ["nothing came from rack any longer", [fell, event(60_000, "[lines] the gateway of ppp0 is 99.9.9.9")], []],
  ])("%s", (why, routerEvents, rackEvents) => {
    expect(whyOf(routerEvents, rackEvents)).toBe(why);
  });
});

test("events name the site, the line and the reason, or stay what they are", () => {
  const { events } = measured(...carrierLost, event(10_000, "Started extrude-bird.service - BIRD.", "systemd"));
  const journals = new Map([["router", events]]);
  expect(events.map((each) => describeEvent("router", each, network, journals))).toMatchSnapshot();
});

test("a moment is a time of day, a date, or how long ago", () => {
  const clock = new Date(2026, 10, 27, 3, 0, 0).getTime();
  expect(parseMoment("02:12", clock)).toBe(new Date(2026, 10, 27, 2, 12).getTime());
  expect(parseMoment("03:12:30", clock)).toBe(new Date(2026, 10, 26, 3, 12, 30).getTime());
  expect(parseMoment("2026-11-26", clock)).toBe(new Date(2026, 10, 26).getTime());
  expect(parseMoment("2026-11-26 03:12", clock)).toBe(new Date(2026, 10, 26, 3, 12).getTime());
  expect(parseMoment("2026-11-26T03:12Z", clock)).toBe(Date.UTC(2026, 10, 26, 3, 12));
  expect(["90s", "30min", "2h", "3d"].map((text) => clock - parseMoment(text, clock))).toEqual([
    90_000, 1_800_000, 7_200_000, 259_200_000,
  ]);
  for (const text of ["", "soon", "25:00", "12:60", "2026-13-01", "2h ago", "-1h"]) {
    expect(() => parseMoment(text, clock)).toThrow("how long ago");
  }
});

test("of what happened, hosts are asked for more than was asked for, since their clocks may differ", () => {
  const [since, until] = [5_000_000, 9_000_000];
  expect(journalQuestion({}, now)).toBe("");
  expect(journalQuestion({ since, until }, now)).toBe("journal 4400 9600\n");
  expect(journalQuestion({ since }, now)).toBe(`journal 4400 ${now / 1000 + 600}\n`);
  expect(journalQuestion({ until: 90_000_000 }, now)).toBe("journal 3000 90600\n");
  expect([since - 1, since, until, until + 1].map((at) => isWithin(at, { since, until }))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isWithin(0, {})).toBe(true);
});

test("each tunnel is pinged from its router, once", () => {
  expect(pingsOf("router", network.sites[0]?.lines ?? [])).toBe(`ping ${dsl} fe80::1 10\nping ${cable} fe80::1 10\n`);
  expect(pingsOf("rack", network.sites[0]?.lines ?? [])).toBe("");
});

test("a site that does not exist is wrong usage", () => {
  expect(chooseSites(network, ["office"]).sites).toHaveLength(1);
  expect(() => chooseSites(network, ["attic"])).toThrow('The stack has no site "attic". It has: office.');
});

test("BIRD's times of day and days are moments of its host's zone", () => {
  const clock = Date.parse("2026-11-26T00:30:00Z");
  expect(sinceOf("00:10:00.500", clock, "+0000")).toBe(Date.parse("2026-11-26T00:10:00.500Z"));
  expect(sinceOf("23:50:00.000", clock, "+0000")).toBe(Date.parse("2026-11-25T23:50:00Z"));
  expect(sinceOf("01:20:00.000", clock, "+0100")).toBe(Date.parse("2026-11-26T00:20:00Z"));
  expect(sinceOf("19:20:00.000", clock, "-0500")).toBe(Date.parse("2026-11-26T00:20:00Z"));
  expect(sinceOf("2026-11-20", clock, "+0100")).toBe(Date.parse("2026-11-19T23:00:00Z"));
  expect(sinceOf("never", clock, "+0000")).toBeUndefined();
});

test.each([
  [0, "0 s"],
  [59_499, "59 s"],
  [60_000, "1 min"],
  [3_600_000 * 3 + 60_000 * 12, "3 h 12 min"],
  [86_400_000 * 2, "2 d"],
])("%d ms are %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "0 bit/s"],
  [999, "999 bit/s"],
  [1_234, "1.23 kbit/s"],
  [12_345_678, "12.3 Mbit/s"],
  [123_456_789, "123 Mbit/s"],
  [9_990_000_000, "9.99 Gbit/s"],
])("%d are %s", (bits, text) => {
  expect(bitRate(bits)).toBe(text);
});

test("a stack without lines says so", () => {
  const empty = networkOf([]);
  expect(renderStatus(statusOf(empty, []), [], now, 80)).toMatch(/^The stack has no line yet: pulumi up /);
});

describe("watching", () => {
  const shown = (rows: number, isDrawn: boolean, ...views: string[]): string => {
    let text = "";
    const screen = new Screen({ rows, write: (more: string | Uint8Array) => ((text += String(more)), true) }, isDrawn);
    for (const each of views) screen.show(each);
    screen.leave();
    return text;
  };

  test("a terminal is drawn over, and has its cursor back in the end", () => {
    expect(shown(24, true, "one\ntwo\n", "three\n")).toBe(
      "\u001b[?25l\u001b[2J\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[Hthree\u001b[K\n\u001b[J\u001b[?25h",
    );
  });

  test("a view that is too high for the terminal says how much is hidden", () => {
    const rows = ["1", "2", "3", "4", "5"];
    expect(fitting(rows, 4)).toEqual(["1", "2", "... and 3 more rows: name the sites that you want to see."]);
    expect(fitting(rows, 6)).toEqual(rows);
    expect(fitting(rows, 0)).toEqual(rows);
  });

  test("in a pipe one view follows the other, without a word for terminals", () => {
    expect(shown(24, false, "one\n", "two\n")).toBe("one\ntwo\n");
  });
});

describe("sites whose lines differ in number and state", () => {
  const branches = lively(many(4, { plain: true }));

  test("have their columns below each other", () => {
    const heads = renderStatus(branches, [], now, 200)
      .split("\n")
      .filter((row) => row.startsWith(" line "));
    expect(heads).toHaveLength(4);
    expect(new Set(heads).size).toBe(1);
  });

  test("have no number apart from its unit on a narrow terminal", () => {
    for (const width of [30, 44, 60]) {
      const rows = renderStatus(branches, [], now, width).split("\n");
      expect(rows.filter((row) => /^ {4}.*\d$/.test(row))).toEqual([]);
    }
  });
});

describe("forty sites", () => {
  const branch = (text: string, index: number): string =>
    text
      .replaceAll("office", `branch-${index}`)
      .replaceAll(dsl, `${dsl}${index}`)
      .replaceAll(cable, `${cable}${index}`);
  const each = <T>(make: (index: number) => T): T[] => Array.from({ length: 40 }, (_, index) => make(index));
  const large: Network = {
    ...network,
    sites: each((index) => {
      const site = JSON.parse(branch(JSON.stringify(network.sites[0]), index)) as Site;
      const router = `router-${index}`;
      return { ...site, router, lines: site.lines.map((line) => ({ ...line, router })) };
    }),
  };
  const told = (stdout: string): Measured => parseMeasured({ stdout, answered: now });
  const begun = process.cpuUsage();
  const all: Reading[] = [
    { host: "rack", measured: told(each((index) => branch(said(), index)).join("\n")) },
    ...each((index) => ({ host: `router-${index}`, measured: told(branch(said(...carrierLost), index)) })),
  ];
  const sites = statusOf(large, all);
  const wide = renderStatus(sites, all, now, 200);
  const spent = process.cpuUsage(begun).user / 1000;

  test("are each told apart, with their own lines", () => {
    const titles = wide.split("\n").filter((line) => line.includes("1 of 2 lines carry traffic"));
    expect(titles.map((title) => title.split(":")[0])).toEqual(each((index) => `branch-${index}`));
    expect(wide.match(/^ dsl +up for 1 min +100 %.* eth1 had no carrier$/gm)).toHaveLength(40);
    expect(wide.match(/^ cable +down for 10 s /gm)).toHaveLength(40);
  });

  test("fit a narrow terminal", () => {
    const lines = renderStatus(sites, all, now, 60).split("\n");
    const titles = lines.filter((line) => line.startsWith("branch-"));
    expect(titles).toHaveLength(40);
    expect(lines.filter((line) => line.length > 60 && !titles.includes(line))).toEqual([]);
  });

  test("take less than a second of a processor, from what hosts say to the view", () => {
    process.stderr.write(`status of 40 sites: ${spent.toFixed(0)} ms\n`);
    expect(spent).toBeLessThan(1000);
  });
});
