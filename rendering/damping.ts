import type { BondPlan } from "../planning/bond";

/** BFD over one hop (RFC 5881 4). */
export const bfdPort = 3784;

/** Of a table that has a set `held` of tunnels: their sessions stay down while they are in it. */
export const heldSet = "	set held { type ifname; flags timeout; }";
export const heldRule = `		iifname @held udp dport ${bfdPort} counter drop`;

/** Both ends see a line fall, and hold it down in a table of their own. */
export function dampingLines({ damping, paths }: BondPlan, table: string): string[] {
  const { first, most } = damping;
  return first === 0 ? [] : [`${table} held ${first} ${most} ${paths.map(({ tunnel }) => tunnel).join(",")}`];
}
