/** The diagram and the status view of 2 and of 40 sites, as SVG: `tsx scripts/view-pictures.ts FOLDER`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { layOut } from "../cli/diagram-layout";
import { escapeXml, renderSvg } from "../cli/diagram-svg";
import { renderStatus } from "../cli/status-table";
import { shownLength } from "../cli/terminal";
import { lively, many, now } from "../tests/unit/many-sites";

const inks: Record<string, string> = { "31": "#ff7b72", "32": "#7ee787", "33": "#f2cc60" };
const [letter, row] = [7.3, 17];

/** What a terminal shows, as it shows it: a text in one colour, or bold, after the other. */
function drawTerminal(text: string): string {
  const lines = text.trimEnd().split("\n");
  const width = Math.ceil((Math.max(...lines.map(shownLength)) + 3) * letter);
  const height = (lines.length + 2) * row;
  const drawn = lines.map((line, index) => {
    let style = "";
    const parts = line.split(/\u001b\[(\d+)m/).map((part, place) => {
      if (place % 2 === 0) return `<tspan${style}>${escapeXml(part)}</tspan>`;
      style = part === "1" ? ' font-weight="bold"' : inks[part] === undefined ? "" : ` fill="${inks[part]}"`;
      return "";
    });
    return `<text x="10" y="${(index + 1.5) * row}" xml:space="preserve">${parts.join("")}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono, monospace" font-size="12" fill="#e6edf3">`,
    `<rect width="${width}" height="${height}" fill="#0d1117"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name the folder that the pictures go to.");
// Colours, though this is no terminal.
process.env.FORCE_COLOR = "1";
for (const count of [2, 40]) {
  const network = many(count, { plain: true });
  const statuses = lively(network);
  const put = (name: string, svg: string): void => {
    writeFileSync(join(folder, `${name}-${count}.svg`), svg);
  };
  put("diagram", renderSvg(layOut(network, statuses, now)));
  put("status", drawTerminal(renderStatus(statuses, [], now, 160)));
  put("status-narrow", drawTerminal(renderStatus(statuses, [], now, 60)));
}
