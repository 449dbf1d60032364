import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { packageRoot } from "../../lab/paths";
import { pages as sources } from "./documented-commands";

const folder = mkdtempSync(join(tmpdir(), "extrude-site-"));
const files = new Map<string, string>();

beforeAll(() => {
  execFileSync(process.execPath, [join(packageRoot, "scripts", "site.mjs"), folder], { encoding: "utf8" });
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    files.set(name, /\.\w+$/.test(name) ? readFileSync(join(folder, name), "utf8") : "");
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const pagesOf = (): [string, string][] => [...files].filter(([name]) => name.endsWith(".html"));

/** Where the links of a piece of HTML lead, as `FILE` or `FILE#ANCHOR`; other sites are left out. */
function linksOf(page: string, html: string): string[] {
  return [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? page : posix.join(posix.dirname(page), path);
    return [anchor === undefined ? file : `${file}#${anchor}`];
  });
}

const anchorsOf = (html: string): string[] => [...html.matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id);

/** What a page says itself, without the list of all pages. */
const ownPart = (html: string): string => /<main>([^]*)<\/main>/.exec(html)?.[1] ?? "";

test("every page of the documentation is on the site, with a title and its text", () => {
  const expected = sources().map((path) => path.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html"));
  expect(pagesOf().map(([name]) => name)).toEqual(expect.arrayContaining(expected));
  for (const [name, html] of pagesOf()) {
    expect([name, /<title>[^<]+extrude<\/title>|<title>extrude<\/title>/.test(html)]).toEqual([name, true]);
    expect([name, /<h1 id="[^"]+">/.test(ownPart(html))]).toEqual([name, true]);
  }
});

test("every link leads to a file and an anchor that are there", () => {
  const broken = pagesOf().flatMap(([page, html]) =>
    linksOf(page, html)
      .filter((link) => {
        const [file = "", anchor] = link.split("#");
        const target = files.get(file);
        return target === undefined || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
  expect(pagesOf().flatMap(([page, html]) => linksOf(page, html)).length).toBeGreaterThan(1000);
});

test("every page is reached from the first by the links of its text, and listed on it", () => {
  const reached = new Set(["index.html"]);
  for (const page of reached) {
    for (const link of linksOf(page, ownPart(files.get(page) ?? ""))) {
      const [file = ""] = link.split("#");
      if (file.endsWith(".html")) reached.add(file);
    }
  }
  const all = pagesOf().map(([name]) => name);
  expect([...reached].sort()).toEqual([...all].sort());
  expect(linksOf("index.html", files.get("index.html") ?? "")).toEqual(expect.arrayContaining(all));
});

test("no two anchors of a page are the same", () => {
  for (const [name, html] of pagesOf()) {
    const anchors = anchorsOf(html);
    expect([name, anchors.filter((id, index) => anchors.indexOf(id) !== index)]).toEqual([name, []]);
  }
});

test("a page loads nothing from elsewhere, and runs nothing", () => {
  for (const [name, html] of pagesOf()) {
    expect([name, /<script|<iframe| on\w+=|(src|<link[^>]* href)="[a-z]+:/.exec(html)]).toEqual([name, null]);
  }
  expect(files.get("style.css")).not.toMatch(/url\(|@import/);
});
