import fc from "fast-check";
import { slotsOf } from "../../planning/balance";
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
