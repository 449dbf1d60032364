import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { knownKeys, usable } from "../config/host-key";
import { renderSurvey } from "../rendering/survey";
import type { Interview } from "./init-interview";
import { parseSurvey, type Survey } from "./init-survey";
import { DialError, hostKeyOf, Session } from "./ssh";
import type { Connection } from "./state";

/** A machine that is to become a host, and what is known of the way to it. */
export interface Candidate {
  /** The name that it will have in the stack. */
  readonly name: string;
  /** The option that says where it is. */
  readonly option: string;
  readonly connection: Connection;
  /** What the user says of its key: a fingerprint, or the key itself. */
  readonly givenKey: string | undefined;
}

export interface Reached {
  readonly name: string;
  readonly connection: Connection & { readonly hostKey: string };
  readonly survey: Survey;
}

const surveyMs = 30_000;

/** As OpenSSH prints it. */
export function fingerprint(key: string): string {
  const digest = createHash("sha256").update(Buffer.from(key.split(" ")[1] ?? "", "base64"));
  return `SHA256:${digest.digest("base64").replace(/=+$/, "")}`;
}

/** Whether a key is the machine's: as it was said, or as ~/.ssh/known_hosts has it; `unknown` where neither tells. */
export function judgeKey(
  key: string,
  given: string | undefined,
  known: readonly string[],
): "right" | "wrong" | "unknown" {
  if (given !== undefined) {
    const [type, text] = given.trim().split(/\s+/);
    return type === fingerprint(key) || `${type ?? ""} ${text ?? ""}` === key ? "right" : "wrong";
  }
  const sameType = known.filter((each) => each.split(" ")[0] === key.split(" ")[0]);
  if (sameType.length === 0) return "unknown";
  return sameType.includes(key) ? "right" : "wrong";
}

function readKnownHosts(): string {
  try {
    return readFileSync(join(homedir(), ".ssh", "known_hosts"), "utf8");
  } catch {
    return "";
  }
}

/** Dials a machine for its key, makes sure of that, then logs in and looks around. Undefined where that did not succeed. */
export async function reach(
  candidate: Candidate,
  interview: Interview,
  knownHosts = readKnownHosts(),
): Promise<Reached | undefined> {
  const { name, option, connection } = candidate;
  const { host, port = 22 } = connection;
  try {
    const hostKey = await hostKeyOf(`${option} ${host}, port ${port}`, connection, usable);
    if (!(await isTrusted(candidate, hostKey, interview, knownKeys(knownHosts, host, port)))) return undefined;
    const session = await Session.dial({ ...connection, hostKey });
    try {
      const { stdout, stderr } = await session.run("sh -s", renderSurvey(), surveyMs);
      const survey = parseSurvey(stdout);
      if (survey !== undefined) return { name, connection: { ...connection, hostKey }, survey };
      interview.complain(
        `${option} ${host} says nothing that could be understood; is it a Debian machine with iproute2? ${stderr.trim()}`.trim(),
      );
    } finally {
      session.close();
    }
  } catch (error) {
    interview.complain(describe(error, candidate));
  }
  return undefined;
}

async function isTrusted(
  { name, option, connection, givenKey }: Candidate,
  key: string,
  interview: Interview,
  known: readonly string[],
): Promise<boolean> {
  const shown = `${fingerprint(key)} (${key.split(" ")[0] ?? ""})`;
  const onConsole = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
  switch (judgeKey(key, givenKey, known)) {
    case "right":
      return true;
    case "wrong": {
      const source = givenKey === undefined ? "~/.ssh/known_hosts has" : `${option}-key says`;
      interview.complain(
        `${option} ${connection.host} has the host key ${shown}, which is not what ${source}: another machine answers, or it was installed anew. Nothing was sent to it. Compare with its console: ${onConsole}`,
      );
      return false;
    }
    case "unknown":
      if (interview.person === undefined) {
        interview.complain(
          `${option}-key is missing, and nobody can be asked here: the machine that answers has ${shown}. Compare with its console (${onConsole}), then give it.`,
        );
        return false;
      }
      if (
        await interview.person.confirm(
          `${name} at ${connection.host} shows ${shown}. Does '${onConsole}' on its console show the same?`,
          false,
        )
      )
        return true;
      interview.complain(`The host key of ${option} ${connection.host} was not confirmed.`);
      return false;
  }
}

function describe(error: unknown, { option, connection }: Candidate): string {
  if (!(error instanceof DialError)) {
    return `${option} ${connection.host} was lost: ${error instanceof Error ? error.message : String(error)}.`;
  }
  const remedy = {
    unresolved: "Correct the name, or give the address.",
    unreachable: "Is the machine on, is its SSH server, and does a firewall let you through?",
    "host-key-differs": "Nothing was sent to it. Try again.",
    "login-refused": "Give the right user (USER@HOST), another key (--identity FILE), or load the key: ssh-add",
  }[error.problem];
  const text = error.message.startsWith(option) ? error.message : `${option} ${error.message}`;
  return `${text} ${remedy}`;
}
