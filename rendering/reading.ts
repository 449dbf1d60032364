import { createHash } from "node:crypto";
import { type Encapsulation, encapsulations } from "../planning/encapsulation";

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
  readonly local: string;
  readonly remote: string;
  readonly device: string;
  readonly mtu: number;
  /** At the site only: what the line leads to. */
  readonly line?: { readonly gateway?: string };
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
  for (const line of lines) {
    const [, name, type, local, remote, device] =
      /^link add (\S+) type (\S+) local (\S+) remote (\S+) dev (\S+)/.exec(line) ?? [];
    const encapsulation = encapsulations.find((known) => known === type);
    if (name === undefined || local === undefined || remote === undefined || device === undefined) continue;
    if (encapsulation === undefined) continue;
    const mtu = Number(
      lines.map((each) => /^link set (\S+) mtu (\d+)/.exec(each)).find((set) => set?.[1] === name)?.[2],
    );
    const end = { interface: name, encapsulation, local, remote, device, mtu };
    return { ...end, ...readLine(lines) };
  }
  return undefined;
}

function readLine(lines: readonly string[]): Pick<TunnelReading, "line"> {
  const start = lines.findIndex((line) => /^protocol static \S+_line \{$/.test(line));
  if (start < 0) return {};
  const route = lines.slice(start).find((line) => line.startsWith("\troute 0.0.0.0/0 via "));
  const gateway = /via ([0-9.]+)%/.exec(route ?? "")?.[1];
  return { line: gateway === undefined ? {} : { gateway } };
}
