import { networkOf } from "../../cli/network";
import { fits, isWithin, parseRoute, parseRule, type Packet, ruleOf } from "../../cli/rules";
import { outerPacket, parseRoutes, wordsOf } from "../../cli/trace-site";
import { judge, seenAs } from "../../cli/trace-policy";
import { explain, type Lookup, renderTrace } from "../../cli/trace-steps";
import { planBond } from "../../planning/bond";
import { reading, stackHost, tunnelsOf } from "./cli-fixture";
import { bypassingBond, planOf, rendered, uplinkArguments } from "./fixtures";

const router = stackHost("router");
const network = networkOf([stackHost("rack"), router]);
const [site] = network.sites;
if (site === undefined) throw new Error("the example has no site");
const [dsl = ""] = tunnelsOf(router);
const table = String(site.table);

const rules = [
  "0:\tfrom all lookup local",
  "9010:\tfrom 55.1.2.3 lookup 111",
  "9020:\tfrom all oif eth1 lookup 111",
  "9030:\tfrom all fwmark 0x2000011/0xff0000ff lookup 222",
  "9040:\tfrom all fwmark 0x2000011/0xff0000ff unreachable",
  "9500:\tnot from 255.255.255.255 lookup main suppress_prefixlength 0",
  `9600:\tfrom all lookup ${table}`,
  "9700:\tfrom all unreachable",
  "32766:\tfrom all lookup main",
].flatMap(parseRule);

const step = (packet: Packet, answer: string, host = "router") => {
  const lookup: Lookup = { host, what: "a packet", packet, rules, route: parseRoute(answer) };
  return explain(lookup, site);
};

describe("the kernel's answers", () => {
  test.each([
    [
      `198.51.100.10 from 192.168.1.10 via inet6 fe80::1 dev ${dsl} table ${table} `,
      { device: dsl, gateway: "fe80::1", table, isLocal: false },
    ],
    [
      "198.51.100.10 via 55.1.2.1 dev eth1 table 111 src 55.1.2.3 uid 0 ",
      { device: "eth1", gateway: "55.1.2.1", table: "111", source: "55.1.2.3", isLocal: false },
    ],
    [
      "192.168.1.77 dev eth0 src 192.168.1.1 uid 0 ",
      { device: "eth0", table: "main", source: "192.168.1.1", isLocal: false },
    ],
    [
      "local 77.1.2.3 dev lo table local src 77.1.2.3 uid 0 ",
      { device: "lo", table: "local", source: "77.1.2.3", isLocal: true },
    ],
    ["RTNETLINK answers: Network is unreachable", { table: "main", isLocal: false, refusal: "Network is unreachable" }],
  ])("%s", (text, route) => {
    expect(parseRoute(text)).toEqual(route);
  });

  test("are found by their labels, with the rules", () => {
    const said = parseRoutes(
      `rule 0:\tfrom all lookup local\nroute packet 192.168.1.77 dev eth0\nroute tunnel0 RTNETLINK answers: X\n`,
    );
    expect(said.rules.ipv4).toEqual([{ priority: 0, text: "from all lookup local", table: "local" }]);
    expect(said.routes).toMatchObject({ packet: { device: "eth0" }, tunnel0: { refusal: "X" } });
  });
});

