import { allPaths, type BondPath, type BondPlan } from "../planning/bond";
import { routePreference, rulePriority } from "../planning/numbers";
import { kernelProtocol } from "./bird";
import type { Unit } from "./unit";
import { linkLocal } from "./uplink";

/** The colo's side: each extruded address over all tunnels, and which address may come out of which tunnel. */
export function renderBondAtColo(plan: BondPlan): Unit {
  const { names } = plan.colo;
  const prefixes = plan.addresses.map((address) => `${address}/32`);
  return {
    name: plan.unit,
    host: plan.colo.host,
    header: [
      ...plan.addresses.map((address) => `claim delivery ${address}`),
      ...plan.needs.colo.map((unit) => `need ${unit}`),
    ],
    sections: {
      "nft-elements": allPaths(plan).flatMap(({ tunnel }) =>
        plan.addresses.map((address) => `add element inet ${names.symbol} sources { "${tunnel}" . ${address} }`),
      ),
      bird: tierProtocols(plan, names.symbol, prefixes, linkLocal.site, [`krt_mtu = ${plan.mtu};`]),
    },
  };
}

/** The router's side: the addresses, the default route over all tunnels, and source translation for the LAN. */
export function renderBondAtRouter(plan: BondPlan): Unit {
  const { symbol, table, holder } = plan;
  const attributes = [`krt_prefsrc = ${plan.addresses[0]};`, `krt_mtu = ${plan.mtu};`];
  return {
    name: plan.unit,
    host: plan.router,
    header: [
      "claim default-route",
      ...plan.addresses.map((address) => `claim address ${address}`),
      `claim link ${holder}`,
      `claim table ${table}`,
      `claim nft ${symbol}`,
      ...plan.needs.router.map((unit) => `need ${unit}`),
    ],
    sections: {
      // The LAN's interfaces are the user's own, so all of them.
      sysctl: [
        "net/ipv4/conf/*/forwarding = 1",
        "net/ipv4/fib_multipath_hash_policy = 1",
        // Next hops whose gateway does not answer ARP are passed over.
        "net/ipv4/fib_multipath_use_neigh = 1",
      ],
      nft: siteTable(plan),
      "nft-elements": siteElements(plan),
      ip: [
        `link add ${holder} type dummy`,
        `link set ${holder} addrgenmode none`,
        `link set ${holder} up`,
        ...plan.addresses.map((address) => `address add ${address}/32 dev ${holder}`),
        // Connected networks first: at no moment do they leave by the bond. The selector, which all packets meet, keeps
        // wg-quick from taking the rule for its own: its `down` deletes whichever one has none.
        `rule add priority ${rulePriority.mainWithoutDefault} not from 255.255.255.255 lookup main suppress_prefixlength 0`,
        `rule add priority ${rulePriority.bond} lookup ${table}`,
        ...(plan.whenDown === "block" ? [`rule add priority ${rulePriority.block} unreachable`] : []),
      ],
      "bird-tables": [`ipv4 table ${symbol};`],
      bird: [
        ...tierProtocols(plan, symbol, ["0.0.0.0/0"], linkLocal.colo, attributes),
        ...whenDownProtocol(plan),
        ...kernelProtocol(symbol, table),
      ],
      guard: [
        [
          lastTier(symbol),
          plan.hold,
          allPaths(plan)
            .map((path) => path.tunnel)
            .join(","),
          plan.addresses.join(","),
        ].join(" "),
      ],
    },
  };
}

/** A bond's own name in another unit's table: the colo's table holds routes of many bonds. */
function lastTier(symbol: string): string {
  return `${symbol}_last`;
}

function tierProtocols(
  plan: BondPlan,
  table: string,
  prefixes: readonly string[],
  peer: string,
  attributes: readonly string[],
): string[] {
  const common = { table, prefixes, attributes };
  const tiers = plan.tiers.flatMap((tier, index) =>
    staticProtocol({
      ...common,
      name: `${plan.symbol}_tier${index + 1}`,
      preference: routePreference.tier - index,
      nextHops: tier.map((path) => nextHop(path, peer, "bfd ")),
    }),
  );
  const last = staticProtocol({
    ...common,
    name: lastTier(plan.symbol),
    preference: routePreference.lastTier,
    nextHops: allPaths(plan).map((path) => nextHop(path, peer, "")),
  });
  return [...tiers, ...last];
}

