/** What ends a verb: a sentence, and the exit code that the verb's page gives it. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** Exit codes that mean the same with every verb that looks at a stack. */
export const exitCodes = { fine: 0, found: 1, usage: 2, unasked: 3 } as const;
