import fc from "fast-check";
import { checkAddress, isIPv4, parsePrefix } from "../../planning/addresses";

/** The oracle: addresses as unsigned 32-bit integers, written out by hand. */
const toText = (value: number): string =>
  [24, 16, 8, 0].map((shift) => String(Math.floor(value / 2 ** shift) % 256)).join(".");
const maskOf = (length: number): bigint => (2n ** 32n - 1n) ^ (2n ** BigInt(32 - length) - 1n);
const networkOf = (value: number, length: number): number => Number(BigInt(value) & maskOf(length));
const broadcastOf = (value: number, length: number): number => networkOf(value, length) + 2 ** (32 - length) - 1;

const anyAddress = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyLength = fc.integer({ min: 0, max: 32 });

describe("an IPv4 address", () => {
  test("is every 32-bit number as four decimal octets", () => {
    fc.assert(fc.property(anyAddress, (value) => isIPv4(toText(value))));
  });

  test("is four numbers from 0 to 255 without leading zeros, and nothing else", () => {
    const oracle = (text: string): boolean => {
      const parts = text.split(".");
      return parts.length === 4 && parts.every((part) => String(Number(part)) === part && Number(part) <= 255);
    };
    const octet = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.constantFrom("01", "00", "", " 1", "1 ", "0x1", "256", "1e1", "99", "100", "199", "200", "249", "250", "255"),
    );
    fc.assert(
      fc.property(fc.array(octet, { minLength: 2, maxLength: 6 }), (parts) => {
        expect(isIPv4(parts.join("."))).toBe(oracle(parts.join(".")));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    "",
    " ",
    "77.1.2",
    "77.1.2.3.4",
    "77.1.2.256",
    "77.1.2.-1",
    "077.1.2.3",
    "77.1.2.3/32",
    " 77.1.2.3",
    "77.1.2.3 ",
    "77.1.2.3\n",
    "\n77.1.2.3",
    "x77.1.2.3",
    "77.1.2.3\0",
    "0x4d.1.2.3",
    "1291911683",
    "77,1,2,3",
    "::1",
    "::ffff:77.1.2.3",
    "77.1.2.٣",
  ])("is not %j", (text) => {
    expect(isIPv4(text)).toBe(false);
    expect(checkAddress("gateway", text)).toEqual([
      { code: "address-invalid", argument: "gateway", text: `${JSON.stringify(text)} is not an IPv4 address.` },
    ]);
  });

  test.each(["0.0.0.0", "0.255.255.255", "127.0.0.1", "127.255.255.255", "224.0.0.0", "239.1.2.3", "255.255.255.255"])(
    "that no machine can have, such as %s, is refused",
    (text) => {
      expect(checkAddress("address", text)).toEqual([
        { code: "address-invalid", argument: "address", text: `${text} is not an address of one machine.` },
      ]);
    },
  );

  test.each(["1.0.0.0", "126.255.255.255", "128.0.0.0", "223.255.255.255", "10.0.0.1"])("may be %s", (text) => {
    expect(checkAddress("address", text)).toEqual([]);
  });

  test("that is one is not complained about", () => {
    expect(checkAddress("gateway", "77.1.2.1")).toEqual([]);
  });
});

describe("a prefix", () => {
  test("agrees with 32-bit arithmetic on its network, its broadcast address and its text", () => {
    fc.assert(
      fc.property(anyAddress, anyLength, (value, length) => {
        const prefix = parsePrefix(`${toText(value)}/${length}`);
        expect(prefix).toMatchObject({
          text: `${toText(networkOf(value, length))}/${length}`,
          length,
          network: toText(networkOf(value, length)),
          broadcast: toText(broadcastOf(value, length)),
        });
      }),
    );
  });

  test("contains exactly the addresses from its network's to its broadcast address", () => {
    const nearby = fc.tuple(anyAddress, anyLength, fc.integer({ min: -2, max: 2 }), fc.boolean(), anyAddress);
    fc.assert(
      fc.property(nearby, ([value, length, offset, atTop, anywhere]) => {
        const [first, last] = [networkOf(value, length), broadcastOf(value, length)];
        const prefix = parsePrefix(`${toText(value)}/${length}`);
        const edge = Math.min(Math.max((atTop ? last : first) + offset, 0), 2 ** 32 - 1);
        for (const other of [edge, anywhere, first, last]) {
          expect(prefix?.contains(toText(other))).toBe(other >= first && other <= last);
        }
      }),
    );
  });

  test.each([
    "",
    "/",
    "77.1.2.0",
    "77.1.2.0/",
    "/24",
    "77.1.2.0/33",
    "77.1.2.0/40",
    "77.1.2.0/99",
    "77.1.2.0/-1",
    "77.1.2.0/024",
    "77.1.2.0/ 24",
    "77.1.2.0/24 ",
    "77.1.2.0/24\n",
    "77.1.2.0/24/24",
    "77.1.2.0/2x",
    "77.1.2.0/255.255.255.0",
    "77.1.2/24",
    "77.1.2.256/24",
    "::x/24",
  ])("is not %j", (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });

  test.each([0, 1, 9, 10, 19, 20, 29, 30, 31, 32])("may have a length of %i", (length) => {
    expect(parsePrefix(`255.255.255.255/${length}`)?.length).toBe(length);
  });
});
