import { Address4, Address6 } from "ip-address";
import { type Problem, problem, quoteValue } from "./problems";

/** The library also accepts octal and subnet forms; extrude accepts exactly four decimal octets. */
const dottedQuad = /^(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/;

export function isIPv4(text: string): boolean {
  return dottedQuad.test(text);
}

/** As BIRD names them. */
export type Family = "ipv4" | "ipv6";

/** Of an address or prefix that has been checked. */
export function familyOf(text: string): Family {
  return text.includes(":") ? "ipv6" : "ipv4";
}

/** The library also accepts zones, ports, dotted quads and brackets; extrude accepts groups and colons. */
const groups = /^[0-9A-Fa-f:]{2,39}$/;

/** The one spelling of an IPv6 address (RFC 5952), which the kernel prints too; undefined if the text is none. */
function canonicalIPv6(text: string): string | undefined {
  return groups.test(text) && Address6.isValid(text) ? new Address6(text).correctForm() : undefined;
}

export function isIPv6(text: string): boolean {
  return canonicalIPv6(text) === text;
}

/** Global unicast (RFC 4291 2.4, RFC 3587) and unique local addresses (RFC 4193). */
const unicastIPv6 = ["2000::/3", "fc00::/7"].map((text) => new Address6(text));

function isWithin(address: string, networks: readonly Address6[]): boolean {
  return networks.some((network) => new Address6(address).isInSubnet(network));
}

export function isLinkLocal(address: string): boolean {
  return isIPv6(address) && isWithin(address, [new Address6("fe80::/10")]);
}

/** Whether a machine can have the address: not 0.0.0.0/8, 127.0.0.0/8, or multicast and above (RFC 6890, RFC 5771). */
function isUnicast(address: string): boolean {
  const first = Number(address.split(".")[0]);
  return first > 0 && first < 224 && first !== 127;
}

/** A prefix with its derived addresses, all as extrude writes addresses. */
export interface Prefix {
  readonly text: string;
  readonly family: Family;
  readonly length: number;
  readonly network: string;
  /** The last address; only in IPv4 is it the broadcast address. */
  readonly broadcast: string;
  /** Whether an address is in it; one of the other family never is. */
  contains(address: string): boolean;
}

/** Undefined if `text` is not ADDRESS/LENGTH. Host bits may be set: 77.1.2.2/24 is the prefix 77.1.2.0/24. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address, length, ...rest] = text.split("/");
  if (address === undefined || length === undefined || rest.length > 0) return undefined;
  if (isIPv4(address) && /^(\d|[12]\d|3[0-2])$/.test(length)) return prefixOf(new Address4(text), "ipv4");
  if (isIPv6(address) && /^(\d|[1-9]\d|1[01]\d|12[0-8])$/.test(length)) return prefixOf(new Address6(text), "ipv6");
  return undefined;
}

function prefixOf(parsed: Address4 | Address6, family: Family): Prefix {
  const network = parsed.startAddress().correctForm();
  const length = parsed.subnetMask;
  return {
    text: `${network}/${length}`,
    family,
    length,
    network,
    broadcast: parsed.endAddress().correctForm(),
    contains:
      family === "ipv4"
        ? (other) => isIPv4(other) && new Address4(other).isInSubnet(parsed)
        : (other) => isIPv6(other) && new Address6(other).isInSubnet(parsed),
  };
}

/** Whether the text is meant as a prefix. */
export function isPrefix(address: string): boolean {
  return address.includes("/");
}

/** A single address as the prefix that it is. */
export function asPrefix(address: string): Prefix | undefined {
  const length = familyOf(address) === "ipv4" ? 32 : 128;
  return parsePrefix(isPrefix(address) ? address : `${address}/${length}`);
}

/** Whether all of one prefix is in another. */
export function isInside(inner: Prefix, outer: Prefix): boolean {
  return inner.length >= outer.length && outer.contains(inner.network);
}

/** Where private networks of IPv4 may be (RFC 1918). */
export const privateSpace = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] as const;

/** Networks whose addresses the internet does not route: also RFC 4193's, and RFC 6598's of carriers' NAT. */
const privateNetworks = [...privateSpace, "100.64.0.0/10", "fc00::/7"].map((text) => parsePrefix(text));

export function isPrivate(address: string): boolean {
  return privateNetworks.some((network) => network?.contains(address) === true);
}

export function checkAddress(argument: string, value: string): Problem[] {
  if (!isIPv4(value)) return [problem("address-invalid", argument, `${quoteValue(value)} is not an IPv4 address.`)];
  return isUnicast(value) ? [] : [problem("address-invalid", argument, `${value} is not an address of one machine.`)];
}

/** Whether the text is an address of either family, if not perhaps in the right spelling. */
export function isAddress(text: string): boolean {
  return isIPv4(text) || canonicalIPv6(text) !== undefined;
}

export function checkAddress6(argument: string, value: string): Problem[] {
  const canonical = canonicalIPv6(value);
  if (canonical === undefined) {
    return [problem("address-invalid", argument, `${quoteValue(value)} is not an IPv6 address.`)];
  }
  if (canonical !== value) {
    return [problem("address-invalid", argument, `${quoteValue(value)} is written ${canonical} (RFC 5952).`)];
  }
  return isWithin(value, unicastIPv6)
    ? []
    : [problem("address-invalid", argument, `${value} is not an address of one machine.`)];
}

/** An address of either family. */
export function checkAnyAddress(argument: string, value: string): Problem[] {
  return familyOf(value) === "ipv4" ? checkAddress(argument, value) : checkAddress6(argument, value);
}

/** A network of either family, or the one that is asked for. */
export function checkPrefix(argument: string, text: string, family?: Family): Problem[] {
  const prefix = parsePrefix(text);
  if (prefix?.text === text && prefix.family === (family ?? prefix.family)) return [];
  const kind = { ipv4: "an IPv4 prefix", ipv6: "an IPv6 prefix", any: "a prefix" }[family ?? "any"];
  return [problem("prefix-invalid", argument, `${quoteValue(text)} is not ${kind}.`)];
}

/** Whether a machine on the prefix's network can have the address. */
export function checkOnLink(argument: string, address: string, prefix: Prefix): Problem[] {
  if (!prefix.contains(address)) {
    return [problem("address-outside-prefix", argument, `${address} is not in the colo's prefix ${prefix.text}.`)];
  }
  // RFC 3021: a /31 has neither a network's nor a broadcast address, nor has a /32. RFC 6164: the same of a /127.
  if (prefix.length > (prefix.family === "ipv4" ? 30 : 126)) return [];
  if (address === prefix.network) {
    return [problem("address-is-network", argument, `${address} is the first address of ${prefix.text}.`)];
  }
  if (prefix.family === "ipv4" && address === prefix.broadcast) {
    return [problem("address-is-broadcast", argument, `${address} is the last address of ${prefix.text}.`)];
  }
  return [];
}
