import { sealMarks } from "../planning/names";
import type { Ike } from "../planning/ipsec";
import type { UplinkPlan } from "../planning/uplink";
import { inIPv6 } from "./bird";
import { type IpsecPlan, ipsecAtColo, ipsecAtSite } from "./ipsec";
import { renderLine } from "./line";
import { hexadecimal } from "./marks";
import { shapingAtColo, shapingAtRouter } from "./shaping";
import type { Sections, Unit } from "./unit";
import { wireguardAtColo, wireguardAtSite } from "./wireguard";

/** Addresses on every tunnel: it is unnumbered otherwise (RFC 4291 2.5.6; both ends are alone on it). */
export const linkLocal = { colo: "fe80::1", site: "fe80::2" } as const;

/** Seconds that a removal waits for packets in flight, a round trip and a full queue of a slow line. */
const drain = 1;

/** The public keys of a tunnel's ends, where its encapsulation has keys. */
export interface PublicKeys {
  readonly colo: string;
  readonly site: string;
}

export function renderUplinkAtColo(plan: UplinkPlan, keys?: PublicKeys): Unit {
  const { colo, tunnel } = plan;
  const end = renderEnd(plan, "colo", keys);
  const queue = shapingAtColo(plan);
  return {
    name: plan.unit,
    host: colo.host,
    header: [...end.header, ...queue.header, `need ${colo.unit}`, `drain ${drain}`],
    sections: {
      shaping: queue.shaping,
      sysctl: [...end.sysctl, ...tunnelSysctl(tunnel)],
      "nft-elements": [`add element inet ${colo.names.symbol} tunnels { "${tunnel}" }`, ...sealedElements(plan)],
      ip: end.ip,
      ...end.keyed,
      bfd: neighbor(plan, linkLocal.site),
      bird: [],
    },
  };
}

export function renderUplinkAtRouter(plan: UplinkPlan, keys?: PublicKeys): Unit {
  const { tunnel } = plan;
  const line = renderLine(plan);
  const end = renderEnd(plan, "site", keys);
  const queue = shapingAtRouter(plan);
  // A line that comes and goes may be away just now.
  const absent = plan.address === undefined ? "-" : "";
  return {
    name: plan.unit,
    host: plan.router,
    header: [
      ...end.header,
      ...line.header,
      ...queue.header,
      ...(plan.address === undefined
        ? []
        : [`require link ${plan.interface}`, `require address ${plan.address} dev ${plan.interface}`]),
      `drain ${drain}`,
    ],
    sections: {
      lines: line.lines,
      shaping: queue.shaping,
      nft: line.nft,
      sysctl: [
        ...end.sysctl,
        ...tunnelSysctl(tunnel),
        `${absent}net/ipv4/conf/${plan.interface}/forwarding = 1`,
        // Loose: answers may come by another line than the one that the default route names.
        `${absent}net/ipv4/conf/${plan.interface}/rp_filter = 2`,
      ],
      ip: [...line.ip, ...end.ip],
      ...end.keyed,
      "bird-tables": line["bird-tables"],
      bfd: neighbor(plan, linkLocal.colo),
      bird: line.bird,
    },
  };
}

/** What goes into and comes out of GRE to this site has to be inside ESP: a set, whose size costs packets nothing. */
function sealedElements({ transport, colo, family }: UplinkPlan): string[] {
  if (transport.encapsulation !== "gre-ipsec") return [];
  const set = family === "ipv4" ? "sealed" : inIPv6("sealed");
  return [`add element inet ${colo.names.symbol} ${set} { ${transport.address} }`];
}

/** One end of a tunnel. */
interface End {
  readonly header: readonly string[];
  readonly sysctl: readonly string[];
  readonly ip: readonly string[];
  /** What has keys. */
  readonly keyed: Pick<Sections, "wireguard" | "charon" | "swanctl" | "x509">;
}

