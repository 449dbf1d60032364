import type { Input } from "@pulumi/pulumi";

/** A login by SSH, as Pulumi's command provider takes it. */
export interface LoginReference {
  readonly host: Input<string>;
  readonly port?: Input<number>;
  readonly user?: Input<string>;
  readonly privateKey?: Input<string>;
  readonly privateKeyPassword?: Input<string>;
  readonly password?: Input<string>;
  readonly agentSocketPath?: Input<string>;
  readonly hostKey?: Input<string>;
}

export interface ConnectionReference extends LoginReference {
  /** A bastion to go through. */
  readonly proxy?: Input<LoginReference>;
}

/** A host, for other components: the `reference` of a Host, or the same data written by hand. */
export interface HostReference {
  /** The host's logical name, its identity. */
  readonly name: Input<string>;
  /** The login name on it. */
  readonly user: Input<string>;
  /** How to reach it by SSH. */
  readonly connection: Input<ConnectionReference>;
}

/** A colo's place in the IPv6 internet. */
export interface ColoIPv6 {
  /** The server's own IPv6 address, held by the colo's interface. */
  readonly address: Input<string>;
  /** The prefix of the network that the address is in. Default: the /64 around the address. */
  readonly prefix?: Input<string | undefined>;
  /** The network's gateway, which no site can be given. */
  readonly gateway?: Input<string | undefined>;
  /** What the provider routes to the server, for example 2001:db8:77::/48: prefixes for sites are parts of it. */
  readonly routed?: Input<string | undefined>;
}

/** A customer of a colo's, as its own stack is told of it. */
export interface CustomerReference {
  readonly login: string;
  readonly stacks: string[];
  readonly prefixes: string[];
  readonly networks?: string[] | undefined;
}

/** A mistake, as messages of the library's tell of it. */
export interface Problem {
  /** The heading of docs/errors.md under which it is explained. */
  readonly code: string;
  /** What it was found in. */
  readonly argument: string;
  /** What is wrong, with the offending value. */
  readonly text: string;
}

/** A colo, for other components: the `reference` of a ColoEndpoint or of an ImportedColo, or the same data written by hand. */
export interface ColoReference {
  /** The name of its unit, ORGANIZATION/PROJECT/STACK/colo/NAME. */
  readonly unit: Input<string>;
  readonly host: Input<HostReference>;
  readonly address: Input<string>;
  readonly prefix?: Input<string | undefined>;
  readonly interface: Input<string>;
  readonly gateway?: Input<string | undefined>;
  readonly ipv6?: Input<ColoIPv6 | undefined>;
  /** Private networks of sites, by whom they belong to. */
  readonly networks?: Input<Record<string, string[]> | undefined>;
  /** The customer whose program this is, if it is a customer's. */
  readonly customer?: Input<CustomerReference | undefined>;
  /** Why an ImportedColo could not be read: every component that it is given to says so. */
  readonly problems?: Input<Problem[] | undefined>;
}

/** An extruded address, for the site that it is delivered at: the `reference` of an ExtrudedAddress. */
export interface AddressReference {
  readonly unit: Input<string>;
  readonly address: Input<string>;
  /** The unit of its colo. */
  readonly coloUnit: Input<string>;
}

/** What a line carries, in Mbit/s. */
export interface LineRate {
  readonly up?: number | undefined;
  readonly down?: number | undefined;
}

/** A line, for the site that uses it: the `reference` of a SiteUplink. */
export interface UplinkReference {
  readonly unit: Input<string>;
  readonly name: Input<string>;
  /** The unit of its colo. */
  readonly coloUnit: Input<string>;
  /** The logical name of its router. */
  readonly routerName: Input<string>;
  readonly interface: Input<string>;
  readonly address: Input<string>;
  readonly gateway?: Input<string | undefined>;
  /** MTU inside the tunnel, in bytes. */
  readonly tunnelMtu: Input<number>;
  /** What the line carries, in Mbit/s. */
  readonly rate?: Input<LineRate | undefined>;
  /** Whether its queues are kept short. */
  readonly shape?: Input<boolean | undefined>;
}
