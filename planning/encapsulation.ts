import { secondsPerMonth } from "./numbers";

export const encapsulations = ["gre"] as const;
export type Encapsulation = (typeof encapsulations)[number];

/** Bytes that each encapsulation adds to an IPv4 packet: an outer IPv4 header of 20 bytes and GRE's 4 (RFC 2784). */
const overhead: Record<Encapsulation, number> = { gre: 24 };

/** IPv4 and TCP headers without options. */
const tcpOverIPv4 = 40;

/** A BFD control packet (RFC 5880, 24 bytes) in UDP and IPv6. */
const bfdPacket = 24 + 8 + 40;

export function tunnelMtu(encapsulation: Encapsulation, underlayMtu: number): number {
  return underlayMtu - overhead[encapsulation];
}

/** The inverse: the MTU of the line that a tunnel of this MTU takes for granted. */
export function underlayMtu(encapsulation: Encapsulation, mtu: number): number {
  return mtu + overhead[encapsulation];
}

export function maximumSegment(mtu: number): number {
  return mtu - tcpOverIPv4;
}

/** TCP payload per byte on the line, relative to the line without a tunnel. */
export function efficiency(encapsulation: Encapsulation, underlayMtu: number): number {
  return maximumSegment(tunnelMtu(encapsulation, underlayMtu)) / maximumSegment(underlayMtu);
}

/** When a tunnel counts as dead: no BFD packet for `multiplier` times `interval` milliseconds. */
export interface Detection {
  readonly interval: number;
  readonly multiplier: number;
}

export const defaultDetection: Detection = { interval: 200, multiplier: 3 };

/** Gigabytes a month that BFD costs on an idle line, both directions together. */
export function keepaliveVolume(encapsulation: Encapsulation, detection: Detection): number {
  const packetsPerSecond = 1000 / detection.interval;
  return (2 * packetsPerSecond * (bfdPacket + overhead[encapsulation]) * secondsPerMonth) / 1e9;
}
