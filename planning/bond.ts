import type { ExtrudedAddressFacts } from "./address";
import type { Family } from "./addresses";
import { describeBalance, type PathBalance, planBalance } from "./balance";
import { checkBond, surroundingsOf } from "./bond-checks";
import { type Carried, carriedBy, describeCarried } from "./carried";
import { type Colo, type ColoNames, coloNames } from "./colo";
import { checkCustomersUnit } from "./customers";
import { type Damping, type DampingArguments, describeDamping, planDamping } from "./damping";
import { type DeliveryArguments, type DeliveryPlan, describeDelivery, planDelivery } from "./delivery";
import { lineFamily } from "./line";
import { checkUnitName, formatUnitName, interfaceName, lineMark, symbol, tableId, type UnitName } from "./names";
import { describeNetworks } from "./networks";
import { type Planned, planned } from "./planned";
import { describePolicy, planPolicy, type PolicyArguments, type PolicyPlan } from "./policy";
import { describeQuality, planQuality, type Quality, type QualityArguments } from "./quality";
import { type Rate, sharesOf } from "./shares";
import { lineGateway, type UplinkFacts } from "./uplink";
import type { WhenDown } from "./when-down";

export interface BondMember {
  readonly uplink: UplinkFacts;
  readonly weight?: number | undefined;
  readonly metric?: number | undefined;
  /** The one direction in which it is used; both if left out. */
  readonly only?: string | undefined;
  /** Whether it gets no new connections, so that it can be taken away. */
  readonly drain?: boolean | undefined;
}

export interface BondArguments extends PolicyArguments {
  readonly unit: UnitName;
  readonly colo: Colo;
  readonly router: string;
  readonly addresses: readonly ExtrudedAddressFacts[];
  /** What is done with addresses that the router does not simply hold. */
  readonly deliveries?: readonly DeliveryArguments[] | undefined;
  readonly uplinks: readonly BondMember[];
  /** Private networks of the site. */
  readonly networks?: readonly string[] | undefined;
  readonly balance?: string | undefined;
  readonly whenDown?: string | undefined;
  /** Seconds for which all tunnels have to be dead before `whenDown` acts. */
  readonly hold?: number | undefined;
  readonly damping?: DampingArguments | undefined;
  readonly quality?: QualityArguments | undefined;
}

/** One way between site and colo. A bond with a second colo has more paths, not another design. */
export interface BondPath {
  readonly tunnel: string;
  readonly weight: number;
  readonly line: {
    readonly interface: string;
    readonly family: Family;
    readonly gateway?: string | undefined;
    readonly name: string;
    readonly mark: number;
  };
}

