import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { quoteValue } from "../planning/problems";
import { coded } from "./codes";
import { secretKeys } from "./schema";

export type Path = readonly (string | number)[];

/** Where a value stands, so that sentences name it as the user would find it. */
export interface Place {
  /** The full name of a key, for example `extrude:uplinks.dsl.gateway`. */
  readonly label: (path: Path) => string;
  /** False where a value may be a secret, so that a sentence names its type only. */
  readonly quotes: (path: Path) => boolean;
  /** What stands before every key of the outermost mapping, and is part of its name. */
  readonly prefix?: string;
}

/** As `pulumi config set --path` takes it: a name that holds a dot, say, stands in brackets. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[A-Za-z0-9_-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

export const stackPrefix = "extrude:";

/** The full name of a key of the stack config. */
export function stackKey(path: Path): string {
  return `${stackPrefix}${formatPath(path)}`;
}

const plain = (key: string): string => key.toLowerCase().replaceAll(/[-_ ]/g, "");

/** The known key that was probably meant: `host_key` means `hostKey`, and `xyz` means none of them. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const startsAlike = (candidate: string): number => (plain(candidate).startsWith(plain(key).slice(0, 1)) ? 0 : 1);
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(plain(key), plain(candidate)) }))
    // Of two that are as near, the one that begins with the same letter: the first is seldom mistyped.
    .sort((a, b) => a.edits - b.edits || startsAlike(a.candidate) - startsAlike(b.candidate));
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(2, Math.floor(best.candidate.length / 2))
    ? best.candidate
    : undefined;
}

/** The end of a sentence on something unknown: the nearest that is known, or all. */
export function suggestion(key: string, known: readonly string[], show = (text: string): string => text): string {
  const best = nearest(key, known);
  if (best !== undefined) return `did you mean ${show(best)}?`;
  return known.length === 0 ? "there is none." : `known here: ${known.map(show).join(", ")}.`;
}

/** `raw` with each unknown key taken for the known one that it is nearest to, or else left out; and a sentence each. */
export function respell(schema: z.ZodType, raw: unknown, place: Place): { raw: unknown; problems: string[] } {
  const copy = structuredClone(raw);
  const problems: string[] = [];
  // Once more after each change: what was under a misspelt key is looked at only then.
  for (;;) {
    const unknown = schema.safeParse(copy).error?.issues.filter((issue) => issue.code === "unrecognized_keys") ?? [];
    if (unknown.length === 0) return { raw: copy, problems };
    for (const issue of unknown) {
      problems.push(...describeUnknownKeys(issue, schema, place));
      const parent = valueAt(copy, issue.path) as Record<string, unknown>;
      const known = knownKeys(schema, partsOf(issue.path));
      for (const key of issue.keys) rename(parent, key, nearest(key, known));
    }
  }
}

function rename(parent: Record<string, unknown>, key: string, meant: string | undefined): void {
  if (meant !== undefined && !Object.hasOwn(parent, meant)) parent[meant] = parent[key];
  Reflect.deleteProperty(parent, key);
}

/** What is wrong with the values of `raw`, all of whose keys are known: a sentence each. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, raw: unknown, place: Place) {
  return issues.map((issue) => describeValue(issue, schema, raw, place));
}

function describeUnknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, schema: z.ZodType, place: Place): string[] {
  const path = partsOf(issue.path);
  const choices = knownKeys(schema, path);
  const show = (known: string): string => (path.length === 0 ? (place.prefix ?? "") : "") + known;
  return issue.keys.map((key) =>
    coded("key-unknown", `${place.label([...path, key])} is not a known key; ${suggestion(key, choices, show)}`),
  );
}

function describeValue(issue: z.core.$ZodIssue, schema: z.ZodType, raw: unknown, place: Place): string {
  const path = partsOf(issue.path);
  const key = place.label(path);
  const value = valueAt(raw, path);
  const description = schemaAt(schema, path)?.description;
  if (value === undefined) return coded("key-missing", `${key} is missing. Give ${description ?? "a value"}.`);
  const secret = secretKeys.has(String(path.at(-1)));
  const quotes = place.quotes(path) && !secret;
  const found = describeFound(value, quotes);
  if (issue.code === "invalid_value" && typeof value === "string") {
    const choices = suggestion(value, issue.values.map(String), (choice) => `"${choice}"`);
    return coded("choice-invalid", `${key} is ${quotes ? quoteValue(value) : "an unknown choice"}; ${choices}`);
  }
  const expected = issue.code === "invalid_type" ? expectations[issue.expected] : undefined;
  const wanted =
    issue.code === "invalid_value" ? issue.values.map((choice) => `"${String(choice)}"`).join(" or ") : expected;
  const need = wanted ?? "another value";
  // Where the description says the type too, once is enough.
  const about = description?.startsWith(need) === true ? description : [need, description].filter(Boolean).join(": ");
  return coded("type-invalid", `${key} is ${found}, but has to be ${about}.`);
}

const expectations: Partial<Record<string, string>> = {
  string: "text, in quotes",
  number: "a number, without quotes",
  boolean: "true or false, without quotes",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function describeFound(value: unknown, quotes: boolean): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const kind = typeof value === "string" ? "text" : typeof value === "number" ? "number" : "";
  if (!quotes) return kind === "text" ? "text" : kind === "number" ? "a number" : "true or false";
  return kind === "" ? quoteValue(value) : `the ${kind} ${quoteValue(value)}`;
}

export function partsOf(path: readonly PropertyKey[]): Path {
  return path.map((part) => (typeof part === "number" ? part : String(part)));
}

export function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    raw,
  );
}

/** The part of a schema that a path leads to. */
export function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  const [part, ...rest] = path;
  if (part === undefined) return inner;
  const next = stepInto(inner, part);
  return next === undefined ? undefined : schemaAt(next, rest);
}

function stepInto(schema: z.ZodType, part: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (!(schema instanceof z.ZodObject)) return undefined;
  return Object.hasOwn(schema.shape, part) ? (schema.shape as Record<string, z.ZodType>)[part] : undefined;
}

function knownKeys(schema: z.ZodType, path: Path): string[] {
  const found = schemaAt(schema, path);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}