describe("selectors of rules", () => {
  const packet: Packet = { from: "10.1.2.3", to: "8.8.8.8", iif: "eth0", mark: 0x2000011 };
  test.each([
    ["from all lookup 5", true],
    ["from 10.1.0.0/16 lookup 5", true],
    ["from 10.2.0.0/16 lookup 5", false],
    ["not from 10.2.0.0/16 lookup 5", true],
    ["from all to 8.8.8.0/24 lookup 5", true],
    ["from all to 8.8.4.0/24 lookup 5", false],
    ["from all iif eth0 lookup 5", true],
    ["from all iif lo lookup 5", false],
    ["from all oif eth0 lookup 5", false],
    ["from all fwmark 0x2000011/0xff0000ff lookup 5", true],
    ["from all fwmark 0x2000012/0xff0000ff lookup 5", false],
    ["from all uidrange 0-0 lookup 5", false],
  ])("%s: %s", (text, isFitting) => {
    expect(fits(text, packet)).toBe(isFitting);
  });

  test("marks with the highest bit are compared as numbers without sign", () => {
    expect(fits("from all fwmark 0xfe000011/0xff0000ff lookup 5", { to: "8.8.8.8", mark: 0xfe000011 })).toBe(true);
  });

  test("prefixes", () => {
    expect(isWithin("255.255.255.255", "255.255.255.255")).toBe(true);
    expect(isWithin("10.0.0.1", "0.0.0.0/0")).toBe(true);
    expect(isWithin("fe80::1", "10.0.0.0/8")).toBe(false);
  });
});

test("a LAN's packet takes the bond, with its rule, its line, its sender and the shares", () => {
  const found = step(
    { from: "192.168.1.10", to: "198.51.100.10", iif: "eth0" },
    `198.51.100.10 from 192.168.1.10 via inet6 fe80::1 dev ${dsl} table ${table} `,
  );
  expect(found).toMatchObject({ rule: { priority: 9600 }, line: "dsl", isPassable: true });
  expect(renderTrace([found])).toMatchSnapshot();
});

test("each rule has its reason", () => {
  const cases: [Packet, string][] = [
    [{ to: "77.1.2.2", from: "55.1.2.3", oif: "eth1" }, "77.1.2.2 from 55.1.2.3 via 55.1.2.1 dev eth1 table 111"],
    [{ to: "77.1.2.2", oif: "eth1" }, "77.1.2.2 via 55.1.2.1 dev eth1 table 111"],
    [{ to: "77.1.2.2", mark: 0x2000011 }, "77.1.2.2 dev ppp0 table 222"],
    [{ to: "192.168.1.7" }, "192.168.1.7 dev eth0 src 192.168.1.1"],
    [{ to: "77.1.2.3" }, "local 77.1.2.3 dev lo table local"],
    [{ to: "8.8.8.8" }, `8.8.8.8 via 55.1.2.1 dev eth1 table ${table}`],
    [{ to: "8.8.8.8", mark: 0x2000011 }, "RTNETLINK answers: Network is unreachable"],
    [{ to: "8.8.8.8" }, "RTNETLINK answers: Network is unreachable"],
    [{ to: "8.8.8.8" }, "8.8.8.8 via 10.0.0.1 dev tailscale0 table 52"],
  ];
  expect(cases.map(([packet, answer]) => step(packet, answer).because)).toMatchSnapshot();
});

describe("a site's policy", () => {
  const [, unit] = rendered.bond(bypassingBond());
  const [bypassing] = networkOf([
    { ...router, units: [...router.units.slice(0, -1), ...(unit === undefined ? [] : [reading(unit)])] },
  ]).sites;
  if (bypassing === undefined) throw new Error("the example has no site");
  const lan: Packet = { from: "192.168.1.10", to: "203.0.113.9", iif: "eth0" };
  const marks = planOf(planBond(bypassingBond())).policy.bypass.map(({ mark }) => mark);

  test.each([
    ["what is to a port of a range", lan, { protocol: "tcp", port: 8005 }, marks[0], "leaves directly by a line"],
    ["what goes by chosen lines", lan, { protocol: "udp", port: 443 }, marks[1], "leaves directly by a line"],
    [
      "what is blocked, whatever else fits it",
      lan,
      { protocol: "tcp", port: 25 },
      undefined,
      "never leaves but by a tunnel",
    ],
    [
      "what came by an interface that is blocked",
      { ...lan, iif: "eth6" },
      { protocol: "tcp", port: 80 },
      undefined,
      "never leaves",
    ],
  ] as const)("decides about %s", (_, packet, flow, mark, effect) => {
    const verdict = judge(bypassing, packet, flow);
    expect(verdict.mark).toBe(mark);
    expect(verdict.because.at(-1)).toContain(effect);
  });

  test.each([
    ["what fits no rule", { ...lan, to: "192.0.2.1" }, { protocol: "tcp", port: 22 }],
    [
      "a program that has chosen a line's address",
      { from: "55.1.2.3", to: "192.0.2.1" },
      { protocol: "tcp", port: 80 },
    ],
    ["what comes by a tunnel", { ...lan, iif: dsl }, { protocol: "tcp", port: 80 }],
    ["what goes to the site itself", { ...lan, to: "77.1.2.3" }, { protocol: "tcp", port: 80 }],
    ["IPv6", { to: "2001:db8::1", iif: "eth0" }, { protocol: "tcp", port: 80 }],
  ] as const)("says nothing of %s", (_, packet, flow) => {
    expect(judge(bypassing, packet, flow)).toEqual({ because: [] });
  });

  test("says what it would be about, where that is not known", () => {
    const { mark, because } = judge(bypassing, lan, {});
    expect(mark).toBeUndefined();
    expect(because).toMatchSnapshot();
  });
});

