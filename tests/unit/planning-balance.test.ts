import fc from "fast-check";
import { slotsOf, turns, turnsOf } from "../../planning/balance";
import { type BondMember, planBond } from "../../planning/bond";
import { coloNames } from "../../planning/colo";
import type { Rate } from "../../planning/shares";
import { renderUnit } from "../../rendering/unit";
import {
  addressFacts,
  bondArguments,
  coloArguments,
  complaints,
  member,
  planOf,
  rendered,
  sentencesOf,
  toronto,
  torontoIPv6,
  uplinkFacts,
} from "./fixtures";

const rated = (name: string, up: number, down: number, shape?: boolean): BondMember => ({
  uplink: uplinkFacts(name, { rate: { up, down }, shape }),
});
const packets = (...uplinks: BondMember[]): ReturnType<typeof bondArguments> =>
  bondArguments({ balance: "packet", uplinks });
const text = (...uplinks: BondMember[]): string => sentencesOf(planBond(packets(...uplinks))).join("\n");

test("numbers are shared in proportion to the weights, all of them, and each path has some", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 4 }), (weights) => {
      const [tier = []] = planOf(
        planBond(
          bondArguments({
            uplinks: weights.map((weight, index) => ({
              weight,
              uplink: uplinkFacts(`line${index}`, { interface: `e${index}` }),
            })),
          }),
        ),
      ).tiers;
      const found = slotsOf(tier);
      expect(found.map(({ from }) => from)).toEqual([0, ...found.slice(0, -1).map(({ to }) => to + 1)]);
      expect(found.at(-1)?.to).toBe(99);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      found.forEach(({ from, to }, index) => {
        const share = (100 * (weights[index] ?? 0)) / total;
        expect(to - from + 1).toBeGreaterThanOrEqual(1);
        expect(Math.abs(to - from + 1 - share)).toBeLessThanOrEqual(weights.length);
      });
    }),
  );
});

describe("per packet", () => {
  test("lines that are alike need no rates, and nothing else is taken for alike", () => {
    expect(complaints(planBond(packets(member("dsl"), member("cable"))))).toEqual([]);
    const unlike = ["packet-without-rates balance"];
    expect(complaints(planBond(packets(member("dsl"), member("cable", { weight: 2 }))))).toEqual(unlike);
    expect(complaints(planBond(packets(member("dsl"), rated("cable", 4, 4))))).toEqual(unlike);
    const half: Rate = { up: 4 };
    expect(complaints(planBond(packets({ uplink: uplinkFacts("dsl", { rate: half }) }, rated("cable", 4, 4))))).toEqual(
      ["packet-without-rates balance"],
    );
    // What stands in for the others may be anything.
    expect(complaints(planBond(packets(member("dsl"), member("lte", { metric: 1, weight: 9 }))))).toEqual([]);
    expect(complaints(planBond(packets(member("dsl"), member("cable", { weight: 9, drain: true }))))).toEqual([]);
  });

  test("and nothing but that or per connection", () => {
    expect(complaints(planBond(bondArguments({ balance: "round-robin" })))).toEqual(["choice-invalid balance"]);
  });

  test("the preview says what one connection can reach, and why it will not", () => {
    expect(sentencesOf(planBond(bondArguments())).join("\n")).toContain("One connection uses one line at a time.");
    expect(text(member("dsl"), member("cable"))).toContain("The lines are taken for alike");
    const alike = text(rated("dsl", 8, 16), rated("cable", 8, 16));
    expect(alike).toContain("Upwards that is 16 Mbit/s of the lines' own at most.");
    expect(alike).toContain("Downwards that is 32 Mbit/s of the lines' own at most.");
    expect(alike).not.toContain("shape");
    expect(text(rated("dsl", 3, 12), rated("cable", 12, 12))).toContain("set `shape` on dsl, cable.");
    expect(text(rated("dsl", 3, 12, true), rated("cable", 12, 12, true))).not.toContain("shape");
    const skewed = text({ ...rated("dsl", 8, 8, true), weight: 3 }, { ...rated("cable", 8, 8, true), weight: 1 });
    expect(skewed).toContain("10.7 Mbit/s");
    expect(skewed).toContain("All lines together have 16 Mbit/s up: by its weight dsl is full before the others.");
  });
});

