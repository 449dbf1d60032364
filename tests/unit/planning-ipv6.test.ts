import fc from "fast-check";
import { planAddress } from "../../planning/address";
import { checkAddress6, checkAnyAddress, isInside, isIPv6, parsePrefix } from "../../planning/addresses";
import { planBond } from "../../planning/bond";
import { type Colo, planColo } from "../../planning/colo";
import type { ColoIPv6 } from "../../planning/colo-ipv6";
import { planUplink, type UplinkArguments } from "../../planning/uplink";
import {
  addressArguments,
  addressFacts,
  bondArguments,
  coloArguments,
  complaints,
  planOf,
  sentencesOf,
  toronto,
  torontoIPv6,
  uplinkArguments,
  uplinkFacts,
} from "./fixtures";

/** The oracle: an address as a number, and as eight groups. */
const groupsOf = (value: bigint): string[] =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
const numberOf = (text: string): bigint => {
  const [head = "", tail = ""] = text.split("::");
  const parts = (half: string): string[] => (half === "" ? [] : half.split(":"));
  const missing = 8 - parts(head).length - parts(tail).length;
  const all = [...parts(head), ...Array.from({ length: missing }, () => "0"), ...parts(tail)];
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
};
/** Addresses with rows of zeros more often than by chance. */
const anyAddress = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((sum, group) => (sum << 16n) + BigInt(group), 0n));

describe("an IPv6 address", () => {
  test("has one spelling, which is that number, and the others are refused with it", () => {
    fc.assert(
      fc.property(anyAddress, (value) => {
        const long = groupsOf(value).join(":");
        const [found] = isIPv6(long) ? [] : checkAddress6("address", long);
        const canonical = / is written (\S+) /.exec(found?.text ?? "")?.[1] ?? long;
        expect(isIPv6(canonical)).toBe(true);
        expect(numberOf(canonical)).toBe(value);
      }),
    );
  });

  test.each([
    "",
    ":",
    ":::",
    "1::2::3",
    "12345::",
    "2001:db8::3%eth0",
    "::ffff:77.1.2.3",
    "[::1]",
    "2001:db8::g",
    "2001:db8::/64",
    "2001:db8::3\n",
  ])("is not %j", (text) => {
    expect(isIPv6(text)).toBe(false);
    expect(checkAddress6("gateway", text)).toEqual([
      { code: "address-invalid", argument: "gateway", text: `${JSON.stringify(text)} is not an IPv6 address.` },
    ]);
  });

  test.each(["2001:DB8::3", "2001:0db8::3", "2001:db8:0:0::3", "2001:db8::0:3"])(
    "%s is asked for in its one spelling",
    (text) => {
      expect(checkAnyAddress("address", text).map((found) => found.text)).toEqual([
        `${JSON.stringify(text)} is written 2001:db8::3 (RFC 5952).`,
      ]);
    },
  );

  test.each(["::", "::1", "fe80::1", "ff02::1", "::ffff:4d01:203", "64:ff9b::1"])(
    "that no machine can have, such as %s, is refused",
    (text) => {
      expect(checkAnyAddress("address", text)).toEqual([
        { code: "address-invalid", argument: "address", text: `${text} is not an address of one machine.` },
      ]);
    },
  );

  test.each(["2001:db8::3", "2a01:4f8::1", "fd00::1"])("may be %s", (text) => {
    expect(checkAnyAddress("address", text)).toEqual([]);
  });
});

test("an IPv6 prefix contains the addresses between its first and its last, and no others", () => {
  const length = fc.integer({ min: 0, max: 128 });
  fc.assert(
    fc.property(anyAddress, anyAddress, length, fc.boolean(), (one, other, bits, near) => {
      const size = 1n << BigInt(128 - bits);
      const first = one - (one % size);
      const asked = near ? first + (other % size) : other;
      const spell = (value: bigint): string => {
        const long = groupsOf(value).join(":");
        return / is written (\S+) /.exec(checkAddress6("", long)[0]?.text ?? "")?.[1] ?? long;
      };
      const prefix = parsePrefix(`${spell(one)}/${bits}`);
      expect(numberOf(prefix?.network ?? "")).toBe(first);
      expect(prefix?.contains(spell(asked))).toBe(asked >= first && asked < first + size);
      expect(prefix?.contains("77.1.2.3")).toBe(false);
    }),
  );
});

test.each([
  ["2001:db8:77:100::/56", "2001:db8:77::/48", true],
  ["2001:db8:77::/48", "2001:db8:77::/48", true],
  ["2001:db8::/32", "2001:db8:77::/48", false],
  ["2001:db8:78::/56", "2001:db8:77::/48", false],
  ["77.1.2.0/24", "::/0", false],
])("%s inside %s: %s", (inner, outer, expected) => {
  const [one, other] = [parsePrefix(inner), parsePrefix(outer)];
  expect(one !== undefined && other !== undefined && isInside(one, other)).toBe(expected);
});

const ipv6 = torontoIPv6.ipv6;

