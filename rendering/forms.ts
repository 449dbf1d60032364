/**
 * Texts of lines that follow each other in certain ways, as the agent's [forms] has them: an automaton whose places are
 * the lines. It is made by Glushkov's construction: of each part of the text it has to be known with which lines it may
 * begin and end, whether it may be empty, and which lines follow which.
 */
export interface Text {
  readonly lines: readonly string[];
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly isOptional: boolean;
  /** Pairs of a line and one that may follow it, by their indexes in `lines`. */
  readonly follow: readonly (readonly [number, number])[];
}

type Part = string | Text;

const empty: Text = { lines: [], first: [], last: [], isOptional: true, follow: [] };

function textOf(part: Part): Text {
  return typeof part === "string" ? { lines: [part], first: [0], last: [0], isOptional: false, follow: [] } : part;
}

function shifted(text: Text, by: number): Text {
  const shift = (index: number): number => index + by;
  const follow = text.follow.map(([from, to]): [number, number] => [from + by, to + by]);
  return { ...text, first: text.first.map(shift), last: text.last.map(shift), follow };
}

function pairs(from: readonly number[], to: readonly number[]): [number, number][] {
  return from.flatMap((one) => to.map((other): [number, number] => [one, other]));
}

/** One part after the other. */
export function sequence(...parts: readonly Part[]): Text {
  return parts.map(textOf).reduce((before, part) => {
    const after = shifted(part, before.lines.length);
    return {
      lines: [...before.lines, ...after.lines],
      first: before.isOptional ? [...before.first, ...after.first] : before.first,
      last: after.isOptional ? [...before.last, ...after.last] : after.last,
      isOptional: before.isOptional && after.isOptional,
      follow: [...before.follow, ...after.follow, ...pairs(before.last, after.first)],
    };
  }, empty);
}

/** One of the parts. */
export function either(...parts: readonly Part[]): Text {
  return parts.map(textOf).reduce(
    (before, part) => {
      const other = shifted(part, before.lines.length);
      return {
        lines: [...before.lines, ...other.lines],
        first: [...before.first, ...other.first],
        last: [...before.last, ...other.last],
        isOptional: before.isOptional || other.isOptional,
        follow: [...before.follow, ...other.follow],
      };
    },
    { ...empty, isOptional: false },
  );
}

/** The parts one after the other, or nothing. */
export function maybe(...parts: readonly Part[]): Text {
  return { ...sequence(...parts), isOptional: true };
}

/** The parts one after the other, once or more. */
export function many(...parts: readonly Part[]): Text {
  const text = sequence(...parts);
  return { ...text, follow: [...text.follow, ...pairs(text.last, text.first)] };
}

/** Lines of the agent's [forms] for texts of several kinds. */
export function renderForms(kinds: Readonly<Record<string, Text>>): string[] {
  let count = 0;
  return Object.entries(kinds).flatMap(([kind, text]) => {
    const place = (index: number): string => `${count + index + 1}`;
    const list = (places: readonly string[]): string => [...new Set(places)].join(",");
    const lines = text.lines.map((line, index) => {
      const next = text.follow.filter(([from]) => from === index).map(([, to]) => place(to));
      return `${place(index)} ${list([...next, ...(text.last.includes(index) ? ["end"] : [])])} ${line}`;
    });
    const first = `first ${kind} ${list(text.first.map(place))}`;
    count += text.lines.length;
    return [first, ...lines];
  });
}
