import { asPrefix } from "../planning/addresses";
import type { BondPlan } from "../planning/bond";
import { all } from "../planning/carried";
import { routePreference, rulePriority } from "../planning/numbers";
import { balanceIPv6, pathProtocols } from "./balance";
import { inIPv6, kernelProtocol } from "./bird";
import { lastTier, staticProtocol, tierProtocols, type Way } from "./tiers";
import { linkLocal } from "./uplink";

/** What a bond adds to its units for IPv6: to none of their lists anything, where it carries IPv4 alone. */
interface Addition {
  readonly header: readonly string[];
  readonly bird: readonly string[];
}

/** A forwarded packet minds a route's MTU only where that is locked (ip6_dst_mtu_maybe_forward). */
function mtuOf(plan: BondPlan): string[] {
  return [`krt_mtu = ${plan.mtu};`, "krt_lock_mtu = true;"];
}

export function ipv6AtColo(plan: BondPlan): Addition & { readonly elements: readonly string[] } {
  if (plan.ipv6 === undefined) return { header: [], bird: [], elements: [] };
  const { names } = plan.colo;
  const carried = all(plan.ipv6);
  const way: Way = {
    ...{ family: "ipv6", symbol: inIPv6(plan.symbol), peer: linkLocal.site, attributes: mtuOf(plan) },
    prefixes: carried.map((address) => asPrefix(address)?.text ?? address),
  };
  return {
    header: carried.map((address) => `claim delivery ${address}`),
    elements: plan.paths.flatMap(({ tunnel }) =>
      carried.map((address) => `add element inet ${names.symbol} sources_ipv6 { "${tunnel}" . ${address} }`),
    ),
    bird: [
      ...tierProtocols(plan.coloTiers, { ...way, table: inIPv6(names.symbol) }),
      ...pathProtocols(
        plan.balance?.down ?? [],
        names.paths.map((path) => inIPv6(path.symbol)),
        way,
      ),
    ],
  };
}

/**
 * At the router only what carries an extruded address follows the bond. A site may have IPv6 by its lines too, in prefixes
 * that nobody told extrude, and there is no source translation that would make all of it one.
 */
export function ipv6AtRouter(
  plan: BondPlan,
): Addition & Record<"sysctl" | "ip" | "tables" | "guard", readonly string[]> {
  if (plan.ipv6 === undefined) return { header: [], sysctl: [], ip: [], tables: [], bird: [], guard: [] };
  const { addresses, prefixes } = plan.ipv6;
  const symbol = inIPv6(plan.symbol);
  const attributes = [...addresses.slice(0, 1).map((address) => `krt_prefsrc = ${address};`), ...mtuOf(plan)];
  const common = { family: "ipv6", table: symbol, prefixes: ["::/0"] } as const;
  const way = { ...common, symbol, peer: linkLocal.colo, attributes };
  const balance = balanceIPv6(plan, way);
  return {
    header: all(plan.ipv6).map((address) => `claim address ${address}`),
    sysctl: [
      ...(prefixes.length === 0 ? [] : ["net/ipv6/conf/all/forwarding = 1"]),
      "net/ipv6/fib_multipath_hash_policy = 1",
    ],
    ip: [
      ...addresses.map((address) => `address add ${address}/128 dev ${plan.holder} nodad`),
      ...all(plan.ipv6).flatMap((carried) => rulesFrom(carried, plan.table)),
      ...prefixes.flatMap(rulesTo),
      ...balance.ip,
      ...(addresses.length === 0
        ? []
        : [`-6 rule add priority ${rulePriority.bondAfterMain} iif lo lookup ${plan.table}`]),
    ],
    tables: [`ipv6 table ${symbol};`, ...balance.tables],
    bird: [
      ...tierProtocols(plan.tiers, way),
      ...balance.bird,
      // A provider drops what does not carry an address of its own: no line can stand in.
      ...staticProtocol({
        ...{ ...common, name: `${symbol}_block`, preference: routePreference.whenDown },
        ...{ nextHops: ["unreachable"], attributes: [] },
      }),
      ...kernelProtocol(symbol, plan.table, "ipv6"),
    ],
    guard: [
      `${lastTier(symbol)} ${plan.hold} ${plan.tiers
        .flat()
        .map(({ tunnel }) => tunnel)
        .join(",")}`,
    ],
  };
}

/** Connected networks, then the bond, then nothing: also while BIRD has not filled the bond's table yet. */
function rulesFrom(carried: string, table: number): string[] {
  return [
    `-6 rule add priority ${rulePriority.mainWithoutDefault} from ${carried} lookup main suppress_prefixlength 0`,
    `-6 rule add priority ${rulePriority.bond} from ${carried} lookup ${table}`,
    `-6 rule add priority ${rulePriority.block} from ${carried} unreachable`,
  ];
}

/** What of a prefix is in no network here does not go back to the internet by a default route. */
function rulesTo(prefix: string): string[] {
  return [
    `-6 rule add priority ${rulePriority.mainWithoutDefault} to ${prefix} lookup main suppress_prefixlength 0`,
    `-6 rule add priority ${rulePriority.block} to ${prefix} unreachable`,
  ];
}

/** Lines of the site's nftables table. */
export function ipv6Set({ ipv6 }: BondPlan): string[] {
  if (ipv6 === undefined) return [];
  return [`	set extruded_ipv6 { type ipv6_addr; flags interval; elements = { ${all(ipv6).join(", ")} } }`];
}

export function ipv6Leak({ ipv6 }: BondPlan): string[] {
  return ipv6 === undefined ? [] : ["		oifname @lines ip6 saddr @extruded_ipv6 rt ipsec missing counter drop"];
}
