/**
 * Everything that extrude can refuse, as data: one entry per kind of mistake, with the remedy.
 * `docs/errors.md` has a section per code, and a test triggers each.
 */
export const catalogue = {
  "address-invalid": "Write an IPv4 address that a machine can have, for example 77.1.2.3.",
  "prefix-invalid": "Write an IPv4 prefix whose host bits are zero, for example 77.1.2.0/24.",
  "address-outside-prefix":
    'Choose an address of the prefix, correct `prefix`, or set acquire: "routed" if the provider routes the address to the colo.',
  "address-is-colo": "Choose another address: this one is the colo's own.",
  "address-is-gateway": "Choose another address: this one is the gateway's.",
  "address-is-network": "Choose another address: this one names the network itself.",
  "address-is-broadcast": "Choose another address: this one is the network's broadcast address.",
  "address-of-other-colo": "Give the bond the colo that extrudes the address.",
  "gateway-outside-prefix": "Give the gateway that is on the colo's own network, or correct `prefix`.",
  "interface-invalid":
    "Give a Linux interface name: 1 to 15 letters, digits, dots, dashes and underscores, not `all` or `default`.",
  "name-invalid":
    "Use 1 to 64 letters, digits, dots, dashes and underscores, the first of them a letter or digit: the name becomes part of file names on the host.",
  "weight-invalid": "Give a whole number from 1 to 256, the kernel's range for the weight of a next hop.",
  "metric-invalid": "Give a whole number from 0 to 15; the lowest is used first.",
  "mtu-invalid": "Give the line's own MTU in bytes, a whole number from 600 to 9000.",
  "detection-invalid": "Give an interval of 50 to 10000 milliseconds and a multiplier of 2 to 20.",
  "hold-invalid": "Give a whole number of seconds from 1 to 3600.",
  "choice-invalid": "Give one of the values listed.",
  "reference-invalid":
    "Pass the component itself, or its outputs unchanged; the name of a unit is ORGANIZATION/PROJECT/STACK/kind/name.",
  "bond-without-uplink": "Give at least one uplink.",
  "bond-without-address": "Give at least one extruded address.",
  "bond-duplicate-line":
    "Two uplinks of one bond need different lines: give each its own interface, or its own address.",
  "duplicate-name": "Give each a name of its own.",
  "duplicate-address": "Name each address once.",
  "uplink-of-other-colo": "Give the bond the colo that the uplink's tunnel ends at.",
  "uplink-of-other-router": "Give the bond the router that the uplink is plugged into.",
  "tunnel-to-itself": "Give the uplink's own address at the site, not the colo's.",
  "host-key-missing":
    "Give connection.hostKey, the line that `ssh-keyscan HOST` prints once you have compared it with the host's own, or set connection.verifyHostKey: false to accept any machine that answers.",
  "credential-missing": "Give connection.privateKey, connection.agentSocketPath or connection.password.",
  "host-invalid": "Give a host name or an IP address.",
  "port-invalid": "Give a TCP port, a whole number from 1 to 65535.",
  "user-invalid": "Give a Unix login name.",
} as const;

export type ProblemCode = keyof typeof catalogue;

/** One thing that is wrong with the arguments of one component. */
export interface Problem {
  readonly code: ProblemCode;
  /** The argument as the user wrote it, for example `uplinks[1].weight`. */
  readonly argument: string;
  /** What is wrong, with the offending value. */
  readonly text: string;
}

export function problem(code: ProblemCode, argument: string, text: string): Problem {
  return { code, argument, text };
}

/** A problem as a sentence: what is wrong, with which argument, and what to do. */
export function describeProblem(component: string, { code, argument, text }: Problem): string {
  return `${component}: ${argument}: ${text} ${catalogue[code]} [${code}]`;
}

/** A value of the user's in a sentence: quoted as JSON, so that control characters are visible, and never long. */
export function quoteValue(value: unknown): string {
  // JSON has no text for undefined, and calls NaN and Infinity null.
  const text = value === undefined || typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
