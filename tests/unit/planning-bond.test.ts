import fc from "fast-check";
import { type BondMember, planBond, tiersOf } from "../../planning/bond";
import { whenDownChoices } from "../../planning/when-down";
import { coloNames } from "../../planning/colo";
import { interfaceName, lineMark, symbol, tableId } from "../../planning/names";
import {
  addressFacts,
  bondArguments,
  complaints,
  largeBond,
  member,
  planOf,
  sentencesOf,
  toronto,
  unitOf,
  uplinkFacts,
} from "./fixtures";

const unit = "acme/net/prod/bond/office";
const refused = (over: Parameters<typeof bondArguments>[0]): string[] => complaints(planBond(bondArguments(over)));
const textOf = (over: Parameters<typeof bondArguments>[0]): string[] =>
  planBond(bondArguments(over)).problems.map(({ text }) => text);

test("a bond is planned from its arguments, with defaults for what is left out", () => {
  const tunnel = (name: string): string => interfaceName(`acme/net/prod/uplink/${name}`);
  const of = (name: string) => ({ name, mark: lineMark(`acme/net/prod/uplink/${name}`) });
  expect(planOf(planBond(bondArguments()))).toEqual({
    unit,
    router: "router",
    colo: { unit: toronto.unit, host: "rack", names: coloNames(toronto.unit) },
    addresses: ["77.1.2.3"],
    prefixes: [],
    networks: [],
    delivery: expect.objectContaining({ held: ["77.1.2.3"], shared: "77.1.2.3", source: "77.1.2.3" }) as unknown,
    policy: { block: [], bypass: [], routes: [] },
    tiers: [
      [
        {
          tunnel: tunnel("dsl"),
          weight: 1,
          line: { ...of("dsl"), family: "ipv4", interface: "eth1", gateway: "55.1.2.1" },
        },
        {
          tunnel: tunnel("cable"),
          weight: 4,
          line: { ...of("cable"), family: "ipv4", interface: "ppp0", gateway: undefined },
        },
      ],
    ],
    coloTiers: [[expect.objectContaining({ weight: 1 }), expect.objectContaining({ weight: 4 })]] as unknown,
    paths: [expect.objectContaining({ weight: 1 }), expect.objectContaining({ weight: 4 })] as unknown,
    whenDown: "direct",
    hold: 5,
    damping: { first: 0, most: 300 },
    mtu: 1476,
    holder: interfaceName(unit),
    table: tableId(unit),
    symbol: symbol(unit),
    needs: {
      colo: [toronto.unit, "acme/net/prod/address/vpn", "acme/net/prod/uplink/dsl", "acme/net/prod/uplink/cable"],
      router: ["acme/net/prod/uplink/dsl", "acme/net/prod/uplink/cable"],
    },
  });
});

test("what was asked for is what is planned", () => {
  const plan = planOf(planBond(largeBond({ whenDown: "block", hold: 60 })));
  expect(plan).toMatchObject({ whenDown: "block", hold: 60, addresses: ["77.1.2.3", "77.1.2.4"], mtu: 1376 });
  expect(plan.tiers.map((tier) => tier.map(({ line, weight }) => `${line.name} ${weight}`))).toEqual([
    ["dsl 1", "cable 4"],
    ["lte 1"],
    ["sat 256"],
  ]);
});

test("a preview says how connections are spread, and what happens when every tunnel is dead", () => {
  expect(sentencesOf(planBond(bondArguments()))).toMatchSnapshot();
  expect(sentencesOf(planBond(largeBond({ hold: 60 })))).toMatchSnapshot();
  expect(sentencesOf(planBond(largeBond({ whenDown: "block" })))).toMatchSnapshot();
});

