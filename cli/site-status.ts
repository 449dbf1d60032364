import type { Refusal } from "./ask";
import type { Measured } from "./measured";
import type { Line, Network, Site } from "./network";
import { type Journals, type Transition, transitionsOf } from "./transitions";

/** What one host has said, or why it has not. */
export interface Reading {
  readonly host: string;
  readonly measured?: Measured;
  readonly refusal?: Refusal;
}

/**
 * `up`: it carries traffic. `standby`: it is alive, and a line of an earlier tier carries the traffic. `down`: an end
 * says so. `unknown`: no end could be asked, or none watches it.
 */
export type LineState = "up" | "standby" | "down" | "unknown";

export interface LineStatus {
  readonly line: Line;
  readonly state: LineState;
  readonly since?: number;
  /** Of new connections, in percent. */
  readonly share: number;
  /** In bit/s, towards the site and from it. */
  readonly toSite?: number;
  readonly fromSite?: number;
  readonly lossPercent?: number;
  readonly latencyMs?: number;
  readonly lastChange?: LineChange;
}

/** The last thing that happened to a line. */
export interface LineChange extends Transition {
  /** How long it was down before it came up. */
  readonly downFor?: number;
}

export interface SiteStatus {
  readonly site: Pick<Site, "name" | "router" | "addresses">;
  readonly lines: readonly LineStatus[];
  /** When the site's own configuration was confirmed last. */
  readonly applied?: number;
}

export function statusOf(network: Network, readings: readonly Reading[]): SiteStatus[] {
  const known = new Map(readings.flatMap(({ host, measured }) => (measured === undefined ? [] : [[host, measured]])));
  const journals: Journals = new Map([...known].map(([host, { events }]) => [host, events]));
  const status = (lines: readonly Line[]): LineStatus[] => {
    const states = lines.map((line) => stateOf(line, known));
    const alive = lines.filter((_, index) => states[index] === "up").map(({ tier }) => tier);
    const tier = Math.min(...alive);
    const inUse = lines.filter((line, index) => states[index] === "up" && line.tier === tier);
    const total = inUse.reduce((sum, { weight }) => sum + weight, 0);
    return lines.map((line, index) => {
      const state = states[index] === "up" && line.tier > tier ? "standby" : (states[index] ?? "unknown");
      const share = state === "up" ? Math.round((100 * line.weight) / total) : 0;
      return { line, state, share, ...measuresOf(line, state, known), ...changeOf(line, journals) };
    });
  };
  const sites = network.sites.map((site) => {
    const applied = known.get(site.router)?.applied[site.unit];
    return { site, lines: status(site.lines), ...(applied === undefined ? {} : { applied }) };
  });
  if (network.spare.length === 0) return sites;
  return [...sites, { site: { name: "", router: "", addresses: [] }, lines: status(network.spare) }];
}

type Known = ReadonlyMap<string, Measured>;

/** What both ends, as far as they could be asked, say of a tunnel. */
function endsOf({ router, colo, tunnel }: Line, known: Known) {
  return [router, colo].flatMap((host) => known.get(host ?? "")?.tunnels[tunnel] ?? []);
}

function stateOf(line: Line, known: Known): "up" | "down" | "unknown" {
  const ends = endsOf(line, known);
  if (ends.length === 0) return "unknown";
  return ends.every(({ isUp }) => isUp) ? "up" : "down";
}

function measuresOf(line: Line, state: LineState, known: Known) {
  const [router, colo] = [known.get(line.router), known.get(line.colo ?? "")];
  const [near, far] = [router?.links[line.tunnel], colo?.links[line.tunnel]];
  const ping = router?.pings[line.tunnel] ?? colo?.pings[line.tunnel];
  const moments = endsOf(line, known).flatMap(({ isUp, since }) =>
    since !== undefined && isUp === (state !== "down") ? [since] : [],
  );
  return {
    ...(moments.length === 0 ? {} : { since: Math.max(...moments) }),
    ...optional("toSite", near?.receiving ?? far?.sending),
    ...optional("fromSite", near?.sending ?? far?.receiving),
    ...(ping === undefined || ping.sent === 0
      ? {}
      : { lossPercent: Math.round((100 * (ping.sent - ping.received)) / ping.sent) }),
    ...optional("latencyMs", ping?.latencyMs),
  };
}

function optional<Key extends string>(key: Key, value: number | undefined): { readonly [_ in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [_ in Key]: number });
}

function changeOf(line: Line, journals: Journals): { readonly lastChange?: LineChange } {
  const all = transitionsOf(line, journals);
  const last = all.at(-1);
  if (last === undefined) return {};
  const fall = last.isUp ? all.at(-2) : undefined;
  if (fall?.why === undefined) return { lastChange: last };
  return { lastChange: { ...last, why: fall.why, downFor: last.at - fall.at } };
}
