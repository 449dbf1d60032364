import { routePreference, rulePriority } from "../planning/numbers";
import type { UplinkPlan } from "../planning/uplink";
import { kernelProtocol } from "./bird";
import type { Unit } from "./unit";

/** Addresses on every tunnel: it is unnumbered otherwise (RFC 4291 2.5.6; both ends are alone on it). */
export const linkLocal = { colo: "fe80::1", site: "fe80::2" } as const;

/** Seconds that a removal waits for packets in flight, a round trip and a full queue of a slow line. */
const drain = 1;

export function renderUplinkAtColo(plan: UplinkPlan): Unit {
  const { colo, tunnel } = plan;
  return {
    name: plan.unit,
    host: colo.host,
    header: [...claims(plan), `need ${colo.unit}`, `drain ${drain}`],
    sections: {
      sysctl: tunnelSysctl(tunnel),
      "nft-elements": [`add element inet ${colo.names.symbol} tunnels { "${tunnel}" }`],
      ip: tunnelLink(plan, {
        local: colo.address,
        remote: plan.address,
        device: colo.interface,
        inner: linkLocal.colo,
      }),
      bfd: neighbor(plan, linkLocal.site),
      bird: [],
    },
  };
}

export function renderUplinkAtRouter(plan: UplinkPlan): Unit {
  const { tunnel, table, symbol } = plan;
  const gateway = plan.gateway === undefined ? `"${plan.interface}"` : `${plan.gateway}%'${plan.interface}'`;
  return {
    name: plan.unit,
    host: plan.router,
    header: [
      ...claims(plan),
      `claim table ${table}`,
      `require link ${plan.interface}`,
      `require address ${plan.address} dev ${plan.interface}`,
      `drain ${drain}`,
    ],
    sections: {
      sysctl: [
        ...tunnelSysctl(tunnel),
        `net/ipv4/conf/${plan.interface}/forwarding = 1`,
        // Loose: answers may come by another line than the one that the default route names.
        `net/ipv4/conf/${plan.interface}/rp_filter = 2`,
      ],
      ip: [
        `rule add priority ${rulePriority.uplinkAddress} from ${plan.address} lookup ${table}`,
        `rule add priority ${rulePriority.uplinkInterface} oif ${plan.interface} lookup ${table}`,
        ...tunnelLink(plan, {
          local: plan.address,
          remote: plan.colo.address,
          device: plan.interface,
          inner: linkLocal.site,
        }),
      ],
      "bird-tables": [`ipv4 table ${symbol};`],
      bfd: neighbor(plan, linkLocal.colo),
      bird: [
        `protocol static ${symbol}_line {`,
        `	ipv4 { table ${symbol}; };`,
        `	route 0.0.0.0/0 via ${gateway};`,
        "}",
        `protocol static ${symbol}_unreachable {`,
        `	ipv4 { table ${symbol}; preference ${routePreference.unreachable}; };`,
        "	route 0.0.0.0/0 unreachable;",
        "}",
        ...kernelProtocol(symbol, table),
      ],
    },
  };
}

function claims({ tunnel, encapsulation, address, colo }: UplinkPlan): string[] {
  return [`claim link ${tunnel}`, `claim tunnel ${encapsulation} ${address} ${colo.address}`];
}

function tunnelSysctl(tunnel: string): string[] {
  return [
    `net/ipv4/conf/${tunnel}/forwarding = 1`,
    // Even a loose filter drops what comes in by an interface that has no IPv4 address and is no next hop at the moment
    // (fib_validate_source); the two ends of a tunnel seldom change at the same instant. nftables checks sources.
    `net/ipv4/conf/${tunnel}/rp_filter = 0`,
  ];
}

interface TunnelEnd {
  readonly local: string;
  readonly remote: string;
  readonly device: string;
  readonly inner: string;
}

function tunnelLink({ tunnel, encapsulation, tunnelMtu }: UplinkPlan, end: TunnelEnd): string[] {
  return [
    // A fixed ttl: an inherited one would let traceroute die inside the tunnel, and switches off path MTU discovery.
    `link add ${tunnel} type ${encapsulation} local ${end.local} remote ${end.remote} dev ${end.device} ttl 64 tos inherit`,
    // The kernel's own link-local address would become BFD's source, and the session would never come up.
    `link set ${tunnel} addrgenmode none`,
    `link set ${tunnel} mtu ${tunnelMtu} up`,
    `address add ${end.inner}/64 dev ${tunnel} nodad`,
  ];
}

function neighbor({ tunnel, detection }: UplinkPlan, peer: string): string[] {
  return [
    `	interface "${tunnel}" { interval ${detection.interval} ms; multiplier ${detection.multiplier}; };`,
    `	neighbor ${peer} dev "${tunnel}";`,
  ];
}
