import type { types } from "@pulumi/command";
import { all, ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { agentProgram, agentVersion } from "../agent/program";
import { planHost } from "../planning/host";
import { renderHost } from "../rendering/host";
import { renderHostCommands } from "../rendering/unit";
import { commandConnection, hostConnectionFacts, type HostConnectionArgs } from "./connection";
import { componentUnit } from "./naming";
import { planOrThrow, sentencesOf } from "./problems";
import type { HostReference } from "./references";
import { bindCommands, dialsOfHost } from "./unit";

/**
 * How to reach the machine, and what to do on it besides.
 *
 * @example
 * const args: HostArgs = { connection, installPackages: true, metrics: true };
 */
export interface HostArgs {
  /** How to reach the machine by SSH. */
  readonly connection: HostConnectionArgs;
  /**
   * Install the Debian packages that are missing, and remove them again at the end. Default false: missing packages are
   * an error that names them all, with the command that installs them.
   */
  readonly installPackages?: Input<boolean | undefined>;
  /**
   * Put back what somebody else, or the kernel, takes away of what extrude has made. Default true. With false,
   * `extrudectl drift` on the host tells what is missing, and the next change or boot puts it back.
   */
  readonly watch?: Input<boolean | undefined>;
  /**
   * Keep a file of metrics for Prometheus, `extrude.prom`, in the directory of node_exporter's textfile collector: a
   * path, or true for that of Debian's package prometheus-node-exporter, /var/lib/prometheus/node-exporter. It is written
   * every 30 s. The directory has to be there. Default false.
   */
  readonly metrics?: Input<boolean | string | undefined>;
  /**
   * The machine's logical name, its identity, where it is not to be the component's own. Default: the name that an alias
   * gives, or else the component's.
   */
  readonly unitName?: Input<string | undefined>;
}

/**
 * A Debian machine that extrude configures: the server at the colo, or a site's router. It checks the machine and brings
 * the agent, on which everything else depends. Its resource name is the machine's identity: a new address or a
 * reinstallation is an update, another name another machine.
 *
 * @example
 * const agentSocketPath = process.env["SSH_AUTH_SOCK"];
 * const rack = new Host("rack", { connection: { host: "77.1.2.2", hostKey, agentSocketPath } });
 */
export class Host extends ComponentResource implements HostReference {
  /** The logical name. */
  public readonly name: Output<string>;
  /** The login name. */
  public readonly user: Output<string>;
  /** How to reach it. Secret, and never stored as an output. */
  public readonly connection: Output<types.input.remote.ConnectionArgs>;

  public constructor(name: string, args: HostArgs, options?: ComponentResourceOptions) {
    const program = agentProgram();
    const unit = componentUnit("host", name, options, args.unitName);
    const planned = output({
      unit,
      ...hostConnectionFacts(args.connection),
      installPackages: args.installPackages,
      watch: args.watch,
      metrics: args.metrics,
      agent: agentVersion(program),
    }).apply(planHost);
    super("extrude:index:Host", name, { plan: planned.apply(sentencesOf) }, options);

    this.name = unit.apply((own) => own.name);
    this.user = output(args.connection.user).apply((user) => user ?? "root");
    const rendered = all([unit, planned]).apply(([own, found]) => renderHost(planOrThrow(own, found, this)));
    this.connection = commandConnection(args.connection, dialsOfHost);
    const commands = output({ rendered, user: this.user }).apply((known) =>
      renderHostCommands(known.rendered, known.user),
    );
    const agent = bindCommands(`${name}-agent`, {
      parent: this,
      connection: this.connection,
      unit: rendered,
      commands,
      stdin: program,
      dependsOn: [],
    });
    this.registerOutputs({ name: this.name, agent: agent.stdout });
  }
}
