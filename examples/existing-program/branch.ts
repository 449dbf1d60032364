import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import {
  BondedSite,
  type ColoReference,
  ExtrudedAddress,
  Host,
  type HostConnectionArgs,
  SiteUplink,
} from "pulumi-extrude";

export interface BranchArgs {
  colo: Input<ColoReference>;
  router: HostConnectionArgs;
  /** The branch's public address. */
  address: Input<string>;
}

/** What every branch of the company has: a router with two lines, alike everywhere. */
export class Branch extends ComponentResource {
  public readonly addresses: Output<string[]>;

  public constructor(
    name: string,
    { colo, router: connection, address }: BranchArgs,
    options?: ComponentResourceOptions,
  ) {
    super("company:index:Branch", name, {}, options);
    const parent = { parent: this };
    const router = new Host(`${name}-router`, { connection }, parent);
    const vpn = new ExtrudedAddress(`${name}-vpn`, { colo, address }, parent);
    const line = { colo, router, address: "dynamic", encapsulation: "wireguard" } as const;
    const dsl = new SiteUplink(`${name}-dsl`, { ...line, interface: "ppp0" }, parent);
    const lte = new SiteUplink(`${name}-lte`, { ...line, interface: "wwan0", nat: true, kind: "lte" }, parent);
    const uplinks = [{ uplink: dsl }, { uplink: lte, metric: 1 }];
    this.addresses = new BondedSite(name, { colo, router, addresses: [vpn], uplinks }, parent).addresses;
    this.registerOutputs({ addresses: this.addresses });
  }
}
