/** What chooses a sample, another one in each run unless one is given. It is printed; EXTRUDE_SEED repeats it. */
export function sampleSeed(given = Math.floor(Math.random() * 2 ** 31)): number {
  const seed = Number(process.env.EXTRUDE_SEED ?? given);
  process.stderr.write(`the seed is ${seed}; EXTRUDE_SEED=${seed} repeats this sample\n`);
  return seed;
}

/** Numbers from 0 to 1 that follow from the seed alone (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of a list, in any order; all of them, as they are, in a sweep. */
export function sampleOf<T>(all: readonly T[], count: number): readonly T[] {
  if (process.env.EXTRUDE_SWEEP === "all") return all;
  const random = numbersFrom(sampleSeed(0));
  const order = all.map((one) => ({ one, at: random() })).sort((one, other) => one.at - other.at);
  return order.slice(0, count).map(({ one }) => one);
}
