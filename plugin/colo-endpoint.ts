import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import * as extrude from "pulumi-extrude";
import type { ColoContract } from "./contract";
import { receivedHost } from "./received";
import type { ColoIPv6, ColoReference, HostReference } from "./references";
import type { Customer } from "./values";

export interface ColoEndpointArgs extends extrude.ColoEndpointArgs {
  /** The server on the multihomed network: its `reference`. */
  readonly host: Input<HostReference>;
  /** Its place in the IPv6 internet, for IPv6 addresses and prefixes of sites. Default: none. */
  readonly ipv6?: Input<ColoIPv6>;
  /** Private networks of sites (RFC 1918), by whom they belong to: those reach each other. Default: none. */
  readonly networks?: Record<string, string[]>;
  /** Who else may use the colo, by names of 1 to 23 lower-case letters, digits and dashes. Default: nobody. */
  readonly customers?: Record<string, Customer>;
}

/** The place in the data centre where tunnels end, and from which addresses are extruded. */
export class ColoEndpoint extends ComponentResource {
  /** The colo, for addresses, uplinks and sites. Secret, since it says how to log in on its host. */
  public readonly reference: Output<ColoReference>;
  /** What another stack needs to know of the colo, for an ImportedColo there. No secret. */
  public readonly contract: Output<ColoContract>;
  /** The same for each customer, by its name. */
  public readonly customerContracts: Output<Record<string, ColoContract>>;

  public constructor(name: string, args: ColoEndpointArgs, options?: ComponentResourceOptions) {
    super("extrude:index:ColoEndpoint", name, {}, options);
    const host = receivedHost(args.host);
    const colo = new extrude.ColoEndpoint(name, { ...args, host }, { parent: this });
    const { unit, address, prefix, gateway, ipv6 } = colo;
    const networks = output(args.networks);
    this.reference = output({ unit, host, address, prefix, interface: colo.interface, gateway, ipv6, networks });
    this.contract = contractOf(colo);
    const customers = Object.keys(args.customers ?? {});
    this.customerContracts = output(customers.map((customer) => contractOf(colo, customer))).apply((contracts) =>
      Object.fromEntries(contracts.map((contract, index) => [customers[index] ?? "", contract])),
    );
    const { reference, contract, customerContracts } = this;
    this.registerOutputs({ reference, contract, customerContracts });
  }
}

/** The same data: what makes the schema does not know the type of an array that nobody changes. */
function contractOf(colo: extrude.ColoEndpoint, customer?: string): Output<ColoContract> {
  return extrude.exportColo(colo, { customer }) as Output<ColoContract>;
}
