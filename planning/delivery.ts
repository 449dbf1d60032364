import { checkAddress } from "./addresses";
import { checkInterface } from "./names";
import {
  checkPortProtocol,
  checkPorts,
  describePorts,
  parsePorts,
  type PortProtocol,
  type Ports,
  type PortsArgument,
} from "./ports";
import { type Problem, problem, quoteValue } from "./problems";

export const deliveries = ["nat", "routed", "one-to-one"] as const;
/**
 * What a site does with an address: the router holds it (`nat`), a host of the LAN holds it (`routed`), or the router
 * translates it to and from the address of one host (`one-to-one`).
 */
export type Delivery = (typeof deliveries)[number];

export interface DeliveryArguments {
  readonly address: string;
  readonly as: string;
  readonly interface?: string | undefined;
  readonly to?: string | undefined;
  readonly forwards?: readonly ForwardArguments[] | undefined;
}

export interface ForwardArguments {
  readonly protocol: string;
  readonly ports: PortsArgument;
  readonly to: string;
  readonly toPort?: number | undefined;
}

/** An address that a host of the LAN holds. */
export interface RoutedAddress {
  readonly address: string;
  readonly interface: string;
  /** The host by whose own address it is reached; none where the host answers ARP for it. */
  readonly via?: string | undefined;
}

export interface Forward {
  readonly address: string;
  readonly protocol: PortProtocol;
  readonly ports: Ports;
  readonly to: string;
  readonly toPort?: number | undefined;
}

export interface DeliveryPlan {
  /** What the router holds itself: its own programs may use these. */
  readonly held: readonly string[];
  /** Under which address those go out that have none of their own: the LAN, and the router itself. */
  readonly shared: string;
  /** The source of the router's own connections; not a public one where the router holds none. */
  readonly source: string;
  readonly routed: readonly RoutedAddress[];
  /** Neighbours of the address at the colo, for which the router answers ARP: hosts may be set up as if they were there. */
  readonly answered: readonly string[];
  readonly mapped: readonly { readonly address: string; readonly to: string }[];
  readonly forwards: readonly Forward[];
}

/** What a delivery has to fit in with. */
export interface Surroundings {
  readonly addresses: readonly string[];
  /** The interfaces of the site's lines. */
  readonly lines: readonly string[];
  /** The gateway of the colo's network, where known. */
  readonly gateway?: string | undefined;
}

/** The source of a router without a public address (RFC 7600 3.1): translated before it leaves. */
export const addressless = "192.0.0.8";

/** Only for arguments in which nothing is wrong. An address of which nothing is said is the router's. */
export function planDelivery(given: readonly DeliveryArguments[], surroundings: Surroundings): DeliveryPlan {
  const { addresses, gateway } = surroundings;
  const ofKind = (kind: Delivery): DeliveryArguments[] => given.filter((one) => one.as === kind);
  const routed = ofKind("routed").map(({ address, interface: device, to }) => ({
    address,
    interface: device ?? "",
    via: to,
  }));
  const mapped = ofKind("one-to-one").map(({ address, to }) => ({ address, to: to ?? "" }));
  const held = addresses.filter((address) => !routed.some((one) => one.address === address));
  const own = held.filter((address) => !mapped.some((one) => one.address === address));
  return {
    held,
    shared: own[0] ?? held[0] ?? addresses[0] ?? "",
    source: own[0] ?? held[0] ?? addressless,
    routed,
    answered: routed.length > 0 && gateway !== undefined ? [gateway] : [],
    mapped,
    forwards: ofKind("nat").flatMap(({ address, forwards = [] }) =>
      forwards.map(({ protocol, ports, to, toPort }) => ({
        address,
        protocol: protocol as PortProtocol,
        ports: parsePorts(ports) ?? { first: 0, last: 0 },
        to,
        toPort,
      })),
    ),
  };
}

export function describeDelivery({ shared, routed, mapped, forwards }: DeliveryPlan): string[] {
  return [
    ...routed.map(({ address, interface: device, via }) =>
      via === undefined
        ? `${address} is held by a host on ${device}.`
        : `${address} is held by, or behind, the host ${via} on ${device}.`,
    ),
    ...mapped.map(({ address, to }) => `${address} is translated to and from ${to}, one to one.`),
    ...forwards.map(
      ({ address, protocol, ports, to, toPort }) =>
        `${address}, ${protocol} port ${describePorts(ports)}, is forwarded to ${to}${toPort === undefined ? "" : `, port ${toPort}`}.`,
    ),
    ...(routed.length + mapped.length === 0 ? [] : [`All others of the LAN share ${shared}.`]),
  ];
}

