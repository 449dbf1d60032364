import { Client, type ClientChannel, type ConnectConfig } from "ssh2";
import type { Connection, Endpoint } from "./state";

/** Why a host was not reached, by the layer at which it ended. */
export type DialProblem = "unresolved" | "unreachable" | "host-key-differs" | "login-refused";

export class DialError extends Error {
  override readonly name = "DialError";

  constructor(
    readonly problem: DialProblem,
    message: string,
  ) {
    super(message);
  }
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** When the question was put, and when the first of the answer came: ms since 1970. */
  readonly asked: number;
  readonly answered: number;
}

const defaultDialMs = 10_000;

/** Dials once. Never trusts another host key than the one that is given. */
export class Session {
  private constructor(private readonly clients: readonly Client[]) {}

  static async dial(connection: Connection, dialMs = defaultDialMs): Promise<Session> {
    const { proxy } = connection;
    if (proxy === undefined) return new Session([await connect(connection, "", dialMs)]);
    const bastion = await connect(proxy, "the bastion ", dialMs);
    try {
      const sock = await tunnelThrough(bastion, connection, dialMs);
      return new Session([await connect(connection, "", dialMs, sock), bastion]);
    } catch (error) {
      bastion.destroy();
      throw error;
    }
  }

  /**
   * Runs a command to its end, for `timeoutMs` at most. With `onText` its input stays open, and its output is handed on as
   * it comes instead of being kept.
   */
  async run(command: string, input: string, timeoutMs: number, onText?: (text: string) => void): Promise<RunResult> {
    const [client] = this.clients;
    if (client === undefined) throw new Error("There is no connection.");
    return collect(client, command, input, timeoutMs, onText);
  }

  close(): void {
    for (const client of this.clients) client.destroy();
  }
}

/**
 * The key by which a machine proves who it is, of the first of these types that it has, as "TYPE BASE64". Nobody logs in,
 * and nothing is believed yet.
 */
export function hostKeyOf(
  place: string,
  { host, port = 22 }: Endpoint,
  types: readonly string[],
  dialMs = defaultDialMs,
): Promise<string> {
  const client = new Client();
  let found: string | undefined;
  return new Promise((resolve, reject) => {
    const end = (error: Error): void => {
      clearTimeout(timer);
      client.destroy();
      if (found === undefined) reject(explain(error, place, ""));
      else resolve(found);
    };
    const timer = setTimeout(() => {
      end(new Error(`no answer within ${dialMs / 1000} s`));
    }, dialMs);
    client.on("error", end).once("close", () => {
      end(new Error("the connection was closed"));
    });
    client.connect({
      ...{ host, port, username: "-", readyTimeout: dialMs },
      algorithms: { serverHostKey: [...types] } as ConnectConfig["algorithms"] & object,
      hostVerifier: (key: Buffer) => {
        // A key begins with the length and the text of its type (RFC 4253 6.6).
        const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
        found = `${type} ${key.toString("base64")}`;
        return false;
      },
    });
  });
}

function connect(endpoint: Endpoint, which: string, dialMs: number, sock?: ClientChannel): Promise<Client> {
  const { host, port = 22, user = "root", hostKey } = endpoint;
  const place = `${which}${host}, port ${port}`;
  const client = new Client();
  let isStranger = false;
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { level?: string; code?: string }): void => {
      clearTimeout(timer);
      client.destroy();
      // One that has no key of that type is another machine too.
      if (isStranger || error.message.includes("host key format"))
        reject(new DialError("host-key-differs", `${place} has another host key than the stack knows.`));
      else reject(explain(error, place, user));
    };
    // ssh2's own time-out begins anew with each step.
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${dialMs / 1000} s`));
    }, dialMs);
    client
      .once("ready", () => {
        clearTimeout(timer);
        resolve(client);
      })
      .on("error", fail)
      .once("close", () => {
        fail(new Error("the connection was closed"));
      });
    try {
      client.connect({
        ...credentials(endpoint),
        ...(sock === undefined ? { host, port } : { sock }),
        username: user,
        readyTimeout: dialMs,
        // A host that is gone is known 10 s later; one that is busy has them.
        keepaliveInterval: 2_000,
        keepaliveCountMax: 5,
        hostVerifier: (key: Buffer) => {
          // Without a key the program has chosen to trust whoever answers.
          isStranger = hostKey !== undefined && key.toString("base64") !== hostKey.split(" ")[1];
          return !isStranger;
        },
      });
    } catch (error) {
      // A private key that cannot be read.
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function credentials(endpoint: Endpoint): ConnectConfig {
  const { privateKey, privateKeyPassword, password, agentSocketPath, hostKey } = endpoint;
  const type = hostKey?.split(" ")[0];
  const algorithms = type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : type === undefined ? undefined : [type];
  return {
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(privateKeyPassword === undefined ? {} : { passphrase: privateKeyPassword }),
    ...(password === undefined ? {} : { password }),
    ...(agentSocketPath === undefined ? {} : { agent: agentSocketPath }),
    // A server has several host keys: ask for the one that is known.
    ...(algorithms === undefined
      ? {}
      : { algorithms: { serverHostKey: algorithms } as ConnectConfig["algorithms"] & object }),
  };
}

function explain(error: Error & { level?: string; code?: string }, place: string, user: string): DialError {
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
    return new DialError("unresolved", `${place}: the name is not known (${error.message}).`);
  }
  if (
    error.level === "client-authentication" ||
    error.level === "agent" ||
    /private ?key|passphrase/i.test(error.message)
  ) {
    return new DialError("login-refused", `${place} does not let ${user} in (${error.message}).`);
  }
  return new DialError("unreachable", `${place} cannot be reached by SSH (${error.message}).`);
}

function tunnelThrough(bastion: Client, { host, port = 22 }: Endpoint, dialMs: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new DialError("unreachable", `${host}, port ${port} cannot be reached from the bastion (${why}).`));
    };
    const timer = setTimeout(() => {
      fail(`no answer within ${dialMs / 1000} s`);
    }, dialMs);
    bastion.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      clearTimeout(timer);
      if (error === undefined) resolve(channel);
      else fail(error.message);
    });
  });
}

function collect(
  client: Client,
  command: string,
  input: string,
  timeoutMs: number,
  onText?: (text: string) => void,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no end after ${(timeoutMs / 1000).toFixed(1)} s`));
    }, timeoutMs);
    const gone = (): void => {
      clearTimeout(timer);
      reject(new Error("the connection was lost"));
    };
    client.once("close", gone);
    const asked = Date.now();
    client.exec(command, (failed, channel) => {
      if (failed !== undefined) {
        clearTimeout(timer);
        reject(failed);
        return;
      }
      let [stdout, stderr, code, answered] = ["", "", 255, 0];
      channel.on("data", (data: Buffer) => {
        answered ||= Date.now();
        if (onText === undefined) stdout += data.toString();
        else onText(data.toString());
      });
      channel.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
      channel.on("exit", (status: number | null) => (code = status ?? 255));
      channel.on("close", () => {
        clearTimeout(timer);
        client.removeListener("close", gone);
        resolve({ stdout, stderr, code, asked, answered: answered === 0 ? Date.now() : answered });
      });
      channel.write(input);
      if (onText === undefined) channel.end();
    });
  });
}
