import { checkAddress, checkAnyAddress, type Family, familyOf, isLinkLocal } from "./addresses";
import type { Colo } from "./colo";
import { type Problem, problem, quoteValue } from "./problems";

/** What `address` says of a line whose address may change at any time, by the family in which it is followed. */
const dynamicAddresses: Readonly<Record<string, Family>> = { dynamic: "ipv4", "dynamic-ipv6": "ipv6" };

export function isDynamic(address: string): boolean {
  return Object.hasOwn(dynamicAddresses, address);
}

/** Of a line's address. */
export function lineFamily(address: string): Family {
  return isDynamic(address) ? (dynamicAddresses[address] ?? "ipv4") : familyOf(address);
}

/** Where tunnels of lines of this family end. */
export function coloEnd(colo: Colo, family: Family): string | undefined {
  return family === "ipv4" ? colo.address : colo.ipv6?.address;
}

/** A gateway has to be of the line's own family. In IPv6 it usually has a link-local address. */
export function checkLineGateway(argument: string, gateway: string, address: string): Problem[] {
  if (lineFamily(address) === "ipv4") return checkAddress(argument, gateway);
  if (isLinkLocal(gateway)) return [];
  return familyOf(gateway) === "ipv6"
    ? checkAnyAddress(argument, gateway)
    : [problem("address-invalid", argument, `${quoteValue(gateway)} is not an IPv6 address, as the line's is.`)];
}
