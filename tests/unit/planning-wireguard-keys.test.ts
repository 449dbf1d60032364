import fc from "fast-check";
import { judgeKeys } from "../../planning/tunnel-keys";
import { wireguardKeys } from "../../planning/wireguard-keys";

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

test.each([
  [
    "Alice",
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  ],
  [
    "Bob",
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  ],
])("the public key of %s is that of RFC 7748, section 6.1", (_, secret, expected) => {
  expect(wireguardKeys(base64(secret)).publicKey).toBe(base64(expected));
});

test("any 32 bytes make a private key as WireGuard itself would store it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const { privateKey, publicKey } = wireguardKeys(Buffer.from(bytes).toString("base64"));
      const key = Buffer.from(privateKey, "base64");
      expect(key).toHaveLength(32);
      expect([key.readUInt8(0) & 7, key.readUInt8(31) & 192]).toEqual([0, 64]);
      expect(key.subarray(1, 31)).toEqual(Buffer.from(bytes).subarray(1, 31));
      // The same again, since it is clamped already.
      expect(wireguardKeys(privateKey)).toEqual({ privateKey, publicKey });
    }),
  );
});

test.each(["", "AAAA", Buffer.alloc(33).toString("base64")])("%j is no key", (text) => {
  expect(() => wireguardKeys(text)).toThrow(/has 32 bytes, not/);
});

describe("keys of the user's own", () => {
  test("that are random have no flaw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        fc.pre(new Set(bytes).size >= 20);
        const coloPrivateKey = Buffer.from(bytes).toString("base64");
        expect(judgeKeys({ coloPrivateKey })).toEqual({ flaws: [], given: ["coloPrivateKey"] });
      }),
    );
    expect(judgeKeys({})).toEqual({ flaws: [], given: [] });
  });

  test.each([
    ["key-malformed", "secret"],
    ["key-malformed", "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"],
    ["key-malformed", "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n"],
    ["key-weak", Buffer.alloc(32).toString("base64")],
    ["key-weak", Buffer.from("0123456789012345678901234567890a").toString("base64")],
  ] as const)("are %s: %j", (code, routerPrivateKey) => {
    expect(judgeKeys({ routerPrivateKey })).toEqual({
      flaws: [{ argument: "routerPrivateKey", code }],
      given: ["routerPrivateKey"],
    });
  });
});
