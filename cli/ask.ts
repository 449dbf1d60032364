import { renderQuestion, unasked } from "../rendering/unit";
import { type Facts, parseFacts, parseProbed, type Probed } from "./facts";
import { DialError, type DialProblem, Session } from "./ssh";
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

/** With the 10 s of Pulumi's before, the doctor is done within a minute. */
const askMs = 48_000;
const factsMs = 15_000;

/** Asks one host for its facts, then for what comes of `probes`; an empty text asks for nothing. */
export async function ask(host: StackHost, probes: string): Promise<Answer> {
  const deadline = Date.now() + askMs;
  let session: Session | undefined;
  let facts: Facts | undefined;
  try {
    session = await Session.dial(host.connection);
    const user = host.connection.user ?? "root";
    const { stdout, stderr, code, asked, answered } = await session.run(renderQuestion("facts", user), "", factsMs);
    const refusal = refusalOf(code, stderr, host);
    if (refusal !== undefined) return { host, refusal };
    facts = parseFacts(stdout, asked, answered);
    if (probes === "") return { host, facts };
    const probe = await session.run(renderQuestion("probe", user), probes, deadline - Date.now());
    return { host, facts, probed: parseProbed(probe.stdout) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const refusal: Refusal =
      error instanceof DialError
        ? { problem: error.problem, text }
        : { problem: "unanswered", text: `${host.name} did not answer a question to its end: ${text}.` };
    return { host, refusal, ...(facts === undefined ? {} : { facts }) };
  } finally {
    session?.close();
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