function renderEnd(plan: UplinkPlan, end: "colo" | "site", keys?: PublicKeys): End {
  const { transport, tunnel, colo } = plan;
  const header = [`claim link ${tunnel}`];
  const ip = (add: string): string[] => tunnelLink(plan, add, linkLocal[end]);
  switch (transport.encapsulation) {
    case "gre":
      return {
        header: [...header, `claim tunnel gre ${transport.address} ${colo.address}`, ...greModule(plan)],
        sysctl: [],
        ip: ip(greLink(plan, transport.address, end)),
        keyed: {},
      };
    case "gre-ipsec": {
      const { address, generation } = transport;
      return {
        header: [
          ...header,
          `claim tunnel gre ${address} ${colo.address} key ${generation}`,
          ...greModule(plan),
          ...ipsecHeader(plan, transport, []),
        ],
        sysctl: [],
        ip: ip(`${greLink(plan, address, end)} key ${generation} fwmark ${hexadecimal(sealMarks[generation])}`),
        keyed: renderIke({ ...plan, transport }, end),
      };
    }
    case "ipsec":
      return {
        header: [...header, ...ipsecHeader(plan, transport, ["xfrm_interface"])],
        sysctl: [],
        ip: ip(`type xfrm if_id ${hexadecimal(transport.id)}`),
        keyed: renderIke({ ...plan, transport }, end),
      };
    case "wireguard": {
      if (keys === undefined) throw new Error(`The tunnel ${tunnel} has no keys.`);
      return {
        header: [
          ...header,
          // A key is an identity: no two tunnels of a host share one.
          `claim key ${keys[end]}`,
          `claim udp-port ${transport.port}`,
          "require command wg wireguard-tools",
          "require module wireguard",
        ],
        // As a WireGuard interface that comes up makes it itself: here, so that the value before it is put back.
        sysctl: ["net/ipv4/conf/all/send_redirects = 0"],
        ip: ip("type wireguard"),
        keyed: {
          wireguard: [
            end === "colo" ? wireguardAtColo(plan, transport, keys.site) : wireguardAtSite(plan, transport, keys.colo),
          ],
        },
      };
    }
  }
}

/** A fixed ttl: an inherited one would let traceroute die inside the tunnel, and switches off path MTU discovery. */
function greLink({ colo, family, interface: device }: UplinkPlan, address: string, end: "colo" | "site"): string {
  const ends =
    end === "colo"
      ? `local ${colo.address} remote ${address} dev ${colo.interface}`
      : `local ${address} remote ${colo.address} dev ${device}`;
  // Without `encaplimit none` each packet would have 8 bytes more, an option (RFC 2473 4.1.1) that some networks drop.
  return family === "ipv4"
    ? `type gre ${ends} ttl 64 tos inherit`
    : `type ip6gre ${ends} ttl 64 tos inherit encaplimit none`;
}

/** That of IPv4 every host has to have. */
function greModule({ family }: UplinkPlan): string[] {
  return family === "ipv4" ? [] : ["require module ip6_gre"];
}

function ipsecHeader({ family }: UplinkPlan, { id, certified }: Ike, modules: readonly string[]): string[] {
  return [
    `claim ipsec ${id}`,
    // By the site's certificate the colo tells tunnels from each other, whose names may be the same.
    ...(certified === undefined ? [] : [`claim certificate ${certified.site.fingerprint}`]),
    "require command charon-systemd charon-systemd",
    "require command swanctl strongswan-swanctl",
    ...[family === "ipv4" ? "esp4" : "esp6", "xfrm_user", ...modules].map((module) => `require module ${module}`),
  ];
}

function renderIke(plan: IpsecPlan, end: "colo" | "site"): End["keyed"] {
  return end === "colo" ? ipsecAtColo(plan) : ipsecAtSite(plan);
}

function tunnelSysctl(tunnel: string): string[] {
  return [
    `net/ipv4/conf/${tunnel}/forwarding = 1`,
    // Even a loose filter drops what comes in by an interface that has no IPv4 address and is no next hop at the moment
    // (fib_validate_source); the two ends of a tunnel seldom change at the same instant. nftables checks sources.
    `net/ipv4/conf/${tunnel}/rp_filter = 0`,
  ];
}

function tunnelLink({ tunnel, tunnelMtu }: UplinkPlan, add: string, inner: string): string[] {
  return [
    `link add ${tunnel} ${add}`,
    // The kernel's own link-local address would become BFD's source, and the session would never come up.
    `link set ${tunnel} addrgenmode none`,
    `link set ${tunnel} mtu ${tunnelMtu} up`,
    `address add ${inner}/64 dev ${tunnel} nodad`,
  ];
}

function neighbor({ tunnel, detection }: UplinkPlan, peer: string): string[] {
  return [
    `	interface "${tunnel}" { interval ${detection.interval} ms; multiplier ${detection.multiplier}; };`,
    `	neighbor ${peer} dev "${tunnel}";`,
  ];
}
