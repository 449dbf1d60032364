import { createPrivateKey, createPublicKey } from "node:crypto";

/** One end's keys, in base64 as WireGuard writes them. */
export interface WireguardKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** An X25519 private key in PKCS #8, but for its last 32 bytes, which are the key (RFC 8410 section 7). */
const pkcs8 = Buffer.from("302e020100300506032b656e04220420", "hex");

const keyLength = 32;

/**
 * The keys that 32 random bytes (in base64) make: clamped as in RFC 7748 section 5, as WireGuard itself would, so that
 * what the host shows is what was given.
 */
export function wireguardKeys(random: string): WireguardKeys {
  const bytes = Buffer.from(random, "base64");
  if (bytes.length !== keyLength) throw new RangeError(`A WireGuard key has ${keyLength} bytes, not ${bytes.length}.`);
  bytes.writeUInt8(bytes.readUInt8(0) & 248, 0);
  bytes.writeUInt8((bytes.readUInt8(keyLength - 1) & 127) | 64, keyLength - 1);
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, bytes]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-keyLength);
  return { privateKey: bytes.toString("base64"), publicKey: publicKey.toString("base64") };
}

export function flawOfPrivateKey(key: string): "key-malformed" | "key-weak" | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(key)) return "key-malformed";
  return isRandom(Buffer.from(key, "base64")) ? undefined : "key-weak";
}

/** Of 32 random bytes, fewer than 20 different ones come about once in 10^9 times. */
export function isRandom(bytes: Uint8Array): boolean {
  return new Set(bytes).size >= 20;
}
