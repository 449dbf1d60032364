/** Draws a dashboard's panels as SVG, where Grafana has them and with what it writes on them. */
import * as echarts from "echarts";
import { escapeXml } from "../cli/diagram-svg";
import type { Panel, Period, Shown } from "./dashboard-panels";
import { shownNumber } from "./dashboard-units";

const inks = ["#3f8f3a", "#b8860b", "#1f78c1", "#d9541e", "#8f3bb8", "#0a8f8f", "#b5387a", "#5a5a5a"];
const named: Record<string, string> = { green: "#3f8f3a", red: "#cf222e", orange: "#d9541e", blue: "#1f78c1" };
const font = "DejaVu Sans, Arial, sans-serif";
const [cell, gap, padding] = [38, 8, 12];
export const pageWidth = 1400;

/** Wide enough for any letter of the font at 12 pixels, so that what is placed by it does not overlap. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.6;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const ink = (index: number): string => inks[index % inks.length] ?? "#000";

function write(text: string, x: number, y: number, size: number, more = ""): string {
  return `<text x="${x}" y="${y}" font-size="${size}"${more}>${escapeXml(text)}</text>`;
}

interface Mark {
  readonly at: number;
  readonly text: string;
}

/** All panels on one page, each where the dashboard has it. */
export function drawDashboard(title: string, all: readonly Shown[], period: Period, marks: readonly Mark[]): string {
  const top = 48;
  const height = top + Math.max(...all.map(({ panel: { gridPos } }) => (gridPos.y + gridPos.h) * cell)) + gap;
  const drawn = all.map((shown) => {
    const { x, y } = shown.panel.gridPos;
    const place = `x="${(x * pageWidth) / 24 + gap / 2}" y="${top + y * cell}"`;
    return drawPanel(shown, period, marks).replace("<svg ", `<svg ${place} `);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pageWidth}" height="${height}" font-family="${font}">`,
    `<rect width="${pageWidth}" height="${height}" fill="#f4f5f5"/>`,
    write(title, padding, 32, 20, ' font-weight="bold"'),
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

export function drawPanel(shown: Shown, period: Period, marks: readonly Mark[]): string {
  const { title, type, gridPos } = shown.panel;
  const size = { width: (gridPos.w * pageWidth) / 24 - gap, height: gridPos.h * cell - gap };
  const content = {
    stat: () => drawStat(shown, size),
    table: () => drawTable(shown, size),
    timeseries: () => drawCurves(shown, size, period, marks),
    "state-timeline": () => drawStates(shown, size, period),
  }[type]();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" font-family="${font}">`,
    `<rect width="${size.width}" height="${size.height}" rx="3" fill="#fff" stroke="#d8d9da"/>`,
    write(title, padding, 22, 14, ' font-weight="bold" fill="#24292e"'),
    content,
    "</svg>",
  ].join("\n");
}

function colorOf({ fieldConfig }: Panel, value: number): string {
  const { mappings = [], thresholds } = fieldConfig.defaults;
  const mapped = mappings.map(({ options }) => options[String(value)]?.color).find((color) => color !== undefined);
  const step = thresholds?.steps.findLast((each) => each.value === null || value >= each.value);
  return named[mapped ?? step?.color ?? "green"] ?? "#000";
}

function textOf({ fieldConfig }: Panel, value: number): string {
  const { mappings = [], unit, decimals } = fieldConfig.defaults;
  const mapped = mappings.map(({ options }) => options[String(value)]?.text).find((text) => text !== undefined);
  return mapped ?? shownNumber(value, unit, decimals);
}

/** The last value of each curve, side by side. */
function drawStat({ panel, curves }: Shown, { width, height }: Size): string {
  const room = (width - 2 * padding) / curves.length;
  return curves
    .map(({ name, points }, index) => {
      const last = points.at(-1)?.[1] ?? NaN;
      const middle = padding + (index + 0.5) * room;
      const centred = ` text-anchor="middle" fill="${colorOf(panel, last)}"`;
      return [
        write(name, middle, 48, 12, ' text-anchor="middle" fill="#555"'),
        write(textOf(panel, last), middle, height - 28, 36, centred),
      ].join("\n");
    })
    .join("\n");
}

function unitOf({ fieldConfig }: Panel, column: string): { unit?: string; decimals?: number } {
  const own = fieldConfig.overrides.find(({ matcher }) => matcher.options === column)?.properties ?? [];
  return Object.fromEntries(own.map(({ id, value }) => [id, value]));
}

function drawTable({ panel, rows: [head = [], ...rows] }: Shown, { width }: Size): string {
  const cells = rows.map((row) =>
    row.map((text, column) => {
      const { unit, decimals } = unitOf(panel, head[column] ?? "");
      return unit === undefined || text === "" ? text : shownNumber(Number(text), unit, decimals);
    }),
  );
  const room = (width - 2 * padding) / Math.max(1, head.length);
  const place = (row: readonly string[], y: number, more: string): string[] =>
    row.map((text, column) => write(text, padding + column * room, y, 12, more));
  return [
    ...place(head, 52, ' font-weight="bold" fill="#1f78c1"'),
    ...cells.flatMap((row, index) => place(row, 78 + index * 24, ' fill="#24292e"')),
  ].join("\n");
}

/** The names of curves below them, in as many rows as they need. */
function drawLegend(names: readonly string[], { width, height }: Size): { svg: string; height: number } {
  const places: { name: string; x: number; row: number; index: number }[] = [];
  let [x, row] = [padding, 0];
  names.forEach((name, index) => {
    const needed = 20 + textWidth(name, 12) + 16;
    if (x > padding && x + needed > width - padding) [x, row] = [padding, row + 1];
    places.push({ name, x, row, index });
    x += needed;
  });
  const tall = (row + 1) * 20;
  const svg = places.map(({ name, x: left, row: at, index }) => {
    const base = height - tall + at * 20 + 8;
    const line = `<rect x="${left}" y="${base - 6}" width="14" height="4" rx="1" fill="${ink(index)}"/>`;
    return `${line}${write(name, left + 20, base, 12, ' fill="#24292e"')}`;
  });
  return { svg: svg.join("\n"), height: tall };
}

const clock = (seconds: number): string => new Date(1000 * seconds).toISOString().slice(11, 16);
const plainText = { color: "#555", fontSize: 12, fontFamily: font };

function timeAxis({ start, end }: Period): echarts.XAXisComponentOption {
  const line = { lineStyle: { color: "#e4e5e6" } };
  return {
    ...{ type: "value", min: start, max: end, interval: (end - start) / 5, splitLine: line, axisLine: line },
    axisTick: { show: false },
    axisLabel: { ...plainText, formatter: clock },
  };
}

function chart({ width, height }: Size, option: echarts.EChartsOption): string {
  const drawn = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    drawn.setOption({ animation: false, ...option });
    return drawn.renderToSVGString();
  } finally {
    drawn.dispose();
  }
}

