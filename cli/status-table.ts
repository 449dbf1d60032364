import Table from "cli-table3";
import { bitRate, duration } from "./quantities";
import type { LineChange, LineStatus, Reading, SiteStatus } from "./site-status";
import { paint, shownLength } from "./terminal";

/** A table of words alone. */
export const noBorders = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "" },
  ...{ "bottom-right": "", left: " ", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "" },
  middle: " ",
};

/** The whole view: a table for each site, or a list where its table is wider than `width`. */
export function renderStatus(
  sites: readonly SiteStatus[],
  readings: readonly Reading[],
  now: number,
  width: number,
): string {
  const [head = "", ...rows] = tableOf(
    sites.flatMap(({ lines }) => lines),
    now,
  );
  const blocks = sites.map((site) => {
    const own = [head, ...rows.splice(0, site.lines.length)];
    const fits = own.every((row) => shownLength(row) <= width);
    return [titleOf(site, now), ...(fits ? own : listOf(site.lines, now, width))].join("\n");
  });
  if (blocks.length === 0) blocks.push("The stack has no line yet: pulumi up builds what the program describes.");
  const silent = readings.flatMap(({ host, refusal }) =>
    refusal === undefined
      ? []
      : [`${paint("yellow", host)}: ${refusal.text} 'extrude doctor ${host}' says what mends it.`],
  );
  return `${[...blocks, ...silent].join("\n\n")}\n`;
}

function titleOf({ site, lines, applied }: SiteStatus, now: number): string {
  if (site.name === "") return paint("bold", "lines that no site uses yet");
  const carrying = lines.filter(({ state }) => state === "up").length;
  const place = `${site.addresses.join(", ")} at ${site.router}`;
  const config = applied === undefined ? "" : `; configured ${duration(now - applied)} ago`;
  const count = `${carrying} of ${lines.length} ${lines.length === 1 ? "line carries" : "lines carry"} traffic`;
  return `${paint("bold", site.name)}: ${place}; ${count}${config}`;
}

/** A row for each line, below the head; of all sites, so that their columns stand below each other. */
function tableOf(lines: readonly LineStatus[], now: number): string[] {
  const table = new Table({
    head: ["line", "state", "share", "to the site", "from the site", "loss", "latency", "last change"],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    chars: noBorders,
  });
  for (const status of lines) table.push(cellsOf(status, now));
  return table
    .toString()
    .split("\n")
    .map((row) => row.trimEnd());
}

function listOf(lines: readonly LineStatus[], now: number, width: number): string[] {
  return lines.flatMap((status) => {
    const [name = "", state = "", share = "", to = "", from = "", loss = "", latency = "", change = ""] = cellsOf(
      status,
      now,
    );
    const facts = [
      `${share} of new connections`,
      `${to} to the site`,
      `${from} from it`,
      `loss ${loss}`,
      latency,
      change,
    ];
    return [`  ${name}: ${state}`, ...wrap(facts.filter((fact) => fact !== "" && fact !== "-").join(", "), width - 4)];
  });
}

function cellsOf(status: LineStatus, now: number): string[] {
  const { line, state, since, share, toSite, fromSite, lossPercent, latencyMs, lastChange } = status;
  const lasting = since === undefined ? "" : ` for ${duration(now - since)}`;
  return [
    line.name,
    paint(inkOf(state), `${state}${lasting}`),
    `${share} %`,
    toSite === undefined ? "-" : bitRate(toSite),
    fromSite === undefined ? "-" : bitRate(fromSite),
    lossPercent === undefined ? "-" : `${lossPercent} %`,
    latencyMs === undefined ? "-" : `${latencyMs.toFixed(1)} ms`,
    lastChange === undefined ? "-" : describeChange(lastChange, now),
  ];
}

function inkOf(state: LineStatus["state"]): "green" | "yellow" | "red" {
  if (state === "down") return "red";
  return state === "unknown" ? "yellow" : "green";
}

export function describeChange({ at, isUp, why, downFor }: LineChange, now: number): string {
  const ago = `${duration(now - at)} ago`;
  if (!isUp) return `down ${ago}: ${why ?? "nobody knows why"}`;
  return downFor === undefined
    ? `up ${ago}`
    : `up ${ago}, after ${duration(downFor)} down: ${why ?? "nobody knows why"}`;
}

/** Breaks a text between words, but not between a number and its unit; each line is indented. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<!\d) /)) {
    const last = lines.at(-1);
    if (last === undefined || shownLength(`${last} ${word}`) > Math.max(20, width)) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => `    ${line}`);
}
