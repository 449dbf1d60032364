/** Draws a view over the one before; where that cannot be, one below the other. */
export class Screen {
  constructor(
    private readonly out: Pick<NodeJS.WriteStream, "write" | "rows">,
    private readonly isDrawn: boolean,
  ) {
    if (isDrawn) out.write("\u001b[?25l\u001b[2J");
  }

  show(text: string): void {
    if (!this.isDrawn) {
      this.out.write(text);
      return;
    }
    const rows = fitting(text.trimEnd().split("\n"), this.out.rows);
    this.out.write(`\u001b[H${rows.map((row) => `${row}\u001b[K\n`).join("")}\u001b[J`);
  }

  /** The cursor is there again. */
  leave(): void {
    if (this.isDrawn) this.out.write("\u001b[?25h");
  }
}

/** As many rows as a terminal has, less the one on which the cursor stays. */
export function fitting(rows: readonly string[], height: number): readonly string[] {
  // Not every terminal tells its height.
  const room = height > 2 ? height - 1 : 23;
  if (rows.length <= room) return rows;
  const hidden = rows.length - room + 1;
  return [...rows.slice(0, room - 1), `... and ${hidden} more rows: name the sites that you want to see.`];
}
