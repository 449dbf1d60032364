import { interfaceName, ipsecId, lineMark, tunnelPort } from "./names";
import { isRandom } from "./wireguard-keys";
import type { Certified } from "./x509";

export const udpEncapsulationChoices = ["auto", "always"] as const;
/**
 * Whether ESP travels in UDP (RFC 3948): always, or only where a NAT is found or the line turns out to filter ESP.
 */
export type UdpEncapsulation = (typeof udpEncapsulationChoices)[number];

/** What IKE (RFC 7296) is told of a tunnel at both ends. */
export interface Ike {
  /** Of each end. With certificates, those of another version of the keys may be the same. */
  readonly identities: { readonly colo: string; readonly site: string };
  /** The number of its security associations (reqid), and of its XFRM interface where it has one. */
  readonly id: number;
  /** Of the packets that leave the router. */
  readonly mark: number;
  /** Of the site's end, where the colo can know it. */
  readonly siteAddress?: string | undefined;
  /** UDP port of the site's end: the same after a restart, so that what travels in UDP still finds its way. */
  readonly sitePort: number;
  readonly udpEncapsulation: UdpEncapsulation;
  /** What the ends prove who they are with, where they do not share a key. */
  readonly certified?: { readonly colo: Certified; readonly site: Certified } | undefined;
}

export interface IpsecTransport extends Ike {
  readonly encapsulation: "ipsec";
}

export interface GreIpsecTransport extends Ike {
  readonly encapsulation: "gre-ipsec";
  /** Of the site's end. */
  readonly address: string;
  /**
   * The GRE key, and which of two marks selects the policies: odd versions of the keys have 1, even ones 2, since both
   * tunnels are there while the bond moves from one to the other.
   */
  readonly generation: 1 | 2;
}

export interface IkeArguments {
  readonly siteAddress?: string | undefined;
  readonly udpEncapsulation?: string | undefined;
  readonly certified?: Ike["certified"];
}

export function planIke(unit: string, { siteAddress, udpEncapsulation, certified }: IkeArguments): Ike {
  const tunnel = interfaceName(unit);
  // Where the line's own address is not known, charon cannot tell the other end, and so always finds a NAT.
  const isForced = udpEncapsulation === "always" || siteAddress === undefined;
  return {
    identities: {
      colo: certified?.colo.identity ?? `${tunnel}.colo`,
      site: certified?.site.identity ?? `${tunnel}.site`,
    },
    id: ipsecId(unit),
    mark: lineMark(unit),
    siteAddress,
    sitePort: tunnelPort(unit),
    udpEncapsulation: isForced ? "always" : "auto",
    certified,
  };
}

/** 256 bits: whoever records a handshake may try keys for as long as they like. */
const fewestKeyBytes = 32;

/** What is wrong with a pre-shared key in base64; nothing else is said of it. */
export function flawOfPreSharedKey(key: string): "psk-malformed" | "key-weak" | undefined {
  const bytes = Buffer.from(key, "base64");
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(key) && bytes.toString("base64") === key;
  if (!isBase64 || bytes.length < fewestKeyBytes || bytes.length > 256) return "psk-malformed";
  return isRandom(bytes) ? undefined : "key-weak";
}
