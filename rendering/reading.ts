import { createHash } from "node:crypto";
import type { Encapsulation } from "../planning/encapsulation";

/** What a unit's text says, for those who compare and examine: the inverse of rendering. */
export interface UnitReading {
  readonly name: string;
  /** The logical name of the host that it was made for. */
  readonly host: string;
  /** Of the whole text, as the agent computes it. */
  readonly digest: string;
  readonly lines: readonly string[];
  readonly tunnel?: TunnelReading;
}

/** One end of a tunnel. */
export interface TunnelReading {
  readonly interface: string;
  readonly encapsulation: Encapsulation;
  readonly mtu: number;
  /** At the site only: what carries the tunnel. */
  readonly line?: LineReading;
}

export interface LineReading {
  readonly device: string;
  /** None where it changes at any time. */
  readonly local?: string;
  readonly remote: string;
  /** The UDP port at the colo, where the tunnel has one. */
  readonly port?: number;
  readonly gateway?: string;
}

export function readUnit(text: string): UnitReading | undefined {
  const lines = text.split("\n").slice(0, -1);
  const name = header(lines, "unit");
  const host = header(lines, "host");
  if (name === undefined || host === undefined || lines.at(-1) !== "[end]") return undefined;
  const tunnel = readTunnel(lines);
  const digest = createHash("sha256").update(text).digest("hex");
  return { name, host, digest, lines, ...(tunnel === undefined ? {} : { tunnel }) };
}

function header(lines: readonly string[], key: string): string | undefined {
  return lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
}

function readTunnel(lines: readonly string[]): TunnelReading | undefined {
  const [, name, type = "", key] = match(lines, /^link add (\S+) type (\S+)(?:.* key (\d+))?/);
  const encapsulation = encapsulationOf(type, key !== undefined);
  if (name === undefined || encapsulation === undefined) return undefined;
  const mtu = Number(match(lines, /^link set \S+ mtu (\d+)/)[1]);
  return { interface: name, encapsulation, mtu, ...readLine(lines) };
}

/** An interface's type as the kernel calls it. Only the GRE inside ESP has keys. */
function encapsulationOf(type: string, hasKey: boolean): Encapsulation | undefined {
  switch (type) {
    case "gre":
    case "ip6gre":
      return hasKey ? "gre-ipsec" : "gre";
    case "xfrm":
      return "ipsec";
    case "wireguard":
      return "wireguard";
    default:
      return undefined;
  }
}

function readLine(lines: readonly string[]): Pick<TunnelReading, "line"> {
  const start = lines.findIndex((line) => /^protocol static \S+_line \{$/.test(line));
  const [, device] = match(lines, /^(?:-6 )?rule add priority \d+ (?:to \S+ )?oif (\S+) lookup /);
  const [, ikePort] = match(lines, /^\s*remote_port = (\d+)/);
  const [, address, end, port = ikePort] = match(
    lines,
    / (?:remote ([0-9a-f.:]+) |endpoint \[?([0-9a-f.:]+?)\]?:(\d+) )/,
  );
  const remote = address ?? end ?? match(lines, /\bremote_addrs = ([0-9a-f.:]+)/)[1] ?? "";
  if (start < 0 || device === undefined) return {};
  const [, local] = match(lines, /^(?:-6 )?rule add priority \d+ from ([0-9a-f.:]+) lookup /);
  const [, gateway] = match(lines.slice(start), /^\troute \S+\/0 via ([0-9a-f.:]+)%/);
  return {
    line: {
      device,
      remote,
      ...(local === undefined ? {} : { local }),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(gateway === undefined ? {} : { gateway }),
    },
  };
}

/** What the pattern finds in the first line that it fits. */
function match(lines: readonly string[], pattern: RegExp): readonly (string | undefined)[] {
  return lines.map((line) => pattern.exec(line)).find((found) => found !== null) ?? [];
}
