import { checkName } from "../planning/names";
import { explain, quoteValue } from "../planning/problems";
import { coded } from "./codes";
import { isMapping, stackKey, suggestion, valueAt } from "./problems";
import { type Section, sections } from "./schema";

/** Which key of which section names an entry of which other section. */
const references: readonly (readonly [from: Section, key: string, to: Section])[] = [
  ["colos", "host", "hosts"],
  ["addresses", "colo", "colos"],
  ["uplinks", "colo", "colos"],
  ["uplinks", "router", "hosts"],
  ["sites", "colo", "colos"],
  ["sites", "router", "hosts"],
  ["sites", "addresses", "addresses"],
  ["sites", "deliveries", "addresses"],
  ["sites", "uplinks", "uplinks"],
];

const singular: Record<Section, string> = {
  hosts: "host",
  colos: "colo",
  addresses: "address",
  uplinks: "uplink",
  sites: "site",
};

/** Names that no entry bears. Read from the config before its mistakes are taken out, so that none of them hides another. */
export function checkReferences(raw: unknown): string[] {
  return references.flatMap(([from, key, to]) =>
    namesIn(raw, from).flatMap((name) => checkReference(raw, [from, name, key], to)),
  );
}

function checkReference(raw: unknown, path: readonly [string, string, string], to: Section): string[] {
  // A section that is missing as a whole is said once, and not by each who refers to it.
  if (!isMapping(valueAt(raw, [to]))) return [];
  const known = namesIn(raw, to);
  const unknown = (name: string): boolean => !known.includes(name);
  const value = valueAt(raw, path);
  const remedy = (name: string): string =>
    known.length === 0 ? `extrude:${to} has no entries.` : suggestion(name, known);
  const unknownName = (subject: string, name: string): string =>
    coded("reference-unknown", `${subject} names no ${singular[to]}; ${remedy(name)}`);
  if (typeof value === "string") {
    return unknown(value) ? [unknownName(`${stackKey(path)} is ${quoteValue(value)}, which`, value)] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((name: unknown, index) =>
      typeof name === "string" && unknown(name)
        ? [unknownName(`${stackKey([...path, index])} is ${quoteValue(name)}, which`, name)]
        : [],
    );
  }
  if (!isMapping(value)) return [];
  return Object.keys(value)
    .filter(unknown)
    .map((name) => unknownName(stackKey([...path, name]), name));
}

/** Names that would not do as part of a unit's name; also those that no schema gets to see, such as `__proto__`. */
export function checkNames(raw: unknown): string[] {
  return sections.flatMap((section) =>
    namesIn(raw, section).flatMap((name) =>
      checkName("name", name).map((found) => `${stackKey([section, name])}: ${explain(found)}`),
    ),
  );
}

export function namesIn(raw: unknown, section: Section): string[] {
  const entries = valueAt(raw, [section]);
  return isMapping(entries) ? Object.keys(entries) : [];
}
