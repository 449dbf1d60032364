import { type Question, renderQuestion, unasked } from "../rendering/unit";
import { type Facts, parseFacts, parseProbed, type Probed } from "./facts";
import { DialError, type DialProblem, type RunResult, Session } from "./ssh";
import type { StackHost } from "./state";

/** Why a host could not be asked. */
export interface Refusal {
  readonly problem: DialProblem | "sudo-refused" | "agent-missing" | "agent-outdated" | "unanswered";
  /** A sentence. */
  readonly text: string;
}

/** A host, and what it said or why it said nothing, or not all. */
export interface Answer {
  readonly host: StackHost;
  readonly facts?: Facts;
  readonly probed?: Probed;
  readonly refusal?: Refusal;
}

/** What came of one question. */
export type Told =
  | { readonly host: StackHost; readonly result: RunResult; readonly refusal?: undefined }
  | { readonly host: StackHost; readonly result?: undefined; readonly refusal: Refusal };

/**
 * With the 10 s of Pulumi's before, the doctor is done within a minute. A host that has gone is known much sooner, by the
 * time-out of the dial or by SSH's own keepalive; one that still answers may be slow, or wait for a change to end.
 */
const askMs = 48_000;

/** One host that is asked one question after the other. It is dialled when it has to be, and again after it was lost. */
export class Correspondent {
  private session: Session | undefined;

  constructor(readonly host: StackHost) {}

  /** Puts a question to the agent; `onText` hears the answer as it comes. */
  async put(question: Question, input: string, timeoutMs: number, onText?: (text: string) => void): Promise<Told> {
    const { host } = this;
    try {
      this.session ??= await Session.dial(host.connection);
      const command = renderQuestion(question, host.connection.user ?? "root");
      const result = await this.session.run(command, input, timeoutMs, onText);
      const refusal = refusalOf(result.code, result.stderr, host);
      return refusal === undefined ? { host, result } : { host, refusal };
    } catch (error) {
      this.close();
      const text = error instanceof Error ? error.message : String(error);
      if (error instanceof DialError) return { host, refusal: { problem: error.problem, text } };
      const lost = `${host.name} did not answer a question to its end: ${text}.`;
      return { host, refusal: { problem: "unanswered", text: lost } };
    }
  }

  close(): void {
    this.session?.close();
    this.session = undefined;
  }
}

/** Asks one host for its facts, then for what comes of `probes`; an empty text asks for nothing. */
export async function ask(host: StackHost, probes: string, withinMs = askMs): Promise<Answer> {
  const deadline = Date.now() + withinMs;
  const left = (): number => deadline - Date.now();
  const correspondent = new Correspondent(host);
  try {
    const { result, refusal } = await correspondent.put("facts", "", left());
    if (result === undefined) return { host, refusal };
    const facts = parseFacts(result.stdout, result.asked, result.answered);
    if (probes === "") return { host, facts };
    const probe = await correspondent.put("probe", probes, left());
    if (probe.result === undefined) return { host, facts, refusal: probe.refusal };
    return { host, facts, probed: parseProbed(probe.result.stdout) };
  } finally {
    correspondent.close();
  }
}

function refusalOf(code: number, stderr: string, { name, connection }: StackHost): Refusal | undefined {
  switch (code) {
    case 0:
      return undefined;
    case unasked.withoutAgent:
      return { problem: "agent-missing", text: `${name} has no agent: there is no extrudectl.` };
    case unasked.withoutRoot:
      return {
        problem: "sudo-refused",
        text: `${connection.user ?? "root"} on ${name} may not become root without a password.`,
      };
    // As it exits where it does not know the verb.
    case 2:
      return {
        problem: "agent-outdated",
        text: `${name} has an agent that is older than this program and cannot be asked.`,
      };
    default:
      return { problem: "unanswered", text: `${name} could not be asked: ${stderr.trim() || `exit code ${code}`}.` };
  }
}
