/** Builds the documentation as a site of plain HTML: `npm run site` into site/, `node scripts/site.mjs FOLDER` elsewhere. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import MarkdownIt from "markdown-it";

const root = join(import.meta.dirname, "..");
const out = process.argv[2] ?? join(root, "site");

const titles = { "": "Start", howto: "How to", cli: "Command line", reference: "Reference" };

/** The pages, in the order in which the last part of README.md lists them, and the others behind them. */
function findPages() {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => posix.join("docs", name))
    .sort();
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const named = [...readme.slice(readme.indexOf("\n## More\n")).matchAll(/\]\(([^)#:]+\.md)\)/g)].map(
    ([, path]) => path,
  );
  return [...new Set(["README.md", ...named, ...docs])].map(readPage);
}

function readPage(path) {
  const text = readFileSync(join(root, path), "utf8");
  const title = /^# (.+)$/m.exec(text)?.[1] ?? path;
  return { path, text, title, target: targetOf(path), group: /^docs\/(\w+)\//.exec(path)?.[1] ?? "" };
}

/** Where a page is on the site: README.md is what a folder shows. */
function targetOf(path) {
  return path.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html");
}

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

const markdown = new MarkdownIt();
markdown.renderer.rules.table_open = () => '<div class="wide"><table>\n';
markdown.renderer.rules.table_close = () => "</table></div>\n";

/** A page's tokens, with anchors at headings and links that lead to the site's files; `needs` are those to copy. */
function parse(page, pages) {
  const tokens = markdown.parse(page.text, {});
  const headings = [];
  const needs = [];
  const seen = new Map();
  tokens.forEach((token, index) => {
    for (const child of token.children ?? []) {
      const name = { link_open: "href", image: "src" }[child.type];
      if (name !== undefined) child.attrSet(name, resolve(child.attrGet(name), page, pages, needs));
    }
    if (token.type !== "heading_open") return;
    const text = plainText(tokens[index + 1]);
    const anchor = anchorOf(text);
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    const id = times === 0 ? anchor : `${anchor}-${times}`;
    token.attrSet("id", id);
    headings.push({ id, text, level: Number(token.tag.slice(1)) });
  });
  return { html: markdown.renderer.render(tokens, markdown.options, {}), headings, needs };
}

function plainText({ children }) {
  return children.map(({ type, content }) => (type === "softbreak" ? " " : content)).join("");
}

function resolve(link, page, pages, needs) {
  if (/^([a-z]+:|#)/.test(link)) return link;
  const [path, anchor] = link.split("#");
  const source = posix.join(posix.dirname(page.path), path);
  const target = pages.find((each) => each.path === source)?.target;
  if (target === undefined) {
    const file = join(root, source);
    if (!existsSync(file) || !statSync(file).isFile()) throw new Error(`${page.path}: ${link} leads to no file.`);
    needs.push(source);
  }
  return between(page, target ?? source) + (anchor === undefined ? "" : `#${anchor}`);
}

function between({ target: from }, target) {
  return posix.relative(posix.dirname(from), target);
}

const escape = (text) => markdown.utils.escapeHtml(text);

/** All pages in their groups; under the page itself, its parts. */
function navigation(page, pages, headings) {
  const entry = (each) => {
    const isHere = each === page;
    const title = each.path === "README.md" ? "Overview" : each.title.replace(/^extrude (?=\w)/, "");
    const link = `<a href="${between(page, each.target)}"${isHere ? ' aria-current="page"' : ""}>${escape(title)}</a>`;
    const parts = isHere ? headings.filter(({ level }) => level === 2) : [];
    const list = parts.map(({ id, text }) => `<li><a href="#${id}">${escape(text)}</a></li>`).join("");
    return `<li>${link}${list === "" ? "" : `<ul>${list}</ul>`}</li>`;
  };
  return Object.entries(titles)
    .map(([group, title]) => {
      const entries = pages.filter((each) => each.group === group).map(entry);
      return `<h2>${title}</h2>\n<ul>\n${entries.join("\n")}\n</ul>`;
    })
    .join("\n");
}

function render(page, pages, { html, headings }) {
  const title = page.path === "README.md" ? "extrude" : `${page.title.replaceAll("`", "")} – extrude`;
  const styles = between(page, "style.css");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${styles}">
</head>
<body>
<header><a href="${between(page, "index.html")}">extrude</a><a class="to-pages" href="#pages">All pages</a></header>
<main>
${html}</main>
<nav id="pages" aria-label="Pages">
${navigation(page, pages, headings)}
</nav>
</body>
</html>
`;
}

function write(name, content) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  writeFileSync(join(out, name), content);
}

const pages = findPages();
rmSync(out, { recursive: true, force: true });
for (const page of pages) {
  const parsed = parse(page, pages);
  write(page.target, render(page, pages, parsed));
  for (const file of parsed.needs) {
    mkdirSync(dirname(join(out, file)), { recursive: true });
    copyFileSync(join(root, file), join(out, file));
  }
}
copyFileSync(join(import.meta.dirname, "site.css"), join(out, "style.css"));
console.log(`${pages.length} pages in ${out}`);
