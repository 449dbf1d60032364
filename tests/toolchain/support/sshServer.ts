import { type AddressInfo, connect } from "node:net";
import {
  type AuthContext,
  type Connection,
  Server,
  type ServerChannel,
  type Session,
  type TcpipRequestInfo,
  utils,
} from "ssh2";
import { newKey } from "./keys";

/** One command as the server saw it. */
export interface Execution {
  readonly user: string;
  readonly command: string;
  readonly stdin: string;
  readonly environment: Record<string, string>;
}

export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
}

export interface ServerBehaviour {
  /** The public keys, in OpenSSH's form, that may log in. */
  authorizedKeys?: readonly string[];
  password?: string;
  /** Offers keyboard-interactive only and asks for the password there. */
  keyboardInteractive?: boolean;
  /** How many connections to close at once before any is accepted. */
  refusedConnections?: number;
  acceptsEnvironment?: boolean;
  answer?: (execution: Execution) => Answer;
}

export interface Traffic {
  readonly executions: readonly Execution[];
  /** One entry per connection: the authentication attempts on it, as "user:method". */
  readonly dials: readonly string[][];
  readonly forwarded: readonly string[];
}

/** What was executed for one unit of a program: by convention its name is the last word of its commands. */
export function ofUnit(traffic: Traffic, unit: string): Execution[] {
  return traffic.executions.filter(({ command }) => command.endsWith(` ${unit}`));
}

/** A throw-away SSH server on 127.0.0.1 that runs nothing and records everything. */
export class SshServer {
  private readonly executions: Execution[] = [];
  private readonly dials: string[][] = [];
  private readonly forwarded: string[] = [];
  readonly hostKey = newKey();
  private readonly connections = new Set<Connection>();
  private readonly server: Server;

  private constructor(readonly behaviour: ServerBehaviour) {
    this.server = new Server({ hostKeys: [this.hostKey.private] }, (connection) => {
      this.accept(connection);
    });
  }

  static async start(behaviour: ServerBehaviour): Promise<SshServer> {
    const server = new SshServer(behaviour);
    await new Promise<void>((resolve) => {
      server.server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What happened since the last call. */
  take(): Traffic {
    const { executions, dials, forwarded } = this;
    return {
      dials: dials.splice(0),
      forwarded: forwarded.splice(0),
      executions: executions.splice(0),
    };
  }

  async stop(): Promise<void> {
    for (const connection of this.connections) connection.end();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  private accept(connection: Connection): void {
    const attempts: string[] = [];
    this.dials.push(attempts);
    connection.on("error", () => undefined);
    if (this.dials.length <= (this.behaviour.refusedConnections ?? 0)) {
      connection.end();
      return;
    }
    this.connections.add(connection);
    let user = "";
    connection.on("authentication", (context) => {
      attempts.push(`${context.username}:${context.method}`);
      user = context.username;
      this.authenticate(context);
    });
    connection.on("session", (accept) => {
      this.openSession(accept(), user);
    });
    connection.on("tcpip", (accept, _reject, info) => {
      this.forward(accept, info);
    });
  }

  private authenticate(context: AuthContext): void {
    const { authorizedKeys = [], password, keyboardInteractive = false } = this.behaviour;
    if (context.method === "publickey") {
      const offered = context.key.data;
      const known = authorizedKeys.some((text) => {
        const key = utils.parseKey(text);
        return !(key instanceof Error) && key.getPublicSSH().equals(offered);
      });
      if (known) {
        context.accept();
        return;
      }
    } else if (context.method === "password" && !keyboardInteractive && context.password === password) {
      context.accept();
      return;
    } else if (context.method === "keyboard-interactive" && keyboardInteractive) {
      context.prompt([{ prompt: "Password: ", echo: false }], (answers) => {
        if (answers[0] === password) context.accept();
        else context.reject();
      });
      return;
    }
    context.reject(["publickey", keyboardInteractive ? "keyboard-interactive" : "password"]);
  }

  private openSession(session: Session, user: string): void {
    const environment: Record<string, string> = {};
    session.on("env", (accept, reject, info) => {
      const { key, val } = info;
      if (this.behaviour.acceptsEnvironment ?? true) {
        environment[key] = val;
        (accept as (() => void) | undefined)?.();
      } else (reject as (() => void) | undefined)?.();
    });
    session.on("exec", (accept, _reject, { command }) => {
      void this.execute(accept(), { user, command, environment });
    });
  }

  private async execute(channel: ServerChannel, request: Omit<Execution, "stdin">): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of channel) chunks.push(chunk as Buffer);
    const execution = { ...request, stdin: Buffer.concat(chunks).toString() };
    this.executions.push(execution);
    const { stdout = "", stderr = "", code = 0 } = this.behaviour.answer?.(execution) ?? {};
    channel.write(stdout);
    channel.stderr.write(stderr);
    channel.exit(code);
    channel.end();
  }

  private forward(accept: () => ServerChannel, info: TcpipRequestInfo): void {
    this.forwarded.push(`${info.destIP}:${info.destPort}`);
    const channel = accept();
    const socket = connect(info.destPort, info.destIP);
    socket.on("error", () => {
      channel.close();
    });
    channel.on("error", () => socket.destroy());
    channel.pipe(socket).pipe(channel);
  }
}
