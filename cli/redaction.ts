import { isIPv4, isIPv6 } from "node:net";

/** What is not for strangers' eyes, in the order in which it is looked for. */
const kinds = ["secret", "key", "host name", "public address", "MAC address"] as const;
type Kind = (typeof kinds)[number];

/** Replaces the same thing by the same words wherever it stands, so that a reader can still follow it. */
export class Redactor {
  private readonly known = new Map<Kind, Map<string, string>>(kinds.map((kind) => [kind, new Map()]));
  private readonly secrets: readonly string[];
  private readonly names: readonly string[];

  constructor(secrets: readonly string[], names: readonly string[]) {
    const byLength = (texts: readonly string[]): string[] =>
      [...new Set(texts)].filter((text) => text !== "").sort((one, two) => two.length - one.length);
    this.secrets = byLength(secrets);
    this.names = byLength(names.filter((name) => !isIPv4(name) && !isIPv6(name)));
  }

  redact(text: string): string {
    let redacted = text;
    for (const secret of this.secrets) redacted = redacted.replaceAll(secret, () => this.stand("secret", secret));
    redacted = redacted.replaceAll(pem, (found) => this.stand("key", found));
    redacted = redacted.replaceAll(sshKey, (_, type: string, key: string) => `${type} ${this.stand("key", key)}`);
    redacted = redacted.replaceAll(wireguardKey, (found) => this.stand("key", found));
    redacted = redacted.replaceAll(hexKey, (found) => this.stand("key", found));
    for (const name of this.names) redacted = redacted.replaceAll(name, () => this.stand("host name", name));
    redacted = redacted.replaceAll(mac, (found) => this.stand("MAC address", found.toLowerCase()));
    redacted = redacted.replaceAll(ipv6, (found) => this.ipv6(found));
    redacted = redacted.replaceAll(ipv4, (found) =>
      isPublicIPv4(found) ? this.stand("public address", found) : found,
    );
    return redacted.replaceAll(dashedIPv4, (found) => {
      const address = found.replaceAll("-", ".");
      return isPublicIPv4(address) ? this.stand("public address", address) : found;
    });
  }

  /** How many different things of each kind were replaced. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.known].map(([kind, found]) => [kind, found.size]));
  }

  /** Whether a text still has something in it that is known to be secret. */
  leaks(text: string): boolean {
    return this.secrets.some((secret) => text.includes(secret));
  }

  private ipv6(found: string): string {
    const address = found.replace(/[.:]+$/, (end) => (end === "::" ? end : ""));
    if (!isIPv6(address)) return found;
    const rest = found.slice(address.length);
    if (isGlobalIPv6(address)) return `${this.stand("public address", address.toLowerCase())}${rest}`;
    // The lower half of such an address is a MAC address (RFC 4291, appendix A).
    return /ff:fe[0-9a-f]{2}:/i.test(address) ? `${this.stand("MAC address", address.toLowerCase())}${rest}` : found;
  }

  private stand(kind: Kind, original: string): string {
    const found = this.known.get(kind) ?? new Map<string, string>();
    const word = found.get(original) ?? `[${kind} ${found.size + 1}]`;
    found.set(original, word);
    return word;
  }
}

const pem = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const sshKey = /\b(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+) (AAAA[A-Za-z0-9+/=]+)/g;
/** 32 bytes in base64. */
const wireguardKey = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g;
const hexKey = /\b0x[0-9a-fA-F]{32,}/g;
const mac = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/gi;
const ipv6 = /(?<![\w:])[0-9a-f]{0,4}:(?:[0-9a-f]{0,4}:)+[0-9a-f.]*/gi;
const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d])/g;
const dashedIPv4 = /(?<!\d|\d-)\d{1,3}(?:-\d{1,3}){3}(?!\d|-\d)/g;

/** Neither private (RFC 1918), shared, local, multicast nor made for examples (RFC 6890). */
export function isPublicIPv4(text: string): boolean {
  if (!isIPv4(text)) return false;
  const [first = 0, second = 0, third = 0] = text.split(".").map(Number);
  if (first === 0 || first === 10 || first === 127 || first >= 224) return false;
  const two = `${first}.${second}`;
  if (["192.168", "169.254"].includes(two)) return false;
  if ((first === 172 && second >= 16 && second < 32) || (first === 100 && second >= 64 && second < 128)) return false;
  return !["192.0.2", "192.0.0"].includes(`${two}.${third}`);
}

/** 2000::/3, of which all global addresses are. */
function isGlobalIPv6(text: string): boolean {
  const first = Number.parseInt(text.split(":")[0] || "0", 16);
  return first >= 0x2000 && first < 0x4000;
}
