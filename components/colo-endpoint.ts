import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { planColo } from "../planning/colo";
import { formatUnitName } from "../planning/names";
import { renderColo } from "../rendering/colo";
import { planOrThrow, sentencesOf } from "./problems";
import type { ColoReference, HostReference } from "./references";
import { resolveHostName, unitName } from "./resolve";
import { bindUnit } from "./unit";

export interface ColoEndpointArgs {
  /** The server on the multihomed network. */
  readonly host: Input<HostReference>;
  /** Its own IPv4 address there, where the tunnels end. */
  readonly address: Input<string>;
  /** The prefix of the network that the address is in, for example 77.1.2.0/24. Default: the /24 around the address. */
  readonly prefix?: Input<string | undefined>;
  /** The interface that holds the address. */
  readonly interface: Input<string>;
  /** The network's gateway, which no site can be given. */
  readonly gateway?: Input<string | undefined>;
}

/**
 * The place in the data centre where tunnels end, and from which addresses are extruded.
 *
 * @example
 * const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
 */
export class ColoEndpoint extends ComponentResource implements ColoReference {
  public readonly unit: Output<string>;
  public readonly host: Output<HostReference>;
  public readonly address: Output<string>;
  public readonly prefix: Output<string | undefined>;
  public readonly interface: Output<string>;
  public readonly gateway: Output<string | undefined>;

  public constructor(name: string, args: ColoEndpointArgs, options?: ComponentResourceOptions) {
    const unit = unitName("colo", name);
    const { address, prefix, interface: device, gateway } = args;
    const planned = output({ host: resolveHostName(args.host), address, prefix, interface: device, gateway }).apply(
      (facts) => planColo({ unit, ...facts }),
    );
    super("extrude:index:ColoEndpoint", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = output(formatUnitName(unit));
    this.host = output(args.host);
    this.address = output(address);
    this.prefix = output(prefix);
    this.interface = output(device);
    this.gateway = output(gateway);
    bindUnit(`${name}-colo`, {
      parent: this,
      host: args.host,
      unit: planned.apply((found) => renderColo(planOrThrow(formatUnitName(unit), found, this))),
      dependsOn: [],
    });
    this.registerOutputs({ unit: this.unit, address: this.address });
  }
}
