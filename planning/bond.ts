import type { ExtrudedAddressFacts } from "./address";
import { checkAddress } from "./addresses";
import { checkColoReference, type Colo, type ColoNames, coloNames } from "./colo";
import {
  checkInterface,
  checkName,
  checkUnitName,
  checkUnitReference,
  formatUnitName,
  interfaceName,
  symbol,
  tableId,
  type UnitName,
} from "./names";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";
import type { UplinkFacts } from "./uplink";

export const whenDownChoices = ["direct", "block"] as const;
/** What a site's traffic does while every tunnel is dead: leave by a provider under that line's address, or stay. */
export type WhenDown = (typeof whenDownChoices)[number];

export interface BondMember {
  readonly uplink: UplinkFacts;
  readonly weight?: number | undefined;
  readonly metric?: number | undefined;
}

export interface BondArguments {
  readonly unit: UnitName;
  readonly colo: Colo;
  readonly router: string;
  readonly addresses: readonly ExtrudedAddressFacts[];
  readonly uplinks: readonly BondMember[];
  readonly whenDown?: string | undefined;
  /** Seconds for which all tunnels have to be dead before `whenDown` acts. */
  readonly hold?: number | undefined;
}

/** One way between site and colo. A bond with a second colo has more paths, not another design. */
export interface BondPath {
  readonly tunnel: string;
  readonly weight: number;
  readonly line: { readonly interface: string; readonly gateway?: string | undefined; readonly name: string };
}

export interface BondPlan {
  readonly unit: string;
  readonly router: string;
  readonly colo: { readonly unit: string; readonly host: string; readonly names: ColoNames };
  readonly addresses: readonly [string, ...string[]];
  /** Paths by preference: a tier is used while one of its paths is alive and none of an earlier tier. */
  readonly tiers: readonly (readonly BondPath[])[];
  readonly whenDown: WhenDown;
  readonly hold: number;
  /** The lowest MTU of all tunnels, for all of them: flows migrate. */
  readonly mtu: number;
  /** The device that holds the extruded addresses at the router. */
  readonly holder: string;
  readonly table: number;
  readonly symbol: string;
  /** The units that have to be there first. */
  readonly needs: { readonly colo: readonly string[]; readonly router: readonly string[] };
}

export const defaultHold = 5;

export function planBond(args: BondArguments): Planned<BondPlan> {
  return planned([...checkUnitName(args.unit), ...checkBond(args)], () => {
    const [firstAddress, ...otherAddresses] = args.addresses.map(({ address }) => address);
    const unit = formatUnitName(args.unit);
    const uplinks = args.uplinks.map(({ uplink }) => uplink.unit);
    const plan: BondPlan = {
      unit,
      router: args.router,
      colo: { unit: args.colo.unit, host: args.colo.host, names: coloNames(args.colo.unit) },
      // checkBond refuses a bond without an address.
      addresses: [firstAddress ?? "", ...otherAddresses],
      tiers: tiersOf(args.uplinks),
      whenDown: (args.whenDown ?? "direct") as WhenDown,
      hold: args.hold ?? defaultHold,
      mtu: Math.min(...args.uplinks.map(({ uplink }) => uplink.tunnelMtu)),
      holder: interfaceName(unit),
      table: tableId(unit),
      symbol: symbol(unit),
      needs: { colo: [args.colo.unit, ...args.addresses.map((address) => address.unit), ...uplinks], router: uplinks },
    };
    return { plan, sentences: describeBond(args.unit.name, plan) };
  });
}

/** Groups of equal metric, the lowest metric first. */
export function tiersOf(members: readonly BondMember[]): BondPath[][] {
  const byMetric = Map.groupBy(members, ({ metric }) => metric ?? 0);
  return [...byMetric]
    .sort(([a], [b]) => a - b)
    .map(([, tier]) =>
      tier.map(({ uplink, weight }) => ({
        tunnel: interfaceName(uplink.unit),
        weight: weight ?? 1,
        line: { interface: uplink.interface, gateway: uplink.gateway, name: uplink.name },
      })),
    );
}

export function allPaths(plan: Pick<BondPlan, "tiers">): BondPath[] {
  return plan.tiers.flat();
}

function describeBond(name: string, plan: BondPlan): string[] {
  const tiers = plan.tiers.map((tier) => {
    const total = tier.reduce((sum, { weight }) => sum + weight, 0);
    return tier.map(({ line, weight }) => `${line.name} ${Math.round((100 * weight) / total)} %`).join(", ");
  });
  const [first, ...later] = tiers;
  return [
    `${name}: ${plan.addresses.join(", ")} at ${plan.router}, new connections spread over ${first ?? "no line"}${later.map((tier) => `; if all of those are dead, over ${tier}`).join("")}.`,
    `MTU ${plan.mtu} on every line, so that a connection may change lines. One connection uses one line at a time.`,
    plan.whenDown === "direct"
      ? `If every tunnel is dead for ${plan.hold} s, new connections leave directly by the lines, under the lines' own addresses.`
      : `If every tunnel is dead for ${plan.hold} s, nothing of the site's own traffic leaves any longer.`,
  ];
}