test("a site is known by its prefixes too, and in each family by its own address", () => {
  const six = { ...site, addresses: ["77.1.2.3", "77.1.3.0/29", "2001:db8:77::3", "2001:db8:77:100::/56"] };
  expect(seenAs(six, "192.168.1.10", "ipv4")).toBe("77.1.2.3");
  expect(seenAs(six, "77.1.3.5", "ipv4")).toBe("77.1.3.5");
  expect(seenAs(six, "2001:db8:77:101::10", "ipv6")).toBe("2001:db8:77:101::10");
  expect(seenAs(six, undefined, "ipv6")).toBe("2001:db8:77::3");
  expect(seenAs(site, undefined, "ipv6")).toBeUndefined();
});

test("a packet of IPv6 is looked up by the rules of IPv6", () => {
  const said = parseRoutes("rule 0:\tfrom all lookup local\nrule6 9600:\tfrom 2001:db8:77::3 lookup 77\n");
  expect(said.rules.ipv4).toHaveLength(1);
  const packet: Packet = { from: "2001:db8:77::3", to: "2001:db8:198::10" };
  expect(ruleOf(said.rules.ipv6, packet, parseRoute("2001:db8:198::10 dev x table 77"))).toMatchObject({
    priority: 9600,
  });
});

test("no way is told as none", () => {
  const blocked = step({ to: "8.8.8.8" }, "RTNETLINK answers: Network is unreachable");
  expect(blocked).toMatchObject({ isPassable: false, rule: { priority: 9700 } });
  const without = ruleOf(rules.slice(0, 2), { to: "8.8.8.8" }, parseRoute("RTNETLINK answers: X"));
  expect(without).toBeUndefined();
});

test("a tunnel's own packets are asked for as its encapsulation sends them", () => {
  expect(site.lines.map((line) => wordsOf(outerPacket(line)))).toEqual([
    "77.1.2.2 from 55.1.2.3 oif eth1",
    "77.1.2.2 from 99.1.2.3 oif ppp0",
  ]);
  const units = rendered.uplink(uplinkArguments({ encapsulation: "wireguard", address: "dynamic" })).map(reading);
  const [line] = networkOf([{ ...router, units }]).spare;
  expect(line === undefined ? "" : wordsOf(outerPacket(line))).toMatch(/^77\.1\.2\.2 mark \d+$/);
});

test("ports are told only where they are known", () => {
  const flow = { protocol: "tcp", port: 443, sourcePort: 5000 } as const;
  expect(wordsOf({ to: "8.8.8.8", from: "10.0.0.1", iif: "eth0" }, flow)).toBe(
    "8.8.8.8 from 10.0.0.1 iif eth0 ipproto tcp sport 5000 dport 443",
  );
  expect(wordsOf({ to: "8.8.8.8" })).toBe("8.8.8.8");
});
