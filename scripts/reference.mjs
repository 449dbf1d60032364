/**
 * Writes docs/reference from the doc comments of the components: `npm run reference`. With `--check` it writes nothing, and
 * fails if that is not what is there.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Application } from "typedoc";

const folder = join(import.meta.dirname, "..", "docs", "reference");

/** A page for each file whose exports users see, and the part of the errors' page that fits. */
const pages = [
  { source: "components/host.ts", title: "Host", errors: "connections" },
  { source: "components/colo-endpoint.ts", title: "ColoEndpoint", errors: "customers-of-a-colo" },
  { source: "components/extruded-address.ts", title: "ExtrudedAddress", errors: "addresses" },
  { source: "components/site-uplink.ts", title: "SiteUplink", errors: "uplinks-and-bonds" },
  { source: "components/bonded-site.ts", title: "BondedSite", errors: "uplinks-and-bonds" },
  { source: "components/connection.ts", title: "Connections", errors: "connections" },
  { source: "components/references.ts", title: "References", errors: "names-and-references" },
  { source: "config/contract.ts", title: "Colos of other stacks", errors: "colos-of-other-stacks" },
];
const fileOf = ({ source }) => `${basename(source, ".ts")}.md`;

async function generate() {
  const out = mkdtempSync(join(tmpdir(), "extrude-reference-"));
  try {
    const app = await Application.bootstrapWithPlugins({
      entryPoints: pages.map(({ source }) => source),
      tsconfig: "tsconfig.build.json",
      plugin: ["typedoc-plugin-markdown"],
      // The type checker runs by itself.
      ...{ skipErrorChecking: true, logLevel: "Warn" },
      ...{ router: "module", readme: "none", sort: ["source-order"], sortEntryPoints: false },
      ...{ disableSources: true, excludeExternals: true, excludeInternal: true, excludePrivate: true },
      ...{ hidePageHeader: true, hideBreadcrumbs: true, hideGroupHeadings: true },
      ...{ interfacePropertiesFormat: "table", classPropertiesFormat: "table", parametersFormat: "table" },
      tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true },
      validation: { notExported: false, invalidLink: true },
    });
    const project = await app.convert();
    if (project === undefined) throw new Error("The components could not be read.");
    await app.outputs.writeOutput({ name: "markdown", path: out }, project);
    const found = pages.map((page) => [
      fileOf(page),
      tidy(readFileSync(join(out, page.source.replace(".ts", ".md")), "utf8"), page),
    ]);
    return new Map([...found, ["README.md", index()]]);
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** The page as it is to be read: what holds for every class and every argument is said once, on the first page. */
function tidy(text, { title, errors }) {
  const [, ...sections] = text
    .replace(/^# .*\n/, "***\n")
    .split(/^\*\*\*\n/m)
    .map(tidySection);
  const own = sections.findIndex((section) => section.startsWith(`## ${title}Args\n`));
  if (own > 0) sections.splice(1, 0, ...sections.splice(own, 1));
  const [first, ...others] = sections;
  const more = `What can be wrong, and what to do: [errors](../errors.md#${errors}).`;
  const begin = first.startsWith(`## ${title}\n`) ? [first.slice(1), more] : [`# ${title}`, more, first];
  return [...begin, ...others].join("\n\n") + "\n";
}

function tidySection(section) {
  return ["Constructors", "Extends", "Implements", "Extended by", "Overrides"]
    .reduce(withoutPart, section)
    .replaceAll(/^#+ Properties\n\n/gm, "")
    .replaceAll(/^#+ (Example|Parameters|Returns)$/gm, "**$1**")
    .replaceAll(/<a id="[^"]*"><\/a> /g, "")
    .replaceAll(/\]\((?:\.\.\/)?(?:components|config)\//g, "](")
    .replaceAll("`OutputInstance`", "`Output`")
    .replaceAll(/^\|( -+ \|)+$/gm, (line) => line.replaceAll(/-+/g, "---"))
    .replaceAll(/^\| `.*\|$/gm, tidyRow)
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

/** An argument's type without what most have. */
function tidyRow(row) {
  const [before, name, type, ...others] = row.split(/(?<!\\)\|/);
  const bare = without(type, "`Input`\\<").replace(" readonly ", " ");
  const given = name.includes("?") ? bare.replace(/ \\\| `undefined` $/, " ") : bare;
  return [before, name, /\\<|\[\]/.test(given) && !given.includes("](") ? asOne(given) : given, ...others].join("|");
}

/** A type of several words of code, as one piece of code. */
function asOne(type) {
  return ` \`${type
    .trim()
    .replaceAll("`", "")
    .replaceAll(/\\([<>{}])/g, "$1")}\` `;
}

/** A text without a type's name around others, and without its closing bracket. */
function without(text, opening) {
  const start = text.indexOf(opening);
  if (start < 0) return text;
  let end = start + opening.length;
  for (let depth = 1; depth > 0 && end < text.length; end += 1) {
    if (text.startsWith("\\<", end)) depth += 1;
    if (text.startsWith("\\>", end)) depth -= 1;
  }
  const inner = text.slice(start + opening.length, end - 1);
  return without(text.slice(0, start) + inner + text.slice(end + 1), opening);
}

/** Without the part of a heading, and what is below it. */
function withoutPart(text, heading) {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^#+ ${heading}$`).test(line));
  if (start < 0) return text;
  const { length } = lines[start].match(/^#+/)[0];
  const end = lines.findIndex((line, index) => index > start && new RegExp(`^#{1,${length}} `).test(line));
  lines.splice(start, (end < 0 ? lines.length : end) - start);
  return lines.join("\n");
}

function index() {
  return `# Reference

Made from the doc comments of the components by \`npm run reference\`, and what an editor shows too.

${pages.map((page) => `- [${page.title}](${fileOf(page)})`).join("\n")}

A component takes a name, its arguments and Pulumi's resource options: \`new Host("rack", { connection }, { protect: true })\`. An argument may be a value, a promise or another resource's output (Pulumi's \`Input\`), unless it is called plain. One with a question mark can be left out; what then holds stands behind "Default". All values are checked at \`pulumi preview\`, and all that is wrong is said at once.
`;
}

const wanted = await generate();
if (process.argv.includes("--check")) {
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const wrong = [...new Set([...wanted.keys(), ...there])].filter(
    (name) => !there.includes(name) || readFileSync(join(folder, name), "utf8") !== wanted.get(name),
  );
  if (wrong.length > 0) {
    console.error(`docs/reference is not what the doc comments say (${wrong.join(", ")}): npm run reference`);
    process.exitCode = 1;
  }
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of wanted) writeFileSync(join(folder, name), text);
}
