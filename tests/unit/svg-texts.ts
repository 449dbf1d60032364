/** A text of a drawing, and the place that it takes: in pixels, from the drawing's top left. */
export interface PlacedText {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A letter's width in parts of its size: most of a proportional font's are narrower. */
const letterWidth = 0.58;

/** All texts of an SVG drawing, placed by x and y or moved by a transform. */
export function textsOf(svg: string): PlacedText[] {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = "", content = ""]) => {
    const number = (pattern: RegExp): number => Number(pattern.exec(attributes)?.[1] ?? 0);
    const moved = /translate\(([-\d.]+)[ ,]([-\d.]+)\)/.exec(attributes);
    const x = number(/ x="([-\d.]+)"/) + Number(moved?.[1] ?? 0);
    const y = number(/ y="([-\d.]+)"/) + Number(moved?.[2] ?? 0);
    const size = number(/font-size[:=]"?([\d.]+)/);
    const text = content.replaceAll(/&(\w+|#\d+);/g, "&");
    const width = text.length * size * letterWidth;
    const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? "start";
    const left = x - { start: 0, middle: width / 2, end: width }[anchor as "start" | "middle" | "end"];
    // What is in the middle of its line is moved by the half of a small letter.
    const base = attributes.includes('dominant-baseline="central"') ? y + 0.3 * size : y;
    return { text, left, right: left + width, top: base - 0.75 * size, bottom: base + 0.2 * size };
  });
}

/** Texts over each other, and those that reach beyond the drawing. */
export function overlaps(svg: string): string[] {
  const texts = textsOf(svg);
  const [width, height] = ["width", "height"].map((side) => Number(new RegExp(` ${side}="([\\d.]+)"`).exec(svg)?.[1]));
  return texts.flatMap((one, index) => [
    ...texts
      .slice(index + 1)
      .filter((two) => one.left < two.right && two.left < one.right && one.top < two.bottom && two.top < one.bottom)
      .map((two) => `${one.text} over ${two.text}`),
    ...(one.left >= 0 && one.top >= 0 && one.right <= (width ?? 0) && one.bottom <= (height ?? 0)
      ? []
      : [`${one.text} is outside`]),
  ]);
}
