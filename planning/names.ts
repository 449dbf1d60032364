import { createHash } from "node:crypto";
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
}

export type UnitKind = "host" | "colo" | "address" | "uplink" | "bond";

const segment = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function formatUnitName(unit: UnitName): string {
  return [unit.organization, unit.project, unit.stack, unit.kind, unit.name].join("/");
}

export function checkName(argument: string, value: string): Problem[] {
  return segment.test(value) ? [] : [problem("name-invalid", argument, `${quoteValue(value)} cannot be a name here.`)];
}

/** The organization, project, stack and name of a unit, each checked. */
export function checkUnitName(unit: UnitName): Problem[] {
  return (["organization", "project", "stack", "name"] as const).flatMap((part) => checkName(part, unit[part]));
}

/** A reference to a unit of another component, which may come from anywhere. */
export function checkUnitReference(argument: string, unit: string, kind: UnitKind): Problem[] {
  const parts = unit.split("/");
  const valid = parts.length === 5 && parts.every((part) => segment.test(part)) && parts[3] === kind;
  return valid
    ? []
    : [problem("reference-invalid", argument, `${quoteValue(unit)} is not the name of a unit of kind ${kind}.`)];
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

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
 * What the kernel accepts (dev_valid_name: 1 to 15 bytes, not `.` or `..`, no slash, colon or space), `all` and
 * `default`, which sysctl knows as more than one), less what nftables, BIRD or iproute2 would read as syntax.
 */
export function checkInterface(argument: string, value: string): Problem[] {
  const valid = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/.test(value) && ![".", "..", "all", "default"].includes(value);
  return valid
    ? []
    : [problem("interface-invalid", argument, `${quoteValue(value)} is not an interface name that a host can have.`)];
}
