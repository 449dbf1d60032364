import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import * as extrude from "pulumi-extrude";
import type { Balance, Delivery, Direction, PortProtocol, TrafficProtocol, WhenDown } from "./choices";
import { receivedColo, receivedHost } from "./received";
import type { AddressReference, ColoReference, HostReference, UplinkReference } from "./references";
import type { Damping, Quality } from "./values";

export interface SiteLine extends extrude.BondUplinkArgs {
  /** The line: its `reference`. */
  readonly uplink: Input<UplinkReference>;
  /** The one direction in which it is used. Default: both. */
  readonly only?: Input<Direction>;
}

export interface Forward extends extrude.ForwardArgs {
  readonly protocol: Input<PortProtocol>;
  /** The port of the public address, 1 to 65535, or a range such as "8000-8010". */
  readonly ports: Input<string>;
}

/** What the site does with one of its addresses. */
export interface AddressDelivery extends extrude.DeliveryArgs {
  /** One of the site's addresses: its `reference`. */
  readonly address: Input<AddressReference>;
  /** Who holds it. */
  readonly as: Input<Delivery>;
  /** Ports that are passed on to hosts of the LAN (nat). Default none. */
  readonly forwards?: Forward[];
}

/** Packets that fit everything that is given; all packets, if nothing is. */
export interface Traffic extends extrude.TrafficArgs {
  /** Default: any. */
  readonly protocol?: Input<TrafficProtocol>;
  /** Ports that they go to, or ranges such as "8000-8010"; with tcp or udp. Default: any. */
  readonly ports?: Input<Input<string>[]>;
}

export interface BypassRule extends Traffic {
  /** The lines that it leaves by, by weight; over the bond while none of them is alive. Default: all. */
  readonly via?: Input<UplinkReference>[];
}

export interface BondedSiteArgs extends extrude.BondedSiteArgs {
  /** The colo that the addresses come from and the tunnels end at: its `reference`. */
  readonly colo: Input<ColoReference>;
  /** The site's router: its `reference`. */
  readonly router: Input<HostReference>;
  /** The addresses to deliver at the site, at least one of IPv4: the `reference` of each. */
  readonly addresses: Input<AddressReference>[];
  /** How, where not simply by the router's holding them (nat without forwards). */
  readonly deliveries?: AddressDelivery[];
  /** The lines that carry them. */
  readonly uplinks: SiteLine[];
  /** Connections that leave directly by a line, under its own address: the first rule that fits decides. Default none. */
  readonly bypass?: BypassRule[];
  /** What never leaves but by a tunnel, whatever `bypass` and `whenDown` say. Default nothing. */
  readonly block?: Traffic[];
  /** For how long a line that has fallen is not used again, while others are alive. */
  readonly damping?: Input<Damping>;
  /** When a line that is alive is not good enough, while another is alive. Default: every line that is alive is used. */
  readonly quality?: Input<Quality>;
  /** What the site's own traffic does while every tunnel is dead. Default direct. */
  readonly whenDown?: Input<WhenDown>;
  /** How the lines are used. Lines that are not alike need `rate` and `shape` for packet. Default flow. */
  readonly balance?: Input<Balance>;
}

/** A site with all its lines as one: its addresses arrive over every tunnel, and its traffic leaves by every tunnel. */
export class BondedSite extends ComponentResource {
  /** The addresses that are delivered here. */
  public readonly addresses: Output<string[]>;

  public constructor(name: string, args: BondedSiteArgs, options?: ComponentResourceOptions) {
    super("extrude:index:BondedSite", name, {}, options);
    const ends = { colo: receivedColo(args.colo), router: receivedHost(args.router) };
    this.addresses = new extrude.BondedSite(name, { ...args, ...ends }, { parent: this }).addresses;
    this.registerOutputs({ addresses: this.addresses });
  }
}
