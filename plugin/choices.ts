/** How a colo comes by an address. */
export const Acquisition = {
  /** It answers ARP for it on its network. */
  ProxyArp: "proxy-arp",
  /** It answers neighbour discovery for it on its network. */
  ProxyNdp: "proxy-ndp",
  /** The provider routes it to the colo anyway. */
  Routed: "routed",
} as const;
export type Acquisition = (typeof Acquisition)[keyof typeof Acquisition];

/** How packets travel over a line. */
export const Encapsulation = {
  /** Not encrypted, 24 bytes of overhead, static public addresses only. */
  Gre: "gre",
  /** The same inside ESP. */
  GreIpsec: "gre-ipsec",
  /** Encrypted, any address, through NAT. */
  Ipsec: "ipsec",
  /** Encrypted, any address, through NAT. */
  Wireguard: "wireguard",
} as const;
export type Encapsulation = (typeof Encapsulation)[keyof typeof Encapsulation];

/** Whether ESP travels in UDP. */
export const UdpEncapsulation = {
  /** Where there is NAT, and where the router finds that ESP does not get through. */
  Auto: "auto",
  Always: "always",
} as const;
export type UdpEncapsulation = (typeof UdpEncapsulation)[keyof typeof UdpEncapsulation];

/** What a line is, which decides how soon it counts as dead. */
export const LineKind = {
  Dsl: "dsl",
  Cable: "cable",
  Fibre: "fibre",
  Lte: "lte",
  Satellite: "satellite",
} as const;
export type LineKind = (typeof LineKind)[keyof typeof LineKind];

/** What a line adds to each packet, by tc-cake's names. */
export const Framing = {
  None: "none",
  Ethernet: "ethernet",
  Docsis: "docsis",
  /** VDSL. */
  BridgedPtm: "bridged-ptm",
  /** VDSL. */
  PppoePtm: "pppoe-ptm",
  /** ADSL. */
  BridgedLlcsnap: "bridged-llcsnap",
  /** ADSL. */
  PppoeLlcsnap: "pppoe-llcsnap",
} as const;
export type Framing = (typeof Framing)[keyof typeof Framing];

/** How a bond uses its lines. */
export const Balance = {
  /** Each connection stays on one line. */
  Flow: "flow",
  /** Each connection stays on one line, which has room when it begins. */
  Adaptive: "adaptive",
  /** The packets of every connection are spread over all lines of the lowest metric. */
  Packet: "packet",
} as const;
export type Balance = (typeof Balance)[keyof typeof Balance];

/** What a site's own traffic does while every tunnel is dead. */
export const WhenDown = {
  /** New connections leave by the lines, under the lines' own addresses. */
  Direct: "direct",
  /** Nothing leaves. */
  Block: "block",
} as const;
export type WhenDown = (typeof WhenDown)[keyof typeof WhenDown];

/** The one direction in which a line is used. */
export const Direction = {
  /** What the site sends. */
  Up: "up",
  /** What the site is sent. */
  Down: "down",
} as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** What a site does with an address. */
export const Delivery = {
  /** The router holds it. */
  Nat: "nat",
  /** A host of the LAN holds it. */
  Routed: "routed",
  /** The router translates it to and from one host's private address. */
  OneToOne: "one-to-one",
} as const;
export type Delivery = (typeof Delivery)[keyof typeof Delivery];

export const PortProtocol = { Tcp: "tcp", Udp: "udp" } as const;
export type PortProtocol = (typeof PortProtocol)[keyof typeof PortProtocol];

export const TrafficProtocol = { Tcp: "tcp", Udp: "udp", Icmp: "icmp" } as const;
export type TrafficProtocol = (typeof TrafficProtocol)[keyof typeof TrafficProtocol];
