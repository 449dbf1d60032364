import fc from "fast-check";
import { parsePrefix, privateSpace } from "../../planning/addresses";
import { planBond } from "../../planning/bond";
import { planColo } from "../../planning/colo";
import { renderUnit } from "../../rendering/unit";
import {
  bondArguments,
  coloArguments,
  complaints,
  networkedBond,
  planOf,
  rendered,
  sentencesOf,
  toronto,
} from "./fixtures";

const owners = { bakery: ["192.168.0.0/16", "10.1.0.0/16"], mill: ["10.2.0.0/16"] };

describe("a colo's networks", () => {
  test("are named by whom they belong to, and a customer's join those of the same name", () => {
    const customer = { keys: [`ssh-ed25519 ${"A".repeat(68)}`], stacks: ["mill/net"], prefixes: ["77.1.2.16/28"] };
    const args = coloArguments({ networks: owners, customers: { mill: { ...customer, networks: ["10.3.0.0/16"] } } });
    expect(planOf(planColo(args)).networks).toEqual({ ...owners, mill: ["10.2.0.0/16", "10.3.0.0/16"] });
    expect(sentencesOf(planColo(args))).toContain(
      "Networks in 10.2.0.0/16, 10.3.0.0/16 are mill's: they reach each other, and nobody else's.",
    );
  });

  test("are never an empty list, a customer's neither", () => {
    const customer = { keys: [`ssh-ed25519 ${"A".repeat(68)}`], stacks: ["mill/net"], prefixes: ["77.1.2.16/28"] };
    const args = coloArguments({ networks: { none: [] }, customers: { mill: { ...customer, networks: [] } } });
    expect(complaints(planColo(args))).toEqual(["list-empty networks.none", "list-empty customers.mill.networks"]);
  });

  test("do not overlap, whoever has them, and are private", () => {
    const found = planColo(
      coloArguments({
        networks: { bakery: ["10.1.0.0/16", "77.1.0.0/16"], mill: ["10.1.7.0/24"], none: [], odd: ["x"] },
      }),
    );
    expect(complaints(found)).toEqual([
      "list-empty networks.none",
      "network-not-private networks.bakery[1]",
      "prefix-invalid networks.odd[0]",
      "network-overlaps networks.mill[0]",
    ]);
  });
});

describe("a site's networks", () => {
  const colo = { ...toronto, networks: owners };

  test("are parts of what the colo's program names, apart from each other", () => {
    const found = planBond(
      bondArguments({ colo, networks: ["10.1.1.0/24", "10.1.1.128/25", "172.16.0.0/24", "198.51.100.0/24"] }),
    );
    expect(complaints(found)).toEqual([
      "network-not-given networks[2]",
      "network-not-private networks[3]",
      "network-overlaps networks[1]",
    ]);
    expect(complaints(planBond(bondArguments({ networks: ["10.1.1.0/24"] })))).toEqual([
      "network-not-given networks[0]",
    ]);
    expect(complaints(planBond(bondArguments({ colo, networks: [] })))).toEqual(["list-empty networks"]);
  });

  test("of a customer are parts of the customer's, whatever others have", () => {
    const customer = {
      login: "extrude-mill",
      stacks: ["acme/net"],
      prefixes: ["77.1.2.3/32"],
      networks: ["10.3.0.0/16"],
    };
    const args = bondArguments({ colo: { ...colo, customer }, networks: ["10.3.1.0/24", "10.2.1.0/24"] });
    expect(complaints(planBond(args))).toEqual(["network-not-given networks[1]"]);
  });

  test("are said in the preview", () => {
    expect(sentencesOf(planBond(networkedBond()))).toContain(
      "192.168.1.0/24, 10.1.7.0/24: reached over the tunnels from the colo's own services and from sites of the same owner, untranslated; never by the lines themselves.",
    );
  });
});

describe("what is rendered of networks", () => {
  const linesWith = (word: string, units: ReturnType<typeof rendered.bond>): string[] =>
    units.flatMap((unit) =>
      renderUnit(unit)
        .split("\n")
        .filter((line) => line.includes(word)),
    );

  test("is nothing where there are none", () => {
    expect(linesWith("networks", [...rendered.bond(), ...rendered.colo()])).toEqual([]);
    expect(linesWith("private", [...rendered.bond(), ...rendered.colo()])).toEqual([]);
  });

  test("lets each owner's networks reach each other at the colo, and drops all else that is private", () => {
    expect(linesWith("networks", rendered.colo(coloArguments({ networks: owners })))).toMatchSnapshot();
    expect(linesWith("reach", rendered.colo(coloArguments({ networks: owners })))).toMatchSnapshot();
  });

  test("exempts them at the router from translation and bypass, and has no way for them but the tunnels", () => {
    const [, router] = rendered.bond(networkedBond());
    const said = linesWith("private", router === undefined ? [] : [router]);
    expect(said).toMatchSnapshot();
  });

  test("at the colo is a route and a source of each tunnel's, as of any address of the site", () => {
    const [colo] = rendered.bond(networkedBond());
    expect(linesWith("10.1.7.0/24", colo === undefined ? [] : [colo])).toMatchSnapshot();
  });

  test("never lets one owner's addresses reach another's", () => {
    const part = fc.tuple(fc.constantFrom(...privateSpace), fc.integer({ min: 16, max: 30 }), fc.nat());
    const networksOf = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.array(part.map(partOf), { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(networksOf, (networks) => {
        const args = coloArguments({ networks });
        if (complaints(planColo(args)).length > 0) return;
        const text = rendered.colo(args).map(renderUnit).join("");
        const pairs = [...(/set reach .* elements = \{ (.*) \} \}/.exec(text)?.slice(1) ?? [])].flatMap((all) =>
          all.split(", "),
        );
        const owner = (network: string): string | undefined =>
          Object.keys(networks).find((name) => networks[name]?.includes(network));
        for (const [from = "", to = ""] of pairs.map((pair) => pair.split(" . "))) expect(owner(from)).toBe(owner(to));
        const sizes = Object.values(networks).map((own) => own.length ** 2);
        expect(pairs).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
      }),
    );
  });
});

/** Some network of a length within another. */
function partOf([space, length, number]: [string, number, number]): string {
  const outer = parsePrefix(space);
  const [first = 10, second = 0] = (outer?.network ?? "").split(".").map(Number);
  return parsePrefix(`${first}.${second + (number % 16)}.${number % 256}.0/${length}`)?.text ?? "";
}
