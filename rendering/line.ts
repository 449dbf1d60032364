import { ikePort, routePreference, rulePriority } from "../planning/numbers";
import type { UplinkPlan } from "../planning/uplink";
import { kernelProtocol } from "./bird";
import { hasMark, masked, setMark } from "./marks";
import type { Sections, Unit } from "./unit";

/** The families as nftables calls them. */
const inNft = { ipv4: "ip", ipv6: "ip6" } as const;

type Line = Required<Pick<Sections, "nft" | "ip" | "bird-tables" | "bird" | "lines">> & Pick<Unit, "header">;

/** What keeps a line's packets on it, whatever is inside them: a routing table of its own, and who has to use it. */
export function renderLine(plan: UplinkPlan): Line {
  const { table, symbol, family } = plan;
  const anywhere = family === "ipv4" ? "0.0.0.0/0" : "::/0";
  const gateway = plan.gateway === undefined ? `"${plan.interface}"` : `${plan.gateway}%'${plan.interface}'`;
  return {
    header: [
      `claim table ${table}`,
      ...(lineTable(plan).length === 0 ? [] : [`claim nft ${symbol}`]),
      `claim mark ${masked(plan.mark)}`,
    ],
    lines: plan.isFollowed ? [`${plan.gateway ?? ""} ${plan.interface} ${family}`] : [],
    nft: lineTable(plan),
    ip: [
      ...(plan.uniqueAddress === undefined
        ? []
        : [`rule add priority ${rulePriority.uplinkAddress} from ${plan.uniqueAddress} lookup ${table}`]),
      // Not what is bound to the interface since its address has no meaning elsewhere, as link-local addresses have none.
      `rule add priority ${rulePriority.uplinkInterface} ${family === "ipv4" ? "" : "to 2000::/3 "}oif ${plan.interface} lookup ${table}`,
      ...markRules(plan),
    ].map((rule) => (family === "ipv4" ? rule : `-6 ${rule}`)),
    "bird-tables": [`${family} table ${symbol};`],
    bird: [
      `protocol static ${symbol}_line {`,
      `	${family} { table ${symbol}; };`,
      `	route ${anywhere} via ${gateway};`,
      "}",
      `protocol static ${symbol}_unreachable {`,
      `	${family} { table ${symbol}; preference ${routePreference.unreachable}; };`,
      `	route ${anywhere} unreachable;`,
      "}",
      ...kernelProtocol(symbol, table, family),
    ],
  };
}

/** Only an encapsulation whose sockets cannot be bound to an interface marks its packets. */
function markOf({ transport }: UplinkPlan): number | undefined {
  return transport.encapsulation === "gre" ? undefined : transport.mark;
}

/** For what is not bound to the interface: packets of an encapsulation that cannot be, and bypassed connections. */
function markRules({ mark, table }: UplinkPlan): string[] {
  const marked = `fwmark ${masked(mark)}`;
  return [
    `rule add priority ${rulePriority.uplinkMark} ${marked} lookup ${table}`,
    `rule add priority ${rulePriority.uplinkMarkOnly} ${marked} unreachable`,
  ];
}

function lineTable(plan: UplinkPlan): string[] {
  const mark = markOf(plan);
  if (mark === undefined) return [];
  return [
    `table inet ${plan.symbol} {`,
    // Whatever rules others have, the tunnel leaves by its line or not at all. Where the line is a tunnel itself, its own
    // packets carry the mark too, and leave by another interface rightly.
    "	chain pin {",
    "		type filter hook postrouting priority srcnat + 10; policy accept;",
    ...outerPackets(plan).map(
      (packets) => `		${packets} ${hasMark("meta", mark)} oifname != "${plan.interface}" counter drop`,
    ),
    "	}",
    ...sealedChains(plan),
    ...(plan.uniqueAddress === undefined
      ? [
          // A connection that came by the line is answered by it, also where another line has the same address.
          "	chain arriving {",
          "		type filter hook prerouting priority mangle; policy accept;",
          `		iifname "${plan.interface}" ct state new ${setMark("ct", mark)}`,
          `		iifname != "${plan.interface}" ${hasMark("ct", mark)} ${setMark("meta", mark)}`,
          "	}",
          "	chain answering {",
          "		type route hook output priority mangle; policy accept;",
          `		${hasMark("ct", mark)} ${setMark("meta", mark)}`,
          "	}",
        ]
      : []),
    "}",
  ];
}

/** What the line carries of the tunnel. */
function outerPackets({ transport, colo, family }: UplinkPlan): string[] {
  const to = `${inNft[family]} daddr ${colo.address}`;
  switch (transport.encapsulation) {
    case "gre":
      return [];
    case "gre-ipsec":
    case "ipsec":
      return [`${to} udp dport ${ikePort}`, `${to} meta l4proto esp`];
    case "wireguard":
      return [`${to} udp dport ${transport.port}`];
  }
}

/** GRE leaves and arrives inside ESP or not at all: also while there is no charon, or no agreement with it. */
function sealedChains({ transport, colo, family }: UplinkPlan): string[] {
  if (transport.encapsulation !== "gre-ipsec") return [];
  const ip = inNft[family];
  const ends = { site: transport.address, colo: colo.address };
  return [
    "	chain sealed_output {",
    "		type filter hook output priority filter; policy accept;",
    `		${ip} saddr ${ends.site} ${ip} daddr ${ends.colo} meta l4proto gre rt ipsec missing counter drop`,
    "	}",
    "	chain sealed_input {",
    "		type filter hook input priority filter; policy accept;",
    `		${ip} saddr ${ends.colo} ${ip} daddr ${ends.site} meta l4proto gre meta ipsec missing counter drop`,
    "	}",
  ];
}
