import fc from "fast-check";
import { type BondMember, planBond } from "../../planning/bond";
import { type Direction, type Rate, sharesOf } from "../../planning/shares";
import { planUplink } from "../../planning/uplink";
import {
  bondArguments,
  complaints,
  member,
  planOf,
  rendered,
  sentencesOf,
  uplinkArguments,
  uplinkFacts,
} from "./fixtures";

const rated = (name: string, rate: Rate, over: Partial<BondMember> = {}): BondMember => ({
  uplink: uplinkFacts(name, { rate }),
  ...over,
});
const shares = (direction: Direction, ...members: BondMember[]): string[] =>
  sharesOf(members, direction).map(({ uplink, weight }) => `${uplink.name} ${String(weight)}`);
const refused = (...uplinks: BondMember[]): string[] => complaints(planBond(bondArguments({ uplinks })));

test("rates are weights, in each direction those of that direction", () => {
  const lines = [rated("dsl", { up: 1, down: 16 }), rated("cable", { up: 4, down: 50 })];
  expect(shares("up", ...lines)).toEqual(["dsl 25", "cable 100"]);
  expect(shares("down", ...lines)).toEqual(["dsl 32", "cable 100"]);
});

test("unless one of them is unknown, or a weight is given", () => {
  const cable = rated("cable", { up: 4, down: 50 });
  expect(shares("up", rated("dsl", { down: 16 }), cable)).toEqual(["dsl 1", "cable 1"]);
  expect(shares("down", rated("dsl", { down: 25 }), cable)).toEqual(["dsl 50", "cable 100"]);
  expect(shares("up", rated("dsl", { up: 1 }, { weight: 3 }), cable)).toEqual(["dsl 3", "cable 1"]);
  expect(shares("up", member("dsl"), member("cable"))).toEqual(["dsl 1", "cable 1"]);
});

test("weights by rates are ones that a next hop can have, and in the order of the rates", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1_000_000, noNaN: true }), { minLength: 1, maxLength: 8 }),
      (rates) => {
        const members = rates.map((up, index) => rated(`line${index}`, { up }));
        const weights = sharesOf(members, "up").map(({ weight }) => weight ?? 0);
        for (const weight of weights) expect(Number.isInteger(weight) && weight >= 1 && weight <= 100).toBe(true);
        const sorted = rates.map((rate, index) => [rate, weights[index] ?? 0] as const).sort(([a], [b]) => a - b);
        expect(sorted.map(([, weight]) => weight)).toEqual(weights.toSorted((a, b) => a - b));
      },
    ),
  );
});

describe("a line that is used in one direction only", () => {
  const plan = planOf(
    planBond(
      bondArguments({ uplinks: [member("dsl", { only: "up" }), member("cable"), member("lte", { only: "down" })] }),
    ),
  );
  const names = (tiers: typeof plan.tiers): string[] => tiers.flat().map(({ line }) => line.name);

  test("is in the tiers of that direction, and known at both ends", () => {
    expect([names(plan.tiers), names(plan.coloTiers)]).toEqual([
      ["dsl", "cable"],
      ["cable", "lte"],
    ]);
    expect(names([plan.paths])).toEqual(["dsl", "cable", "lte"]);
  });

  test("is said to be so", () => {
    const sentences = sentencesOf(
      planBond(bondArguments({ uplinks: [member("dsl", { only: "up" }), member("cable", { weight: 3 })] })),
    );
    expect(sentences.slice(0, 2)).toEqual([
      "office: 77.1.2.3 at router, new connections spread over dsl 25 %, cable 75 %.",
      "What the site is sent is spread over cable 100 %.",
    ]);
  });
});

test("a line that drains is in no route, and its packets still pass at both ends", () => {
  const args = bondArguments({
    uplinks: [member("dsl", { drain: true }), member("cable")],
    bypass: [{ protocol: "tcp", ports: [80] }],
  });
  const plan = planOf(planBond(args));
  const dsl = plan.paths[0]?.tunnel ?? "";
  expect(plan.paths).toHaveLength(2);
  const [atColo, atRouter] = rendered.bond(args);
  for (const unit of [atColo, atRouter]) {
    const { bird = [], guard = [], "nft-elements": elements = [] } = unit?.sections ?? {};
    expect([...bird, ...guard].filter((line) => line.includes(dsl) || line.includes("eth1"))).toEqual([]);
    expect(elements.filter((line) => line.includes(dsl))).toHaveLength(1);
  }
  // Connections that were bypassed by the line stay on it until they end.
  const mark = `0x${(plan.paths[0]?.line.mark ?? 0).toString(16)}`;
  expect(atRouter?.sections.nft?.filter((line) => line.includes(`ct mark & 0xff0000ff == ${mark} `))).toHaveLength(2);
  expect(sentencesOf(planBond(args))).toContain("dsl drains: it can be taken away without a lost packet.");
});

describe("refused are", () => {
  test("lines that all drain, and a direction without any", () => {
    expect(refused(member("dsl", { drain: true }), member("cable", { drain: true }))).toEqual([
      "tier-without-member uplinks",
    ]);
    expect(refused(member("dsl", { only: "up" }), member("cable", { drain: true }))).toEqual([
      "tier-without-member uplinks",
    ]);
    const texts = planBond(bondArguments({ uplinks: [member("dsl", { only: "down" })] })).problems;
    expect(texts.map(({ text }) => text)).toEqual(['has no line left for the direction "up".']);
    expect(refused()).toEqual(["bond-without-uplink uplinks"]);
  });

  test("another direction", () => {
    expect(refused(member("dsl", { only: "sideways" }), member("cable"))).toEqual(["choice-invalid uplinks[0].only"]);
  });

  test.each([0, -1, NaN, Infinity, 0.0009])("a rate of %d", (rate) => {
    expect(complaints(planUplink(uplinkArguments({ rate: { up: rate, down: rate } })))).toEqual([
      "rate-invalid rate.up",
      "rate-invalid rate.down",
    ]);
    expect(refused(rated("dsl", { down: rate }), member("cable"))).toEqual([
      "rate-invalid uplinks[0].uplink.rate.down",
    ]);
  });
});
