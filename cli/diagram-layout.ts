import type { Line, Network, Site } from "./network";
import { bitRate, duration } from "./quantities";
import type { LineState, LineStatus, SiteStatus } from "./site-status";

/** A drawing as data: places are in pixels, from the top left. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly strokes: readonly Stroke[];
  readonly texts: readonly Text[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: "internet" | "colo" | "site";
}

export interface Stroke {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  /** Undefined where nobody was asked for the state of the moment. */
  readonly state?: LineState;
}

/** `y` is the base line. */
export interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly isTitle: boolean;
}

export const fontSize = 12;
/** All letters of the monospaced fonts in use are this wide, in parts of their size, or are made so. */
const letterWidth = 0.61;
const textLine = 17;
const padding = 10;
const margin = 16;
/** Each tunnel's stroke, with a text above it and one below. */
const tunnelRow = 46;

export function textWidth(text: string): number {
  return Math.ceil(text.length * fontSize * letterWidth);
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(textWidth));
}

/** What the drawing says of a line, above its stroke and below. */
export function labelsOf(line: Line, status: LineStatus | undefined, now: number): [string, string] {
  const { name, encapsulation, local = "changing address", device, mtu, weight, tier } = line;
  const label = `${name}: ${encapsulation}, ${local} (${device})`;
  if (status === undefined) return [label, `MTU ${mtu}, weight ${weight}${tier > 1 ? `, tier ${tier}` : ""}`];
  const { state, since, toSite, fromSite, lossPercent, latencyMs } = status;
  const facts = [
    `${state}${since === undefined ? "" : ` for ${duration(now - since)}`}`,
    ...(toSite === undefined || fromSite === undefined ? [] : [`${bitRate(toSite)} in`, `${bitRate(fromSite)} out`]),
    ...(lossPercent === undefined ? [] : [`loss ${lossPercent} %`]),
    ...(latencyMs === undefined ? [] : [`${Math.round(latencyMs)} ms`]),
  ];
  return [label, facts.join(", ")];
}

interface Block {
  readonly texts: readonly string[];
  readonly tunnels: readonly { readonly labels: readonly [string, string]; readonly state?: LineState }[];
  readonly height: number;
}

/**
 * Each colo is a bar with its sites beside it, on both sides where there are many. Tunnels run straight across, so that
 * nothing ever crosses, and every column is as wide as its longest text.
 */
export function layOut(network: Network, statuses: readonly SiteStatus[], now: number): Drawing {
  const boxes: Box[] = [];
  const strokes: Stroke[] = [];
  const texts: Text[] = [];
  let [top, width] = [margin, 0];
  for (const group of groupsOf(network)) {
    const blocks = group.sites.map((site) => blockOf(site, statuses, now));
    const part = drawGroup(group.texts, blocks, top);
    boxes.push(...part.boxes);
    strokes.push(...part.strokes);
    texts.push(...part.texts);
    width = Math.max(width, part.width);
    top = part.height + 2 * margin;
  }
  return { width: Math.max(width, 200), height: top, boxes, strokes, texts };
}

/** Each colo with the sites whose first line ends there; what ends at a colo of another stack comes last. */
function groupsOf({
  colos,
  sites,
  spare,
}: Network): { texts: string[]; sites: Pick<Site, "name" | "router" | "addresses" | "lines">[] }[] {
  const homeless =
    spare.length === 0 ? [] : [{ name: "no site yet", router: spare[0]?.router ?? "", addresses: [], lines: spare }];
  const all = [...sites, ...homeless];
  const hostOf = ({ lines }: Pick<Site, "lines">): string | undefined => lines[0]?.colo;
  const known = colos.map(({ name, host, address, interface: device, extruded }) => {
    const unused = extruded.filter((each) => !sites.some(({ addresses }) => addresses.includes(each)));
    const place = address === undefined ? [] : [`${address} (${device ?? ""})`];
    const texts = [
      name,
      ...(host === name ? [] : [`on ${host}`]),
      ...place,
      ...unused.map((each) => `${each}, unused`),
    ];
    return { texts, sites: all.filter((site) => hostOf(site) === host) };
  });
  const rest = all.filter((site) => !colos.some(({ host }) => host === hostOf(site)));
  const remotes = [...new Set(rest.flatMap(({ lines }) => lines.map(({ remote }) => remote)))];
  return rest.length === 0 ? known : [...known, { texts: ["a colo of another stack", ...remotes], sites: rest }];
}