export interface BondPlan {
  readonly unit: string;
  readonly router: string;
  readonly colo: { readonly unit: string; readonly host: string; readonly names: ColoNames };
  /** IPv4 addresses, which the router holds; the LAN shares the first. */
  readonly addresses: readonly [string, ...string[]];
  /** IPv4 prefixes, which the router hands on to the LAN. */
  readonly prefixes: readonly string[];
  /** Private IPv4 networks of the site, which are reached under their own addresses. */
  readonly networks: readonly string[];
  readonly ipv6?: Carried | undefined;
  readonly delivery: DeliveryPlan;
  readonly policy: PolicyPlan;
  /** Of what the site sends, by preference: a tier is used while one of its paths is alive and none of an earlier tier. */
  readonly tiers: readonly (readonly BondPath[])[];
  /** The same of what the colo sends. */
  readonly coloTiers: readonly (readonly BondPath[])[];
  /** Where more than the kernel's hash decides which path of the first tier is taken. */
  readonly balance?: PathBalance | undefined;
  /** Those of both, and those that drain. */
  readonly paths: readonly BondPath[];
  readonly whenDown: WhenDown;
  readonly hold: number;
  readonly damping: Damping;
  readonly quality?: Quality | undefined;
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
  const ownProblems = [...checkUnitName(args.unit), ...checkCustomersUnit(args.unit, args.colo.customer)];
  return planned([...ownProblems, ...checkBond(args)], () => {
    const { ipv4, ipv6 } = carriedBy(args.addresses.map(({ address }) => address));
    const [firstAddress, ...otherAddresses] = ipv4.addresses;
    const unit = formatUnitName(args.unit);
    const uplinks = args.uplinks.map(({ uplink }) => uplink.unit);
    const [tiers, coloTiers] = [tiersOf(sharesOf(args.uplinks, "up")), tiersOf(sharesOf(args.uplinks, "down"))];
    const plan: BondPlan = {
      unit,
      router: args.router,
      colo: { unit: args.colo.unit, host: args.colo.host, names: coloNames(args.colo.unit) },
      // checkBond refuses a bond without an address.
      addresses: [firstAddress ?? "", ...otherAddresses],
      prefixes: ipv4.prefixes,
      networks: args.networks ?? [],
      ipv6,
      delivery: planDelivery(args.deliveries ?? [], surroundingsOf(args)),
      policy: planPolicy(args, unit, tiers),
      tiers,
      coloTiers,
      balance: planBalance(args.balance, tiers[0], coloTiers[0], ratesOf(args.uplinks)),
      paths: tiersOf(args.uplinks).flat(),
      whenDown: (args.whenDown ?? "direct") as WhenDown,
      hold: args.hold ?? defaultHold,
      damping: planDamping(args.damping),
      quality: planQuality(args.quality),
      mtu: Math.min(...args.uplinks.map(({ uplink }) => uplink.tunnelMtu)),
      holder: interfaceName(unit),
      table: tableId(unit),
      symbol: symbol(unit),
      needs: { colo: [args.colo.unit, ...args.addresses.map((address) => address.unit), ...uplinks], router: uplinks },
    };
    return { plan, sentences: [...describeBond(args, plan), ...describeCarried(plan)] };
  });
}

/** What each tunnel's line carries, as far as it is known. */
function ratesOf(members: readonly BondMember[]): Map<string, Rate> {
  return new Map(members.map(({ uplink }) => [interfaceName(uplink.unit), uplink.rate ?? {}]));
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
        line: {
          interface: uplink.interface,
          family: lineFamily(uplink.address),
          gateway: lineGateway(uplink.unit, uplink),
          name: uplink.name,
          mark: lineMark(uplink.unit),
        },
      })),
    );
}

function describeBond({ unit: { name }, balance, uplinks }: BondArguments, plan: BondPlan): string[] {
  const [up, down] = [describeTiers(plan.tiers), describeTiers(plan.coloTiers)];
  const used = [...plan.tiers, ...plan.coloTiers].flat().map(({ line }) => line.name);
  const draining = plan.paths.map(({ line }) => line.name).filter((line) => !used.includes(line));
  return [
    `${name}: ${plan.addresses.join(", ")} at ${plan.router}, ${balance === "packet" ? "packets" : "new connections"} spread over ${up}.`,
    ...(up === down ? [] : [`What the site is sent is spread over ${down}.`]),
    ...draining.map((line) => `${line} drains: it can be taken away without a lost packet.`),
    ...describeDelivery(plan.delivery),
    ...describePolicy(plan.policy),
    ...describeNetworks(plan.networks),
    [
      `MTU ${plan.mtu} on every line, so that a connection may change lines.`,
      ...describeBalance(balance, uplinks),
    ].join(" "),
    ...describeDamping(plan.damping),
    ...describeQuality(plan.quality),
    plan.whenDown === "direct"
      ? `If every tunnel is dead for ${plan.hold} s, new connections leave directly by the lines, under the lines' own addresses.`
      : `If every tunnel is dead for ${plan.hold} s, nothing of the site's own traffic leaves any longer.`,
  ];
}

function describeTiers(tiers: readonly (readonly BondPath[])[]): string {
  return tiers
    .map((tier) => {
      const total = tier.reduce((sum, { weight }) => sum + weight, 0);
      return tier.map(({ line, weight }) => `${line.name} ${Math.round((100 * weight) / total)} %`).join(", ");
    })
    .join("; if all of those are dead, over ");
}
