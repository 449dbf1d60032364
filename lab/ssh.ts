import { Client, type ClientChannel } from "ssh2";
import { poll } from "./poll";

export interface SshTarget {
  /** For messages: the machine's name. */
  readonly name: string;
  readonly port: number;
  readonly username: string;
  readonly privateKey: string;
  /** "ssh-ed25519 AAAA..." */
  readonly hostKey: string;
}

export interface ExecOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Return a failed command's result instead of throwing. */
  readonly allowFailure?: boolean;
  readonly onStdout?: (text: string) => void;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** A command that is still running on a machine. */
export interface RemoteProcess {
  readonly ended: Promise<ExecResult>;
  /** Closes its input, which is how the lab's own guest programs are told to finish. */
  finish(): void;
}

const handshakeMs = 15_000;

function dial(target: SshTarget): Promise<Client> {
  const client = new Client();
  const expected = target.hostKey.split(" ")[1];
  return new Promise((resolve, reject) => {
    client
      .once("ready", () => {
        resolve(client);
      })
      .on("error", reject)
      .once("close", () => {
        reject(new Error("the connection was closed"));
      })
      .connect({
        host: "127.0.0.1",
        port: target.port,
        username: target.username,
        privateKey: target.privateKey,
        readyTimeout: handshakeMs,
        keepaliveInterval: 10_000,
        keepaliveCountMax: 6,
        hostVerifier: (key: Buffer) => key.toString("base64") === expected,
      });
  });
}

/** A running command; `exit` gets its status. */
interface Opened {
  readonly channel: ClientChannel;
  readonly exit: { code?: number };
}

function open(client: Client, command: string): Promise<Opened> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      const exit: { code?: number } = {};
      // Here and not later: the status of a quick command may have come together with the channel.
      channel.on("exit", (status: number | null) => {
        exit.code = status ?? 255;
      });
      resolve({ channel, exit });
    });
  });
}

/** One lasting connection to a machine over its management link, dialled again when it has gone. */
export class SshConnection {
  private client: Promise<Client> | undefined;

  constructor(private readonly target: SshTarget) {}

  /** Waits until the machine answers. */
  connect(deadlineMs = 60_000): Promise<Client> {
    if (this.client) return this.client;
    const connected = poll(`SSH to ${this.target.name} on its management link`, () => dial(this.target), {
      deadlineMs,
      intervalMs: 100,
    });
    this.client = connected;
    const forget = (): void => {
      if (this.client === connected) this.client = undefined;
    };
    connected.then((client) => {
      client.once("close", forget);
    }, forget);
    return connected;
  }

  /** Forgets a connection whose other end is known to be gone. */
  drop(): void {
    const { client } = this;
    this.client = undefined;
    client?.then(
      (connection) => {
        connection.destroy();
      },
      () => undefined,
    );
  }

  async close(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    this.client = undefined;
    if (!client) return;
    const closed = new Promise<void>((resolve) => {
      client.once("close", () => {
        resolve();
      });
    });
    client.end();
    await closed;
  }

  async stream(command: string): Promise<ClientChannel> {
    return (await open(await this.connect(), command)).channel;
  }

  async start(command: string, options: ExecOptions = {}): Promise<RemoteProcess> {
    const client = await this.connect();
    const opened = await open(client, command);
    const { channel } = opened;
    if (options.input !== undefined) channel.end(options.input);
    const ended = this.collect(client, opened, command, options);
    // Who starts a process need not wait for its end, and a machine may go away under it.
    ended.catch(() => undefined);
    return {
      ended,
      finish: () => {
        channel.end();
      },
    };
  }

  private collect(client: Client, opened: Opened, command: string, options: ExecOptions): Promise<ExecResult> {
    const { channel, exit } = opened;
    const { name } = this.target;
    const { timeoutMs = 60_000 } = options;
    return new Promise((resolve, reject) => {
      let [stdout, stderr] = ["", ""];
      const gone = (): void => {
        reject(new Error(`${name}: the connection was lost while running: ${shorten(command)}`));
      };
      client.once("close", gone);
      const timer = setTimeout(() => {
        channel.close();
        const said = shorten((stderr + stdout).trim().slice(-300));
        reject(new Error(`${name}: no end after ${timeoutMs / 1000} s: ${shorten(command)}; it had said: ${said}`));
      }, timeoutMs);
      channel.on("data", (data: Buffer) => {
        stdout += data.toString();
        options.onStdout?.(data.toString());
      });
      channel.stderr.on("data", (data: Buffer) => {
        stderr += data.toString();
      });
      channel.on("close", () => {
        clearTimeout(timer);
        client.removeListener("close", gone);
        // Without an exit status the machine went away under the command.
        if (exit.code === undefined) gone();
        else resolve({ stdout, stderr, code: exit.code });
      });
    });
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const process = await this.start(command, { input: "", ...options });
    const result = await process.ended;
    if (result.code !== 0 && options.allowFailure !== true) {
      const said = (result.stderr.trim() || result.stdout.trim()).slice(-2_000);
      throw new Error(
        `${this.target.name}: exit code ${result.code} from: ${shorten(command)}${said === "" ? "" : `\n${said}`}`,
      );
    }
    return result;
  }
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 200)} ... ${text.slice(-150)}` : text;
}