describe("tiers", () => {
  const members = fc
    .array(
      fc.record({
        weight: fc.option(fc.integer({ min: 1, max: 256 }), { nil: undefined }),
        metric: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 24 },
    )
    .map((list) =>
      list.map((one, index): BondMember => ({
        ...one,
        uplink: uplinkFacts(`line${index}`, { interface: `e${index}` }),
      })),
    );

  test("partition the uplinks, each with its weight", () => {
    fc.assert(
      fc.property(members, (list) => {
        const found = tiersOf(list).flat();
        expect(found.map(({ line, weight }) => `${line.name} ${weight}`).sort()).toEqual(
          list.map(({ uplink, weight }) => `${uplink.name} ${weight ?? 1}`).sort(),
        );
      }),
    );
  });

  test("hold the uplinks of one metric each, the lowest metric first, in the order in which they were given", () => {
    fc.assert(
      fc.property(members, (list) => {
        const metrics = [...new Set(list.map(({ metric }) => metric ?? 0))].sort((a, b) => a - b);
        expect(tiersOf(list).map((tier) => tier.map(({ line }) => line.name))).toEqual(
          metrics.map((level) => list.filter(({ metric }) => (metric ?? 0) === level).map(({ uplink }) => uplink.name)),
        );
      }),
    );
  });

  test("in a row are all paths", () => {
    fc.assert(
      fc.property(members, (list) => {
        const plan = planOf(planBond(bondArguments({ uplinks: list })));
        expect(plan.coloTiers).toEqual(plan.tiers);
        expect(plan.paths).toEqual(plan.tiers.flat());
        expect(plan.paths).toHaveLength(list.length);
      }),
    );
  });
});

test("the MTU is the lowest of all tunnels', also of those in a later tier", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 576, max: 8976 }), { minLength: 1, maxLength: 8 }), (sizes) => {
      const uplinks = sizes.map((tunnelMtu, index) => ({
        metric: index % 3,
        uplink: uplinkFacts(`line${index}`, { tunnelMtu, interface: `e${index}` }),
      }));
      const lowest = [...sizes].sort((a, b) => a - b)[0];
      expect(planOf(planBond(bondArguments({ uplinks }))).mtu).toBe(lowest);
    }),
  );
});

test.each([1, 2, 255, 256])("an uplink may have the weight %d", (weight) => {
  expect(refused({ uplinks: [member("dsl", { weight })] })).toEqual([]);
});

test.each([0, 257, -1, 1.5, NaN, Infinity])("an uplink has no weight of %d", (weight) => {
  expect(refused({ uplinks: [member("dsl", { weight })] })).toEqual(["weight-invalid uplinks[0].weight"]);
});

test.each([0, 1, 14, 15])("an uplink may have the metric %d", (metric) => {
  expect(refused({ uplinks: [member("dsl", { metric })] })).toEqual([]);
});

test.each([-1, 16, 0.5, NaN])("an uplink has no metric of %d", (metric) => {
  expect(refused({ uplinks: [member("dsl", { metric })] })).toEqual(["metric-invalid uplinks[0].metric"]);
});

test.each([1, 2, 3599, 3600])("tunnels may have to be dead for %d s", (hold) => {
  expect(refused({ hold })).toEqual([]);
  expect(planOf(planBond(bondArguments({ hold }))).hold).toBe(hold);
});

test.each([0, 3601, -5, 2.5, NaN])("tunnels are not watched for %d s", (hold) => {
  expect(refused({ hold })).toEqual(["hold-invalid hold"]);
});

describe("a line that falls", () => {
  const damping = (first?: number, most?: number) =>
    planOf(planBond(bondArguments({ damping: { first, most } }))).damping;

  test("is held down as is said, or as a default has it", () => {
    expect(damping(5)).toEqual({ first: 5, most: 300 });
    expect(damping(600)).toEqual({ first: 600, most: 600 });
    expect(damping(undefined, 20)).toEqual({ first: 0, most: 20 });
    expect(damping(0, 0)).toEqual({ first: 0, most: 0 });
    expect(sentencesOf(planBond(bondArguments({ damping: { first: 5 } })))).toContain(
      "A line that has fallen is held down for 5 s, for twice as long each time it falls again, 300 s at most.",
    );
    expect(sentencesOf(planBond(bondArguments({ damping: { first: 0 } })))).toContain(
      "A line that has fallen is used again as soon as it is back.",
    );
  });

  test.each([
    [-1, 5, ["first"]],
    [3601, 3600, ["first"]],
    [1.5, NaN, ["first"]],
    [5, 3601, ["most"]],
    [5, 4, ["most"]],
    [3600, 3600, []],
  ])("is not held down for %d to %d s where that is no time", (first, most, wrong) => {
    expect(refused({ damping: { first, most } })).toEqual(wrong.map((name) => `damping-invalid damping.${name}`));
  });
});

test.each(whenDownChoices)("a site may do %s when every tunnel is dead", (whenDown) => {
  expect(planOf(planBond(bondArguments({ whenDown }))).whenDown).toBe(whenDown);
});

test.each(["", "Direct", "drop", "direct "])("a site does not do %j when every tunnel is dead", (whenDown) => {
  expect(refused({ whenDown })).toEqual(["choice-invalid whenDown"]);
  expect(textOf({ whenDown })).toEqual([`${JSON.stringify(whenDown)} is not "direct" or "block".`]);
});