function nextHop({ tunnel, weight }: BondPath, peer: string, liveness: "bfd " | ""): string {
  return `via ${peer}%'${tunnel}' ${liveness}weight ${weight}`;
}

/** What the bond's table holds below all tunnels. */
function whenDownProtocol(plan: BondPlan): string[] {
  const common = { table: plan.symbol, preference: routePreference.whenDown, prefixes: ["0.0.0.0/0"], attributes: [] };
  if (plan.whenDown === "block") {
    return staticProtocol({ ...common, name: `${plan.symbol}_block`, nextHops: ["unreachable"] });
  }
  return staticProtocol({
    ...common,
    name: `${plan.symbol}_direct`,
    nextHops: allPaths(plan).map(({ line, weight }) => {
      const gateway = line.gateway === undefined ? `"${line.interface}"` : `${line.gateway}%'${line.interface}'`;
      return `via ${gateway} weight ${weight}`;
    }),
  });
}

interface StaticProtocol {
  readonly name: string;
  readonly table: string;
  readonly preference: number;
  readonly prefixes: readonly string[];
  readonly nextHops: readonly string[];
  readonly attributes: readonly string[];
}

function staticProtocol({ name, table, preference, prefixes, nextHops, attributes }: StaticProtocol): string[] {
  const end = attributes.length === 0 ? ";" : ` { ${attributes.join(" ")} };`;
  return [
    `protocol static ${name} {`,
    `	ipv4 { table ${table}; preference ${preference}; };`,
    ...prefixes.flatMap((prefix) =>
      [`	route ${prefix}`, ...nextHops.map((hop) => `		${hop}`)].map((line, index, lines) =>
        index === lines.length - 1 ? line + end : line,
      ),
    ),
    "}",
  ];
}

/** The lines and tunnels, one by one: a change of one leaves the table, and what the others carry, alone. */
function siteElements(plan: BondPlan): string[] {
  const lines = new Set(allPaths(plan).map(({ line }) => line.interface));
  return [
    ...allPaths(plan).map(({ tunnel }) => `add element inet ${plan.symbol} tunnels { "${tunnel}" }`),
    ...[...lines].map((line) => `add element inet ${plan.symbol} lines { "${line}" }`),
  ];
}

/** Source translation, and what keeps packets of one address from leaving by a line that would drop them. */
function siteTable(plan: BondPlan): string[] {
  return [
    `table inet ${plan.symbol} {`,
    "	set tunnels { type ifname; flags timeout; }",
    "	set lines { type ifname; flags timeout; }",
    `	set extruded { type ipv4_addr; elements = { ${plan.addresses.join(", ")} } }`,
    "	chain translate {",
    "		type nat hook postrouting priority srcnat; policy accept;",
    `		oifname @tunnels meta nfproto ipv4 ip saddr != @extruded snat ip to ${plan.addresses[0]}`,
    "		oifname @lines meta nfproto ipv4 fib saddr type != local masquerade",
    "	}",
    "	chain clamp {",
    "		type filter hook forward priority mangle; policy accept;",
    "		oifname @tunnels tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu",
    "	}",
    // A connection that began over the tunnels cannot go on over a line: end it, so that its owner begins another.
    "	chain stale {",
    "		type filter hook forward priority filter; policy accept;",
    "		oifname @lines ct status snat ct reply ip daddr @extruded jump refuse",
    "	}",
    "	chain refuse {",
    "		meta l4proto tcp counter reject with tcp reset",
    "		counter drop",
    "	}",
    "	chain leak {",
    "		type filter hook postrouting priority srcnat + 10; policy accept;",
    "		oifname @lines ip saddr @extruded counter drop",
    "	}",
    "}",
  ];
}
