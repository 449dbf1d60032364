import { parsePrefix } from "./addresses";
import { checkLanInterface } from "./delivery";
import { lineMarkMask } from "./names";
import { checkPorts, describePorts, parsePorts, portProtocols, type Ports, type PortsArgument } from "./ports";
import { type Problem, problem, quoteValue } from "./problems";

export const trafficProtocols = [...portProtocols, "icmp"] as const;
export type TrafficProtocol = (typeof trafficProtocols)[number];

/** Which packets are meant: those that fit everything that is given. */
export interface TrafficArguments {
  readonly protocol?: string | undefined;
  /** Where they go. */
  readonly ports?: readonly PortsArgument[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly sources?: readonly string[] | undefined;
  /** Of the LAN, by which they arrive. */
  readonly interfaces?: readonly string[] | undefined;
  readonly dscp?: number | undefined;
  /** VALUE/MASK, as iptables and iproute2 write it. */
  readonly mark?: string | undefined;
}

export interface Mark {
  readonly value: number;
  readonly mask: number;
}

/** The same, checked and parsed. */
export interface Traffic {
  readonly protocol?: TrafficProtocol | undefined;
  readonly ports?: readonly Ports[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly interfaces?: readonly string[] | undefined;
  readonly dscp?: number | undefined;
  readonly mark?: Mark | undefined;
}

/** Only for arguments in which nothing is wrong. */
export function planTraffic(given: TrafficArguments): Traffic {
  return {
    protocol: trafficProtocols.find((known) => known === given.protocol),
    ports: given.ports === undefined ? undefined : joined(given.ports.flatMap((one) => parsePorts(one) ?? [])),
    destinations: given.destinations === undefined ? undefined : outermost(given.destinations),
    sources: given.sources === undefined ? undefined : outermost(given.sources),
    interfaces: given.interfaces,
    dscp: given.dscp,
    mark: given.mark === undefined ? undefined : parseMark(given.mark),
  };
}

/** nftables takes no sets whose elements overlap. */
function joined(ports: readonly Ports[]): Ports[] {
  return [...ports]
    .sort((a, b) => a.first - b.first)
    .reduce<Ports[]>((done, next) => {
      const last = done.at(-1);
      if (last === undefined || last.last < next.first) return [...done, next];
      return [...done.slice(0, -1), { first: last.first, last: Math.max(last.last, next.last) }];
    }, []);
}

function outermost(prefixes: readonly string[]): string[] {
  const each = [...new Set(prefixes)];
  return each.filter((prefix) => !each.some((other) => other !== prefix && holdsPrefix(other, prefix)));
}

/** Undefined where it is no mark, or shares bits with extrude's own marks. */
function parseMark(text: string): Mark | undefined {
  const number = "(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})";
  const [, first, second] = new RegExp(`^${number}(?:/${number})?$`).exec(text) ?? [];
  if (first === undefined) return undefined;
  const [value, mask] = [Number(first), second === undefined ? 0xffffffff - lineMarkMask : Number(second)];
  const own = BigInt(lineMarkMask);
  const isFree = (BigInt(mask) & own) === 0n && (BigInt(value) & ~BigInt(mask)) === 0n;
  return mask > 0 && mask <= 0xffffffff && isFree ? { value, mask } : undefined;
}

export function checkTraffic(given: TrafficArguments, argument: string, lines: readonly string[]): Problem[] {
  const { protocol, ports, destinations, sources, interfaces, dscp, mark } = given;
  const problems: Problem[] = [];
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  if (protocol !== undefined && !trafficProtocols.some((known) => known === protocol)) {
    say("choice-invalid", `${argument}.protocol`, `${quoteValue(protocol)} is not "tcp", "udp" or "icmp".`);
  }
  if (ports !== undefined && !portProtocols.some((known) => known === protocol)) {
    say("traffic-without-ports", `${argument}.ports`, `is given, but the protocol is ${protocol ?? "any"}.`);
  }
  for (const name of ["ports", "destinations", "sources", "interfaces"] as const) {
    if (given[name]?.length === 0) say("list-empty", `${argument}.${name}`, "is empty, so nothing would fit it.");
  }
  if (dscp !== undefined && !(Number.isInteger(dscp) && dscp >= 0 && dscp <= 63)) {
    say("dscp-invalid", `${argument}.dscp`, `${quoteValue(dscp)} is not a DSCP.`);
  }
  if (mark !== undefined && parseMark(mark) === undefined) {
    say("mark-invalid", `${argument}.mark`, `${quoteValue(mark)} is not a mark of yours.`);
  }
  return [
    ...problems,
    ...eachOf(ports, (one, index) => checkPorts(`${argument}.ports[${index}]`, one)),
    ...eachOf(destinations, (one, index) => checkNetwork(`${argument}.destinations[${index}]`, one)),
    ...eachOf(sources, (one, index) => checkNetwork(`${argument}.sources[${index}]`, one)),
    ...eachOf(interfaces, (one, index) => checkLanInterface(`${argument}.interfaces[${index}]`, one, lines)),
  ];
}

function eachOf<Item>(items: readonly Item[] | undefined, check: (item: Item, index: number) => Problem[]): Problem[] {
  return (items ?? []).flatMap(check);
}

function checkNetwork(argument: string, text: string): Problem[] {
  return parsePrefix(text)?.text === text
    ? []
    : [problem("prefix-invalid", argument, `${quoteValue(text)} is not an IPv4 prefix.`)];
}

/** Whether all packets that fit `inner` fit `outer` too. */
export function covers(outer: Traffic, inner: Traffic): boolean {
  const within = <Item>(
    wide: readonly Item[] | undefined,
    narrow: readonly Item[] | undefined,
    holds: (wide: Item, narrow: Item) => boolean,
  ): boolean => wide === undefined || (narrow?.every((small) => wide.some((large) => holds(large, small))) ?? false);
  const same = <Item>(wide: Item | undefined, narrow: Item | undefined): boolean =>
    wide === undefined || wide === narrow;
  return (
    same(outer.protocol, inner.protocol) &&
    same(outer.dscp, inner.dscp) &&
    within(outer.ports, inner.ports, (wide, narrow) => wide.first <= narrow.first && narrow.last <= wide.last) &&
    within(outer.destinations, inner.destinations, holdsPrefix) &&
    within(outer.sources, inner.sources, holdsPrefix) &&
    within(outer.interfaces, inner.interfaces, (wide, narrow) => wide === narrow) &&
    (outer.mark === undefined || (inner.mark?.value === outer.mark.value && inner.mark.mask === outer.mark.mask))
  );
}

function holdsPrefix(wide: string, narrow: string): boolean {
  const [outer, inner] = [parsePrefix(wide), parsePrefix(narrow)];
  return outer !== undefined && inner !== undefined && outer.length <= inner.length && outer.contains(inner.network);
}

export function describeTraffic(traffic: Traffic): string {
  const { protocol, ports, destinations, sources, interfaces, dscp, mark } = traffic;
  const part = (word: string, values: readonly string[] | undefined): string[] =>
    values === undefined ? [] : [`${word} ${values.join(", ")}`];
  const words = [
    ...part(protocol ?? "", ports === undefined ? undefined : [`to port ${ports.map(describePorts).join(", ")}`]),
    ...(ports === undefined && protocol !== undefined ? [protocol] : []),
    ...part("to", destinations),
    ...part("from", sources),
    ...part("from", interfaces),
    ...part("with DSCP", dscp === undefined ? undefined : [`${dscp}`]),
    ...part("with mark", mark === undefined ? undefined : [`0x${mark.value.toString(16)}/0x${mark.mask.toString(16)}`]),
  ];
  return words.length === 0 ? "everything" : words.join(" ");
}
