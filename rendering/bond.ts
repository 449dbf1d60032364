import { asPrefix } from "../planning/addresses";
import type { BondPlan } from "../planning/bond";
import { routePreference, rulePriority } from "../planning/numbers";
import {
  balanceBird,
  balanceChains,
  balanceElements,
  balanceHeader,
  balanceIp,
  balanceTables,
  pathProtocols,
} from "./balance";
import { kernelProtocol } from "./bird";
import { ipv6AtColo, ipv6AtRouter, ipv6Leak, ipv6Set } from "./bond-ipv6";
import { dampingLines, heldRule, heldSet } from "./damping";
import { deliveryBird, deliveryChains, deliveryHeader, deliveryIp, deliverySysctl } from "./delivery";
import { networksBird, networksSets, privateRoutes, untranslated } from "./networks";
import { policyBird, policyBirdTables, policyChains, policyGuards, policyHeader, policyIp } from "./policy";
import { roomLines } from "./placing";
import { qualityHeader, qualityLines, qualityRule, qualitySet } from "./quality";
import { lastTier, nextHop, staticProtocol, tierProtocols, type Way } from "./tiers";
import type { Unit } from "./unit";
import { linkLocal } from "./uplink";

/** The colo's side: each extruded address over all tunnels, and which address may come out of which tunnel. */
export function renderBondAtColo(plan: BondPlan): Unit {
  const { names } = plan.colo;
  const carried = [...plan.addresses, ...plan.prefixes, ...plan.networks];
  const ipv6 = ipv6AtColo(plan);
  const way: Way = {
    ...{ family: "ipv4", symbol: plan.symbol, peer: linkLocal.site },
    prefixes: carried.map((address) => asPrefix(address)?.text ?? address),
    attributes: [`krt_mtu = ${plan.mtu};`],
  };
  return {
    name: plan.unit,
    host: plan.colo.host,
    header: [
      ...carried.map((address) => `claim delivery ${address}`),
      ...ipv6.header,
      ...plan.needs.colo.map((unit) => `need ${unit}`),
    ],
    sections: {
      "nft-elements": [
        ...plan.paths.flatMap(({ tunnel }) =>
          carried.map((address) => `add element inet ${names.symbol} sources { "${tunnel}" . ${address} }`),
        ),
        ...ipv6.elements,
        ...balanceElements(plan),
      ],
      damping: dampingLines(plan, names.symbol),
      bird: [
        ...tierProtocols(plan.coloTiers, { ...way, table: names.symbol }),
        ...pathProtocols(
          plan.balance?.down ?? [],
          names.paths.map((path) => path.symbol),
          way,
        ),
        ...ipv6.bird,
      ],
    },
  };
}

/** The router's side: the addresses, the default route over all tunnels, and source translation for the LAN. */
export function renderBondAtRouter(plan: BondPlan): Unit {
  const { symbol, table, holder } = plan;
  const way: Way = {
    ...{ family: "ipv4", symbol, prefixes: ["0.0.0.0/0", ...privateRoutes(plan)], peer: linkLocal.colo },
    attributes: [`krt_prefsrc = ${plan.delivery.source};`, `krt_mtu = ${plan.mtu};`],
  };
  const ipv6 = ipv6AtRouter(plan);
  return {
    name: plan.unit,
    host: plan.router,
    header: [
      "claim default-route",
      ...[...plan.addresses, ...plan.prefixes].map((address) => `claim address ${address}`),
      ...ipv6.header,
      `claim link ${holder}`,
      `claim table ${table}`,
      `claim nft ${symbol}`,
      ...deliveryHeader(plan),
      ...policyHeader(plan),
      ...balanceHeader(plan),
      ...qualityHeader(plan),
      ...plan.needs.router.map((unit) => `need ${unit}`),
    ],
    sections: {
      sysctl: [...siteSysctl(plan), ...ipv6.sysctl],
      nft: siteTable(plan),
      "nft-elements": siteElements(plan),
      ip: [
        `link add ${holder} type dummy`,
        `link set ${holder} addrgenmode none`,
        `link set ${holder} up`,
        ...addressesOfHolder(plan).map((address) => `address add ${address}/32 dev ${holder}`),
        // Connected networks first: at no moment do they leave by the bond. The selector, which all packets meet, keeps
        // wg-quick from taking the rule for its own: its `down` deletes whichever one has none.
        `rule add priority ${rulePriority.mainWithoutDefault} not from 255.255.255.255 lookup main suppress_prefixlength 0`,
        ...policyIp(plan),
        ...balanceIp(plan),
        `rule add priority ${rulePriority.bond} lookup ${table}`,
        ...(plan.whenDown === "block" ? [`rule add priority ${rulePriority.block} unreachable`] : []),
        ...deliveryIp(plan),
        ...ipv6.ip,
      ],
      "bird-tables": [`ipv4 table ${symbol};`, ...policyBirdTables(plan), ...balanceTables(plan), ...ipv6.tables],
      bird: [
        ...tierProtocols(plan.tiers, { ...way, table: symbol }),
        ...balanceBird(plan, way),
        ...whenDownProtocol(plan),
        ...networksBird(plan),
        ...deliveryBird(plan),
        ...policyBird(plan, (path) => nextHop(path, linkLocal.colo, "bfd ")),
        ...kernelProtocol(symbol, table),
        ...ipv6.bird,
      ],
      guard: [bondGuard(plan), ...ipv6.guard, ...policyGuards(plan)],
      damping: dampingLines(plan, symbol),
      quality: qualityLines(plan, linkLocal.colo),
      room: roomLines(plan),
    },
  };
}

