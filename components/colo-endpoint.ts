import { all, ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { type ColoPlan, planColo } from "../planning/colo";
import type { ColoIPv6 } from "../planning/colo-ipv6";
import type { CustomerFacts, CustomerPlan } from "../planning/customers";
import { formatUnitName } from "../planning/names";
import type { Networks } from "../planning/networks";
import { renderColo } from "../rendering/colo";
import { renderCustomer } from "../rendering/customer";
import { componentUnit } from "./naming";
import { planOrThrow, sentencesOf } from "./problems";
import type { ColoIPv6Args, ColoReference, HostReference } from "./references";
import { resolveColoIPv6, resolveHostName } from "./resolve";
import { bindUnit } from "./unit";

/**
 * Somebody else whose stacks may use the colo, without being root on its host.
 *
 * @example
 * const customers: Record<string, CustomerArgs> = {
 *   bakery: { keys: [key], stacks: ["bakery/net"], prefixes: ["77.1.2.16/28"], tunnels: 4 },
 * };
 */
export interface CustomerArgs {
  /**
   * SSH public keys that let the customer in, each as the line of a file such as id_ed25519.pub. They can do nothing there
   * but apply and remove units of the customer's own, and ask how those are.
   */
  readonly keys: Input<Input<string>[]>;
  /**
   * The Pulumi stacks that are the customer's: ORGANIZATION, ORGANIZATION/PROJECT or ORGANIZATION/PROJECT/STACK. Its
   * units on the host are named after them.
   */
  readonly stacks: Input<Input<string>[]>;
  /** The addresses and prefixes that it may extrude, for example 77.1.2.16/28. No two customers may have the same. */
  readonly prefixes: Input<Input<string>[]>;
  /**
   * Private networks that its sites may have (RFC 1918), for example 10.20.0.0/16. They reach each other at the colo, and
   * nobody else's. No two customers may have the same. Default: none.
   */
  readonly networks?: Input<Input<string>[] | undefined>;
  /**
   * The UDP ports that its WireGuard tunnels may have besides those that follow from their names, for example
   * "20000-20099". Default: none.
   */
  readonly ports?: Input<string | undefined>;
  /** How many units it may have on the host, one for each address, line and site. Default 100. */
  readonly units?: Input<number | undefined>;
  /** How many of them may be tunnels. Default 20. */
  readonly tunnels?: Input<number | undefined>;
  /** How many changes it may make in a minute; further ones wait. Default 60. */
  readonly changesPerMinute?: Input<number | undefined>;
}

/**
 * Where the colo is.
 *
 * @example
 * const ipv6: ColoIPv6Args = { address: "2001:db8:77::2", routed: "2001:db8:77::/48" };
 * const args: ColoEndpointArgs = { host: rack, address: "77.1.2.2", interface: "eth0", ipv6 };
 */
export interface ColoEndpointArgs {
  /** The server on the multihomed network. */
  readonly host: Input<HostReference>;
  /** Its own IPv4 address there, where the tunnels end. */
  readonly address: Input<string>;
  /** The prefix of the network that the address is in, for example 77.1.2.0/24. Default: the /24 around the address. */
  readonly prefix?: Input<string | undefined>;
  /** The interface that holds the address. */
  readonly interface: Input<string>;
  /** The network's gateway, which no site can be given. Default: not known, and not kept from sites. */
  readonly gateway?: Input<string | undefined>;
  /**
   * Its place in the IPv6 internet, for IPv6 addresses and prefixes of sites. Default: none, and nothing about the server's
   * IPv6 changes.
   */
  readonly ipv6?: Input<ColoIPv6Args | undefined>;
  /**
   * Private networks of sites (RFC 1918), by whom they belong to, under names of yours. Sites reach the networks of their
   * own owner here, and the server itself, under their private addresses; never another owner's. Default: none, and what
   * comes from a private address is dropped.
   */
  readonly networks?: Readonly<Record<string, Input<readonly Input<string>[]>>> | undefined;
  /**
   * Who else may use the colo, by names of 1 to 23 lower-case letters, digits and dashes. Each gets a login on the host,
   * `extrude-NAME`. Default: nobody.
   */
  readonly customers?: Readonly<Record<string, CustomerArgs>> | undefined;
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
 * const place = { address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" };
 * const colo = new ColoEndpoint("toronto", { host: rack, ...place });
 */
export class ColoEndpoint extends ComponentResource implements ColoReference {
  /** The name of its unit on hosts, ORGANIZATION/PROJECT/STACK/colo/NAME. */
  public readonly unit: Output<string>;
  /** The server, as it was given. */
  public readonly host: Input<HostReference>;
  /** Its own IPv4 address on the multihomed network. */
  public readonly address: Output<string>;
  /** The prefix of that network, if it was given. */
  public readonly prefix: Output<string | undefined>;
  /** The interface that holds the address. */
  public readonly interface: Output<string>;
  /** The network's gateway, if it was given. */
  public readonly gateway: Output<string | undefined>;
  /** Its place in the IPv6 internet, if it has one. */
  public readonly ipv6: Output<ColoIPv6 | undefined>;
  /** Private networks of sites, by whom they belong to, if any were given. */
  public readonly networks: Output<Networks | undefined>;
  /** What customers may do, for exportColo. */
  public readonly customers: Output<Readonly<Record<string, CustomerFacts>>>;

  public constructor(name: string, args: ColoEndpointArgs, options?: ComponentResourceOptions) {
    const unit = componentUnit("colo", name, options, args.unitName);
    const { address, prefix, interface: device, gateway } = args;
    const ipv6 = resolveColoIPv6(args.ipv6);
    const place = { address, prefix, interface: device, gateway, ipv6 };
    const networks = output(args.networks);
    const customers = output(args.customers ?? {});
    const planned = output({ unit, host: resolveHostName(args.host), ...place, networks, customers }).apply(planColo);
    super("extrude:index:ColoEndpoint", name, { plan: planned.apply(sentencesOf) }, options);

    this.unit = unit.apply(formatUnitName);
    this.host = args.host;
    this.address = output(address);
    this.prefix = output(prefix);
    this.interface = output(device);
    this.gateway = output(gateway);
    this.ipv6 = ipv6;
    this.networks = networks;
    this.customers = planned.apply((found) => ("plan" in found ? factsOf(found.plan.customers) : {}));
    const plan = all([unit, planned]).apply(([own, found]) => planOrThrow(own, found, this));
    const colo = bindUnit(`${name}-colo`, {
      parent: this,
      host: args.host,
      unit: plan.apply(renderColo),
      dependsOn: [],
    });
    for (const customer of Object.keys(args.customers ?? {})) {
      bindUnit(`${name}-customer-${customer}`, {
        parent: this,
        host: args.host,
        unit: plan.apply((found) => renderCustomer(customerNamed(found, customer), found)),
        dependsOn: [colo],
      });
    }
    this.registerOutputs({ unit: this.unit, address: this.address });
  }
}

function factsOf(customers: readonly CustomerPlan[]): Record<string, CustomerFacts> {
  return Object.fromEntries(
    customers.map(({ name, login, stacks, prefixes, networks }) => [name, { login, stacks, prefixes, networks }]),
  );
}

function customerNamed({ customers }: ColoPlan, name: string): CustomerPlan {
  const found = customers.find((customer) => customer.name === name);
  if (found === undefined) throw new Error(`The plan has no customer ${name}.`);
  return found;
}
