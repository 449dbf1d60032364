import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { planBond, type WhenDown } from "../planning/bond";
import { formatUnitName } from "../planning/names";
import { renderBondAtColo, renderBondAtRouter } from "../rendering/bond";
import { planOrThrow, sentencesOf } from "./problems";
import type { AddressReference, ColoReference, HostReference, UplinkReference } from "./references";
import {
  componentsAmong,
  hostOf,
  resolveAddress,
  resolveColo,
  resolveHostName,
  resolveUplink,
  unitName,
} from "./resolve";
import { bindUnit } from "./unit";

export interface BondUplinkArgs {
  /** The line. */
  readonly uplink: Input<UplinkReference>;
  /** Its share of new connections, relative to the other lines of its metric, 1 to 256. Default 1. */
  readonly weight?: Input<number | undefined>;
  /** Preference, 0 to 15: lines of the lowest metric are used while one of them is alive. Default 0. */
  readonly metric?: Input<number | undefined>;
}

export interface BondedSiteArgs {
  /** The colo that the addresses come from and the tunnels end at. */
  readonly colo: Input<ColoReference>;
  /** The site's router. */
  readonly router: Input<HostReference>;
  /** The addresses to deliver at the site. The router holds them; the LAN shares the first (source NAT). */
  readonly addresses: readonly Input<AddressReference>[];
  /** The lines that carry them. */
  readonly uplinks: readonly BondUplinkArgs[];
  /**
   * What the site's own traffic does while every tunnel is dead: `direct` lets new connections leave by the lines under
   * the lines' own addresses, `block` lets nothing leave. Default `direct`.
   */
  readonly whenDown?: Input<WhenDown | undefined>;
  /** Seconds for which every tunnel has to be dead before `whenDown` acts, 1 to 3600. Default 5. */
  readonly hold?: Input<number | undefined>;
}

/**
 * A site with all its lines as one: its addresses arrive over every tunnel, and its traffic leaves by every tunnel.
 *
 * @example
 * const office = new BondedSite("office", { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }, { uplink: cable, weight: 4 }] });
 */
export class BondedSite extends ComponentResource {
  public readonly unit: Output<string>;
  /** The addresses that are delivered here. */
  public readonly addresses: Output<string[]>;

  public constructor(name: string, args: BondedSiteArgs, options?: ComponentResourceOptions) {
    const unit = unitName("bond", name);
    const addresses = output(args.addresses.map((address) => resolveAddress(address)));
    const uplinks = output(
      args.uplinks.map(({ uplink, weight, metric }) => output({ uplink: resolveUplink(uplink), weight, metric })),
    );
    const planned = output({
      colo: resolveColo(args.colo),
      router: resolveHostName(args.router),
      addresses,
      uplinks,
      whenDown: args.whenDown,
      hold: args.hold,
    }).apply((known) => planBond({ unit, ...known }));
    super("extrude:index:BondedSite", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = output(formatUnitName(unit));
    this.addresses = addresses.apply((found) => found.map(({ address }) => address));
    const plan = planned.apply((found) => planOrThrow(formatUnitName(unit), found, this));
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
