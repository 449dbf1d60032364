import { ComponentResource, type ComponentResourceOptions, type Output, output, StackReference } from "@pulumi/pulumi";
import * as extrude from "pulumi-extrude";
import type { ColoReference, CustomerReference, Problem } from "./references";
import type { HostConnection } from "./values";

export interface ImportedColoArgs {
  /** The stack that the colo belongs to, ORGANIZATION/PROJECT/STACK. */
  readonly stack: string;
  /** The name of that stack's output which is the colo's `contract`. */
  readonly output: string;
  /** How this stack reaches the colo's host by SSH. The user of a customer's contract is the customer's login. */
  readonly connection: HostConnection;
}

/** The colo of another stack, by its contract. */
export class ImportedColo extends ComponentResource {
  /** The colo, for addresses, uplinks and sites. Secret, since it says how to log in on its host. */
  public readonly reference: Output<ColoReference>;

  public constructor(name: string, args: ImportedColoArgs, options?: ComponentResourceOptions) {
    super("extrude:index:ImportedColo", name, {}, options);
    const stack = new StackReference(args.stack, {}, { parent: this });
    const colo = extrude.coloFrom(stack, args.output, args);
    const { unit, host, address, prefix, gateway, ipv6 } = colo;
    const networks = output(colo.networks).apply((found) => found as Record<string, string[]> | undefined);
    const customer = output(colo.customer).apply((found) => found as CustomerReference | undefined);
    const problems = output(colo.problems).apply((found) => found as Problem[] | undefined);
    const place = { address, prefix, interface: colo.interface, gateway, ipv6, networks };
    this.reference = output({ unit, host, ...place, customer, problems });
    this.registerOutputs({ reference: this.reference });
  }
}
