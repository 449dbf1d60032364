import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import type { StackEntries } from "../config/schema";
import { exitCodes, Failure } from "./failure";

const prefix = "extrude:";

/** The project's name, since only a project has stacks. */
export function readProject(folder: string): string {
  const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(folder, name)).find(existsSync);
  if (file === undefined) {
    throw new Failure(
      `There is no Pulumi.yaml in ${folder}, so it is no Pulumi project. Go to extrude's directory, or name it: --cwd DIRECTORY`,
      exitCodes.usage,
    );
  }
  const name: unknown = parse(file).get("name");
  return typeof name === "string" ? name : "";
}

export function stackFile(folder: string, stack: string): string {
  return join(folder, `Pulumi.${stack}.yaml`);
}

/** What the file has of extrude's already; it is not to be lost by accident. */
export function ownKeys(file: string): string[] {
  if (!existsSync(file)) return [];
  const config = parse(file).get("config");
  return isMap(config) ? config.items.map(({ key }) => String(key)).filter((key) => key.startsWith(prefix)) : [];
}

/** The file with these sections, and with whatever else it had, such as the salt of its secrets. */
export function renderStackFile(entries: StackEntries, before = ""): string {
  const document = parseDocument(before);
  for (const key of keysOf(document)) document.deleteIn(["config", key]);
  for (const [section, value] of Object.entries(entries)) {
    document.setIn(["config", `${prefix}${section}`], document.createNode(value));
  }
  if (before === "") document.commentBefore = " Made by extrude init. What each key means: README.md and docs/";
  return document.toString({ lineWidth: 0 });
}

function keysOf(document: Document): string[] {
  const config = document.get("config");
  return isMap(config) ? config.items.map(({ key }) => String(key)).filter((key) => key.startsWith(prefix)) : [];
}

/** Whole or not at all. */
export function writeStackFile(file: string, entries: StackEntries): void {
  const next = `${file}.next`;
  try {
    writeFileSync(next, renderStackFile(entries, existsSync(file) ? readFileSync(file, "utf8") : ""));
    renameSync(next, file);
  } catch (error) {
    throw new Failure(
      `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      exitCodes.found,
    );
  }
}

function parse(file: string): Document {
  const document = parseDocument(readFileSync(file, "utf8"));
  const [wrong] = document.errors;
  // The parser's message quotes the file.
  if (wrong !== undefined)
    throw new Failure(`${file} is no YAML (${wrong.code}). Nothing has been written.`, exitCodes.found);
  return document;
}