describe("adaptive", () => {
  const placed = (...uplinks: BondMember[]): ReturnType<typeof bondArguments> =>
    bondArguments({ balance: "adaptive", uplinks });

  test("turns are shared in proportion to the weights, and none of them has many on end", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 4 }), (weights) => {
        const found = turnsOf(weights);
        expect(found).toHaveLength(turns);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        weights.forEach((weight, index) => {
          // Of however many turns, from the first on.
          for (let count = 1; count <= turns; count += 1) {
            const had = found.slice(0, count).filter((path) => path === index).length;
            expect(Math.abs(had - (count * weight) / total)).toBeLessThan(weights.length);
          }
        });
        expect(found[0]).toBe(weights.indexOf(Math.max(...weights)));
      }),
    );
  });

  test("lines need no rates, and five of the lowest metric are too many", () => {
    expect(complaints(planBond(placed(member("dsl"), rated("cable", 4, 4))))).toEqual([]);
    const five = ["a", "b", "c", "d", "e"].map((name) => ({ uplink: uplinkFacts(name, { interface: name }) }));
    expect(complaints(planBond(placed(...five)))).toEqual(["balance-too-many-lines balance"]);
  });

  test("what comes down decides, where a line is used in that direction", () => {
    const plan = planOf(
      planBond(placed(rated("dsl", 9, 3), rated("cable", 3, 9), { ...rated("lte", 5, 1), only: "up" })),
    );
    expect(plan.balance?.placing?.capacities).toEqual([
      { weight: 33, rate: { up: 9, down: 3 } },
      { weight: 100, rate: { up: 3, down: 9 } },
      { weight: 56, rate: { up: 5, down: 1 } },
    ]);
  });

  test("the preview says how a line is chosen, and what is not known of it", () => {
    const sentences = (...uplinks: BondMember[]): string => sentencesOf(planBond(placed(...uplinks))).join("\n");
    expect(sentences(rated("dsl", 8, 8), rated("cable", 4, 4))).toContain(
      "comes alone gets the line with the most room",
    );
    expect(sentences(rated("dsl", 8, 8), rated("cable", 4, 4))).not.toContain("unknown");
    expect(sentences(rated("dsl", 8, 8), member("cable"))).toContain("What cable can carry is unknown");
  });

  test("each tunnel of a site brings the colo two elements, and nothing else but its share of each address", () => {
    const { symbol } = coloNames(toronto.unit);
    const [atColo] = rendered.bond(placed(member("dsl"), member("cable")));
    const [dsl = "", cable = ""] = planOf(planBond(placed(member("dsl"), member("cable")))).paths.map(
      ({ tunnel }) => tunnel,
    );
    expect(atColo?.sections["nft-elements"]?.filter((line) => !line.includes(" sources "))).toEqual([
      `add element inet ${symbol} connections { 77.1.2.3 . 0-49 : goto path1 }`,
      `add element inet ${symbol} connections { 77.1.2.3 . 50-99 : goto path2 }`,
      `add element inet ${symbol} came { "${dsl}" : goto came1 }`,
      `add element inet ${symbol} came { "${cable}" : goto came2 }`,
    ]);
  });
});

describe("the colo", () => {
  const site = (name: string, address: string): string => {
    const args = { ...packets(member("dsl"), member("cable")), addresses: [addressFacts(name, address)] };
    const [atColo] = rendered.bond({ ...args, unit: { ...args.unit, name } });
    return atColo === undefined ? "" : renderUnit(atColo);
  };

  test("gets no rule, chain or table for another site, but elements and routes", () => {
    for (const name of ["office", "home"]) {
      const sections = site(name, "77.1.2.3").match(/^\[.*\]$/gm);
      expect(sections).toEqual(["[nft-elements]", "[bird]", "[end]"]);
    }
  });

  test("has each of the site's addresses and prefixes lead to both paths, in both families", () => {
    const { symbol } = coloNames(toronto.unit);
    const six = packets(member("dsl"), member("cable"));
    const addresses = [...six.addresses, addressFacts("six", "2001:db8:77::3"), addressFacts("net", "77.1.3.0/29")];
    const [atColo] = rendered.bond({ ...six, colo: torontoIPv6, addresses });
    const elements = atColo?.sections["nft-elements"]?.filter((line) => line.includes(" packets")) ?? [];
    expect(elements).toEqual([
      `add element inet ${symbol} packets { 77.1.2.3 . 0-49 : goto path1 }`,
      `add element inet ${symbol} packets { 77.1.2.3 . 50-99 : goto path2 }`,
      `add element inet ${symbol} packets { 77.1.3.0/29 . 0-49 : goto path1 }`,
      `add element inet ${symbol} packets { 77.1.3.0/29 . 50-99 : goto path2 }`,
      `add element inet ${symbol} packets_ipv6 { 2001:db8:77::3 . 0-49 : goto path1 }`,
      `add element inet ${symbol} packets_ipv6 { 2001:db8:77::3 . 50-99 : goto path2 }`,
    ]);
  });

  test("leads what is marked for a path to that path's table before the one of all addresses", () => {
    const [unit] = rendered.colo(coloArguments());
    const rules = unit?.sections.ip?.filter((line) => line.startsWith("rule ")) ?? [];
    expect(rules).toHaveLength(5);
    expect(
      rules.slice(0, 4).every((rule) => /^rule add priority 9090 fwmark 0xff00001\d\/0xff0000ff /.test(rule)),
    ).toBe(true);
  });
});
