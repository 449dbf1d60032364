import fc from "fast-check";
import { planAddress } from "../../planning/address";
import { isIPv4, parsePrefix } from "../../planning/addresses";
import { coloNames, coloPrefix, planColo } from "../../planning/colo";
import { interfaceName, symbol, tableId } from "../../planning/names";
import { addressArguments, coloArguments, complaints, planOf, sentencesOf, toronto, unitOf } from "./fixtures";

const fromNumber = (value: number): string =>
  [24, 16, 8, 0].map((shift) => String(Math.floor(value / 2 ** shift) % 256)).join(".");

/** Not "this network", loopback, multicast, or reserved. */
function machineCanHave(value: number): boolean {
  const first = Math.floor(value / 2 ** 24);
  return first !== 0 && first !== 127 && first < 224;
}

describe("a colo endpoint", () => {
  test("is planned from its arguments, with names derived from its unit", () => {
    expect(planOf(planColo(coloArguments()))).toMatchObject({
      unit: "acme/net/prod/colo/toronto",
      host: "rack",
      address: "77.1.2.2",
      prefixLength: undefined,
      interface: "eth0",
      names: {
        table: tableId("acme/net/prod/colo/toronto"),
        symbol: symbol("acme/net/prod/colo/toronto"),
        fallback: interfaceName("acme/net/prod/colo/toronto"),
      },
    });
  });

  test("knows its prefix's length only where a prefix was given", () => {
    expect(planOf(planColo(coloArguments({ prefix: "77.1.2.0/29" }))).prefixLength).toBe(29);
  });

  test("says what it will do, and which prefix was assumed", () => {
    expect(sentencesOf(planColo(coloArguments()))).toMatchSnapshot();
    expect(sentencesOf(planColo(coloArguments({ prefix: "77.1.0.0/16" })))).toMatchSnapshot();
  });

  test("takes the /24 around its address for its prefix", () => {
    expect(coloPrefix({ address: "77.1.2.2" })?.text).toBe("77.1.2.0/24");
    expect(coloPrefix({ address: "77.1.2.2", prefix: "77.0.0.0/8" })?.text).toBe("77.0.0.0/8");
  });

  test("has no prefix where none can be made out", () => {
    expect(coloPrefix({ address: "nowhere" })).toBeUndefined();
    expect(coloPrefix({ address: "77.1.2.2", prefix: "x" })).toBeUndefined();
  });

  test.each([
    ["77.1.2.1/24", "prefix-invalid prefix"],
    ["77.1.2.0", "prefix-invalid prefix"],
    ["77.1.2.0/33", "prefix-invalid prefix"],
    ["77.1.3.0/24", "address-outside-prefix address"],
    ["77.1.2.3/32", "address-outside-prefix address"],
    ["77.1.2.2/30", "prefix-invalid prefix"],
  ])("is refused with the prefix %s", (prefix, complaint) => {
    expect(complaints(planColo(coloArguments({ prefix, gateway: undefined })))).toEqual([complaint]);
  });

  test.each(["77.1.2.2/32", "77.1.2.2/31", "77.1.2.0/30", "0.0.0.0/0"])("may be on the prefix %s", (prefix) => {
    expect(complaints(planColo(coloArguments({ prefix, gateway: undefined })))).toEqual([]);
  });

  test("may have a gateway anywhere in its prefix, and nowhere else", () => {
    const refused = (gateway: string, prefix?: string): string[] =>
      complaints(planColo(coloArguments({ gateway, prefix })));
    expect(refused("77.1.2.254")).toEqual([]);
    expect(refused("77.1.3.1")).toEqual(["gateway-outside-prefix gateway"]);
    expect(refused("77.1.3.1", "77.1.0.0/16")).toEqual([]);
    expect(refused("77.2.0.1", "77.1.0.0/16")).toEqual(["gateway-outside-prefix gateway"]);
  });

  test("may be without a gateway", () => {
    expect(complaints(planColo(coloArguments({ gateway: undefined })))).toEqual([]);
  });

  test("with a wrong gateway, address or interface names the wrong one alone", () => {
    expect(complaints(planColo(coloArguments({ gateway: "x" })))).toEqual(["address-invalid gateway"]);
    expect(complaints(planColo(coloArguments({ address: "x" })))).toEqual(["address-invalid address"]);
    expect(complaints(planColo(coloArguments({ address: "x", prefix: "77.1.2.0/24" })))).toEqual([
      "address-invalid address",
    ]);
    expect(complaints(planColo(coloArguments({ interface: "" })))).toEqual(["interface-invalid interface"]);
    expect(complaints(planColo(coloArguments({ unit: unitOf("colo", "") })))).toEqual(["name-invalid name"]);
  });

  test("is refused where its address is its gateway's", () => {
    expect(complaints(planColo(coloArguments({ gateway: "77.1.2.2" })))).toEqual(["address-is-gateway address"]);
  });

  test.each([
    ["77.1.2.0", "address-is-network address"],
    ["77.1.2.7", "address-is-broadcast address"],
    ["77.1.2.8", "address-outside-prefix address"],
  ])("does not have the address %s on 77.1.2.0/29", (address, complaint) => {
    const args = coloArguments({ address, prefix: "77.1.2.0/29", gateway: undefined });
    expect(complaints(planColo(args))).toEqual([complaint]);
  });

  test("needs a host with a name", () => {
    expect(complaints(planColo(coloArguments({ host: "" })))).toEqual(["name-invalid host"]);
  });
});

