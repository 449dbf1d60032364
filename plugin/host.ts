import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import * as extrude from "pulumi-extrude";
import type { HostReference } from "./references";
import type { HostConnection } from "./values";

export interface HostArgs extends extrude.HostArgs {
  /** How to reach the machine by SSH. */
  readonly connection: HostConnection;
  /**
   * Keep a file of metrics for Prometheus, extrude.prom, in this directory, which node_exporter's textfile collector reads;
   * for Debian's package that is /var/lib/prometheus/node-exporter. Default: none.
   */
  readonly metrics?: Input<string>;
}

/**
 * A Debian machine that extrude configures: the server at the colo, or a site's router. Its resource name is the machine's
 * identity: a new address or a reinstallation is an update, another name another machine.
 */
export class Host extends ComponentResource {
  /** The host, for the components that are on it. Secret, since it says how to log in. */
  public readonly reference: Output<HostReference>;

  public constructor(name: string, args: HostArgs, options?: ComponentResourceOptions) {
    super("extrude:index:Host", name, {}, options);
    const { name: identity, user, connection } = new extrude.Host(name, args, { parent: this });
    this.reference = output({ name: identity, user, connection });
    this.registerOutputs({ reference: this.reference });
  }
}