describe("two uplinks of one bond", () => {
  const second = (over: Parameters<typeof uplinkFacts>[1]): string[] =>
    textOf({ uplinks: [member("cable"), member("dsl"), { uplink: uplinkFacts("second", over) }] });

  test("may share an interface, or an address, and not both", () => {
    expect(second({ interface: "eth1", address: "55.1.2.4" })).toEqual([]);
    expect(second({ interface: "eth2", address: "55.1.2.3" })).toEqual([]);
    expect(second({ interface: "eth1", address: "55.1.2.3" })).toEqual([
      "55.1.2.3 on eth1 is also the line of uplinks[1].",
    ]);
  });

  test("may not share a name", () => {
    expect(second({ name: "cable" })).toEqual(['the name "cable" is also that of uplinks[0].']);
  });

  test("that are one and the same are refused as such", () => {
    expect(refused({ uplinks: [member("dsl"), member("dsl")] })).toEqual([
      "bond-duplicate-line uplinks[1].uplink",
      "duplicate-name uplinks[1].uplink",
    ]);
  });
});

test("an address is delivered once", () => {
  const [vpn, web, again] = [
    addressFacts("vpn", "77.1.2.3"),
    addressFacts("web", "77.1.2.4"),
    addressFacts("again", "77.1.2.3"),
  ];
  expect(refused({ addresses: [vpn, web] })).toEqual([]);
  expect(refused({ addresses: [web, vpn, again] })).toEqual(["duplicate-address addresses[2]"]);
  expect(textOf({ addresses: [web, vpn, again] })).toEqual(["77.1.2.3 is also addresses[1]."]);
});

test("a bond takes only lines of its own router and tunnels and addresses of its own colo, each named", () => {
  const berlin = "acme/net/prod/colo/berlin";
  expect(
    refused({
      addresses: [addressFacts("vpn", "77.1.2.3"), { ...addressFacts("web", "77.1.2.4"), colo: berlin }],
      uplinks: [
        member("dsl"),
        { uplink: uplinkFacts("cable", { colo: berlin }) },
        { uplink: uplinkFacts("lte", { router: "warehouse" }) },
      ],
    }),
  ).toEqual([
    "uplink-of-other-colo uplinks[1].uplink",
    "uplink-of-other-router uplinks[2].uplink",
    "address-of-other-colo addresses[1]",
  ]);
});

test("a bond of nothing for nothing is refused for both", () => {
  expect(refused({ uplinks: [], addresses: [], unit: unitOf("bond", "") })).toEqual([
    "name-invalid name",
    "bond-without-uplink uplinks",
    "bond-without-address addresses",
  ]);
});

test.each([-1, 9001, 1476.5, NaN])("a bond is not planned over a tunnel whose MTU is %d", (tunnelMtu) => {
  expect(refused({ uplinks: [{ uplink: uplinkFacts("dsl", { tunnelMtu }) }] })).toEqual([
    "mtu-invalid uplinks[0].uplink.tunnelMtu",
  ]);
});

test.each([0, 9000])("a bond may be planned over a tunnel whose MTU is %d", (tunnelMtu) => {
  expect(refused({ uplinks: [{ uplink: uplinkFacts("dsl", { tunnelMtu }) }] })).toEqual([]);
});

test("what is wrong with a reference is named, field by field", () => {
  const uplink = { unit: "x", name: "", interface: "", address: "x", gateway: "x" };
  expect(
    refused({
      colo: { unit: "x", host: "", address: "x", interface: "" },
      router: "",
      addresses: [{ unit: "x", address: "x", colo: "x" }],
      uplinks: [{ uplink: uplinkFacts("dsl", { ...uplink, colo: "x", router: "" }) }],
    }),
  ).toEqual([
    "reference-invalid colo.unit",
    "name-invalid colo.host",
    "address-invalid colo.address",
    "interface-invalid colo.interface",
    "name-invalid router",
    "reference-invalid uplinks[0].uplink.unit",
    "name-invalid uplinks[0].uplink.name",
    "interface-invalid uplinks[0].uplink.interface",
    "address-invalid uplinks[0].uplink.address",
    "address-invalid uplinks[0].uplink.gateway",
    "reference-invalid addresses[0].unit",
    "address-invalid addresses[0].address",
  ]);
});

test("a reference to a unit of another kind is refused", () => {
  const unit = "acme/net/prod/bond/x";
  expect(refused({ uplinks: [{ uplink: uplinkFacts("dsl", { unit }) }] })).toEqual([
    "reference-invalid uplinks[0].uplink.unit",
  ]);
  expect(refused({ addresses: [{ ...addressFacts("vpn", "77.1.2.3"), unit }] })).toEqual([
    "reference-invalid addresses[0].unit",
  ]);
});
