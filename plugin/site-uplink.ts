import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import * as extrude from "pulumi-extrude";
import type { Encapsulation, Framing, LineKind, UdpEncapsulation } from "./choices";
import { receivedColo, receivedHost } from "./received";
import type { ColoReference, HostReference, UplinkReference } from "./references";
import type { Detection, Rate, X509 } from "./values";

export interface SiteUplinkArgs extends extrude.SiteUplinkArgs {
  /** Where the tunnel ends: the colo's `reference`. */
  readonly colo: Input<ColoReference>;
  /** The site's router, into which the line is plugged: its `reference`. */
  readonly router: Input<HostReference>;
  /** How packets travel over the line. Default gre. */
  readonly encapsulation?: Encapsulation;
  /** Certificates in place of `preSharedKey` (ipsec, gre-ipsec). With others give another `keyVersion` too. */
  readonly x509?: X509;
  /**
   * What the line carries in each direction. Where all lines of a bond have one and none has a weight, connections are
   * spread in proportion. Default: unknown.
   */
  readonly rate?: Input<Rate>;
  /** When the line counts as dead, instead of what `kind` and `metered` say. */
  readonly detection?: Input<Detection>;
  /** Whether ESP travels in UDP (ipsec, gre-ipsec). Default auto. */
  readonly udpEncapsulation?: Input<UdpEncapsulation>;
  /** What the line adds to each packet, if `rate` is the line's own. With `shape`. Default none. */
  readonly framing?: Input<Framing>;
  /** What the line is, which decides how soon it counts as dead. Default dsl. */
  readonly kind?: Input<LineKind>;
}

/** One line of a site, with its tunnel to the colo. */
export class SiteUplink extends ComponentResource {
  /** The line, for the site that uses it. */
  public readonly reference: Output<UplinkReference>;
  /** MTU inside the tunnel, in bytes. */
  public readonly tunnelMtu: Output<number>;

  public constructor(name: string, args: SiteUplinkArgs, options?: ComponentResourceOptions) {
    super("extrude:index:SiteUplink", name, {}, options);
    const ends = { colo: receivedColo(args.colo), router: receivedHost(args.router) };
    const line = new extrude.SiteUplink(name, { ...args, ...ends }, { parent: this });
    const { unit, coloUnit, routerName, address, gateway, tunnelMtu, rate, shape } = line;
    const place = { unit, name: line.name, coloUnit, routerName, interface: line.interface, address, gateway };
    this.reference = output({ ...place, tunnelMtu, rate, shape });
    this.tunnelMtu = tunnelMtu;
    this.registerOutputs({ reference: this.reference, tunnelMtu: this.tunnelMtu });
  }
}
