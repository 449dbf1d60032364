import { drawPanel } from "../../scripts/dashboard-drawing";
import { type Drawn, period, showDashboard } from "../../scripts/dashboard-pictures";
import { overlaps, textsOf } from "./svg-texts";
import { commonFolder } from "./tools";

const folder = commonFolder();
let drawn: Drawn;
let pictures: { title: string; svg: string }[];

beforeAll(async () => {
  drawn = await showDashboard(folder);
  pictures = drawn.shown.map((shown) => ({ title: shown.panel.title, svg: drawPanel(shown, period, drawn.marks) }));
});

test("every query of every panel has an answer, and so does that of the annotations", () => {
  const empty = drawn.shown.filter(({ panel, curves, rows }) =>
    panel.type === "table" ? rows.length < 2 : curves.length < panel.targets.length,
  );
  expect(empty.map(({ panel }) => panel.title)).toEqual([]);
  for (const { curves } of drawn.shown) for (const { points } of curves) expect(points.length).toBeGreaterThan(5);
  expect(drawn.marks.map(({ text }) => text)).toEqual([
    "acme/net/prod/bond/office was changed at rack",
    "acme/net/prod/bond/office was changed at router",
  ]);
});

test("a table has one row for each thing, with a value in each column that is named for people", () => {
  const tables = Object.fromEntries(
    drawn.shown.flatMap(({ panel, rows }) => (panel.type === "table" ? [[panel.title, rows]] : [])),
  );
  expect(tables).toEqual({
    Hosts: [
      ["host", "agent", "protocol of units", "since the last change"],
      ["rack", "0.1.0", "1", "780"],
      ["router", "0.1.0", "1", "780"],
    ],
    Tunnels: [
      ["host", "stack", "line", "encapsulation", "MTU", "BFD every", "dead after"],
      ...["rack", "router"].flatMap((host) =>
        ["cable", "dsl"].map((line) => [host, "acme/net/prod", line, "gre", "1420", "0.2", "0.6"]),
      ),
      ...["rack", "router"].map((host) => [host, "acme/net/prod", "lte", "wireguard", "1420", "0.2", "0.6"]),
    ],
  });
});

test("no curve of a panel has another one's name", () => {
  for (const { panel, curves } of drawn.shown) {
    const names = curves.map(({ name }) => name);
    expect([panel.title, names]).toEqual([panel.title, [...new Set(names)]]);
  }
});

test("no text of a panel meets another one, or its edge", () => {
  const flaws = pictures.flatMap(({ title, svg }) => overlaps(svg).map((flaw) => `${title}: ${flaw}`));
  expect(flaws).toEqual([]);
  for (const { title, svg } of pictures) expect(textsOf(svg).map(({ text }) => text)).toContain(title);
});

test("the names below a panel take no more of it than Grafana gives them", () => {
  const crowded = pictures.filter(({ svg }, index) => {
    const { curves, panel } = drawn.shown[index] ?? {};
    if (panel?.type !== "timeseries") return false;
    const names = textsOf(svg).filter(({ text }) => curves?.some(({ name }) => name === text));
    const height = Number(/ height="(\d+)"/.exec(svg)?.[1]);
    return names.some(({ top }) => top < 0.65 * height);
  });
  expect(crowded.map(({ title }) => title)).toEqual([]);
});

test("overlaps would be noticed", () => {
  const svg = '<svg width="90" height="40"><text x="5" y="20" font-size="12">one</text>MORE</svg>';
  const place = (x: number, y: number): string =>
    svg.replace("MORE", `<text x="${x}" y="${y}" font-size="12">two</text>`);
  expect(overlaps(place(50, 20))).toEqual([]);
  expect(overlaps(place(15, 25))).toEqual(["one over two"]);
  expect(overlaps(place(80, 20))).toEqual(["two is outside"]);
});
