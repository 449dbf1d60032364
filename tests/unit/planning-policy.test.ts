import fc from "fast-check";
import { planBond } from "../../planning/bond";
import { lineMark, tableId } from "../../planning/names";
import type { PolicyPlan } from "../../planning/policy";
import { covers, planTraffic, type TrafficArguments } from "../../planning/traffic";
import { bondArguments, complaints, largeBond, member, planOf, sentencesOf, uplinkFacts } from "./fixtures";

type Arguments = Parameters<typeof bondArguments>[0];
const refused = (over: Arguments): string[] => complaints(planBond(bondArguments(over)));
const policyOf = (over: Arguments): PolicyPlan => planOf(planBond(bondArguments(over))).policy;
const unit = "acme/net/prod/bond/office";
const web = { protocol: "tcp", ports: [80, 443] };

test("without rules there is no policy", () => {
  expect(policyOf({})).toEqual({ block: [], bypass: [], routes: [] });
});

test("bypassed traffic is shared by all lines of the bond, in its tiers and with its weights", () => {
  const { routes, bypass } = planOf(planBond(largeBond({ bypass: [web] }))).policy;
  const name = `${unit}/bypass`;
  expect(routes).toEqual([expect.objectContaining({ table: tableId(name), mark: lineMark(name), isChosen: false })]);
  expect(routes[0]?.tiers.map((tier) => tier.map(({ line, weight }) => `${line.name} ${weight}`))).toEqual([
    ["dsl 1", "cable 4"],
    ["lte 1"],
    ["sat 256"],
  ]);
  expect(bypass.map(({ mark }) => mark)).toEqual([lineMark(name)]);
});

test("or by those that are chosen: the same lines are one table, and another policy leaves it alone", () => {
  const all = ["lte", "cable", "dsl", "sat"];
  const rules = [["cable", "lte"], ["lte", "cable", "lte"], all, undefined, ["dsl"]].map((via, index) => ({
    protocol: "tcp",
    ports: [index + 1],
    via,
  }));
  const { routes, bypass } = planOf(planBond(largeBond({ bypass: rules }))).policy;
  const marks = bypass.map(({ mark }) => mark);
  expect(marks[0]).toBe(marks[1]);
  expect(marks[2]).toBe(marks[3]);
  expect(new Set(marks).size).toBe(3);
  expect(
    routes.map(({ tiers, isChosen }) => [tiers.map((tier) => tier.map(({ line }) => line.name)), isChosen]),
  ).toEqual([
    [[["cable"], ["lte"]], true],
    [[["dsl", "cable"], ["lte"], ["sat"]], false],
    [[["dsl"]], true],
  ]);
  const alone = planOf(planBond(largeBond({ bypass: [{ via: ["dsl"] }] }))).policy;
  expect(alone.routes[0]).toEqual(routes[2]);
});

test("a preview says what leaves by which lines, and what never does", () => {
  const bypass = [
    { ...web, via: ["cable"] },
    { protocol: "icmp", dscp: 46, mark: "0x100/0x100", interfaces: ["eth0"], sources: ["10.0.0.0/8"] },
  ];
  const sentences = sentencesOf(planBond(bondArguments({ bypass, block: [{ destinations: ["192.0.2.0/24"] }] })));
  expect(sentences.slice(1, 4)).toEqual([
    "Tcp to port 80, 443 leaves directly by cable, under the line's own address.",
    "Icmp from 10.0.0.0/8 from eth0 with DSCP 46 with mark 0x100/0x100 leaves directly by dsl, cable, under the line's own address.",
    "To 192.0.2.0/24 never leaves but by a tunnel.",
  ]);
  expect(sentencesOf(planBond(bondArguments({ bypass: [{}] })))).toContain(
    "Everything leaves directly by dsl, cable, under the line's own address.",
  );
});

describe("of what fits a rule", () => {
  const traffic = (bypass: TrafficArguments) => policyOf({ bypass: [bypass] }).bypass[0]?.traffic;

  test("a mark is read as iptables writes it, and without a mask means all bits that are not extrude's", () => {
    expect(traffic({ mark: "0x100/0xff00" })?.mark).toEqual({ value: 0x100, mask: 0xff00 });
    expect(traffic({ mark: "256/256" })?.mark).toEqual({ value: 256, mask: 256 });
    expect(traffic({ mark: "0x100" })?.mark).toEqual({ value: 0x100, mask: 0x00ffff00 });
    expect(traffic({ mark: "0/0x100" })?.mark).toEqual({ value: 0, mask: 256 });
  });

  test.each(["", "x", "0x100/0", "0x200/0x100", "1/1", "0xff000000", "0x100/0xffffffff", "256/", "-1", "0x100/0x1ff"])(
    "the mark %j is refused",
    (mark) => {
      expect(refused({ bypass: [{ mark }] })).toEqual(["mark-invalid bypass[0].mark"]);
    },
  );

  test("ranges that overlap become one, and a prefix within another is left out", () => {
    const ports = ["100-200", 5, "150-300", 200, "301-302"];
    const destinations = ["10.1.0.0/16", "10.0.0.0/8", "192.0.2.0/24", "10.0.0.0/8"];
    expect(traffic({ protocol: "udp", ports, destinations })).toMatchObject({
      ports: [
        { first: 5, last: 5 },
        { first: 100, last: 300 },
        { first: 301, last: 302 },
      ],
      destinations: ["10.0.0.0/8", "192.0.2.0/24"],
    });
  });

  test.each([-1, 64, 1.5, NaN])("the DSCP %d is refused", (dscp) => {
    expect(refused({ block: [{ dscp }] })).toEqual(["dscp-invalid block[0].dscp"]);
  });

  test.each([0, 63])("the DSCP %d is not", (dscp) => {
    expect(refused({ block: [{ dscp }] })).toEqual([]);
  });

  test("what is wrong is named, all at once", () => {
    expect(refused({ bypass: [{ protocol: "sctp", ports: [0, 80], via: ["dsl", "sdsl"] }] })).toEqual([
      "choice-invalid bypass[0].protocol",
      "traffic-without-ports bypass[0].ports",
      "ports-invalid bypass[0].ports[0]",
      "bypass-via-unknown bypass[0].via[1]",
    ]);
    expect(refused({ bypass: [{ ports: [80] }, { protocol: "icmp", ports: [80] }] })).toEqual([
      "traffic-without-ports bypass[0].ports",
      "traffic-without-ports bypass[1].ports",
    ]);
    expect(
      refused({ block: [{ destinations: ["10.0.0.1/8"], sources: ["x"], interfaces: ["eth0", "eth1", "e e"] }] }),
    ).toEqual([
      "prefix-invalid block[0].destinations[0]",
      "prefix-invalid block[0].sources[0]",
      "interface-is-line block[0].interfaces[1]",
      "interface-invalid block[0].interfaces[2]",
    ]);
    const empty = { protocol: "tcp", ports: [], destinations: [], sources: [], interfaces: [], via: [] };
    expect(refused({ bypass: [empty] })).toEqual(
      ["ports", "destinations", "sources", "interfaces", "via"].map((name) => `list-empty bypass[0].${name}`),
    );
  });
});

