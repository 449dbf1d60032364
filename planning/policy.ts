import type { BondPath } from "./bond";
import { lineMark, symbol, tableId } from "./names";
import { type Problem, problem, quoteValue } from "./problems";
import { checkTraffic, covers, describeTraffic, planTraffic, type Traffic, type TrafficArguments } from "./traffic";

export interface BypassArguments extends TrafficArguments {
  /** Names of uplinks; all of the bond's if left out. */
  readonly via?: readonly string[] | undefined;
}

export interface PolicyArguments {
  readonly bypass?: readonly BypassArguments[] | undefined;
  readonly block?: readonly TrafficArguments[] | undefined;
}

/** Lines among which bypassed connections are shared, in a routing table of their own. */
export interface BypassRoute {
  readonly symbol: string;
  readonly table: number;
  /** Of packets that have to find their line here. */
  readonly mark: number;
  readonly tiers: readonly (readonly BondPath[])[];
  /** Whether the bond has other lines: over its tunnels, traffic goes on while none of these is alive. */
  readonly isChosen: boolean;
}

export interface PolicyPlan {
  /** What never leaves but by a tunnel. */
  readonly block: readonly Traffic[];
  /** The first that fits decides, unless the traffic is blocked. */
  readonly bypass: readonly { readonly traffic: Traffic; readonly mark: number }[];
  readonly routes: readonly BypassRoute[];
}

/** Only for arguments in which nothing is wrong. `tiers` are those of the bond whose unit is `unit`. */
export function planPolicy(
  { bypass = [], block = [] }: PolicyArguments,
  unit: string,
  tiers: readonly (readonly BondPath[])[],
): PolicyPlan {
  const routes = new Map<string, BypassRoute>();
  const routeOf = (via: readonly string[] | undefined): BypassRoute => {
    const chosen = tiers.map((tier) =>
      tier.filter(({ line }) => line.family === "ipv4" && (via?.includes(line.name) ?? true)),
    );
    const isChosen = chosen.flat().length < tiers.flat().length;
    // The same lines are the same table, whatever order they are named in and whatever else the policy says.
    const names = isChosen ? [...new Set(via)].sort() : [];
    const name = [`${unit}/bypass`, ...names].join("-");
    const route = routes.get(name) ?? {
      symbol: symbol(name),
      table: tableId(name),
      mark: lineMark(name),
      tiers: chosen.filter((tier) => tier.length > 0),
      isChosen,
    };
    routes.set(name, route);
    return route;
  };
  return {
    block: block.map(planTraffic),
    bypass: bypass.map((rule) => ({ traffic: planTraffic(rule), mark: routeOf(rule.via).mark })),
    routes: [...routes.values()],
  };
}

export function describePolicy({ block, bypass, routes }: PolicyPlan): string[] {
  const linesOf = (mark: number): string => {
    const route = routes.find((one) => one.mark === mark);
    const names = route?.tiers.flat().map(({ line }) => line.name) ?? [];
    return names.length === 0 ? "no line" : names.join(", ");
  };
  return [
    ...bypass.map(
      ({ traffic, mark }) =>
        `${capitalized(describeTraffic(traffic))} leaves directly by ${linesOf(mark)}, under the line's own address.`,
    ),
    ...block.map((traffic) => `${capitalized(describeTraffic(traffic))} never leaves but by a tunnel.`),
  ];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface PolicySurroundings {
  /** The site's lines. */
  readonly lines: readonly string[];
  readonly uplinks: readonly string[];
}

export function checkPolicy(
  { bypass = [], block = [] }: PolicyArguments,
  { lines, uplinks }: PolicySurroundings,
): Problem[] {
  const found = [
    ...bypass.flatMap((rule, index) => [
      ...checkTraffic(rule, `bypass[${index}]`, lines),
      ...checkVia(rule.via, `bypass[${index}].via`, uplinks),
    ]),
    ...block.flatMap((rule, index) => checkTraffic(rule, `block[${index}]`, lines)),
  ];
  const isShared = bypass.length > 0 && new Set(lines).size < lines.length;
  // What is malformed cannot be compared.
  return [
    ...found,
    ...(isShared ? [problem("bypass-shared-interface", "bypass", "is given, and two lines have one interface.")] : []),
    ...(found.length === 0 ? checkContradictions(bypass, block) : []),
  ];
}

function checkVia(via: readonly string[] | undefined, argument: string, uplinks: readonly string[]): Problem[] {
  if (via?.length === 0) return [problem("list-empty", argument, "is empty, so no line would be left.")];
  return (via ?? []).flatMap((name, index) =>
    uplinks.includes(name)
      ? []
      : [problem("bypass-via-unknown", `${argument}[${index}]`, `${quoteValue(name)} is not an uplink of this bond.`)],
  );
}

/** Rules that never act, since others before them take all that fits them. */
function checkContradictions(bypass: readonly BypassArguments[], block: readonly TrafficArguments[]): Problem[] {
  const rules = [
    ...block.map((rule, index) => ({ name: `block[${index}]`, traffic: planTraffic(rule) })),
    ...bypass.map((rule, index) => ({ name: `bypass[${index}]`, traffic: planTraffic(rule) })),
  ];
  return rules.flatMap(({ name, traffic }, index) => {
    const before = rules.slice(0, index).find((rule) => covers(rule.traffic, traffic));
    return before === undefined
      ? []
      : [problem("policy-contradiction", name, `never acts: ${before.name} takes all that it is meant for.`)];
  });
}
