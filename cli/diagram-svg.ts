import { type Box, type Drawing, fontSize, type Stroke, type Text, textWidth } from "./diagram-layout";

const inks = { up: "#1a7f37", standby: "#1a7f37", down: "#cf222e", unknown: "#9a6700", plain: "#57606a" } as const;
const dashes: Partial<Record<keyof typeof inks, string>> = { standby: "8 4", down: "3 5", unknown: "1 5" };
const fills: Record<Box["kind"], string> = { internet: "#f6f8fa", colo: "#ddf4ff", site: "#fff8c5" };

/** Text between tags, or in an attribute. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}

export function renderSvg({ width, height, boxes, strokes, texts }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${fontSize}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...boxes.map(renderBox),
    ...strokes.map(renderStroke),
    ...texts.map(renderText),
    "</svg>",
    "",
  ].join("\n");
}

function renderBox({ x, y, width, height, kind }: Box): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fills[kind]}" stroke="#57606a"/>`;
}

function renderStroke({
  from,
  to,
  state = "plain" as const,
}: Omit<Stroke, "state"> & { state?: keyof typeof inks }): string {
  const dash = dashes[state] === undefined ? "" : ` stroke-dasharray="${dashes[state]}"`;
  return `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" stroke="${inks[state]}" stroke-width="2.5"${dash}/>`;
}

/** Whatever font a viewer has, a text is as wide as its place. */
function renderText({ x, y, text, isTitle }: Text): string {
  const weight = isTitle ? ' font-weight="bold"' : "";
  return `<text x="${x}" y="${y}" textLength="${textWidth(text)}" lengthAdjust="spacingAndGlyphs"${weight} fill="#1f2328">${escapeXml(text)}</text>`;
}