test("lines that share an interface cannot be told apart, and need not be without a bypass", () => {
  const uplinks = [member("dsl"), { uplink: uplinkFacts("dsl2", { interface: "eth1", address: "55.1.2.4" }) }];
  expect(refused({ uplinks, bypass: [web] })).toEqual(["bypass-shared-interface bypass"]);
  expect(refused({ uplinks, block: [web] })).toEqual([]);
});

describe("a rule that never acts is refused:", () => {
  test("one that comes after a wider one, and one for what is blocked", () => {
    expect(refused({ bypass: [web, { ...web, ports: [443], via: ["dsl"] }] })).toEqual([
      "policy-contradiction bypass[1]",
    ]);
    expect(refused({ bypass: [{ ...web, ports: [443], via: ["dsl"] }, web] })).toEqual([]);
    expect(refused({ bypass: [web], block: [{ protocol: "tcp" }] })).toEqual(["policy-contradiction bypass[0]"]);
    expect(refused({ bypass: [{ protocol: "tcp" }], block: [web] })).toEqual([]);
    expect(refused({ block: [{}, web] })).toEqual(["policy-contradiction block[1]"]);
    const texts = planBond(bondArguments({ bypass: [{}, web] })).problems.map(({ text }) => text);
    expect(texts).toEqual(["never acts: bypass[0] takes all that it is meant for."]);
  });

  const some = <Item>(items: readonly Item[]) =>
    fc.option(fc.subarray([...items], { minLength: 1 }), { nil: undefined });
  const rule: fc.Arbitrary<TrafficArguments> = fc.record({
    protocol: fc.constant("tcp"),
    ports: some([1, "2-4", 3, "4-6"]),
    destinations: some(["10.0.0.0/30", "10.0.0.0/31", "10.0.0.2/32"]),
    interfaces: some(["eth0", "eth5"]),
    dscp: fc.option(fc.constantFrom(0, 46), { nil: undefined }),
    mark: fc.option(fc.constantFrom("0x100/0x100", "0x200/0x200"), { nil: undefined }),
  });
  interface Packet {
    readonly port: number;
    readonly to: number;
    readonly device: string;
    readonly dscp: number;
    readonly mark: number;
  }
  const packets = [1, 2, 3, 4, 5, 6, 7].flatMap((port) =>
    [0, 1, 2, 3, 4].flatMap((to) =>
      ["eth0", "eth5", "eth6"].flatMap((device) =>
        [0, 46, 10].flatMap((dscp) =>
          [0, 0x100, 0x200, 0x300].map((mark): Packet => ({ port, to, device, dscp, mark })),
        ),
      ),
    ),
  );
  const networks: Record<string, readonly number[]> = {
    "10.0.0.0/30": [0, 1, 2, 3],
    "10.0.0.0/31": [0, 1],
    "10.0.0.2/32": [2],
  };
  const fits = (packet: Packet, given: TrafficArguments): boolean => {
    const { ports, destinations, interfaces, dscp, mark } = planTraffic(given);
    return (
      (ports?.some(({ first, last }) => first <= packet.port && packet.port <= last) ?? true) &&
      (destinations?.some((prefix) => networks[prefix]?.includes(packet.to)) ?? true) &&
      (interfaces?.includes(packet.device) ?? true) &&
      (dscp === undefined || dscp === packet.dscp) &&
      (mark === undefined || (packet.mark & mark.mask) === mark.value)
    );
  };

  test("a rule covers another only if it takes every packet of it", () => {
    fc.assert(
      fc.property(rule, rule, (wide, narrow) => {
        if (!covers(planTraffic(wide), planTraffic(narrow))) return;
        expect(packets.filter((packet) => fits(packet, narrow) && !fits(packet, wide))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("and does so whenever it is the same, or says less", () => {
    fc.assert(
      fc.property(rule, fc.constantFrom("ports", "destinations", "interfaces", "dscp", "mark"), (given, key) => {
        expect(covers(planTraffic({ ...given, [key]: undefined }), planTraffic(given))).toBe(true);
      }),
    );
  });
});
