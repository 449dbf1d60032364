import type { BondPath, BondPlan } from "../planning/bond";
import { routePreference, rulePriority } from "../planning/numbers";
import type { BypassRoute } from "../planning/policy";
import { kernelProtocol } from "./bird";
import { trafficMatch } from "./traffic";
import { hasMark, hexadecimal, markBits, masked, setMark } from "./marks";
import { notPrivate } from "./networks";

/** Seconds for which a line has to be dead before bypassed connections leave it: sessions return one by one. */
const patience = 1;

type Governed = Pick<BondPlan, "policy" | "tiers" | "paths" | "delivery" | "networks" | "symbol">;

export function policyHeader({ policy }: Governed): string[] {
  return policy.routes.flatMap(({ table, mark }) => [`claim table ${table}`, `claim mark ${masked(mark)}`]);
}

export function policyIp({ policy }: Governed): string[] {
  return policy.routes.map(
    ({ mark, table }) => `rule add priority ${rulePriority.bypass} fwmark ${masked(mark)} lookup ${table}`,
  );
}

export function policyBirdTables({ policy }: Governed): string[] {
  return policy.routes.map(({ symbol }) => `ipv4 table ${symbol};`);
}

/** A protocol for each line, so that the watcher can take one out, and over the tunnels what is left. */
export function policyBird({ policy, tiers }: Governed, tunnelHop: (path: BondPath) => string): string[] {
  return policy.routes.flatMap((route) => [
    ...route.tiers.flatMap((tier, index) =>
      tier.flatMap((path) =>
        staticDefault(protocolOf(route, path), route.symbol, routePreference.tier - index, [lineHop(path)]),
      ),
    ),
    ...(route.isChosen
      ? tiers.flatMap((tier, index) =>
          staticDefault(
            `${route.symbol}_tunnels${index + 1}`,
            route.symbol,
            routePreference.lastTier - index,
            tier.map(tunnelHop),
          ),
        )
      : []),
    ...kernelProtocol(route.symbol, route.table),
  ]);
}

function protocolOf({ symbol }: BypassRoute, { tunnel }: BondPath): string {
  return `${symbol}_${tunnel.replaceAll("-", "_")}`;
}

function staticDefault(name: string, table: string, preference: number, hops: readonly string[]): string[] {
  return [
    `protocol static ${name} {`,
    `	ipv4 { table ${table}; preference ${preference}; };`,
    "	route 0.0.0.0/0",
    ...hops.map((hop, index) => `		${hop}${index === hops.length - 1 ? ";" : ""}`),
    "}",
  ];
}

function lineHop({ line, weight }: BondPath): string {
  const gateway = line.gateway === undefined ? `"${line.interface}"` : `${line.gateway}%'${line.interface}'`;
  return `via ${gateway} weight ${weight}`;
}

/** A line whose tunnel is dead while another's is not is taken out, and connections on it let go of it. */
export function policyGuards({ policy, tiers }: Governed): string[] {
  const paths = tiers.flat();
  return policy.routes.flatMap((route) =>
    route.tiers.flat().flatMap((path) => {
      const rest = paths.filter((other) => other !== path).map(({ tunnel }) => tunnel);
      return rest.length === 0
        ? []
        : [`${protocolOf(route, path)} ${patience} ${path.tunnel} ${masked(path.line.mark)} ${rest.join(",")}`];
    }),
  );
}

/**
 * Chains of the site's own table. A connection's first packet is marked for the table of its lines; the line that it
 * leaves by is kept in the connection's mark, and all its later packets carry that line's mark.
 */
export function policyChains(plan: Governed): string[] {
  const { policy, paths, delivery } = plan;
  const { block, bypass, routes } = policy;
  const blocked = chain("block", "type filter hook forward priority filter; policy accept;", [
    ...block.map((traffic) => rule("oifname @lines", ...trafficMatch(traffic), "jump refuse")),
  ]);
  if (routes.length === 0) return block.length === 0 ? [] : blocked;
  const lines = paths.map(({ line }) => line);
  const begins = `meta nfproto ipv4 ct direction original ct state new ip daddr != @extruded${notPrivate(plan)} fib daddr type != local`;
  const restore = lines.map(({ mark }) => `		${hasMark("ct", mark)} ${setMark("meta", mark)}`);
  const isMarked = `meta mark & ${markBits} { ${routes.map(({ mark }) => hexadecimal(mark)).join(", ")} }`;
  return [
    ...chain("classify", "", [
      ...block.map((traffic) => rule(...trafficMatch(traffic), "return")),
      ...bypass.map(({ traffic, mark }) => rule(...trafficMatch(traffic), setMark("meta", mark), "return")),
    ]),
    ...chain("bypass", "type filter hook prerouting priority mangle + 10; policy accept;", [
      "		iifname @lines return",
      "		iifname @tunnels return",
      `		${begins} jump classify`,
      ...restore,
    ]),
    // The router's own connections, but those of programs that have chosen another address for themselves.
    ...chain("bypass_own", "type route hook output priority mangle + 10; policy accept;", [
      `		ip saddr ${delivery.source} ${begins} jump classify`,
      ...restore,
    ]),
    ...chain("keep", "type filter hook postrouting priority mangle; policy accept;", [
      ...lines.map(({ interface: device, mark }) => `		oifname "${device}" ${isMarked} ${setMark("ct", mark)}`),
    ]),
    ...chain("bypass_out", "type nat hook postrouting priority srcnat - 2; policy accept;", [
      `		oifname @lines ${isMarked} masquerade`,
    ]),
    ...(block.length === 0 ? [] : blocked),
  ];
}

function rule(...parts: readonly string[]): string {
  return `		${parts.join(" ")}`;
}

function chain(name: string, hook: string, rules: readonly string[]): string[] {
  return [`	chain ${name} {`, ...(hook === "" ? [] : [`		${hook}`]), ...rules, "	}"];
}
