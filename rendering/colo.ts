import type { ColoPlan } from "../planning/colo";
import { rulePriority } from "../planning/numbers";
import { coloBalance, pathRules } from "./balance";
import { inIPv6, kernelProtocol } from "./bird";
import { renderCustomerForms } from "./customer-forms";
import { heldRule, heldSet } from "./damping";
import { coloNetworks } from "./networks";
import { flowsTable } from "./placing";
import type { Unit } from "./unit";

/** What all sites of a colo share: their routing table, and the filters on what comes out of tunnels. */
export function renderColo(plan: ColoPlan): Unit {
  const { table, symbol, fallback, paths } = plan.names;
  const held = [plan, ...(plan.ipv6 === undefined ? [] : [plan.ipv6])].map(({ address, prefixLength }) =>
    prefixLength === undefined ? address : `${address}/${prefixLength}`,
  );
  const ipv6 = renderIPv6(plan);
  return {
    name: plan.unit,
    host: plan.host,
    header: [
      `claim link ${fallback}`,
      ...[{ table }, ...paths].map((claimed) => `claim table ${claimed.table}`),
      ...[symbol, flowsOf(symbol)].map((name) => `claim nft ${name}`),
      `require link ${plan.interface}`,
      ...held.map((address) => `require address ${address} dev ${plan.interface}`),
    ],
    sections: {
      sysctl: [
        `net/ipv4/conf/${plan.interface}/forwarding = 1`,
        // Linux waits up to 0.8 s before it answers ARP for others.
        `net/ipv4/neigh/${plan.interface}/proxy_delay = 0`,
        // Hash ports too, or all connections between two hosts share a line.
        "net/ipv4/fib_multipath_hash_policy = 1",
        ...ipv6.sysctl,
      ],
      nft: [...filterTable(plan), ...flowsTable(flowsOf(symbol), paths.length, plan.ipv6 !== undefined)],
      ip: [
        `link add ${fallback} type dummy`,
        `link set ${fallback} addrgenmode none`,
        `link set ${fallback} up`,
        ...pathRules(paths, rulePriority.extrudedPath),
        `rule add priority ${rulePriority.extruded} lookup ${table}`,
        ...ipv6.ip,
      ],
      "bird-tables": [...[plan.names, ...paths].map((own) => `ipv4 table ${own.symbol};`), ...ipv6.tables],
      bird: [...[plan.names, ...paths].flatMap((own) => kernelProtocol(own.symbol, own.table)), ...ipv6.bird],
      forms: plan.customers.length === 0 ? [] : renderCustomerForms(plan),
    },
  };
}

function flowsOf(symbol: string): string {
  return `${symbol}_flows`;
}

/** What a colo with IPv6 has besides; without, nothing about the server's IPv6 changes. */
function renderIPv6(plan: ColoPlan): Record<"sysctl" | "ip" | "tables" | "bird", readonly string[]> {
  if (plan.ipv6 === undefined) return { sysctl: [], ip: [], tables: [], bird: [] };
  const { names } = plan;
  const all = [names, ...names.paths];
  return {
    sysctl: [
      // Per interface, this says who is a router; the kernel forwards IPv6 where it is set for all (ip6_forward).
      "net/ipv6/conf/all/forwarding = 1",
      // Not per interface, or questions that neighbours put to the address itself would go to the site (ip6_forward).
      "net/ipv6/conf/all/proxy_ndp = 1",
      `net/ipv6/neigh/${plan.interface}/proxy_delay = 0`,
      "net/ipv6/fib_multipath_hash_policy = 1",
    ],
    ip: [
      ...pathRules(names.paths, rulePriority.extrudedPath).map((rule) => `-6 ${rule}`),
      `-6 rule add priority ${rulePriority.extruded} lookup ${names.table}`,
    ],
    tables: all.map(({ symbol }) => `ipv6 table ${inIPv6(symbol)};`),
    bird: all.flatMap(({ symbol, table }) => kernelProtocol(inIPv6(symbol), table, "ipv6")),
  };
}

function filterTable(plan: ColoPlan): string[] {
  const {
    names: { symbol, paths },
    ipv6,
  } = plan;
  const hasIPv6 = ipv6 !== undefined;
  return [
    `table inet ${symbol} {`,
    "	set tunnels { type ifname; flags timeout; }",
    "	set sources { type ifname . ipv4_addr; flags interval, timeout; counter; }",
    ...(hasIPv6 ? ["	set sources_ipv6 { type ifname . ipv6_addr; flags interval, timeout; counter; }"] : []),
    heldSet,
    // Sites whose GRE is inside ESP, or is nothing.
    "	set sealed { type ipv4_addr; flags timeout; }",
    ...(hasIPv6 ? ["	set sealed_ipv6 { type ipv6_addr; flags timeout; }"] : []),
    "	chain sealed_output {",
    "		type filter hook output priority filter; policy accept;",
    "		meta l4proto gre ip daddr @sealed rt ipsec missing counter drop",
    ...(hasIPv6 ? ["		meta l4proto gre ip6 daddr @sealed_ipv6 rt ipsec missing counter drop"] : []),
    "	}",
    "	chain sealed_input {",
    "		type filter hook input priority filter; policy accept;",
    "		meta l4proto gre ip saddr @sealed meta ipsec missing counter drop",
    ...(hasIPv6 ? ["		meta l4proto gre ip6 saddr @sealed_ipv6 meta ipsec missing counter drop"] : []),
    "	}",
    "	chain antispoof {",
    "		type filter hook prerouting priority raw; policy accept;",
    heldRule,
    "		iifname @tunnels meta nfproto ipv4 iifname . ip saddr != @sources counter drop",
    `		iifname @tunnels meta nfproto ipv6 ip6 saddr != fe80::/10 ${hasIPv6 ? "iifname . ip6 saddr != @sources_ipv6 " : ""}counter drop`,
    "	}",
    ...coloBalance(paths, hasIPv6),
    ...coloNetworks(plan),
    "	chain clamp {",
    "		type filter hook forward priority mangle; policy accept;",
    "		oifname @tunnels tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu",
    "	}",
    "}",
  ];
}
