import { coded } from "./codes";
import { chooseHostKey } from "./host-key";
import { explainRead, type Machine, resolvePath } from "./machine";
import { checkPrivateKey } from "./private-key";
import type { ConnectionEntry } from "./schema";

/** The keys of one connection, without its proxy, as they are written. */
export type ConnectionFields = Omit<ConnectionEntry, "proxy">;

/** One connection as components take it: no paths of this machine's files any more. */
export interface Connection {
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly privateKeyPassword?: string | undefined;
  readonly password?: string | undefined;
  readonly agentSocketPath?: string | undefined;
  readonly hostKey?: string | undefined;
  readonly verifyHostKey?: boolean | undefined;
}

/** Where the keys of a connection stand. */
export interface Source {
  /** False if a file that may give further keys could not be read: then none can be called missing. */
  readonly complete: boolean;
  /** The full name of a key, for sentences; of the whole connection without one. */
  readonly label: (key?: keyof ConnectionFields) => string;
  /** Where the relative path given by a key starts. */
  readonly folder: (key: keyof ConnectionFields) => string;
}

/** Ways to give the same thing, of which at most one is given. */
export const alternatives: readonly (readonly [keyof ConnectionFields, keyof ConnectionFields])[] = [
  ["privateKey", "privateKeyFile"],
  ["agent", "agentSocketPath"],
  ["hostKey", "hostKeyFile"],
];

export type Say = (problem: string) => void;

/** Turns files and the environment's agent into what they stand for. Every problem is told to `say`. */
export function resolveConnection(fields: ConnectionFields, source: Source, machine: Machine, say: Say): Connection {
  const reader = new FileReader(fields, source, machine, say);
  const connection = {
    // Stands in for a host whose absence is a problem of its own.
    host: fields.host ?? "missing",
    port: fields.port,
    user: fields.user,
    privateKey: reader.privateKey(),
    privateKeyPassword: fields.privateKeyPassword,
    password: fields.password,
    agentSocketPath: reader.agentSocketPath(),
    hostKey: reader.hostKey(),
    verifyHostKey: fields.verifyHostKey,
  };
  checkConflicts(fields, source, say);
  if (source.complete) checkMissing(fields, source, say);
  return connection;
}

function checkConflicts(fields: ConnectionFields, source: Source, say: Say): void {
  const conflict = (first: keyof ConnectionFields, second: keyof ConnectionFields): void => {
    if (fields[first] === undefined || fields[second] === undefined) return;
    say(
      coded("keys-exclusive", `${source.label(first)} and ${source.label(second)} are both given. Give one of them.`),
    );
  };
  for (const [first, second] of alternatives) conflict(first, second);
  if (fields.verifyHostKey !== false) return;
  conflict("verifyHostKey", "hostKey");
  conflict("verifyHostKey", "hostKeyFile");
}

function checkMissing(fields: ConnectionFields, source: Source, say: Say): void {
  const { host, privateKey, privateKeyFile, password, agent, agentSocketPath } = fields;
  if (host === undefined)
    say(coded("key-missing", `${source.label("host")} is missing. Give the machine's address or name.`));
  const credentials = [privateKey, privateKeyFile, password, agentSocketPath];
  if (agent !== true && credentials.every((value) => value === undefined)) {
    say(
      coded(
        "credential-missing",
        `${source.label()} has nothing to log in with. Give agent: true, agentSocketPath, privateKeyFile, privateKey or password.`,
      ),
    );
  }
  const { hostKey, hostKeyFile, verifyHostKey } = fields;
  if (hostKey === undefined && hostKeyFile === undefined && verifyHostKey !== false) {
    say(
      coded(
        "host-key-missing",
        `${source.label()} has no host key, so another machine could answer in its place. Give hostKey or hostKeyFile, or set verifyHostKey: false to accept any machine that answers.`,
      ),
    );
  }
}

class FileReader {
  public constructor(
    private readonly fields: ConnectionFields,
    private readonly source: Source,
    private readonly machine: Machine,
    private readonly say: Say,
  ) {}

  public privateKey(): string | undefined {
    const { privateKey, privateKeyPassword } = this.fields;
    const text = privateKey ?? this.read("privateKeyFile");
    if (text === undefined) return undefined;
    const wrong = checkPrivateKey(text, privateKeyPassword !== undefined);
    if (wrong === undefined) return text;
    this.say(coded("private-key-unfit", `${this.labelOf("privateKey", "privateKeyFile")} ${wrong}.`));
    return undefined;
  }

  public hostKey(): string | undefined {
    const { hostKey, host, port } = this.fields;
    const text = hostKey ?? this.read("hostKeyFile");
    if (text === undefined) return undefined;
    const chosen = chooseHostKey(text, host ?? "", port ?? 22);
    if ("hostKey" in chosen) return chosen.hostKey;
    this.say(coded("host-key-unfit", `${this.labelOf("hostKey", "hostKeyFile")} ${chosen.problem}.`));
    return undefined;
  }

  public agentSocketPath(): string | undefined {
    const { agent, agentSocketPath } = this.fields;
    if (agentSocketPath !== undefined) return this.socket("agentSocketPath", agentSocketPath);
    if (agent !== true) return undefined;
    const path = this.machine.environment["SSH_AUTH_SOCK"] ?? "";
    if (path !== "") return this.socket("agent", path);
    this.say(
      coded(
        "ssh-agent-missing",
        `${this.source.label("agent")} is true, but SSH_AUTH_SOCK is not set. Start an SSH agent (eval "$(ssh-agent)"; ssh-add), or give agentSocketPath.`,
      ),
    );
    return undefined;
  }

  /** The subject of a sentence on a text: its key, or its file. */
  private labelOf(key: "privateKey" | "hostKey", fileKey: "privateKeyFile" | "hostKeyFile"): string {
    return this.fields[key] === undefined
      ? `${this.source.label(fileKey)}: ${this.fields[fileKey] ?? ""}`
      : this.source.label(key);
  }

  private socket(key: keyof ConnectionFields, path: string): string | undefined {
    const found = resolvePath(path, this.source.folder(key), this.machine);
    if (this.machine.exists(found)) return found;
    const sentence = `${this.source.label(key)}: there is no SSH agent at ${found}. Start one, or correct the path.`;
    this.say(coded("ssh-agent-missing", sentence));
    return undefined;
  }

  private read(key: "privateKeyFile" | "hostKeyFile"): string | undefined {
    const path = this.fields[key];
    if (path === undefined) return undefined;
    const found = resolvePath(path, this.source.folder(key), this.machine);
    try {
      return this.machine.readFile(found);
    } catch (error) {
      this.say(coded("file-unreadable", `${this.source.label(key)}: ${found} cannot be read: ${explainRead(error)}.`));
      return undefined;
    }
  }
}
