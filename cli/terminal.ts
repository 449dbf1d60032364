import { styleText } from "node:util";

export type Ink = "bold" | "dim" | "green" | "red" | "yellow";

/** Colour where the output can show it; NO_COLOR, FORCE_COLOR and pipes are Node's to judge. */
export function paint(ink: Ink, text: string): string {
  return styleText(ink, text, { stream: process.stdout });
}

/** How wide a line may be: in a pipe, as wide as it likes. */
export function lineWidth(): number {
  if (!process.stdout.isTTY) return Infinity;
  // Not every terminal tells its width.
  return process.stdout.columns > 0 ? process.stdout.columns : 80;
}

/** How long a text is without what only colours it. */
export function shownLength(text: string): number {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "").length;
}

export function writeLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function writeJson(value: unknown): void {
  writeLine(JSON.stringify(value, null, 2));
}

/** Whoever reads our output has heard enough: `extrude status | head`. That is no failure of ours. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}
