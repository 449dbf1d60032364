import { formatOf } from "../../cli/diagram";
import { type Drawing, fontSize, layOut, textWidth } from "../../cli/diagram-layout";
import { renderSvg } from "../../cli/diagram-svg";
import { renderHtml, renderMermaid } from "../../cli/diagram-texts";
import { networkOf } from "../../cli/network";
import { stackHost } from "./cli-fixture";
import { lively, many, network, now } from "./many-sites";

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
  const plain = many(40, { plain: true });
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