export function checkDeliveries(given: readonly DeliveryArguments[], surroundings: Surroundings): Problem[] {
  return [
    ...given.flatMap((one, index) => checkDelivery(one, `deliveries[${index}]`, surroundings)),
    ...given.flatMap(({ address }, index) => {
      const first = given.findIndex((one) => one.address === address);
      return first === index
        ? []
        : [problem("duplicate-address", `deliveries[${index}]`, `${address} is also that of deliveries[${first}].`)];
    }),
    ...checkTargets(given),
  ];
}

/** Which arguments a delivery needs, and which else it can use. */
const uses: Record<Delivery, { readonly needs?: "interface" | "to"; readonly takes: readonly string[] }> = {
  nat: { takes: ["forwards"] },
  routed: { needs: "interface", takes: ["interface", "to"] },
  "one-to-one": { needs: "to", takes: ["to"] },
};

function checkDelivery(given: DeliveryArguments, argument: string, surroundings: Surroundings): Problem[] {
  const { address, as, interface: device, to, forwards = [] } = given;
  const kind = deliveries.find((known) => known === as);
  if (kind === undefined) {
    const choices = deliveries.map((choice) => `"${choice}"`).join(", ");
    return [problem("choice-invalid", `${argument}.as`, `${quoteValue(as)} is not one of ${choices}.`)];
  }
  const { needs, takes } = uses[kind];
  const surplus = (["interface", "to", "forwards"] as const).filter(
    (name) => given[name] !== undefined && !takes.includes(name),
  );
  return [
    ...(surroundings.addresses.includes(address)
      ? []
      : [problem("delivery-of-other-address", `${argument}.address`, `${quoteValue(address)} is not of this site.`)]),
    ...(needs !== undefined && given[needs] === undefined
      ? [problem("delivery-unfit", `${argument}.${needs}`, `is missing, which "${kind}" needs.`)]
      : []),
    ...surplus.map((name) => problem("delivery-unfit", `${argument}.${name}`, `is of no use to "${kind}".`)),
    ...(device === undefined ? [] : checkLanInterface(`${argument}.interface`, device, surroundings.lines)),
    ...(to === undefined ? [] : checkTarget(`${argument}.to`, to, surroundings)),
    ...forwards.flatMap((one, index) => checkForward(one, `${argument}.forwards[${index}]`, surroundings)),
    ...checkOverlaps(forwards, argument),
  ];
}

export function checkLanInterface(argument: string, device: string, lines: readonly string[]): Problem[] {
  return lines.includes(device)
    ? [problem("interface-is-line", argument, `${device} is a line of this site.`)]
    : checkInterface(argument, device);
}

/** A host of the LAN. */
function checkTarget(argument: string, to: string, { addresses }: Surroundings): Problem[] {
  return addresses.includes(to)
    ? [problem("delivery-to-itself", argument, `${to} is an extruded address of this site.`)]
    : checkAddress(argument, to);
}

function checkForward(forward: ForwardArguments, argument: string, surroundings: Surroundings): Problem[] {
  const { protocol, ports, to, toPort } = forward;
  const range = parsePorts(ports);
  const isRange = range !== undefined && range.first !== range.last;
  return [
    ...checkPortProtocol(`${argument}.protocol`, protocol),
    ...checkPorts(`${argument}.ports`, ports),
    ...checkTarget(`${argument}.to`, to, surroundings),
    ...(toPort === undefined ? [] : checkPorts(`${argument}.toPort`, toPort)),
    ...(toPort !== undefined && isRange
      ? [
          problem(
            "delivery-unfit",
            `${argument}.toPort`,
            "is one port, and `ports` are several, which stay as they are.",
          ),
        ]
      : []),
  ];
}

function checkOverlaps(forwards: readonly ForwardArguments[], argument: string): Problem[] {
  return forwards.flatMap(({ protocol, ports }, index) => {
    const mine = parsePorts(ports);
    const first = forwards.slice(0, index).findIndex((other) => {
      const theirs = parsePorts(other.ports);
      if (mine === undefined || theirs === undefined || other.protocol !== protocol) return false;
      return mine.first <= theirs.last && theirs.first <= mine.last;
    });
    const text = `${quoteValue(ports)} is also forwarded by forwards[${first}].`;
    return first < 0 ? [] : [problem("forward-overlaps", `${argument}.forwards[${index}].ports`, text)];
  });
}

/** A host that is mapped to two addresses would have to choose under which of them it goes out. */
function checkTargets(given: readonly DeliveryArguments[]): Problem[] {
  const isMapped = ({ as, to }: DeliveryArguments): boolean => as === "one-to-one" && to !== undefined;
  return given.flatMap((one, index) => {
    const first = given.findIndex((other) => isMapped(other) && other.to === one.to);
    return !isMapped(one) || first === index
      ? []
      : [
          problem(
            "delivery-to-same",
            `deliveries[${index}].to`,
            `${one.to ?? ""} is also that of deliveries[${first}].`,
          ),
        ];
  });
}
