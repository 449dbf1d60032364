import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { checkPrivateKey } from "../config/private-key";
import type { HostEntry } from "../config/schema";
import type { Choice, Interview } from "./init-interview";
import type { Endpoint } from "./state";

/** Where a machine is reached. */
export type Place = Pick<Endpoint, "host" | "port" | "user"> & { readonly host: string };

/** [USER@]HOST[:PORT]; an IPv6 address with a port stands in brackets. */
export function parsePlace(text: string): Place | undefined {
  const [, user, bracketed, plain, port] =
    /^(?:([A-Za-z_][A-Za-z0-9._-]*)@)?(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+|[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*))(?::(\d{1,5}))?$/.exec(
      text,
    ) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) return undefined;
  return { host, ...(port === undefined ? {} : { port: Number(port) }), ...(user === undefined ? {} : { user }) };
}

/** How both machines are logged into. */
export interface Login {
  /** For this program's own dials. */
  readonly credentials: Pick<Endpoint, "agentSocketPath" | "privateKey" | "password">;
  /** For the configuration: nothing in it is secret. */
  readonly entry: Pick<HostEntry, "agent" | "privateKeyFile">;
  /** What Pulumi has to encrypt. */
  readonly secretEntry: Readonly<Record<string, string>>;
}

export async function readLogin(identity: string | undefined, interview: Interview): Promise<Login> {
  if (identity !== undefined) return withKey(identity, interview);
  const socket = process.env["SSH_AUTH_SOCK"] ?? "";
  const file = ["id_ed25519", "id_ecdsa"].map((name) => join(homedir(), ".ssh", name)).find(existsSync);
  const choices: Choice[] = [
    ...(socket === "" ? [] : [{ value: "agent", name: "the SSH agent: no key is in Pulumi" }]),
    ...(file === undefined ? [] : [{ value: file, name: `the private key ${file}` }]),
  ];
  const [first] = choices;
  if (interview.person === undefined && first === undefined) {
    interview.complain(
      "--identity is missing, and there is no SSH agent and no key in ~/.ssh: give the file of a private key.",
    );
    return { credentials: {}, entry: {}, secretEntry: {} };
  }
  const password = { value: "password", name: "a password, which Pulumi keeps encrypted" };
  const question = { option: "--identity", message: "How do you, and later Pulumi, log in?", proposal: first?.value };
  const way = await interview.choose(question, interview.person === undefined ? choices : [...choices, password]);
  if (way === "agent") return { credentials: { agentSocketPath: socket }, entry: { agent: true }, secretEntry: {} };
  if (way !== "password") return withKey(way, interview);
  const text = (await interview.person?.secret("The password, the same on both machines")) ?? "";
  return { credentials: { password: text }, entry: {}, secretEntry: { password: text } };
}

function withKey(path: string, interview: Interview): Login {
  const file = path.startsWith("~/") ? path : resolve(path);
  let text = "";
  try {
    text = readFileSync(file.replace(/^~/, homedir()), "utf8");
  } catch (error) {
    interview.complain(
      `--identity: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const wrong = text === "" ? undefined : checkPrivateKey(text, false);
  if (wrong !== undefined) interview.complain(`--identity: ${file} ${wrong}.`);
  return { credentials: { privateKey: text }, entry: { privateKeyFile: file }, secretEntry: {} };
}
