import { formatOf } from "../../cli/diagram";
import { type Drawing, fontSize, layOut, textWidth } from "../../cli/diagram-layout";
import { renderSvg } from "../../cli/diagram-svg";
import { renderHtml, renderMermaid } from "../../cli/diagram-texts";
import { type Line, type Network, networkOf, type Site } from "../../cli/network";
import type { SiteStatus } from "../../cli/site-status";
import { stackHost } from "./cli-fixture";

const network = networkOf([stackHost("rack"), stackHost("router")]);
const now = 10_000_000;

/** Sites as the example's, with one to four lines, and names as long as they may be. */
function many(count: number): Network {
  const [first] = network.sites;
  if (first === undefined) throw new Error("the example has no site");
  const longest = "a".repeat(60);
  const sites = Array.from({ length: count }, (_, index): Site => {
    const name = index === 7 ? longest : `branch-${index + 1}`;
    const lines = Array.from({ length: 1 + (index % 4) }, (_each, place): Line => {
      const line = first.lines[place % 2];
      if (line === undefined) throw new Error("the example has no line");
      return { ...line, name: index === 9 ? longest : `${line.name}${place}`, unit: `${name}/${place}`, router: name };
    });
    const addresses = Array.from({ length: 1 + (index % 5) }, (_each, place) => `77.1.${index}.${place}`);
    return { ...first, name, router: name, addresses, lines };
  });
  return { ...network, sites };
}

/** Every line of a network in one of the states there are. */
function lively({ sites }: Network): SiteStatus[] {
  const states = ["up", "standby", "down", "unknown"] as const;
  return sites.map((site) => ({
    site,
    lines: site.lines.map((line, index) => ({
      ...{ line, share: 50, since: now - 999_000, toSite: 123_456_789, fromSite: 98_765_432 },
      ...{ state: states[index % 4] ?? "up", lossPercent: 100, latencyMs: 1234.5 },
    })),
  }));
}

/** A rectangle: left, top, right, bottom. */
type Area = readonly [number, number, number, number];

function meets([left, top, right, bottom]: Area, other: Area): boolean {
  return left < other[2] && other[0] < right && top < other[3] && other[1] < bottom;
}

/** What would be hard to read: texts over each other, a stroke through a text, anything beyond the edge. */
function flaws({ width, height, texts, strokes, boxes }: Drawing): string[] {
  const places = texts.map(({ x, y, text }) => ({
    text,
    area: [x, y - 0.8 * fontSize, x + textWidth(text), y + 0.25 * fontSize] as Area,
  }));
  const lines = strokes.map(({ from, to }): Area => [from[0] - 1, from[1] - 1, to[0] + 1, to[1] + 1]);
  const edges = boxes.flatMap(({ x, y, ...box }): Area[] => [
    [x - 1, y, x + 1, y + box.height],
    [x + box.width - 1, y, x + box.width + 1, y + box.height],
    [x, y - 1, x + box.width, y + 1],
    [x, y + box.height - 1, x + box.width, y + box.height + 1],
  ]);
  const found = places.flatMap(({ text, area }, index) => [
    ...places.slice(index + 1).flatMap((other) => (meets(area, other.area) ? [`${text} over ${other.text}`] : [])),
    ...[...lines, ...edges].flatMap((line) => (meets(area, line) ? [`a stroke through ${text}`] : [])),
    ...(meets(area, [0, 0, width, height]) && area[0] >= 0 && area[2] <= width && area[3] <= height
      ? []
      : [`${text} is outside`]),
  ]);
  const overlapping = boxes.flatMap((one, index) =>
    boxes
      .slice(index + 1)
      .filter((two) =>
        meets(
          [one.x, one.y, one.x + one.width, one.y + one.height],
          [two.x, two.y, two.x + two.width, two.y + two.height],
        ),
      )
      .map(() => "boxes over each other"),
  );
  return [...found, ...overlapping];
}

describe.each([1, 2, 7, 40])("with %d sites", (count) => {
  const large = many(count);

  test.each([
    ["as configured", []],
    ["with every state", lively(large)],
  ])("no text meets another one, a stroke or an edge, %s", (_, statuses) => {
    const drawing = layOut(large, statuses, now);
    expect(flaws(drawing)).toEqual([]);
    const lines = large.sites.flatMap((site) => site.lines);
    expect(drawing.strokes).toHaveLength(lines.length + 1);
  });
});

test("overlaps would be noticed", () => {
  const drawing = layOut(network, [], now);
  const [first] = drawing.texts;
  if (first === undefined) throw new Error("nothing is drawn");
  expect(flaws({ ...drawing, texts: [...drawing.texts, { ...first, x: first.x + 3 }] })).not.toEqual([]);
});

test("forty sites fit on a page that is no wider than two screens", () => {
  const plain = {
    ...many(40),
    sites: many(40).sites.filter(({ name, lines }) => name.length < 20 && (lines[0]?.name.length ?? 0) < 20),
  };
  const { width, height } = layOut(plain, lively(plain), now);
  expect(width).toBeLessThan(2000);
  expect(height).toBeLessThan(4000);
});

describe("the example network", () => {
  test("as SVG", () => {
    expect(renderSvg(layOut(network, lively(network), now))).toMatchSnapshot();
  });

  test("as Mermaid", () => {
    expect(renderMermaid(network, lively(network), now)).toMatchSnapshot();
  });

  test("as a page of HTML", () => {
    const svg = renderSvg(layOut(network, [], now));
    expect(renderHtml("extrude: prod", svg, network, "Its configuration.")).toMatchSnapshot();
  });
});

test("lines without a site, and colos without one, are drawn too", () => {
  const half = networkOf([
    { ...stackHost("router"), units: stackHost("router").units.filter(({ name }) => !name.includes("/bond/")) },
  ]);
  const { texts } = layOut(half, [], now);
  expect(texts.map(({ text }) => text)).toEqual(
    expect.arrayContaining(["no site yet", "a colo of another stack", "77.1.2.2"]),
  );
  expect(renderMermaid(half, [], now)).toContain('remote0["77.1.2.2"]');
  const { texts: alone } = layOut({ ...network, sites: [] }, [], now);
  expect(alone.map(({ text }) => text)).toContain("77.1.2.3, unused");
});

test("what is syntax in a format arrives literally", () => {
  const odd = many(1);
  const hostile = { ...odd, sites: odd.sites.map((site) => ({ ...site, name: `<b a="x">&'#;` })) };
  expect(renderSvg(layOut(hostile, [], now))).toContain("&lt;b a=&quot;x&quot;&gt;&amp;&#39;#;");
  expect(renderMermaid(hostile, [], now)).toContain("#60;b a=#34;x#34;#62;#38;'#35;;");
  expect(renderHtml("<script>", "<svg/>", hostile, "")).not.toMatch(/<script|<b /);
});

test.each([
  [{ output: "a.html" }, "html"],
  [{ output: "a.mmd" }, "mermaid"],
  [{ output: "a.svg" }, "svg"],
  [{}, "svg"],
  [{ output: "a.txt", format: "html" as const }, "html"],
])("the format of %j is %s", (options, format) => {
  expect(formatOf(options)).toBe(format);
});

test("a name that tells no format is wrong usage", () => {
  expect(() => formatOf({ output: "a.png" })).toThrow("The name a.png does not tell which format is meant");
});
