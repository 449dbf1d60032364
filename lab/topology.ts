/** One direction of a line, as netem shapes it. Nothing set means a plain wire. */
export interface Shape {
  readonly rateKbit?: number;
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly lossPercent?: number;
  /** How much may wait in the line's buffer at its rate; a real modem's "bufferbloat". */
  readonly queueMs?: number;
  /** Swallows every IP packet and says nothing. ARP is still answered, as by a provider whose upstream has died. */
  readonly blackhole?: boolean;
}

/** A line's whole state. `down` is towards the customer, `up` away from it. */
export interface LinkState {
  readonly down: Shape;
  readonly up: Shape;
  /** Addresses which alone cannot be reached over this line. */
  readonly blackholeTo: readonly string[];
  /** Drop what the customer sends from addresses that are not its own (BCP 38). */
  readonly sourceFilter: boolean;
  /** Masquerade the customer behind the provider's own address. */
  readonly nat: boolean;
  /** Whether the customer's network card sees a carrier. */
  readonly carrier: boolean;
}

export interface NicSpec {
  readonly name: string;
  /** With prefix length. */
  readonly address: string;
  /** What it may be given besides while the lab runs, with the gateway: hosts boot with IPv4 alone. */
  readonly ipv6?: { readonly address: string; readonly gateway: string };
  /** Set on the one card through which the host's default route leaves. */
  readonly gateway?: string;
}

/** A plain Debian machine. */
export interface HostSpec {
  readonly name: string;
  readonly memoryMb: number;
  readonly nics: readonly NicSpec[];
}

/** A wire from a namespace of the world to a host's network card. */
export interface Wire {
  readonly host: string;
  readonly nic: string;
}

/** Routes between its wire and the core, and shapes what passes: a provider, or a rack's gateway. */
export interface ProviderSpec {
  readonly kind: "provider";
  readonly name: string;
  readonly wire: Wire;
  /** Its address on the wire, with prefix length: the customers' gateway. */
  readonly address: string;
  readonly address6: string;
  /** What customers may send from, where the source filter is on. */
  readonly customers: readonly string[];
  readonly customers6: readonly string[];
  /** An IPv6 prefix that it routes to one of them. */
  readonly routed6?: { readonly prefix: string; readonly to: string };
  readonly defaults: LinkState;
}

/** An end host: on a wire behind one of the hosts, or on a segment of its own at the core. */
export interface StationSpec {
  readonly kind: "station";
  readonly name: string;
  readonly wire?: Wire;
  readonly address: string;
  readonly gateway: string;
  readonly ipv6?: { readonly address: string; readonly gateway: string };
}

export type NamespaceSpec = ProviderSpec | StationSpec;

export interface Topology {
  readonly name: string;
  readonly summary: string;
  /** File in the topology's folder. */
  readonly picture: string;
  readonly hosts: readonly HostSpec[];
  readonly world: { readonly memoryMb: number; readonly namespaces: readonly NamespaceSpec[] };
}

/** The virtual machine that holds the namespaces; a host of the lab, but not one of the topology's. */
export const worldName = "world";

/** Joins everything in the world; the rest of the internet, so to speak. */
export const coreName = "core";

/** A wire end as the world's machine sees it, before it moves into its namespace as `line`. */
export function worldNic(namespace: NamespaceSpec): string {
  return `w-${namespace.name}`;
}

export function providers(topology: Topology): ProviderSpec[] {
  return topology.world.namespaces.filter((namespace) => namespace.kind === "provider");
}

export function hostNames(topology: Topology): string[] {
  return [worldName, ...topology.hosts.map(({ name }) => name)];
}

/** The order in which machines start: the world connects to wires at which the others listen. */
export function startOrder(topology: Topology): string[] {
  return [...topology.hosts.map(({ name }) => name), worldName];
}