function checkBond(args: BondArguments): Problem[] {
  const problems = [...checkColoReference("colo", args.colo), ...checkName("router", args.router)];
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (args.uplinks.length === 0) say("bond-without-uplink", "uplinks", "is empty, so nothing could carry the address.");
  if (args.addresses.length === 0) say("bond-without-address", "addresses", "is empty, so there is nothing to carry.");
  args.uplinks.forEach((member, index) => {
    problems.push(...checkMember(member, `uplinks[${index}]`, args));
  });
  args.addresses.forEach(({ unit, address, colo }, index) => {
    problems.push(...checkUnitReference(`addresses[${index}].unit`, unit, "address"));
    problems.push(...checkAddress(`addresses[${index}].address`, address));
    if (colo !== args.colo.unit) {
      say(
        "address-of-other-colo",
        `addresses[${index}]`,
        `${address} is extruded by ${colo}, not by ${args.colo.unit}.`,
      );
    }
  });
  problems.push(...checkDistinct(args));
  const { whenDown, hold } = args;
  if (whenDown !== undefined && !whenDownChoices.some((choice) => choice === whenDown)) {
    say("choice-invalid", "whenDown", `${quoteValue(whenDown)} is not "direct" or "block".`);
  }
  if (hold !== undefined && !(Number.isInteger(hold) && hold >= 1 && hold <= 3600)) {
    say("hold-invalid", "hold", `${quoteValue(hold)} is out of range.`);
  }
  return problems;
}

function checkMember({ uplink, weight, metric }: BondMember, argument: string, args: BondArguments): Problem[] {
  const problems = checkUplinkReference(`${argument}.uplink`, uplink);
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (weight !== undefined && !(Number.isInteger(weight) && weight >= 1 && weight <= 256)) {
    say("weight-invalid", `${argument}.weight`, `${quoteValue(weight)} is not a weight.`);
  }
  if (metric !== undefined && !(Number.isInteger(metric) && metric >= 0 && metric <= 15)) {
    say("metric-invalid", `${argument}.metric`, `${quoteValue(metric)} is not a metric.`);
  }
  if (uplink.colo !== args.colo.unit) {
    say(
      "uplink-of-other-colo",
      `${argument}.uplink`,
      `${uplink.name} ends at ${uplink.colo}, not at ${args.colo.unit}.`,
    );
  }
  if (uplink.router !== args.router) {
    say(
      "uplink-of-other-router",
      `${argument}.uplink`,
      `${uplink.name} is a line of ${uplink.router}, not of ${args.router}.`,
    );
  }
  return problems;
}

/** What another component says of an uplink. A tunnel's MTU is 0 where the uplink itself has problems to report. */
function checkUplinkReference(argument: string, uplink: UplinkFacts): Problem[] {
  return [
    ...checkUnitReference(`${argument}.unit`, uplink.unit, "uplink"),
    ...checkName(`${argument}.name`, uplink.name),
    ...checkInterface(`${argument}.interface`, uplink.interface),
    ...checkAddress(`${argument}.address`, uplink.address),
    ...(uplink.gateway === undefined ? [] : checkAddress(`${argument}.gateway`, uplink.gateway)),
    ...(Number.isInteger(uplink.tunnelMtu) && uplink.tunnelMtu >= 0 && uplink.tunnelMtu <= 9000
      ? []
      : [problem("mtu-invalid", `${argument}.tunnelMtu`, `${quoteValue(uplink.tunnelMtu)} is not an MTU.`)]),
  ];
}

/** The indices of the first two equal keys. */
function firstTwin(keys: readonly string[]): [number, number] | undefined {
  const second = keys.findIndex((key, index) => keys.indexOf(key) < index);
  const key = keys[second];
  return key === undefined ? undefined : [keys.indexOf(key), second];
}

function checkDistinct({ uplinks, addresses }: BondArguments): Problem[] {
  const problems: Problem[] = [];
  const lines = uplinks.map(({ uplink }) => `${uplink.address} on ${uplink.interface}`);
  const line = firstTwin(lines);
  if (line !== undefined) {
    const [first, second] = line;
    problems.push(
      problem(
        "bond-duplicate-line",
        `uplinks[${second}].uplink`,
        `${lines[second] ?? ""} is also the line of uplinks[${first}].`,
      ),
    );
  }
  const names = uplinks.map(({ uplink }) => uplink.name);
  const name = firstTwin(names);
  if (name !== undefined) {
    const [first, second] = name;
    problems.push(
      problem(
        "duplicate-name",
        `uplinks[${second}].uplink`,
        `the name ${quoteValue(names[second])} is also that of uplinks[${first}].`,
      ),
    );
  }
  const held = addresses.map(({ address }) => address);
  const address = firstTwin(held);
  if (address !== undefined) {
    const [first, second] = address;
    problems.push(
      problem("duplicate-address", `addresses[${second}]`, `${held[second] ?? ""} is also addresses[${first}].`),
    );
  }
  return problems;
}
