import { all, ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { planColo } from "../planning/colo";
import type { ColoIPv6 } from "../planning/colo-ipv6";
import { formatUnitName } from "../planning/names";
import { renderColo } from "../rendering/colo";
import { componentUnit } from "./naming";
import { planOrThrow, sentencesOf } from "./problems";
import type { ColoIPv6Args, ColoReference, HostReference } from "./references";
import { resolveColoIPv6, resolveHostName } from "./resolve";
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
  /**
   * Its place in the IPv6 internet, for IPv6 addresses and prefixes of sites. Default: none, and nothing about the server's
   * IPv6 changes.
   */
  readonly ipv6?: Input<ColoIPv6Args | undefined>;
  /**
   * The name of the component's unit on hosts, where it is not to be the component's own. Default: the name that an alias
   * gives, or else the component's.
   */
  readonly unitName?: Input<string | undefined>;
}

/**
 * The place in the data centre where tunnels end, and from which addresses are extruded.
 *
 * @example
 * const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
 */
export class ColoEndpoint extends ComponentResource implements ColoReference {
  public readonly unit: Output<string>;
  public readonly host: Input<HostReference>;
  public readonly address: Output<string>;
  public readonly prefix: Output<string | undefined>;
  public readonly interface: Output<string>;
  public readonly gateway: Output<string | undefined>;
  public readonly ipv6: Output<ColoIPv6 | undefined>;

  public constructor(name: string, args: ColoEndpointArgs, options?: ComponentResourceOptions) {
    const unit = componentUnit("colo", name, options, args.unitName);
    const { address, prefix, interface: device, gateway } = args;
    const ipv6 = resolveColoIPv6(args.ipv6);
    const facts = { unit, host: resolveHostName(args.host), address, prefix, interface: device, gateway, ipv6 };
    const planned = output(facts).apply(planColo);
    super("extrude:index:ColoEndpoint", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = unit.apply(formatUnitName);
    this.host = args.host;
    this.address = output(address);
    this.prefix = output(prefix);
    this.interface = output(device);
    this.gateway = output(gateway);
    this.ipv6 = ipv6;
    bindUnit(`${name}-colo`, {
      parent: this,
      host: args.host,
      unit: all([unit, planned]).apply(([own, found]) => renderColo(planOrThrow(own, found, this))),
      dependsOn: [],
    });
    this.registerOutputs({ unit: this.unit, address: this.address });
  }
}
