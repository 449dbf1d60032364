import { createHmac } from "node:crypto";

/** One line of a public key file or a known_hosts file. */
interface HostKeyLine {
  /** Who has the key, as known_hosts writes it. */
  readonly names?: string | undefined;
  readonly type: string;
  /** The key itself, in base64. */
  readonly key: string;
}

/**
 * What an SSH server of today proves, the best first. Not ssh-rsa: given such a key, the command provider asks for
 * signatures with SHA-1, which OpenSSH has refused since 8.8.
 */
export const usable = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const known = [...usable, "ssh-rsa"];

export type ChosenHostKey = { readonly hostKey: string } | { readonly problem: string };

/** The machine's key out of a key line, a public key file, or a known_hosts file; or what is wrong, as in "holds ...". */
export function chooseHostKey(text: string, host: string, port: number): ChosenHostKey {
  const lines = text.split("\n").flatMap(parseLine);
  if (lines.length === 0) return { problem: "holds no public host key (ssh-ed25519 AAAA...)" };
  // A single key needs no name: the machine may be reached by another one.
  const own =
    lines.length === 1 ? lines : lines.filter(({ names }) => names === undefined || isNamed(names, host, port));
  if (own.length === 0) return { problem: `holds keys of other machines, and none of ${hostName(host, port)}` };
  const [best] = usable.flatMap((type) => own.filter((line) => line.type === type));
  if (best === undefined) {
    return {
      problem: "holds an RSA host key only, which SSH servers of today no longer prove; take the ssh-ed25519 one",
    };
  }
  return { hostKey: `${best.type} ${best.key}` };
}

/** The keys that a known_hosts file has for a machine, whatever their type. */
export function knownKeys(text: string, host: string, port: number): string[] {
  const own = text
    .split("\n")
    .flatMap(parseLine)
    .filter(({ names }) => names !== undefined && isNamed(names, host, port));
  return own.map(({ type, key }) => `${type} ${key}`);
}

function parseLine(line: string): HostKeyLine[] {
  const words = line.trim().split(/\s+/);
  // Neither a comment nor a marker (@revoked, @cert-authority) is a machine's key.
  if (/^[#@]/.test(words[0] ?? "")) return [];
  const at = words.slice(0, 2).findIndex((word) => known.includes(word));
  const [type, key] = [words[at], words[at + 1]];
  if (at < 0 || type === undefined || key === undefined || !holdsType(key, type)) return [];
  return [{ names: at === 0 ? undefined : words[0], type, key }];
}

/** A key's binary form starts with its type: a cheap way to notice a key that was cut or mistyped. */
function holdsType(key: string, type: string): boolean {
  const bytes = Buffer.from(key, "base64");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  const start = Buffer.concat([length, Buffer.from(type)]);
  return bytes.length > start.length + 32 && bytes.subarray(0, start.length).equals(start);
}

function hostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function isNamed(names: string, host: string, port: number): boolean {
  const name = hostName(host, port);
  const patterns = names.split(",");
  const matches = (pattern: string): boolean =>
    pattern.startsWith("|1|") ? isHashed(pattern, name) : glob(pattern).test(name);
  const refused = patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)));
  return !refused && patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern));
}

/** A hashed name, |1|SALT|HASH, as `HashKnownHosts yes` (Debian's default) writes it. */
function isHashed(pattern: string, name: string): boolean {
  const [, , salt = "", hash] = pattern.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function glob(pattern: string): RegExp {
  const literal = pattern.toLowerCase().replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
