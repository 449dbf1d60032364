import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import * as extrude from "pulumi-extrude";
import type { Acquisition } from "./choices";
import { receivedColo } from "./received";
import type { AddressReference, ColoReference } from "./references";

export interface ExtrudedAddressArgs extends extrude.ExtrudedAddressArgs {
  /** The colo whose network the address belongs to: its `reference`. */
  readonly colo: Input<ColoReference>;
  /** How the colo comes by it. Default: proxy-arp for IPv4, proxy-ndp for IPv6, routed for a prefix. */
  readonly acquire?: Input<Acquisition>;
}

/** A public address of the colo's network that is delivered at a site. */
export class ExtrudedAddress extends ComponentResource {
  /** The address, for the site that it is delivered at. */
  public readonly reference: Output<AddressReference>;

  public constructor(name: string, args: ExtrudedAddressArgs, options?: ComponentResourceOptions) {
    super("extrude:index:ExtrudedAddress", name, {}, options);
    const colo = receivedColo(args.colo);
    const { unit, address, coloUnit } = new extrude.ExtrudedAddress(name, { ...args, colo }, { parent: this });
    this.reference = output({ unit, address, coloUnit });
    this.registerOutputs({ reference: this.reference });
  }
}
