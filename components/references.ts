import type { Input } from "@pulumi/pulumi";
import type { types } from "@pulumi/command";
import type { CustomerFacts } from "../planning/customers";
import type { Networks } from "../planning/networks";
import type { Problem } from "../planning/problems";

/**
 * What one component needs to know of another. A component of this program satisfies it, and so does a value read
 * through a StackReference, or plain data.
 */
export interface HostReference {
  /** The host's logical name, its identity. */
  readonly name: Input<string>;
  /** The login name on it. */
  readonly user: Input<string>;
  /** How to reach it. Secret. */
  readonly connection: Input<types.input.remote.ConnectionArgs>;
}

/** A colo endpoint's place in the IPv6 internet. */
export interface ColoIPv6Args {
  /** The server's own IPv6 address, held by the colo's interface. */
  readonly address: Input<string>;
  /** The prefix of the network that the address is in. Default: the /64 around the address. */
  readonly prefix?: Input<string | undefined>;
  /** The network's gateway, which no site can be given. */
  readonly gateway?: Input<string | undefined>;
  /** What the provider routes to the server, for example 2001:db8:77::/48: prefixes for sites are parts of it. */
  readonly routed?: Input<string | undefined>;
}

/** A colo endpoint, for addresses, uplinks and bonds. */
export interface ColoReference {
  /** The name of its unit, ORGANIZATION/PROJECT/STACK/colo/NAME. */
  readonly unit: Input<string>;
  /** The server. */
  readonly host: Input<HostReference>;
  /** Its own IPv4 address on the multihomed network, where tunnels end. */
  readonly address: Input<string>;
  /** The prefix of that network. Default: the /24 around the address. */
  readonly prefix?: Input<string | undefined>;
  /** The interface that holds the address. */
  readonly interface: Input<string>;
  /** The network's gateway. */
  readonly gateway?: Input<string | undefined>;
  /** Its place in the IPv6 internet. Default: none. */
  readonly ipv6?: Input<ColoIPv6Args | undefined>;
  /** Private networks of sites, by whom they belong to. Default: none. */
  readonly networks?: Input<Networks | undefined>;
  /** What its customers may do there, by their names: for exportColo. */
  readonly customers?: Input<Readonly<Record<string, CustomerFacts>> | undefined>;
  /** The customer whose program this is, where coloFrom has read it. */
  readonly customer?: Input<CustomerFacts | undefined>;
  /** Why it cannot be used: coloFrom could not read it. Every component that it is given to says so. */
  readonly problems?: Input<readonly Problem[] | undefined>;
}

/** An extruded address, for the bond that delivers it. */
export interface AddressReference {
  /** The name of its unit on hosts, ORGANIZATION/PROJECT/STACK/address/NAME. */
  readonly unit: Input<string>;
  /** The address, or the prefix. */
  readonly address: Input<string>;
  /** The unit of its colo. */
  readonly coloUnit: Input<string>;
}

/** An uplink, for the bond that uses it. */
export interface UplinkReference {
  /** The name of its unit on hosts, ORGANIZATION/PROJECT/STACK/uplink/NAME. */
  readonly unit: Input<string>;
  /** The component's own name, by which sentences call the line. */
  readonly name: Input<string>;
  /** The unit of its colo. */
  readonly coloUnit: Input<string>;
  /** The logical name of its router. */
  readonly routerName: Input<string>;
  /** The line's interface at the router. */
  readonly interface: Input<string>;
  /** The line's own address, or `dynamic`. */
  readonly address: Input<string>;
  /** The provider's gateway, where it is known. */
  readonly gateway?: Input<string | undefined>;
  /** MTU inside the tunnel, in bytes. */
  readonly tunnelMtu: Input<number>;
  /** What the line carries, in Mbit/s. */
  readonly rate?: Input<{ readonly up?: number | undefined; readonly down?: number | undefined } | undefined>;
  /** Whether its queues are kept short. */
  readonly shape?: Input<boolean | undefined>;
}
