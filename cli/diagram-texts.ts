import { labelsOf } from "./diagram-layout";
import { escapeXml } from "./diagram-svg";
import type { Line, Network } from "./network";
import type { LineState, SiteStatus } from "./site-status";

/** What Mermaid would read as syntax inside a quoted label. */
function escapeMermaid(text: string): string {
  return text.replaceAll(/[#"<>&`]/g, (character) => `#${character.charCodeAt(0)};`);
}

const strokes: Record<LineState, string> = {
  up: "stroke:#1a7f37,stroke-width:3px",
  standby: "stroke:#1a7f37,stroke-width:2px,stroke-dasharray:8 4",
  down: "stroke:#cf222e,stroke-width:2px,stroke-dasharray:3 5",
  unknown: "stroke:#9a6700,stroke-width:2px,stroke-dasharray:1 5",
};

/** A flowchart as Mermaid draws it, for example in Markdown. */
export function renderMermaid(network: Network, statuses: readonly SiteStatus[], now: number): string {
  const { colos, sites, spare } = network;
  const label = (texts: readonly (string | undefined)[]): string =>
    `"${texts.flatMap((text) => (text === undefined ? [] : [escapeMermaid(text)])).join("<br/>")}"`;
  const all = statuses.flatMap(({ lines }) => lines);
  const nodes = ["flowchart LR", '  internet(("internet"))'];
  const edges: { readonly text: string; readonly state?: LineState }[] = [];
  const ends = new Map(colos.map(({ host }, index) => [host, `colo${index}`]));
  colos.forEach(({ name, host, address }, index) => {
    nodes.push(`  colo${index}[${label([name, host === name ? undefined : `on ${host}`, address])}]`);
    edges.push({ text: `  internet --- colo${index}` });
  });
  const endOf = ({ colo, remote }: Line): string => {
    const found = ends.get(colo ?? remote);
    if (found !== undefined) return found;
    const added = `remote${ends.size}`;
    ends.set(colo ?? remote, added);
    nodes.push(`  ${added}[${label([remote])}]`);
    return added;
  };
  const homes = [
    ...sites,
    ...(spare.length === 0 ? [] : [{ name: "no site yet", router: "", addresses: [], lines: spare }]),
  ];
  homes.forEach(({ name, router, addresses, lines }, index) => {
    nodes.push(`  site${index}[${label([name, router === "" ? undefined : `at ${router}`, ...addresses])}]`);
    for (const line of lines) {
      const status = all.find((each) => each.line.unit === line.unit && each.line.router === line.router);
      const text = `  ${endOf(line)} ---|${label(labelsOf(line, status, now))}| site${index}`;
      edges.push({ text, ...(status === undefined ? {} : { state: status.state }) });
    }
  });
  const styles = edges.flatMap(({ state }, index) =>
    state === undefined ? [] : [`  linkStyle ${index} ${strokes[state]}`],
  );
  return [...nodes, ...edges.map(({ text }) => text), ...styles, ""].join("\n");
}

/** A page that needs nothing else: no script, no other file. */
export function renderHtml(title: string, svg: string, network: Network, moment: string): string {
  const rows = network.sites.flatMap(({ name, router, addresses, lines }) =>
    lines.map((line) => [
      ...[name, router, addresses.join(", "), line.name, line.encapsulation, line.local ?? "changing"],
      ...[line.device, line.remote, String(line.mtu), String(line.weight), String(line.tier), line.tunnel],
    ]),
  );
  const heads = [
    "site",
    "router",
    "addresses",
    "line",
    "encapsulation",
    "its address",
    "interface",
    "colo",
    "MTU",
    "weight",
    "tier",
    "tunnel",
  ];
  const row = (cells: readonly string[], tag: "td" | "th"): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeXml(title)}</title>`,
    "<style>",
    "body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1f2328; background: #fff }",
    ".wide { overflow-x: auto } table { border-collapse: collapse; font-size: 13px }",
    "th, td { border: 1px solid #d0d7de; padding: 3px 8px; text-align: left; white-space: nowrap }",
    "</style></head><body>",
    `<h1>${escapeXml(title)}</h1>`,
    `<p>${escapeXml(moment)}</p>`,
    `<div class="wide">${svg.trim()}</div>`,
    `<h2>Lines</h2>`,
    `<div class="wide"><table><thead>${row(heads, "th")}</thead><tbody>`,
    ...rows.map((cells) => row(cells, "td")),
    "</tbody></table></div></body></html>",
    "",
  ].join("\n");
}
