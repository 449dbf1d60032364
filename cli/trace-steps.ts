import { familyOf } from "../planning/addresses";
import { rulePriority } from "../planning/numbers";
import type { Line, Site } from "./network";
import { type Packet, type Route, type Rule, ruleOf } from "./rules";
import { seenAs } from "./trace-policy";

/** One look-up on the way. */
export interface Step {
  readonly host: string;
  /** What is looked up, in words. */
  readonly packet: string;
  readonly rule?: Pick<Rule, "priority" | "text">;
  readonly route: Route;
  /** The line that it takes, where it takes one. */
  readonly line?: string;
  /** Sentences. */
  readonly because: readonly string[];
  readonly isPassable: boolean;
}

export interface Lookup {
  readonly host: string;
  readonly what: string;
  readonly packet: Packet;
  readonly rules: readonly Rule[];
  readonly route: Route;
  /** What the site's policy says of it. */
  readonly policy?: readonly string[];
}

/** What the kernel's answer means at a site's router or its colo. */
export function explain({ host, what, packet, rules, route, policy = [] }: Lookup, site: Site): Step {
  const rule = ruleOf(rules, packet, route);
  const tunnel = site.lines.find((line) => line.tunnel === route.device);
  const direct = site.lines.find((line) => line.device === route.device && line.router === host);
  const line = tunnel ?? direct;
  return {
    host,
    packet: what,
    ...(rule === undefined ? {} : { rule: { priority: rule.priority, text: rule.text } }),
    route,
    ...(line === undefined ? {} : { line: line.name }),
    because: [...policy, reasonOf(rule, site, route), ...waysOf(route, site, packet, tunnel, host)],
    isPassable: route.refusal === undefined,
  };
}

/** Why this rule is there, in the words of docs/architecture.md. */
function reasonOf(rule: Rule | undefined, site: Site, route: Route): string {
  if (rule === undefined) {
    return route.refusal === undefined
      ? `No rule that is known here leads to table ${route.table}.`
      : `The kernel finds no route: ${route.refusal}.`;
  }
  const { priority, text } = rule;
  const named = `Rule ${priority} (${text})`;
  const reasons: Readonly<Record<number, string>> = {
    0: "the host itself has this address",
    [rulePriority.uplinkAddress]: "what carries a line's own address leaves by that line",
    [rulePriority.uplinkInterface]: "what is bound to a line's interface leaves by that line",
    [rulePriority.uplinkMark]: "a tunnel's own packets carry the mark of their line, and leave by it",
    [rulePriority.uplinkMarkOnly]:
      "a tunnel's own packets never leave by another line than theirs, which has no route now",
    [rulePriority.extrudedPath]: "it was marked for one of the tunnels",
    [rulePriority.extruded]: "an extruded address goes through the tunnels to its site",
    [rulePriority.mainWithoutDefault]: "connected networks, and the user's own routes, come before the bond",
    [rulePriority.bypass]: "a policy of the site sends it out by the lines directly",
    [rulePriority.bondPath]: "it was marked for one of the tunnels",
    [rulePriority.bond]: `everything else goes over the bond of ${site.name}`,
    [rulePriority.block]: 'with whenDown "block" nothing leaves while every tunnel is dead',
    32_766: "the host's own routing table decides",
    [rulePriority.bondAfterMain]: `what the router itself sends, and nobody else knows a way for, goes over the bond of ${site.name}`,
  };
  const reason = reasons[priority];
  return reason === undefined ? `${named}, which is not extrude's.` : `${named}: ${reason}.`;
}

function waysOf(route: Route, site: Site, packet: Packet, tunnel: Line | undefined, host: string): string[] {
  if (route.refusal !== undefined) return [];
  if (tunnel !== undefined) return throughTunnel(tunnel, site, packet, host);
  const direct = site.lines.find(({ device, router }) => device === route.device && router === host);
  const by = `It leaves by ${route.device ?? "no interface"}${route.gateway === undefined ? "" : ` through ${route.gateway}`}`;
  if (direct === undefined) return route.isLocal ? ["It stays on the host."] : [`${by}.`];
  if (packet.oif !== undefined || packet.mark !== undefined || packet.from === direct.local)
    return [`${by}, the line ${direct.name}.`];
  return [
    `${by}, the line ${direct.name} itself, under that line's own address: every tunnel is dead, and whenDown is "direct".`,
  ];
}

function throughTunnel(line: Line, site: Site, { from }: Packet, host: string): string[] {
  const tier = site.lines.filter((each) => each.tier === line.tier);
  const total = tier.reduce((sum, { weight }) => sum + weight, 0);
  const shares = tier.map(({ name, weight }) => `${name} ${Math.round((100 * weight) / total)} %`);
  const address = seenAs(site, from, "ipv4");
  const isTranslated = host === line.router && from !== undefined && familyOf(from) === "ipv4" && address !== from;
  return [
    `It takes the line ${line.name}: the tunnel ${line.tunnel} over ${line.device}, MTU ${line.mtu}.`,
    ...(isTranslated && address !== undefined ? [`nftables gives it the sender ${address}.`] : []),
    tier.length === 1
      ? `${line.name} is the only line of its tier.`
      : `${spreading[site.balance]}: ${shares.join(", ")} while all of these are up.`,
  ];
}

/** How a bond uses the lines of a tier, of which a look-up tells only that of `flow`. */
const spreading: Readonly<Record<Site["balance"], string>> = {
  flow: "New connections are spread by their addresses and ports",
  adaptive:
    "Or another: new connections begin on the line that has room, and by their weights where none is known to have",
  packet: "Or another: the packets of a connection take them by turns",
};

export function renderTrace(steps: readonly Step[]): string {
  return steps
    .map(({ host, packet, because }) =>
      [`${host}: ${packet}`, ...because.map((sentence) => `  ${sentence}`), ""].join("\n"),
    )
    .join("");
}