function blockOf(
  site: Pick<Site, "name" | "router" | "addresses" | "lines">,
  statuses: readonly SiteStatus[],
  now: number,
): Block {
  const all = statuses.flatMap(({ lines }) => lines);
  const tunnels = site.lines.map((line) => {
    const status = all.find((each) => each.line.unit === line.unit && each.line.router === line.router);
    return { labels: labelsOf(line, status, now), ...(status === undefined ? {} : { state: status.state }) };
  });
  const texts = [site.name, ...(site.router === "" ? [] : [`at ${site.router}`]), ...site.addresses];
  return { texts, tunnels, height: Math.max(texts.length * textLine + padding, tunnels.length * tunnelRow) + padding };
}

/** Sites go to one side as long as all fit on a page. */
const oneSided = 6;

function drawGroup(coloTexts: readonly string[], blocks: readonly Block[], top: number): Drawing {
  const sides: [Block[], Block[]] = [[], []];
  const heights: [number, number] = [0, 0];
  for (const block of blocks) {
    const side = blocks.length > oneSided && heights[1] > heights[0] ? 0 : 1;
    sides[side].push(block);
    heights[side] += block.height + margin;
  }
  const siteWidth = (side: readonly Block[]): number => widest(side.flatMap(({ texts }) => texts)) + 2 * padding;
  const gap = widest(blocks.flatMap(({ tunnels }) => tunnels.flatMap(({ labels }) => labels))) + 2 * padding;
  const [left, right] = sides;
  const leftWidth = left.length === 0 ? 0 : siteWidth(left) + gap;
  const coloX = margin + leftWidth;
  const coloWidth = widest(coloTexts) + 2 * padding;
  const internet = { x: coloX, y: top, width: coloWidth, height: textLine + padding, kind: "internet" } as const;
  const coloY = internet.y + internet.height + 2 * margin;
  const coloHeight =
    Math.max(coloTexts.length * textLine + padding, ...heights.map((height) => height - margin)) + padding;
  const middle = coloX + coloWidth / 2;
  const drawing = {
    boxes: [internet, { x: coloX, y: coloY, width: coloWidth, height: coloHeight, kind: "colo" }] as Box[],
    strokes: [{ from: [middle, internet.y + internet.height], to: [middle, coloY] }] as Stroke[],
    texts: [...column(["internet"], coloX, internet.y - padding / 2), ...column(coloTexts, coloX, coloY)],
  };
  const rightX = coloX + coloWidth + gap;
  drawSide(drawing, right, {
    siteX: rightX,
    siteWidth: siteWidth(right),
    from: coloX + coloWidth,
    to: rightX,
    top: coloY,
  });
  const near = margin + siteWidth(left);
  drawSide(drawing, left, { siteX: margin, siteWidth: siteWidth(left), from: near, to: coloX, top: coloY });
  const width = right.length === 0 ? coloX + coloWidth : rightX + siteWidth(right);
  return { ...drawing, width: width + margin, height: coloY + coloHeight };
}

/** Lines of text in a box, the first one its title. */
function column(texts: readonly string[], x: number, y: number): Text[] {
  return texts.map((text, index) => ({
    x: x + padding,
    y: y + padding + fontSize + index * textLine,
    text,
    isTitle: index === 0,
  }));
}

interface Side {
  readonly siteX: number;
  readonly siteWidth: number;
  /** Where tunnels begin and end, from left to right. */
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

function drawSide(
  drawing: { boxes: Box[]; strokes: Stroke[]; texts: Text[] },
  blocks: readonly Block[],
  side: Side,
): void {
  let y = side.top;
  for (const { texts, tunnels, height } of blocks) {
    drawing.boxes.push({ x: side.siteX, y, width: side.siteWidth, height, kind: "site" });
    drawing.texts.push(...column(texts, side.siteX, y));
    const first = y + (height - tunnels.length * tunnelRow) / 2;
    tunnels.forEach(({ labels: [above, below], state }, index) => {
      const at = first + (index + 0.5) * tunnelRow;
      drawing.strokes.push({ from: [side.from, at], to: [side.to, at], ...(state === undefined ? {} : { state }) });
      drawing.texts.push({ x: side.from + padding, y: at - 5, text: above, isTitle: false });
      drawing.texts.push({ x: side.from + padding, y: at + fontSize + 3, text: below, isTitle: false });
    });
    y += height + margin;
  }
}
