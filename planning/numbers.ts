/**
 * Numbers that extrude owns on every host. The priorities stay clear of mwan3 (1000 to 2999), Tailscale (5210 to 5270)
 * and whatever sits just before `main` (32766), as wg-quick's rules do.
 */
export const rulePriority = {
  /** Packets that carry an uplink's own address leave by that uplink. */
  uplinkAddress: 9010,
  /** Sockets and tunnels that are bound to an uplink's interface leave by it. */
  uplinkInterface: 9020,
  /** Packets that carry an uplink's mark leave by it, */
  uplinkMark: 9030,
  /** and never by another. */
  uplinkMarkOnly: 9040,
  /** At the colo: what was marked for one path takes it, while that is alive, */
  extrudedPath: 9090,
  /** and extruded addresses go to their sites. */
  extruded: 9100,
  /** At the site: connected and specific routes first, */
  mainWithoutDefault: 9500,
  /** then, for marked connections, the lines that a policy sends them by, */
  bypass: 9550,
  /** then, for packets that were marked for one path of the bond, that path while it is alive, */
  bondPath: 9580,
  /** then the bond, */
  bond: 9600,
  /** and then, with `whenDown: "block"`, nothing: also while BIRD has not filled the bond's table yet. */
  block: 9700,
  /** At the site, in IPv6, after `main` (32766): what the router itself sends and nobody else knows a way for. */
  bondAfterMain: 32_800,
} as const;

/**
 * Preferences of a bond's routes in BIRD, the highest first. `merge paths` joins next hops of equal preference only, so
 * a tier takes over when all next hops of the tier above are dead.
 */
export const routePreference = {
  /** The first tier; each further tier is one lower. */
  tier: 200,
  /** All tunnels without BFD: carries the traffic while a BIRD restarts at either end. */
  lastTier: 100,
  /** What `whenDown` chose. */
  whenDown: 50,
  /** Keeps an uplink's table from ever being empty, so that its packets never leave by another line. */
  unreachable: 1,
} as const;

/** The route through a dummy device by which the colo goes on answering ARP has to lose against every other. */
export const fallbackMetric = 4_000_000_000;

/** Seconds in a mean month, for figures of what keepalives cost. */
export const secondsPerMonth = (365.25 * 86_400) / 12;

/** Where extrude's own charon at a colo listens, beside the system's, which has 500 and 4500. */
export const ikePort = 4501;
