import { z } from "zod";
import { coded } from "./codes";
import { resolveHost } from "./hosts";
import type { Machine } from "./machine";
import {
  describeIssues,
  isMapping,
  partsOf,
  type Path,
  respell,
  schemaAt,
  stackKey,
  stackPrefix,
  valueAt,
} from "./problems";
import { checkNames, checkReferences, namesIn } from "./references";
import { sections, type StackEntries, stackSchema } from "./schema";
import type { StackConfig } from "./stack";
import { resolveUplink } from "./uplinks";
import { checkValues, type Owner } from "./values";

export interface Context {
  readonly machine: Machine;
  readonly owner: Owner;
  /** The sections that hold a secret somewhere. Pulumi does not tell where. */
  readonly secretSections: ReadonlySet<string>;
}

export type Checked = { readonly problems: readonly [string, ...string[]] } | { readonly config: StackConfig };

/** The config of a stack, by section, or all that is wrong with it. */
export function checkStackConfig(given: Readonly<Record<string, unknown>>, context: Context): Checked {
  const quotes = ([section]: Path): boolean => section !== "hosts" && !context.secretSections.has(String(section));
  const place = { label: stackKey, quotes, prefix: stackPrefix };
  const { raw, problems } = respell(stackSchema, given, place);
  const parsed = stackSchema.safeParse(raw);
  if (!parsed.success) problems.push(...describeIssues(parsed.error.issues, stackSchema, raw, place));
  problems.push(...checkSecrecy(context.secretSections), ...checkNames(raw), ...checkReferences(raw));
  const entries = parsed.success ? parsed.data : soundEntries(raw);
  const hosts = Object.entries(entries.hosts).map(
    ([name, entry]) => [name, resolveHost(name, entry, context.machine, (found) => problems.push(found))] as const,
  );
  const uplinks = Object.entries(entries.uplinks).map(
    ([name, entry]) => [name, resolveUplink(name, entry, context.machine, (found) => problems.push(found))] as const,
  );
  const config: StackConfig = {
    hosts: new Map(hosts),
    colos: new Map(Object.entries(entries.colos)),
    addresses: new Map(Object.entries(entries.addresses)),
    uplinks: new Map(uplinks),
    sites: new Map(Object.entries(entries.sites)),
  };
  problems.push(...checkValues(config, context.owner));
  const [first, ...others] = byEntry(new Set(problems), raw);
  return first === undefined ? { config } : { problems: [first, ...others] };
}

/** Sentences in the order of the config's entries, as one would go through the file; those on the whole of it first. */
function byEntry(sentences: Iterable<string>, raw: unknown): string[] {
  const entries = sections.flatMap((section) => namesIn(raw, section).map((name) => stackKey([section, name])));
  const rank = (sentence: string): number =>
    entries.findIndex((key) => sentence.startsWith(key) && !/^[A-Za-z0-9_-]/.test(sentence.slice(key.length)));
  return [...sentences].sort((a, b) => rank(a) - rank(b));
}

/** Only of a host does the program know which values are secret, so it could not keep another section's. */
function checkSecrecy(secretSections: ReadonlySet<string>): string[] {
  return sections
    .filter((section) => section !== "hosts" && secretSections.has(section))
    .map((section) =>
      coded(
        "secret-misplaced",
        `${stackKey([section])} holds a secret, which would not stay one: it ends up in plans and on the hosts. Set it without --secret.`,
      ),
    );
}

/** What is left of a config without its mistakes, so that the values of the rest can be checked in the same run. */
function soundEntries(raw: unknown): StackEntries {
  const copy = structuredClone(raw) as Record<string, unknown>;
  for (const section of sections) if (!isMapping(copy[section])) copy[section] = {};
  // First what is wrong itself, then the entries that cannot do without.
  for (const entriesOnly of [false, true]) {
    for (const issue of stackSchema.safeParse(copy).error?.issues ?? []) {
      const path = partsOf(issue.path);
      remove(copy, entriesOnly || !isKey(path) ? path.slice(0, 2) : path);
    }
  }
  return stackSchema.parse(copy);
}

/** A key may be left out; a member of a list or mapping may not, for without it the rest would mean something else. */
function isKey(path: Path): boolean {
  return schemaAt(stackSchema, path.slice(0, -1)) instanceof z.ZodObject;
}

function remove(raw: Record<string, unknown>, path: Path): void {
  const parent = valueAt(raw, path.slice(0, -1));
  const key = path.at(-1);
  if (key !== undefined && typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, key);
}