describe("an extruded address", () => {
  test("is planned from its arguments and its colo's", () => {
    expect(planOf(planAddress(addressArguments()))).toEqual({
      unit: "acme/net/prod/address/vpn",
      host: "rack",
      address: "77.1.2.3",
      acquire: "proxy-arp",
      colo: { unit: toronto.unit, interface: "eth0", names: coloNames(toronto.unit) },
    });
    expect(planOf(planAddress(addressArguments({ acquire: "routed" }))).acquire).toBe("routed");
  });

  test("says how the colo comes by it", () => {
    expect(
      (["proxy-arp", "routed"] as const).map((acquire) => sentencesOf(planAddress(addressArguments({ acquire })))),
    ).toMatchSnapshot();
  });

  test("is acquired in one of three ways, which a refusal lists", () => {
    const [found] = planAddress(addressArguments({ acquire: "arp" })).problems;
    expect(found).toEqual({
      code: "choice-invalid",
      argument: "acquire",
      text: '"arp" is not "proxy-arp", "proxy-ndp" or "routed".',
    });
  });

  test("that is wrong in itself and in its acquisition is refused for both", () => {
    expect(
      complaints(planAddress(addressArguments({ acquire: "", address: "", unit: unitOf("address", "") }))),
    ).toEqual(["name-invalid name", "choice-invalid acquire", "address-invalid address"]);
  });

  test.each([
    ["77.1.2.0", undefined, "address-is-network address"],
    ["77.1.2.255", undefined, "address-is-broadcast address"],
    ["77.1.1.255", undefined, "address-outside-prefix address"],
    ["77.1.3.0", undefined, "address-outside-prefix address"],
    ["77.1.2.0", "77.1.2.0/30", "address-is-network address"],
    ["77.1.2.3", "77.1.2.0/30", "address-is-broadcast address"],
    ["77.1.2.4", "77.1.2.0/30", "address-outside-prefix address"],
  ])("%s on %s is refused with proxy-arp, and not where it is routed", (address, prefix, complaint) => {
    const colo = { ...toronto, prefix };
    expect(complaints(planAddress(addressArguments({ address, colo })))).toEqual([complaint]);
    expect(complaints(planAddress(addressArguments({ address, colo, acquire: "routed" })))).toEqual([]);
  });

  test("that is the colo's own or the gateway's is refused however it is acquired", () => {
    for (const acquire of ["proxy-arp", "routed"]) {
      expect(complaints(planAddress(addressArguments({ address: "77.1.2.2", acquire })))).toEqual([
        "address-is-colo address",
      ]);
      expect(complaints(planAddress(addressArguments({ address: "77.1.2.1", acquire })))).toEqual([
        "address-is-gateway address",
      ]);
    }
  });

  test("of a network of two, which has neither a network's nor a broadcast address, may be either", () => {
    const colo = { ...toronto, prefix: "77.1.2.2/31", gateway: undefined };
    expect(complaints(planAddress(addressArguments({ colo, address: "77.1.2.3" })))).toEqual([]);
    expect(
      complaints(planAddress(addressArguments({ colo: { ...colo, address: "77.1.2.3" }, address: "77.1.2.2" }))),
    ).toEqual([]);
  });

  test("is judged by the prefix that the colo was given", () => {
    const colo = { ...toronto, prefix: "77.1.0.0/16" };
    expect(complaints(planAddress(addressArguments({ colo, address: "77.1.2.255" })))).toEqual([]);
    expect(complaints(planAddress(addressArguments({ colo, address: "77.1.255.255" })))).toEqual([
      "address-is-broadcast address",
    ]);
  });

  test("is refused where the colo that it refers to has a prefix that is none, or that does not fit", () => {
    const refused = (prefix: string): string[] =>
      complaints(planAddress(addressArguments({ colo: { ...toronto, prefix } })));
    expect(refused("x")).toEqual(["prefix-invalid colo.prefix"]);
    expect(refused("77.1.2.1/24")).toEqual(["prefix-invalid colo.prefix"]);
    expect(refused("99.1.2.0/24")).toEqual(["address-outside-prefix colo.address", "address-outside-prefix address"]);
    expect(refused("77.1.2.2/31")).toEqual([]);
  });

  test("that is accepted with proxy-arp is inside the prefix and nobody else's", () => {
    const world = fc.record({
      base: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      length: fc.integer({ min: 1, max: 32 }),
      own: fc.integer({ min: 0, max: 600 }),
      gateway: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
      asked: fc.integer({ min: -3, max: 600 }),
    });
    fc.assert(
      fc.property(world, ({ base, length, own, gateway, asked }) => {
        const size = 2 ** (32 - length);
        const first = Math.floor(base / size) * size;
        const at = (offset: number): number => first + (offset % Math.min(size, 601));
        const prefix = `${fromNumber(first)}/${length}`;
        const colo = {
          ...toronto,
          address: fromNumber(at(own)),
          gateway: gateway === undefined ? undefined : fromNumber(at(gateway)),
          prefix,
        };
        const wanted = first + asked;
        fc.pre(wanted >= 0 && wanted < 2 ** 32);
        const address = fromNumber(wanted);
        const last = first + size - 1;
        const isHost = (value: number): boolean =>
          machineCanHave(value) && (length > 30 || (value !== first && value !== last));
        const acceptable =
          isHost(wanted) &&
          isHost(at(own)) &&
          wanted >= first &&
          wanted <= last &&
          wanted !== at(own) &&
          (gateway === undefined || wanted !== at(gateway));
        expect(isIPv4(address) && parsePrefix(prefix) !== undefined).toBe(true);
        expect("plan" in planAddress(addressArguments({ colo, address }))).toBe(acceptable);
      }),
      { numRuns: 3000 },
    );
  });
});