describe("a colo in the IPv6 internet", () => {
  const refused = (over: Partial<ColoIPv6>): string[] =>
    complaints(planColo(coloArguments({ ipv6: { ...ipv6, ...over } })));

  test("is planned with its own address and prefix, and says so", () => {
    const planned = planColo(coloArguments({ ipv6 }));
    expect(planOf(planned).ipv6).toEqual({ address: "2001:db8:77::2", prefixLength: 64 });
    expect(planOf(planColo(coloArguments())).ipv6).toBeUndefined();
    expect(sentencesOf(planned)).toMatchSnapshot();
  });

  test("takes the /64 around its address for its prefix, and a link-local address for a gateway", () => {
    expect(refused({ prefix: undefined })).toEqual([]);
    expect(refused({ prefix: undefined, gateway: "2001:db8:77:1::1" })).toEqual([
      "gateway-outside-prefix ipv6.gateway",
    ]);
    expect(refused({ gateway: "fe80::1" })).toEqual([]);
    expect(refused({ gateway: undefined, routed: undefined })).toEqual([]);
  });

  test("is refused with an address, prefix or gateway that is none, each by its argument", () => {
    expect(refused({ address: "77.1.2.2" })).toEqual(["address-invalid ipv6.address"]);
    expect(refused({ prefix: "2001:db8:77::2/64" })).toEqual(["prefix-invalid ipv6.prefix"]);
    expect(refused({ prefix: "77.1.2.0/24" })).toEqual(["prefix-invalid ipv6.prefix"]);
    expect(refused({ prefix: "2001:db8:78::/64", gateway: undefined })).toEqual([
      "address-outside-prefix ipv6.address",
    ]);
    expect(refused({ address: "2001:db8:77::" })).toEqual(["address-is-network ipv6.address"]);
    expect(refused({ routed: "2001:db8:77::" })).toEqual(["prefix-invalid ipv6.routed"]);
    expect(refused({ gateway: "x" })).toEqual(["address-invalid ipv6.gateway"]);
    expect(refused({ gateway: "2001:db8:77::2" })).toEqual(["address-is-gateway ipv6.address"]);
  });
});

describe("an extruded IPv6 address or prefix", () => {
  const plan = (address: string, acquire?: string, colo: Colo = torontoIPv6) =>
    planAddress(addressArguments({ colo, address, acquire }));

  test("is acquired by neighbour discovery, a prefix by the provider's route", () => {
    expect(planOf(plan("2001:db8:77::3")).acquire).toBe("proxy-ndp");
    expect(planOf(plan("2001:db8:77:100::/56")).acquire).toBe("routed");
    expect(planOf(plan("77.1.3.8/29")).acquire).toBe("routed");
    const said = ["2001:db8:77::3", "2001:db8:77:100::/56"].map((address) => sentencesOf(plan(address)));
    expect(said).toMatchSnapshot();
  });

  test.each([
    ["2001:db8:78::3", undefined, "address-outside-prefix address"],
    ["2001:db8:77:1::3", undefined, "address-outside-prefix address"],
    ["2001:db8:77:1::3", "routed", undefined],
    ["2001:db8:78:100::/56", undefined, "address-outside-prefix address"],
    ["2001:db8:77::", undefined, "address-is-network address"],
    ["2001:db8:77::2", undefined, "address-is-colo address"],
    ["2001:db8:77::1", undefined, "address-is-gateway address"],
    ["2001:db8:77::1/56", undefined, "prefix-invalid address"],
    ["2001:db8:77:100::/129", undefined, "prefix-invalid address"],
    ["fe80::/64", undefined, "address-invalid address"],
    ["2001:db8:77::3", "proxy-arp", "acquisition-unfit acquire"],
    ["77.1.2.3", "proxy-ndp", "acquisition-unfit acquire"],
    ["2001:db8:77:100::/56", "proxy-ndp", "acquisition-unfit acquire"],
    ["77.1.3.8/29", "proxy-arp", "acquisition-unfit acquire"],
  ])("%s, acquired by %s: %s", (address, acquire, complaint) => {
    expect(complaints(plan(address, acquire))).toEqual(complaint === undefined ? [] : [complaint]);
  });

  test("that holds the colo's own address or gateway is refused", () => {
    expect(complaints(plan("2001:db8:77::/48"))).toEqual(["address-is-colo address", "address-is-gateway address"]);
    expect(complaints(plan("77.1.2.0/29"))).toEqual(["address-is-colo address", "address-is-gateway address"]);
  });

  test("needs a colo with IPv6, and a prefix one that says what is routed to it", () => {
    expect(complaints(plan("2001:db8:77::3", undefined, toronto))).toEqual(["colo-without-ipv6 address"]);
    const unsaid = { ...torontoIPv6, ipv6: { ...ipv6, routed: undefined } };
    const found = plan("2001:db8:77:100::/56", undefined, unsaid);
    expect(found.problems.map(({ text }) => text)).toEqual([
      "2001:db8:77:100::/56 is not in the colo's 2001:db8:77::/64; the colo's `ipv6.routed` is not given.",
    ]);
  });
});

