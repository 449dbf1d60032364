import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/paths";

const folder = join(packageRoot, "docs", "reference");
const pages = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
const interfaceReport = readFileSync(join(packageRoot, "api", "pulumi-extrude.api.md"), "utf8");

/** What is exported for the types of others only. Choices of words stand where arguments have them. */
const unlisted = ["Problem"];

test("everything that the package exports has a section", () => {
  const exported = [...interfaceReport.matchAll(/^export (?:class|interface|function) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const headings = pages.flatMap(({ text }) => [...text.matchAll(/^##? (\w+)/gm)].map(([, name]) => name));
  expect(exported.length).toBeGreaterThan(30);
  expect(exported.filter((name = "") => !headings.includes(name) && !unlisted.includes(name))).toEqual([]);
});

test("every argument and every output is described", () => {
  for (const { name, text } of pages) {
    expect([name, text.split("\n").filter((line) => line.endsWith("| - |"))]).toEqual([name, []]);
    expect([name, /^\| \S+ \| Type \|$/m.test(text)]).toEqual([name, false]);
  }
});

test("an argument that can be left out has its default described", () => {
  const optional = pages
    .filter(({ name }) => !["references.md", "contract.md"].includes(name))
    .flatMap(({ text }) => [...text.matchAll(/^\| `\w+\?` \|.*$/gm)].map(([row]) => row));
  expect(optional.length).toBeGreaterThan(40);
  expect(optional.filter((row) => !/Default|default/.test(row))).toEqual([]);
});
