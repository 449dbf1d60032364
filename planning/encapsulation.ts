import type { Family } from "./addresses";
import type { Detection } from "./detection";
import { secondsPerMonth } from "./numbers";

export const encapsulations = ["gre", "gre-ipsec", "ipsec", "wireguard"] as const;
export type Encapsulation = (typeof encapsulations)[number];

/** What an encapsulation adds to a packet. */
interface Overhead {
  /** Bytes that do not depend on the packet. */
  readonly fixed: number;
  /** Bytes that are filled up together with the packet, to a multiple of `block`. */
  readonly filled: number;
  readonly block: number;
  /** Whether packets are filled up also where the MTU leaves no room for it. */
  readonly isStrict: boolean;
}

const ipv4 = 20;
const udp = 8;
/** SPI and sequence number, AES-GCM's explicit IV, and its tag of 16 bytes (RFC 4303, RFC 4106). */
const esp = 8 + 8 + 16;
/** Pad length and next header, after the padding (RFC 4303 section 2). */
const espTrailer = 2;
/** With a key (RFC 2890). */
const keyedGre = 8;

/**
 * With an outer IPv4 header of 20 bytes: GRE's 4 (RFC 2784); UDP's 8, WireGuard's header of 16 and its tag of 16 (the
 * WireGuard paper, 5.4.6); or ESP, with room for UDP, since a line that filters ESP may begin to need it at any time.
 */
const overheads: Record<Encapsulation, Overhead> = {
  gre: { fixed: ipv4 + 4, filled: 0, block: 1, isStrict: true },
  "gre-ipsec": { fixed: ipv4 + udp + esp, filled: espTrailer + keyedGre, block: 4, isStrict: true },
  ipsec: { fixed: ipv4 + udp + esp, filled: espTrailer, block: 4, isStrict: true },
  wireguard: { fixed: ipv4 + udp + 16 + 16, filled: 0, block: 16, isStrict: false },
};

/** Bytes more where the line is IPv6: its header has 40 bytes (RFC 8200 section 3), and no option besides. */
const ipv6Overhead = 20;

function overheadOver(encapsulation: Encapsulation, underlay: Family): Overhead {
  const overhead = overheads[encapsulation];
  return underlay === "ipv4" ? overhead : { ...overhead, fixed: overhead.fixed + ipv6Overhead };
}

/** IPv4 and TCP headers without options. */
const tcpOverIPv4 = 40;

/** A BFD control packet (RFC 5880, 24 bytes) in UDP and IPv6. */
const bfdPacket = 24 + 8 + 40;

/** What an interface needs to carry IPv6 (RFC 8200 section 5), and so BFD: below it the kernel switches IPv6 off. */
const minimumTunnelMtu = 1280;

export function tunnelMtu(encapsulation: Encapsulation, underlayMtu: number, underlay: Family = "ipv4"): number {
  const { fixed, filled, block, isStrict } = overheadOver(encapsulation, underlay);
  const room = underlayMtu - fixed;
  return (isStrict ? Math.floor(room / block) * block : room) - filled;
}

/** The inverse: the MTU of the line that a tunnel of this MTU takes for granted. */
export function underlayMtu(encapsulation: Encapsulation, mtu: number, underlay: Family = "ipv4"): number {
  const { fixed, isStrict } = overheadOver(encapsulation, underlay);
  return isStrict ? sizeOnLine(encapsulation, mtu, underlay) : mtu + fixed;
}

/** The smallest MTU of a line over which a tunnel works. */
export function minimumUnderlayMtu(encapsulation: Encapsulation, underlay: Family = "ipv4"): number {
  return underlayMtu(encapsulation, minimumTunnelMtu, underlay);
}

/** Bytes on the line for a packet inside the tunnel, the outer IP header included. */
function sizeOnLine(encapsulation: Encapsulation, inner: number, underlay: Family): number {
  const { fixed, filled, block } = overheadOver(encapsulation, underlay);
  return Math.ceil((inner + filled) / block) * block + fixed;
}

/** What the largest packet of a tunnel has more on the line. */
export function overheadOf(encapsulation: Encapsulation, mtu: number, underlay: Family = "ipv4"): number {
  return sizeOnLine(encapsulation, mtu, underlay) - mtu;
}

export function maximumSegment(mtu: number): number {
  return mtu - tcpOverIPv4;
}

/** TCP payload per byte on the line, relative to the line without a tunnel. */
export function efficiency(encapsulation: Encapsulation, underlayMtu: number, underlay: Family = "ipv4"): number {
  return maximumSegment(tunnelMtu(encapsulation, underlayMtu, underlay)) / maximumSegment(underlayMtu);
}

/** Gigabytes a month that BFD costs on an idle line, both directions together. */
export function keepaliveVolume(encapsulation: Encapsulation, detection: Detection, underlay: Family = "ipv4"): number {
  const packetsPerSecond = 1000 / detection.interval;
  return (2 * packetsPerSecond * sizeOnLine(encapsulation, bfdPacket, underlay) * secondsPerMonth) / 1e9;
}
