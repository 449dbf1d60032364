import { parsePorts, type Ports } from "../planning/ports";
import { type Mark, type Traffic, trafficProtocols } from "../planning/traffic";

/** A rule of a bond's policy, as its unit at the router says it: the inverse of rendering. */
export interface PolicyReading {
  readonly traffic: Traffic;
  /** Of packets that leave directly by lines; none where they never do. */
  readonly mark?: number;
}

/** In their order: the first that fits decides. */
export function readPolicy(lines: readonly string[]): PolicyReading[] {
  const start = lines.indexOf("\tchain classify {");
  const end = lines.indexOf("\t}", start);
  return start < 0 ? [] : lines.slice(start + 1, end).map(readRule);
}

function readRule(line: string): PolicyReading {
  const [, fits = "", mark] = /^\t\t(.*?)(?:meta mark set .* \| (0x[0-9a-f]+) )?return$/.exec(line) ?? [];
  const traffic = readTraffic(fits.trim());
  return mark === undefined ? { traffic } : { traffic, mark: Number(mark) };
}

/** Reads what `trafficMatch` has written. */
export function readTraffic(expression: string): Traffic {
  const values = (pattern: string): string[] | undefined => {
    const [, many, one] = new RegExp(`${pattern} (?:\\{ ([^}]*) \\}|(\\S+))`).exec(expression) ?? [];
    return (many ?? one)?.split(", ").map((value) => value.replaceAll('"', ""));
  };
  const [, mask, value] = /meta mark & (\S+) == (\S+)/.exec(expression) ?? [];
  const protocol = values("meta l4proto")?.[0] ?? /(?:^| )(tcp|udp) dport/.exec(expression)?.[1];
  const ports = values("dport")?.flatMap((one): Ports[] => {
    const found = parsePorts(one);
    return found === undefined ? [] : [found];
  });
  const dscp = values("ip dscp")?.[0];
  const found: { -readonly [Key in keyof Traffic]: Traffic[Key] } = {
    protocol: trafficProtocols.find((known) => known === protocol),
    ports,
    destinations: values("ip daddr"),
    sources: values("ip saddr"),
    interfaces: values("iifname"),
    dscp: dscp === undefined ? undefined : Number(dscp),
    mark: value === undefined || mask === undefined ? undefined : markOf(value, mask),
  };
  return Object.fromEntries(Object.entries(found).filter(([, given]) => given !== undefined));
}

function markOf(value: string, mask: string): Mark {
  return { value: Number(value), mask: Number(mask) };
}