describe("a bond with IPv6", () => {
  const plan = (...addresses: string[]) =>
    planBond(bondArguments({ addresses: addresses.map((address, index) => addressFacts(`a${index}`, address)) }));

  test("keeps addresses, which the router holds, from prefixes, which it hands on", () => {
    const planned = plan("2001:db8:77:100::/56", "77.1.2.3", "2001:db8:77::3", "77.1.3.8/29");
    const { addresses, prefixes, ipv6: carried } = planOf(planned);
    expect({ addresses, prefixes, carried }).toEqual({
      addresses: ["77.1.2.3"],
      prefixes: ["77.1.3.8/29"],
      carried: { addresses: ["2001:db8:77::3"], prefixes: ["2001:db8:77:100::/56"] },
    });
    expect(sentencesOf(planned)).toMatchSnapshot();
    expect(planOf(plan("77.1.2.3")).ipv6).toBeUndefined();
  });

  test("needs an IPv4 address", () => {
    expect(complaints(plan("2001:db8:77::3"))).toEqual(["bond-without-address addresses"]);
    expect(complaints(plan("77.1.3.8/29"))).toEqual(["bond-without-address addresses"]);
  });

  test("does not have the same address in two ways", () => {
    expect(complaints(plan("77.1.2.3", "2001:db8:77:100::3", "2001:db8:77:100::/56"))).toEqual([
      "duplicate-address addresses[2]",
    ]);
    expect(complaints(plan("77.1.2.3", "2001:db8:77:100::/56", "2001:db8:77:180::/57"))).toEqual([
      "duplicate-address addresses[2]",
    ]);
    expect(complaints(plan("77.1.2.3", "2001:db8:77:100::/56", "2001:db8:77:200::/56"))).toEqual([]);
  });

  test("is refused with what is neither address nor prefix", () => {
    expect(complaints(plan("77.1.2.3", "2001:db8::/x"))).toEqual(["prefix-invalid addresses[1].address"]);
    expect(complaints(plan("77.1.2.3", "2001:db8::y"))).toEqual(["address-invalid addresses[1].address"]);
  });
});

describe("a line that is IPv6", () => {
  const line = { colo: torontoIPv6, address: "2001:db8:55::3", gateway: "fe80::1" };
  const plan = (over: Partial<UplinkArguments> = {}) => planUplink(uplinkArguments({ ...line, ...over }));

  test.each([
    // Of a line of 1500 bytes, the room inside; and the smallest line.
    ["gre", 1456, 1324],
    ["gre-ipsec", 1410, 1372],
    ["ipsec", 1418, 1364],
    ["wireguard", 1420, 1360],
  ] as const)("has 20 bytes more of %s, and %d inside", (encapsulation, inside, smallest) => {
    const planned = plan({ encapsulation });
    expect(planOf(planned).tunnelMtu).toBe(inside);
    expect(complaints(plan({ encapsulation, mtu: smallest }))).toEqual([]);
    expect(complaints(plan({ encapsulation, mtu: smallest - 1 }))).toEqual(["mtu-invalid mtu"]);
    expect(sentencesOf(planned)[0]).toContain(" from 2001:db8:55::3 (eth1 of router) to 2001:db8:77::2");
  });

  test("needs a colo with IPv6, and a gateway of the same family", () => {
    expect(complaints(plan({ colo: toronto }))).toEqual(["colo-without-ipv6 address"]);
    expect(complaints(plan({ gateway: "55.1.2.1" }))).toEqual(["address-invalid gateway"]);
    expect(complaints(plan({ gateway: "ff02::1" }))).toEqual(["address-invalid gateway"]);
    expect(complaints(plan({ gateway: "2001:db8:55::1" }))).toEqual([]);
    expect(complaints(plan({ address: "55.1.2.3" }))).toEqual(["address-invalid gateway"]);
    expect(complaints(plan({ address: "dynamic", encapsulation: "wireguard" }))).toEqual(["address-invalid gateway"]);
    expect(complaints(plan({ address: "2001:db8:77::2" }))).toEqual(["tunnel-to-itself address"]);
    expect(complaints(plan({ address: "fd00::3" }))).toEqual(["encapsulation-unfit encapsulation"]);
    expect(complaints(plan({ address: "2001:DB8:55::3" }))).toEqual(["address-invalid address"]);
  });

  test("is a line of a bond, also without IPv4", () => {
    const uplink = uplinkFacts("dsl", { address: "2001:db8:55::3", gateway: "fe80::1" });
    const planned = planBond(bondArguments({ uplinks: [{ uplink }] }));
    expect(planOf(planned).tiers[0]?.[0]?.line).toMatchObject({ family: "ipv6", gateway: "fe80::1" });
    const refused = planBond(bondArguments({ uplinks: [{ uplink: { ...uplink, gateway: "55.1.2.1" } }] }));
    expect(complaints(refused)).toEqual(["address-invalid uplinks[0].uplink.gateway"]);
  });
});
