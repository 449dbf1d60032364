import { getOrganization, getProject, getStack, RunError, runtime } from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import { checkStackConfig } from "./check";
import { coded } from "./codes";
import { thisMachine } from "./machine";
import type { StackConfig } from "./stack";

const namespace = "extrude";

/** The config of the stack that runs, checked. Throws one error, which names all problems and shows no stack trace. */
export function readStackConfig(): StackConfig {
  const all = runtime.allConfig();
  const owner = { organization: getOrganization(), project: getProject(), stack: getStack() };
  const context = { machine: thisMachine(), owner, secretSections: secretSections() };
  const checked = checkStackConfig(sectionsOf(all), context);
  const problems = [...strayNamespaces(Object.keys(all)), ...("problems" in checked ? checked.problems : [])];
  if ("config" in checked && problems.length === 0) return checked.config;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new RunError(
    [`The config of stack ${owner.stack} has ${count}:`, ...problems.map((found) => `  - ${found}`)].join("\n"),
  );
}

/** Pulumi hands every value over as text: a mapping as JSON, a text as itself. */
function sectionsOf(all: Readonly<Record<string, string>>): Record<string, unknown> {
  const own = Object.entries(all).filter(([key]) => key.startsWith(`${namespace}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(namespace.length + 1), parse(value)]));
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Pulumi's own list of keys with secrets, which its SDK reads but does not export. */
function secretSections(): Set<string> {
  const keys = parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]");
  const texts = Array.isArray(keys) ? keys.map(String) : [];
  return new Set(texts.map((key) => key.slice(key.lastIndexOf(":") + 1)));
}

/** A misspelt namespace would make all of a section unknown to everybody. */
function strayNamespaces(keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const [found = "", ...rest] = key.split(":");
    const near = found !== namespace && distance(found.toLowerCase(), namespace) <= 2;
    const sentence = `${key} is not a known key; did you mean ${[namespace, ...rest].join(":")}?`;
    return near ? [coded("key-unknown", sentence)] : [];
  });
}
