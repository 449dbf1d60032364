/** Lines by their first word, without it. */
export function byFirstWord(text: string): (word: string) => string[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return (word) => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
}

/** A line's first words, and what follows them as one. */
export function cut(line: string, words: number): string[] {
  const parts = line.split(" ");
  return [...parts.slice(0, words), parts.slice(words).join(" ")];
}
