import type { ColoPlan } from "../planning/colo";
import { rulePriority } from "../planning/numbers";
import { kernelProtocol } from "./bird";
import type { Unit } from "./unit";

/** What all sites of a colo share: their routing table, and the filters on what comes out of tunnels. */
export function renderColo(plan: ColoPlan): Unit {
  const { table, symbol, fallback } = plan.names;
  const address = plan.prefixLength === undefined ? plan.address : `${plan.address}/${plan.prefixLength}`;
  return {
    name: plan.unit,
    host: plan.host,
    header: [
      `claim link ${fallback}`,
      `claim table ${table}`,
      `claim nft ${symbol}`,
      `require link ${plan.interface}`,
      `require address ${address} dev ${plan.interface}`,
    ],
    sections: {
      sysctl: [
        `net/ipv4/conf/${plan.interface}/forwarding = 1`,
        // Linux waits up to 0.8 s before it answers ARP for others.
        `net/ipv4/neigh/${plan.interface}/proxy_delay = 0`,
        // Hash ports too, or all connections between two hosts share a line.
        "net/ipv4/fib_multipath_hash_policy = 1",
      ],
      nft: filterTable(symbol),
      ip: [
        `link add ${fallback} type dummy`,
        `link set ${fallback} addrgenmode none`,
        `link set ${fallback} up`,
        `rule add priority ${rulePriority.extruded} lookup ${table}`,
      ],
      "bird-tables": [`ipv4 table ${symbol};`],
      bird: kernelProtocol(symbol, table),
    },
  };
}

function filterTable(symbol: string): string[] {
  return [
    `table inet ${symbol} {`,
    "	set tunnels { type ifname; flags timeout; }",
    "	set sources { type ifname . ipv4_addr; flags interval, timeout; counter; }",
    "	chain antispoof {",
    "		type filter hook prerouting priority raw; policy accept;",
    "		iifname @tunnels meta nfproto ipv4 iifname . ip saddr != @sources counter drop",
    "		iifname @tunnels meta nfproto ipv6 ip6 saddr != fe80::/10 counter drop",
    "	}",
    "	chain clamp {",
    "		type filter hook forward priority mangle; policy accept;",
    "		oifname @tunnels tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu",
    "	}",
    "}",
  ];
}
