import { all, ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { type Acquisition, planAddress } from "../planning/address";
import { formatUnitName } from "../planning/names";
import { renderAddress } from "../rendering/address";
import { componentUnit } from "./naming";
import { planOrThrow, sentencesOf } from "./problems";
import type { AddressReference, ColoReference } from "./references";
import { componentsAmong, hostOf, resolveColo } from "./resolve";
import { bindUnit } from "./unit";

/**
 * Which address, and how it comes to the colo.
 *
 * @example
 * const atCloud: ExtrudedAddressArgs = { colo, address: "77.1.2.3", acquire: "routed" };
 */
export interface ExtrudedAddressArgs {
  /** The colo whose network the address belongs to. */
  readonly colo: Input<ColoReference>;
  /**
   * The public address, IPv4 or IPv6, which the site's router holds; or a prefix, for example 2001:db8:77:100::/56, which it
   * hands on to the networks behind it.
   */
  readonly address: Input<string>;
  /**
   * How the colo comes by it: `proxy-arp` answers ARP for it on the colo's network, `proxy-ndp` neighbour discovery; `routed`
   * if the provider routes it to the colo anyway, as clouds and many hosters do. Default: `proxy-arp` for an IPv4 address,
   * `proxy-ndp` for an IPv6 address, `routed` for a prefix, for which nobody could answer.
   */
  readonly acquire?: Input<Acquisition | undefined>;
  /**
   * The name of the component's unit on hosts, where it is not to be the component's own. Default: the name that an alias
   * gives, or else the component's.
   */
  readonly unitName?: Input<string | undefined>;
}

/**
 * A public address of the colo's network that is delivered at a site.
 *
 * @example
 * const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
 * const lan = new ExtrudedAddress("lan", { colo, address: "2001:db8:77:100::/56" });
 */
export class ExtrudedAddress extends ComponentResource implements AddressReference {
  /** The name of its unit on hosts, ORGANIZATION/PROJECT/STACK/address/NAME. */
  public readonly unit: Output<string>;
  /** The address, or the prefix. */
  public readonly address: Output<string>;
  /** The unit of its colo. */
  public readonly coloUnit: Output<string>;

  public constructor(name: string, args: ExtrudedAddressArgs, options?: ComponentResourceOptions) {
    const unit = componentUnit("address", name, options, args.unitName);
    const colo = resolveColo(args.colo);
    const planned = output({ unit, colo, address: args.address, acquire: args.acquire }).apply(planAddress);
    super("extrude:index:ExtrudedAddress", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = unit.apply(formatUnitName);
    this.address = output(args.address);
    this.coloUnit = colo.apply((found) => found.unit);
    bindUnit(`${name}-colo`, {
      parent: this,
      host: hostOf(args.colo),
      unit: all([unit, planned]).apply(([own, found]) => renderAddress(planOrThrow(own, found, this))),
      dependsOn: componentsAmong([args.colo]),
    });
    this.registerOutputs({ unit: this.unit, address: this.address });
  }
}
