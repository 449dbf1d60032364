import type { Family } from "../planning/addresses";

/**
 * Seconds between two looks of BIRD's whether the kernel still has its routes (BIRD's default is 60). The kernel refuses a
 * route while the network of its gateway is not there yet, which some network managers add after the address; BIRD then
 * tries again at its next look. A look reads the one table only.
 */
const scanTime = 2;

/** What keeps a routing table of the kernel's as BIRD's table is. `persist` leaves it filled while BIRD restarts. */
export function kernelProtocol(symbol: string, table: number, family: Family = "ipv4"): string[] {
  return [
    `protocol kernel ${symbol}_kernel {`,
    `	${family} { table ${symbol}; import none; export all; };`,
    `	kernel table ${table};`,
    `	scan time ${scanTime};`,
    "	merge paths on;",
    "	persist;",
    "}",
  ];
}

/** A unit's name in BIRD for what it has of IPv6 besides IPv4. */
export function inIPv6(symbol: string): string {
  return `${symbol}_ipv6`;
}
