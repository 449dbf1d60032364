import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import type { Encapsulation } from "../planning/encapsulation";
import { formatUnitName } from "../planning/names";
import { planUplink } from "../planning/uplink";
import { renderUplinkAtColo, renderUplinkAtRouter } from "../rendering/uplink";
import { planOrThrow, sentencesOf } from "./problems";
import type { ColoReference, HostReference, UplinkReference } from "./references";
import { componentsAmong, hostOf, resolveColo, resolveHostName, unitName } from "./resolve";
import { bindUnit } from "./unit";

export interface DetectionArgs {
  /** Milliseconds between two liveness packets (BFD), 50 to 10000. Default 200. */
  readonly interval?: Input<number | undefined>;
  /** How many of them have to be missed, 2 to 20. Default 3. */
  readonly multiplier?: Input<number | undefined>;
}

export interface SiteUplinkArgs {
  /** Where the tunnel ends. */
  readonly colo: Input<ColoReference>;
  /** The site's router, into which the line is plugged. */
  readonly router: Input<HostReference>;
  /** The line's interface at the router. */
  readonly interface: Input<string>;
  /** The line's own public IPv4 address, held by the interface. */
  readonly address: Input<string>;
  /** The provider's gateway. Leave out on point-to-point interfaces such as ppp0. */
  readonly gateway?: Input<string | undefined>;
  /** How packets travel over the line. Default `gre`: not encrypted, 24 bytes of overhead. */
  readonly encapsulation?: Input<Encapsulation | undefined>;
  /** The line's own MTU in bytes, 600 to 9000. Default 1500. */
  readonly mtu?: Input<number | undefined>;
  /** When the line counts as dead. Default: 3 packets missed at 200 ms. */
  readonly detection?: Input<DetectionArgs | undefined>;
}

/**
 * One line of a site, with its tunnel to the colo.
 *
 * @example
 * const dsl = new SiteUplink("dsl", { colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" });
 */
export class SiteUplink extends ComponentResource implements UplinkReference {
  public readonly unit: Output<string>;
  public readonly name: Output<string>;
  public readonly coloUnit: Output<string>;
  public readonly routerName: Output<string>;
  public readonly interface: Output<string>;
  public readonly address: Output<string>;
  public readonly gateway: Output<string | undefined>;
  /** MTU inside the tunnel, in bytes. */
  public readonly tunnelMtu: Output<number>;

  public constructor(name: string, args: SiteUplinkArgs, options?: ComponentResourceOptions) {
    const unit = unitName("uplink", name);
    const { interface: device, address, gateway, encapsulation, mtu, detection } = args;
    const facts = { interface: device, address, gateway, encapsulation, mtu, detection };
    const colo = resolveColo(args.colo);
    const router = resolveHostName(args.router);
    const planned = output({ colo, router, ...facts }).apply((known) => planUplink({ unit, ...known }));
    super("extrude:index:SiteUplink", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = output(formatUnitName(unit));
    this.name = output(name);
    this.coloUnit = colo.apply((found) => found.unit);
    this.routerName = router;
    this.interface = output(device);
    this.address = output(address);
    this.gateway = output(gateway);
    // A bond of a line that cannot be planned is not planned either: the value is never used.
    this.tunnelMtu = planned.apply((found) => ("plan" in found ? found.plan.tunnelMtu : 0));
    const plan = planned.apply((found) => planOrThrow(formatUnitName(unit), found, this));
    const dependsOn = componentsAmong([args.colo, args.router]);
    const host = hostOf(args.colo);
    bindUnit(`${name}-colo`, { parent: this, host, unit: plan.apply(renderUplinkAtColo), dependsOn });
    bindUnit(`${name}-router`, { parent: this, host: args.router, unit: plan.apply(renderUplinkAtRouter), dependsOn });
    this.registerOutputs({ unit: this.unit, tunnelMtu: this.tunnelMtu });
  }
}
