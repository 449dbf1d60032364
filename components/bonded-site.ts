import { all, ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import type { Balance } from "../planning/balance";
import { planBond } from "../planning/bond";
import type { WhenDown } from "../planning/when-down";
import type { Delivery } from "../planning/delivery";
import { formatUnitName } from "../planning/names";
import type { Direction } from "../planning/shares";
import type { TrafficProtocol } from "../planning/traffic";
import { renderBondAtColo, renderBondAtRouter } from "../rendering/bond";
import { componentUnit } from "./naming";
import { planOrThrow, sentencesOf } from "./problems";
import type { AddressReference, ColoReference, HostReference, UplinkReference } from "./references";
import { componentsAmong, hostOf, resolveAddress, resolveColo, resolveHostName, resolveUplink } from "./resolve";
import { bindUnit } from "./unit";

/**
 * One of a site's lines, and its part.
 *
 * @example
 * const uplinks: BondUplinkArgs[] = [{ uplink: dsl }, { uplink: cable, weight: 4 }, { uplink: lte, metric: 1 }];
 */
export interface BondUplinkArgs {
  /** The line. */
  readonly uplink: Input<UplinkReference>;
  /**
   * Its share of new connections, relative to the other lines of its metric, 1 to 256. Default: in each direction in
   * proportion to the lines' rates, if all lines have one and none has a weight; else 1.
   */
  readonly weight?: Input<number | undefined>;
  /** Preference, 0 to 15: lines of the lowest metric are used while one of them is alive. Default 0. */
  readonly metric?: Input<number | undefined>;
  /** The one direction in which it is used: `up` is what the site sends. Default: both. */
  readonly only?: Input<Direction | undefined>;
  /**
   * Whether it gets no new connections, and those that it carries move to other lines, so that it can be taken away
   * without a lost packet. Default false.
   */
  readonly drain?: Input<boolean | undefined>;
}

/**
 * For how long a line that has fallen is not used again.
 *
 * @example
 * const damping: DampingArgs = { first: 10, most: 300 }; // 10 s, then 20 s, 40 s and so on
 */
export interface DampingArgs {
  /** Seconds from its fall, doubled each time it falls again; 0 for never. Default 0. */
  readonly first?: Input<number | undefined>;
  /** Seconds at most, and for how long it has to be used without a fall to begin anew. Default 300. */
  readonly most?: Input<number | undefined>;
}

/**
 * When a line that is alive is left all the same.
 *
 * @example
 * const quality: QualityArgs = { loss: 10, returnLoss: 2, latency: 150 };
 */
export interface QualityArgs {
  /** Percent of pings, there and back, above which a line is left, 1 to 99. Default 20. */
  readonly loss?: Input<number | undefined>;
  /** Percent at or below which it is used again. Default: half of `loss`. */
  readonly returnLoss?: Input<number | undefined>;
  /** Milliseconds there and back, on average, above which a line is left, up to 10000. Default: any will do. */
  readonly latency?: Input<number | undefined>;
  /** Milliseconds at or below which it is used again. Default: four fifths of `latency`. */
  readonly returnLatency?: Input<number | undefined>;
}

/**
 * Ports of a public address that a host of the LAN gets.
 *
 * @example
 * const forward: ForwardArgs = { protocol: "udp", ports: "10000-10100", to: "192.168.1.40" };
 */
export interface ForwardArgs {
  /** `tcp` or `udp`. */
  readonly protocol: Input<"tcp" | "udp">;
  /** The port of the public address, 1 to 65535, or a range such as "8000-8010". */
  readonly ports: Input<number | string>;
  /** The private address of the host that gets it. */
  readonly to: Input<string>;
  /** Another port there; not with a range. Default: the same. */
  readonly toPort?: Input<number | undefined>;
}

/**
 * What the site does with one of its addresses.
 *
 * @example
 * const deliveries: DeliveryArgs[] = [
 *   { address: vpn, as: "nat", forwards: [{ protocol: "tcp", ports: 443, to: "192.168.1.20" }] },
 *   { address: web, as: "routed", interface: "eth0" },
 *   { address: phone, as: "one-to-one", to: "192.168.1.30" },
 * ];
 */
export interface DeliveryArgs {
  /** One of the site's addresses. */
  readonly address: Input<AddressReference>;
  /**
   * `nat`: the router holds it. `routed`: a host of the LAN holds it. `one-to-one`: the router translates it to and from
   * one host's private address.
   */
  readonly as: Input<Delivery>;
  /** The LAN's interface that leads to the host (`routed`, which needs it). No default. */
  readonly interface?: Input<string | undefined>;
  /**
   * The private address of the host (`one-to-one`), or of the next hop towards the one that holds the address (`routed`;
   * default: it answers ARP on `interface` itself).
   */
  readonly to?: Input<string | undefined>;
  /** Ports that are passed on to hosts of the LAN (`nat`). Default none. */
  readonly forwards?: readonly ForwardArgs[] | undefined;
}

/**
 * Packets that fit everything that is given; all packets, if nothing is.
 *
 * @example
 * const telephony: TrafficArgs = { dscp: 46 };
 * const web: TrafficArgs = { protocol: "tcp", ports: [80, 443], interfaces: ["eth0"] };
 */
export interface TrafficArgs {
  /** `tcp`, `udp` or `icmp`. Default: any. */
  readonly protocol?: Input<TrafficProtocol | undefined>;
  /** Ports that they go to, or ranges such as "8000-8010"; with `tcp` or `udp`. Default: any. */
  readonly ports?: Input<Input<number | string>[] | undefined>;
  /** Prefixes that they go to, such as "198.51.100.0/24". Default: any. */
  readonly destinations?: Input<Input<string>[] | undefined>;
  /** Prefixes that they come from. Default: any. */
  readonly sources?: Input<Input<string>[] | undefined>;
  /** Interfaces of the LAN by which they arrive. Default: any, and the router's own packets. */
  readonly interfaces?: Input<Input<string>[] | undefined>;
  /** Their DSCP, 0 to 63. Default: any. */
  readonly dscp?: Input<number | undefined>;
  /**
   * A mark that rules of the user's have given them before (priority mangle), VALUE/MASK, for example "0x100/0x100". The
   * mask lies within 0x00ffff00. Default: any.
   */
  readonly mark?: Input<string | undefined>;
}

/**
 * Traffic that leaves by a line directly, and by which.
 *
 * @example
 * const bypass: BypassArgs[] = [{ protocol: "tcp", ports: [80, 443], via: [cable] }];
 */
export interface BypassArgs extends TrafficArgs {
  /** The lines that it leaves by, by weight; over the bond while none of them is alive. Default: all. */
  readonly via?: readonly Input<UplinkReference>[] | undefined;
}

/**
 * What the site has, and what it does with it.
 *
 * @example
 * const args: BondedSiteArgs = {
 *   ...{ colo, router, addresses: [vpn], uplinks },
 *   ...{ bypass, damping, quality, whenDown: "block" },
 * };
 */
export interface BondedSiteArgs {
  /** The colo that the addresses come from and the tunnels end at. */
  readonly colo: Input<ColoReference>;
  /** The site's router. */
  readonly router: Input<HostReference>;
  /**
   * The addresses to deliver at the site, at least one of IPv4. The LAN shares the first that the router holds (source
   * NAT). Prefixes among them are for the networks behind the router.
   */
  readonly addresses: readonly Input<AddressReference>[];
  /** What the site does with each of them. Default: the router holds it (`nat` without forwards). */
  readonly deliveries?: readonly DeliveryArgs[] | undefined;
  /** The lines that carry them. */
  readonly uplinks: readonly BondUplinkArgs[];
  /**
   * Private networks of the site's, for example 192.168.1.0/24, each within one of the colo's `networks`. Networks of the
   * same owner at other sites, and the colo's server, reach them by the tunnels, under their own addresses; what they send
   * to private addresses never leaves otherwise. Default: none, and the LAN is only seen under its public address.
   */
  readonly networks?: Input<Input<string>[] | undefined>;
  /**
   * Connections that leave directly by a line, under the line's own address: the first rule that fits decides. Default
   * none.
   */
  readonly bypass?: readonly BypassArgs[] | undefined;
  /** What never leaves but by a tunnel, whatever `bypass` and `whenDown` say. Default nothing. */
  readonly block?: readonly TrafficArgs[] | undefined;
  /**
   * What the site's own traffic does while every tunnel is dead: `direct` lets new connections leave by the lines under
   * the lines' own addresses, `block` lets nothing leave. Default `direct`.
   */
  readonly whenDown?: Input<WhenDown | undefined>;
  /** Seconds for which every tunnel has to be dead before `whenDown` acts, 1 to 3600. Default 5. */
  readonly hold?: Input<number | undefined>;
  /**
   * `flow` keeps each connection on one line, which its addresses and ports choose, by weight. `adaptive` chooses one where
   * there is room: a connection that comes alone gets the fastest, and answers come back by the line of the question.
   * `packet` spreads the packets of every connection over all lines by weight; lines that are not alike need their `rate`
   * for that, and short queues (`shape`). The last two are about the lines of the lowest metric, at most four. Default `flow`.
   */
  readonly balance?: Input<Balance | undefined>;
  /** For how long a line that has fallen is not used again, while others are alive. Default: it is at once. */
  readonly damping?: Input<DampingArgs | undefined>;
  /**
   * When a line that is alive is not good enough, while another is alive. The router measures it, with four pings a second
   * on each line. Default: every line that is alive is used.
   */
  readonly quality?: Input<QualityArgs | undefined>;
  /**
   * The name of the component's unit on hosts, where it is not to be the component's own. Default: the name that an alias
   * gives, or else the component's.
   */
  readonly unitName?: Input<string | undefined>;
}

/**
 * A site with all its lines as one: its addresses arrive over every tunnel, and its traffic leaves by every tunnel.
 *
 * @example
 * const uplinks = [{ uplink: dsl }, { uplink: cable, weight: 4 }];
 * const office = new BondedSite("office", { colo, router, addresses: [vpn], uplinks });
 */
export class BondedSite extends ComponentResource {
  /** The name of its unit on hosts, ORGANIZATION/PROJECT/STACK/bond/NAME. */
  public readonly unit: Output<string>;
  /** The addresses that are delivered here. */
  public readonly addresses: Output<string[]>;

  public constructor(name: string, args: BondedSiteArgs, options?: ComponentResourceOptions) {
    const unit = componentUnit("bond", name, options, args.unitName);
    const addresses = output(args.addresses.map((address) => resolveAddress(address)));
    const uplinks = output(
      args.uplinks.map(({ uplink, ...member }) => output({ uplink: resolveUplink(uplink), ...member })),
    );
    const planned = output({
      unit,
      colo: resolveColo(args.colo),
      router: resolveHostName(args.router),
      addresses,
      deliveries: args.deliveries?.map(({ address, ...how }) =>
        output({ ...how, address: resolveAddress(address).apply((facts) => facts.address) }),
      ),
      uplinks,
      bypass: args.bypass?.map(({ via, ...traffic }) =>
        output({ ...traffic, via: via?.map((line) => output(line).apply(({ name: lineName }) => lineName)) }),
      ),
      block: args.block?.map((traffic) => output(traffic)),
      networks: args.networks,
      balance: args.balance,
      whenDown: args.whenDown,
      hold: args.hold,
      damping: args.damping,
      quality: args.quality,
    }).apply(planBond);
    super("extrude:index:BondedSite", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = unit.apply(formatUnitName);
    this.addresses = addresses.apply((found) => found.map(({ address }) => address));
    const plan = all([unit, planned]).apply(([own, found]) => planOrThrow(own, found, this));
    const parts = [args.colo, args.router, ...args.addresses, ...args.uplinks.map(({ uplink }) => uplink)];
    const dependsOn = componentsAmong(parts);
    const atColo = bindUnit(`${name}-colo`, {
      parent: this,
      host: hostOf(args.colo),
      unit: plan.apply(renderBondAtColo),
      dependsOn,
    });
    // The colo lets a new tunnel's packets pass before the router sends any.
    bindUnit(`${name}-router`, {
      parent: this,
      host: args.router,
      unit: plan.apply(renderBondAtRouter),
      dependsOn: [...dependsOn, atColo],
    });
    this.registerOutputs({ unit: this.unit, addresses: this.addresses });
  }
}