function drawCurves({ panel, curves }: Shown, size: Size, period: Period, marks: readonly Mark[]): string {
  const { unit, decimals, min, max, custom } = panel.fieldConfig.defaults;
  const legend = drawLegend(
    curves.map(({ name }) => name),
    size,
  );
  const isBars = custom?.drawStyle === "bars";
  const svg = chart(size, {
    grid: { left: 76, right: 36, top: 42, bottom: legend.height + 36 },
    xAxis: timeAxis(period),
    yAxis: {
      ...{
        type: "value",
        splitNumber: 4,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
      },
      ...(decimals === 0 ? { minInterval: 1 } : {}),
      axisLabel: { ...plainText, formatter: (value: number) => shownNumber(value, unit, decimals) },
      splitLine: { lineStyle: { color: "#e4e5e6" } },
    },
    series: curves.map(({ points }, index) => ({
      ...(isBars
        ? { type: "bar" as const, barWidth: 6, barGap: "-100%" }
        : { type: "line" as const, showSymbol: false }),
      data: points.map((point) => [...point]),
      ...{ color: ink(index), lineStyle: { width: 1.5, color: ink(index) } },
      ...(index > 0
        ? {}
        : {
            markLine: {
              ...{ symbol: "none", silent: true, label: { show: false } },
              lineStyle: { color: named["blue"] ?? "", type: "dashed" as const },
              data: marks.map(({ at }) => ({ xAxis: at })),
            },
          }),
    })),
  });
  return `${svg}\n${legend.svg}`;
}

/** Each line as a bar, in the colour of its state. */
function drawStates({ panel, curves }: Shown, size: Size, period: Period): string {
  const names = curves.map(({ name }) => name);
  const data = curves.flatMap(({ points }, row) =>
    points.map(([moment, value]) => [moment, Math.min(moment + period.step, period.end), row, value]),
  );
  return chart(size, {
    grid: { left: 24 + Math.max(...names.map((name) => textWidth(name, 12))), right: 36, top: 42, bottom: 36 },
    xAxis: timeAxis(period),
    yAxis: { type: "category", data: names, inverse: true, axisLabel: plainText, axisTick: { show: false } },
    series: {
      ...{ type: "custom", data },
      renderItem: (_, api) => {
        const [left = 0, middle = 0] = api.coord([api.value(0), api.value(2)]);
        const [right = 0] = api.coord([api.value(1), api.value(2)]);
        const [, band = 0] = api.size?.([0, 1]) as number[];
        const shape = { x: left, y: middle - 0.35 * band, width: right - left + 0.5, height: 0.7 * band };
        return { type: "rect", shape, style: { fill: colorOf(panel, Number(api.value(3))) } };
      },
    },
  });
}
