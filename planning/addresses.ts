import { Address4 } from "ip-address";
import { type Problem, problem, quoteValue } from "./problems";

/** The library also accepts octal and subnet forms; extrude accepts exactly four decimal octets. */
const dottedQuad = /^(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/;

export function isIPv4(text: string): boolean {
  return dottedQuad.test(text);
}

/** Whether a machine can have the address: not 0.0.0.0/8, 127.0.0.0/8, or multicast and above (RFC 6890, RFC 5771). */
function isUnicast(address: string): boolean {
  const first = Number(address.split(".")[0]);
  return first > 0 && first < 224 && first !== 127;
}

/** An IPv4 prefix with its derived addresses, all as dotted quads. */
export interface Prefix {
  readonly text: string;
  readonly length: number;
  readonly network: string;
  readonly broadcast: string;
  contains(address: string): boolean;
}

/** Undefined if `text` is not ADDRESS/LENGTH. Host bits may be set: 77.1.2.2/24 is the prefix 77.1.2.0/24. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address, length, ...rest] = text.split("/");
  if (address === undefined || length === undefined || rest.length > 0) return undefined;
  if (!isIPv4(address) || !/^(\d|[12]\d|3[0-2])$/.test(length)) return undefined;
  const parsed = new Address4(text);
  const network = parsed.startAddress().correctForm();
  return {
    text: `${network}/${length}`,
    length: Number(length),
    network,
    broadcast: parsed.endAddress().correctForm(),
    contains: (other) => new Address4(other).isInSubnet(parsed),
  };
}

export function checkAddress(argument: string, value: string): Problem[] {
  if (!isIPv4(value)) return [problem("address-invalid", argument, `${quoteValue(value)} is not an IPv4 address.`)];
  return isUnicast(value) ? [] : [problem("address-invalid", argument, `${value} is not an address of one machine.`)];
}

/** Whether a machine on the prefix's network can have the address. */
export function checkOnLink(argument: string, address: string, prefix: Prefix): Problem[] {
  if (!prefix.contains(address)) {
    return [problem("address-outside-prefix", argument, `${address} is not in the colo's prefix ${prefix.text}.`)];
  }
  // RFC 3021: a /31 has neither a network's nor a broadcast address, nor has a /32.
  if (prefix.length > 30) return [];
  if (address === prefix.network) {
    return [problem("address-is-network", argument, `${address} is the first address of ${prefix.text}.`)];
  }
  if (address === prefix.broadcast) {
    return [problem("address-is-broadcast", argument, `${address} is the last address of ${prefix.text}.`)];
  }
  return [];
}
