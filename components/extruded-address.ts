import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { type Acquisition, planAddress } from "../planning/address";
import { formatUnitName } from "../planning/names";
import { renderAddress } from "../rendering/address";
import { planOrThrow, sentencesOf } from "./problems";
import type { AddressReference, ColoReference } from "./references";
import { componentsAmong, hostOf, resolveColo, unitName } from "./resolve";
import { bindUnit } from "./unit";

export interface ExtrudedAddressArgs {
  /** The colo whose network the address belongs to. */
  readonly colo: Input<ColoReference>;
  /** The public IPv4 address. */
  readonly address: Input<string>;
  /**
   * How the colo comes by it: `proxy-arp` answers ARP for it on the colo's network; `routed` if the provider routes it to
   * the colo anyway, as clouds and many hosters do. Default `proxy-arp`.
   */
  readonly acquire?: Input<Acquisition | undefined>;
}

/**
 * A public address of the colo's network that is delivered at a site.
 *
 * @example
 * const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
 */
export class ExtrudedAddress extends ComponentResource implements AddressReference {
  public readonly unit: Output<string>;
  public readonly address: Output<string>;
  public readonly coloUnit: Output<string>;

  public constructor(name: string, args: ExtrudedAddressArgs, options?: ComponentResourceOptions) {
    const unit = unitName("address", name);
    const colo = resolveColo(args.colo);
    const planned = output({ colo, address: args.address, acquire: args.acquire }).apply((facts) =>
      planAddress({ unit, ...facts }),
    );
    super("extrude:index:ExtrudedAddress", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = output(formatUnitName(unit));
    this.address = output(args.address);
    this.coloUnit = colo.apply((found) => found.unit);
    bindUnit(`${name}-colo`, {
      parent: this,
      host: hostOf(args.colo),
      unit: planned.apply((found) => renderAddress(planOrThrow(formatUnitName(unit), found, this))),
      dependsOn: componentsAmong([args.colo]),
    });
    this.registerOutputs({ unit: this.unit, address: this.address });
  }
}
