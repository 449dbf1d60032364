import { privateSpace } from "../planning/addresses";
import type { BondPlan } from "../planning/bond";
import type { ColoPlan } from "../planning/colo";
import { routePreference } from "../planning/numbers";
import { staticProtocol } from "./tiers";

type Private = Pick<BondPlan, "networks" | "symbol">;

/** Lines of the colo's nftables table: what comes from or goes to a private network stays among those of its owner. */
export function coloNetworks({ networks }: ColoPlan): string[] {
  const owners = Object.values(networks);
  if (owners.length === 0) return [];
  const pairs = owners.flatMap((own) => own.flatMap((from) => own.map((to) => `${from} . ${to}`)));
  return [
    `	set networks { type ipv4_addr; flags interval; elements = { ${owners.flat().join(", ")} } }`,
    `	set reach { type ipv4_addr . ipv4_addr; flags interval; elements = { ${pairs.join(", ")} } }`,
    "	chain networks {",
    "		type filter hook forward priority filter; policy accept;",
    // Which site a source is of, has been seen to before (`antispoof`).
    "		iifname @tunnels oifname @tunnels ip saddr . ip daddr @reach accept",
    "		iifname @tunnels ip saddr @networks counter drop",
    "		oifname @tunnels ip daddr @networks counter drop",
    "	}",
  ];
}

/** What a router sends over the bond, by routes of their own below which there is nothing. */
export function privateRoutes({ networks }: Private): readonly string[] {
  return networks.length === 0 ? [] : privateSpace;
}

/** Private networks are never reached by a line, where another's might be: not even while every tunnel is dead. */
export function networksBird({ networks, symbol }: Private): string[] {
  if (networks.length === 0) return [];
  return staticProtocol({
    ...{ family: "ipv4", name: `${symbol}_networks`, table: symbol, prefixes: privateSpace },
    ...{ preference: routePreference.unreachable, nextHops: ["unreachable"], attributes: [] },
  });
}

/** Sets of the router's nftables table. */
export function networksSets({ networks }: Private): string[] {
  if (networks.length === 0) return [];
  return [
    `	set networks { type ipv4_addr; flags interval; elements = { ${networks.join(", ")} } }`,
    `	set private { type ipv4_addr; flags interval; elements = { ${privateSpace.join(", ")} } }`,
  ];
}

/** A rule before those that translate sources: between private networks, everybody keeps his address. */
export function untranslated({ networks }: Private): string[] {
  return networks.length === 0 ? [] : ["		oifname @tunnels ip saddr @networks ip daddr @private accept"];
}

/** What of a rule keeps it from traffic to private networks. */
export function notPrivate({ networks }: Private): string {
  return networks.length === 0 ? "" : " ip daddr != @private";
}
