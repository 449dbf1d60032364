/** What `poll` gives up with: names what was waited for and what was seen last. */
export class PollTimeout extends Error {
  override readonly name = "PollTimeout";
}

export interface PollOptions {
  readonly deadlineMs?: number;
  readonly intervalMs?: number;
  /** Said once if the wait passes two seconds, and at its end. */
  readonly progress?: (sentence: string) => void;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function describe(observed: unknown): string {
  if (observed instanceof Error) return observed.message;
  if (observed === undefined) return "nothing";
  return typeof observed === "string" ? observed : JSON.stringify(observed);
}

class TooLate extends Error {}

/** Rejects when `ms` have passed, so that one hanging attempt cannot outlive the deadline of the whole wait. */
async function within<T>(ms: number, attempt: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TooLate("the last attempt had not answered"));
    }, ms);
  });
  try {
    return await Promise.race([attempt, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again and again until the answer is truthy, and returns it. An attempt that throws counts as "not yet";
 * its message is the last observation. `expected` completes the sentence "waited for ...".
 */
export async function poll<T>(
  expected: string,
  attempt: () => Promise<T> | T,
  { deadlineMs = 30_000, intervalMs = 200, progress }: PollOptions = {},
): Promise<Exclude<T, false | null | undefined | 0 | "">> {
  const start = Date.now();
  let observed: unknown;
  let said = false;
  for (;;) {
    const left = deadlineMs - (Date.now() - start);
    if (left <= 0) {
      const seconds = (deadlineMs / 1000).toFixed(1);
      throw new PollTimeout(`Waited ${seconds} s for: ${expected}. Last seen: ${describe(observed)}.`);
    }
    try {
      const value = await within(left, Promise.resolve(attempt()));
      if (value) return value as Exclude<T, false | null | undefined | 0 | "">;
      observed = value;
    } catch (error) {
      // That time was up says less than what was seen before.
      if (!(error instanceof TooLate) || observed === undefined) observed = error;
    }
    if (!said && Date.now() - start > 2_000) {
      progress?.(`waiting for: ${expected}`);
      said = true;
    }
    await pause(Math.min(intervalMs, Math.max(1, deadlineMs - (Date.now() - start))));
  }
}
