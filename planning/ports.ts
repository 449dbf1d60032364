import { type Problem, problem, quoteValue } from "./problems";

export const portProtocols = ["tcp", "udp"] as const;
/** The protocols of the internet that have ports and that everybody's NAT knows. */
export type PortProtocol = (typeof portProtocols)[number];

/** A port, or a range of them as in "8000-8010". */
export type PortsArgument = number | string;

/** Ports from the first to the last, both included. */
export interface Ports {
  readonly first: number;
  readonly last: number;
}

/** Undefined where it is neither a port nor a range with its lower end first. */
export function parsePorts(given: PortsArgument): Ports | undefined {
  const parts = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(String(given));
  if (parts === null) return undefined;
  const first = Number(parts[1]);
  const last = Number(parts[2] ?? first);
  return last <= 65_535 && first <= last ? { first, last } : undefined;
}

export function checkPorts(argument: string, given: PortsArgument): Problem[] {
  return parsePorts(given) === undefined
    ? [problem("ports-invalid", argument, `${quoteValue(given)} is neither a port nor a range.`)]
    : [];
}

export function checkPortProtocol(argument: string, protocol: string): Problem[] {
  return portProtocols.some((known) => known === protocol)
    ? []
    : [problem("choice-invalid", argument, `${quoteValue(protocol)} is not "tcp" or "udp".`)];
}

export function describePorts({ first, last }: Ports): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