function siteSysctl(plan: BondPlan): string[] {
  return [
    // The LAN's interfaces are the user's own, so all of them.
    "net/ipv4/conf/*/forwarding = 1",
    "net/ipv4/fib_multipath_hash_policy = 1",
    // Next hops whose gateway does not answer ARP are passed over.
    "net/ipv4/fib_multipath_use_neigh = 1",
    ...deliverySysctl(plan),
  ];
}

/** While every tunnel is dead, the watcher disables the last tier, and `whenDown` acts. */
function bondGuard({ symbol, hold, tiers, addresses }: BondPlan): string {
  const tunnels = tiers.flat().map(({ tunnel }) => tunnel);
  return [lastTier(symbol), hold, tunnels.join(","), addresses.join(",")].join(" ");
}

function addressesOfHolder({ delivery }: BondPlan): string[] {
  return [...new Set([...delivery.held, delivery.source])];
}

/** What the bond's table holds below all tunnels. */
function whenDownProtocol(plan: BondPlan): string[] {
  const place = { family: "ipv4", table: plan.symbol, prefixes: ["0.0.0.0/0"] } as const;
  const common = { ...place, preference: routePreference.whenDown, attributes: [] };
  // A line's own IPv4 is unknown where its tunnel goes by IPv6.
  const paths = plan.tiers.flat().filter(({ line }) => line.family === "ipv4");
  if (plan.whenDown === "block" || paths.length === 0) {
    return staticProtocol({ ...common, name: `${plan.symbol}_block`, nextHops: ["unreachable"] });
  }
  return staticProtocol({
    ...common,
    name: `${plan.symbol}_direct`,
    nextHops: paths.map(({ line, weight }) => {
      const gateway = line.gateway === undefined ? `"${line.interface}"` : `${line.gateway}%'${line.interface}'`;
      return `via ${gateway} weight ${weight}`;
    }),
  });
}

/** The lines and tunnels, one by one: a change of one leaves the table, and what the others carry, alone. */
function siteElements(plan: BondPlan): string[] {
  const lines = new Set(plan.paths.map(({ line }) => line.interface));
  return [
    ...plan.paths.map(({ tunnel }) => `add element inet ${plan.symbol} tunnels { "${tunnel}" }`),
    ...[...lines].map((line) => `add element inet ${plan.symbol} lines { "${line}" }`),
  ];
}

/** Source translation, and what keeps packets of one address from leaving by a line that would drop them. */
function siteTable(plan: BondPlan): string[] {
  return [
    `table inet ${plan.symbol} {`,
    "	set tunnels { type ifname; flags timeout; }",
    "	set lines { type ifname; flags timeout; }",
    `	set extruded { type ipv4_addr;${plan.prefixes.length === 0 ? "" : " flags interval;"} elements = { ${[...plan.addresses, ...plan.prefixes].join(", ")} } }`,
    ...ipv6Set(plan),
    ...networksSets(plan),
    heldSet,
    ...qualitySet(plan),
    "	chain hold_down {",
    "		type filter hook prerouting priority raw; policy accept;",
    heldRule,
    ...qualityRule(plan),
    "	}",
    "	chain translate {",
    "		type nat hook postrouting priority srcnat; policy accept;",
    ...untranslated(plan),
    `		oifname @tunnels meta nfproto ipv4 ip saddr != @extruded snat ip to ${plan.delivery.shared}`,
    "		oifname @lines meta nfproto ipv4 fib saddr type != local masquerade",
    "	}",
    ...deliveryChains(plan),
    ...policyChains(plan),
    ...balanceChains(plan),
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
    // What IPsec is about to encrypt passes here with the line as its way out, and still as it was.
    "	chain leak {",
    "		type filter hook postrouting priority srcnat + 10; policy accept;",
    "		oifname @lines ip saddr @extruded rt ipsec missing counter drop",
    ...ipv6Leak(plan),
    "	}",
    "}",
  ];
}
