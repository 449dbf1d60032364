import { hash } from "node:crypto";
import { type Problem, problem, quoteValue } from "./problems";

/**
 * A unit's name, ORGANIZATION/PROJECT/STACK/kind/name: who owns a piece of a host's configuration.
 * Everything that is named on a host is derived from it, so that two programs never meet.
 */
export interface UnitName {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly kind: UnitKind;
  readonly name: string;
  /** The names that it may have on hosts, where it cannot be known which. */
  readonly candidates?: readonly string[];
  /** Whether another component of the program has it already. */
  readonly taken?: boolean;
}

export type UnitKind = "host" | "colo" | "customer" | "address" | "uplink" | "bond";

const segment = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function formatUnitName(unit: UnitName): string {
  return [unit.organization, unit.project, unit.stack, unit.kind, unit.name].join("/");
}

/**
 * A component's unit: as the user says, or under the name that an alias tells of, or under the component's own. With
 * aliases for several names, all but one of them are from before the unit was made, and only the hosts know which.
 */
export function continueUnit(own: UnitName, former: readonly UnitName[], given: string | undefined): UnitName {
  if (given !== undefined) return { ...own, name: given };
  const [first, ...others] = new Map(former.map((unit) => [formatUnitName(unit), unit])).values();
  if (first === undefined || others.length === 0) return first ?? own;
  return { ...own, candidates: [first, ...others].map(formatUnitName) };
}

/**
 * The unit of a component's keys of this version. Tunnels with other keys are other tunnels: both are there while the
 * bond moves from one to the other. No name of a user's has an `@`.
 */
export function withKeyVersion(unit: UnitName, keyVersion: number): UnitName {
  return keyVersion === 1 ? unit : { ...unit, name: `${unit.name}@${keyVersion}` };
}

export function checkName(argument: string, value: string): Problem[] {
  return segment.test(value) ? [] : [problem("name-invalid", argument, `${quoteValue(value)} cannot be a name here.`)];
}

/** The organization, project, stack and name of a unit, each checked. */
export function checkUnitName(unit: UnitName): Problem[] {
  const problems = (["organization", "project", "stack", "name"] as const).flatMap((part) =>
    checkName(part, unit[part]),
  );
  if (unit.candidates !== undefined) {
    const names = unit.candidates.join(" or ");
    problems.push(problem("unit-name-ambiguous", "unitName", `by its aliases it may be ${names} on the hosts.`));
  }
  if (unit.taken === true) {
    const text = `${formatUnitName(unit)} is the unit of another component of this program.`;
    problems.push(problem("unit-name-taken", "unitName", text));
  }
  return problems;
}

/** A reference to a unit of another component, which may come from anywhere. */
export function checkUnitReference(argument: string, unit: string, kind: UnitKind): Problem[] {
  const parts = unit.split("/");
  const [name = "", ...versions] = parts.splice(4).join("/").split("@");
  const isVersioned = versions.length === 0 || (versions.length === 1 && /^[1-9][0-9]{0,3}$/.test(versions[0] ?? ""));
  const valid =
    parts.length === 4 && [...parts, name].every((part) => segment.test(part)) && parts[3] === kind && isVersioned;
  return valid
    ? []
    : [problem("reference-invalid", argument, `${quoteValue(unit)} is not the name of a unit of kind ${kind}.`)];
}

const digest = (text: string): Buffer => hash("sha256", text, "buffer");

/** Six characters of 32 (30 bits), without 0, 1, l and o, which are misread. */
function shortId(unit: string): string {
  const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  return [...digest(unit).subarray(0, 6)].map((byte) => alphabet.charAt(byte & 31)).join("");
}

function slug(unit: string, length: number): string {
  const name = unit.slice(unit.lastIndexOf("/") + 1).toLowerCase();
  const readable = name.replaceAll(/[^a-z0-9]/g, "").slice(0, length);
  return readable === "" ? "x" : readable;
}

/** A kernel interface of a unit, as in `x-dsl-k3f9qz`: at most 15 characters, the kernel's limit (IFNAMSIZ). */
export function interfaceName(unit: string): string {
  return `x-${slug(unit, 6)}-${shortId(unit)}`;
}

/** The stem of a unit's names in BIRD and nftables, as in `dsl_k3f9qz`: letters, digits, underscores; a letter first. */
export function symbol(unit: string): string {
  return `x_${slug(unit, 24)}_${shortId(unit)}`;
}

/**
 * A routing table of a unit. Ids above 255 are out of reach of tools that flush tables 1 to 254, and below 2^31 every
 * tool prints them alike. The host refuses a collision (a claim), which 40 tables meet once in 2.7 million.
 */
export function tableId(unit: string): number {
  return 10_000 + (digest(unit).readUInt32BE(8) % 2_000_000_000);
}

/**
 * The firewall mark of a line's packets. It shares no bit with the marks of mwan3 (0x3f00), Kubernetes (0xc000) and
 * Tailscale (0xff0000). The host refuses a collision (a claim); two lines meet once in 65,279.
 */
export const lineMarkMask = 0xff0000ff;

export function lineMark(unit: string): number {
  const id = 1 + (digest(unit).readUInt32BE(16) % 0xfeff);
  // Not by shifting, which would make a negative number of it.
  return (id >> 8) * 0x1000000 + (id & 0xff);
}

/** What marks the packets of encrypted GRE tunnels of either generation; no line has it. */
export const sealMarks = { 1: 0xff000001, 2: 0xff000002 } as const;

/** Of packets that shall take a bond's first path, its second and so on. No line has them. */
export function pathMark(index: number): number {
  return 0xff000010 + index;
}

/** At the colo, for a moment: of packets that have come by a bond's first path, its second and so on. */
export function cameMark(index: number): number {
  return 0xff000020 + index;
}

/**
 * The number of an IPsec tunnel's security associations, and of its XFRM interface. strongSwan counts those that it
 * gives itself from 1. The host refuses a collision (a claim).
 */
export function ipsecId(unit: string): number {
  return 0x40000000 + (digest(unit).readUInt32BE(24) % 0x3fffffff);
}

/**
 * The UDP port of a tunnel at the colo: above what services listen on, below what Linux gives to clients (32768 and
 * above). The host refuses a collision; then, `port` gives another.
 */
export function tunnelPort(unit: string): number {
  return 10_000 + (digest(unit).readUInt32BE(20) % 22_768);
}

/** The BIRD constant that is the gateway of a line whose gateway changes; the host keeps it. */
export function gatewaySymbol(unit: string): string {
  return `${symbol(unit)}_gateway`;
}

/**
 * What the kernel accepts (dev_valid_name: 1 to 15 bytes, not `.` or `..`, no slash, colon or space), `all` and
 * `default`, which sysctl knows as more than one), less what nftables, BIRD or iproute2 would read as syntax.
 */
export function checkInterface(argument: string, value: string): Problem[] {
  const valid = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/.test(value) && ![".", "..", "all", "default"].includes(value);
  return valid
    ? []
    : [problem("interface-invalid", argument, `${quoteValue(value)} is not an interface name that a host can have.`)];
}
