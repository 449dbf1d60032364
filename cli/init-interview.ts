import { exitCodes, Failure } from "./failure";

export interface Question {
  /** The option that answers it, as `--help` has it. */
  readonly option: string;
  readonly message: string;
  /** What the option says. */
  readonly given?: string | undefined;
  /** Taken where nobody can be asked, or wants to be. */
  readonly proposal?: string | undefined;
  /** What is wrong with an answer: a sentence. */
  readonly check?: (answer: string) => string | undefined;
}

/** How questions are put to a person. */
export interface Person {
  text(question: Question): Promise<string>;
  choose(question: Question, choices: readonly Choice[]): Promise<string>;
  confirm(message: string, proposal: boolean): Promise<boolean>;
  secret(message: string): Promise<string>;
}

export interface Choice {
  readonly value: string;
  readonly name: string;
}

/**
 * Questions, each answered by its option, or by a person, or by what is proposed. What nobody answers, and what an option
 * says wrongly, is gathered, so that all of it can be said at once.
 */
export class Interview {
  private readonly complaints: string[] = [];

  constructor(
    /** None where there is no terminal. */
    readonly person: Person | undefined,
    private readonly takesProposals: boolean,
  ) {}

  async text(question: Question): Promise<string> {
    return this.answer(question, (person) => person.text(question));
  }

  async choose(question: Question, choices: readonly Choice[]): Promise<string> {
    const check = (answer: string): string | undefined =>
      choices.some(({ value }) => value === answer)
        ? undefined
        : `is not one of ${choices.map(({ value }) => value).join(", ")}.`;
    return this.answer({ ...question, check }, (person) => person.choose(question, choices));
  }

  async confirm(message: string, proposal: boolean): Promise<boolean> {
    if (this.person === undefined || this.takesProposals) return proposal;
    return this.person.confirm(message, proposal);
  }

  /** Something that is wrong, or missing, with what to do. */
  complain(sentence: string): void {
    this.complaints.push(sentence);
  }

  /** Ends the verb if anything was wrong. */
  settle(exitCode: number = exitCodes.usage): void {
    if (this.complaints.length === 0) return;
    throw new Failure(
      ["Nothing has been written:", ...this.complaints.map((each) => `  ${each}`)].join("\n"),
      exitCode,
    );
  }

  private async answer(question: Question, ask: (person: Person) => Promise<string>): Promise<string> {
    const { option, message, given, proposal, check } = question;
    if (given !== undefined) {
      const wrong = check?.(given);
      if (wrong !== undefined) this.complain(`${option}: '${given}' ${wrong}`);
      return given;
    }
    if (proposal !== undefined && (this.person === undefined || this.takesProposals)) return proposal;
    if (this.person !== undefined) return ask(this.person);
    this.complain(`${option} is missing, and nobody can be asked here: ${message}.`);
    return "";
  }
}

/** A person at this terminal. Questions go to stderr, so that what is printed for programs stays whole. */
export async function atTerminal(): Promise<Person | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { confirm, input, password, select } = await import("@inquirer/prompts");
  const context = { output: process.stderr };
  const validate = (check: Question["check"]) => (answer: string) => {
    const wrong = answer === "" ? "is needed." : check?.(answer);
    return wrong === undefined || `This ${wrong}`;
  };
  return {
    text: ({ message, proposal, check }) =>
      uninterrupted(
        input(
          { message, validate: validate(check), ...(proposal === undefined ? {} : { default: proposal }) },
          context,
        ),
      ),
    choose: ({ message, proposal }, choices) =>
      uninterrupted(select({ message, choices, ...(proposal === undefined ? {} : { default: proposal }) }, context)),
    confirm: (message, proposal) => uninterrupted(confirm({ message, default: proposal }, context)),
    secret: (message) => uninterrupted(password({ message, mask: true, validate: validate(undefined) }, context)),
  };
}

/** Ctrl-C is an answer too. */
async function uninterrupted<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") {
      throw new Failure("Interrupted. Nothing has been written.", exitCodes.found);
    }
    throw error;
  }
}
