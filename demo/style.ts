import { styleText } from "node:util";

export type Ink = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Colour where the output can show it; NO_COLOR, FORCE_COLOR and pipes are Node's to judge. */
export function paint(ink: Ink, text: string): string {
  return styleText(ink, text, { stream: process.stdout });
}

export function isColourful(): boolean {
  return paint("bold", "x") !== "x";
}

export function terminalWidth(): number {
  // Not every terminal tells its width.
  return process.stdout.columns > 0 ? process.stdout.columns : 80;
}

/** Block characters where the locale has them. */
export function block(environment: NodeJS.ProcessEnv = process.env): string {
  const locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? "";
  return /utf-?8/i.test(locale) ? "\u2588" : "#";
}

/** Breaks a sentence between words, each line indented by two blanks. */
export function wrap(sentence: string): string {
  const width = Math.max(30, terminalWidth() - 1);
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}
