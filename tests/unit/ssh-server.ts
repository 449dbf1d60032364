import { connect, type AddressInfo, type Server as TcpServer } from "node:net";
import { type ParsedKey, Server, utils } from "ssh2";
import type { Connection } from "../../cli/state";
import { newKey } from "../toolchain/support/keys";

export const keys = {
  host: newKey(),
  user: newKey(),
  other: newKey(),
};
const publicKey = (utils.parseKey(keys.user.public) as ParsedKey).getPublicSSH();

/** Lets in too. */
export const password = "PASSWORD-TEXT";

export interface Spoken {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Undefined: it never ends. */
  readonly code?: number;
}

export const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

export function portOf(server: TcpServer | Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** An SSH server that lets one key and one password in, answers as it is told, and passes connections on as a bastion does. */
export async function sshServer(answer: (command: string) => Spoken, forwardTo = 0): Promise<Connection> {
  const server = new Server({ hostKeys: [keys.host.private] }, (client) => {
    client.on("error", () => undefined);
    closing.push(() => client.end());
    client.on("authentication", (context) => {
      if (context.method === "publickey" && context.key.data.equals(publicKey)) context.accept();
      else if (context.method === "password" && context.password === password) context.accept();
      else context.reject(["publickey", "password"]);
    });
    client.on("tcpip", (accept, reject) => {
      if (forwardTo === 0) reject();
      else {
        const channel = accept();
        const socket = connect(forwardTo, "127.0.0.1");
        channel.pipe(socket).pipe(channel);
      }
    });
    client.on("session", (acceptSession) => {
      acceptSession().on("exec", (accept, _, { command }) => {
        const channel = accept();
        const { stdout = "", stderr = "", code } = answer(command);
        channel.write(stdout);
        channel.stderr.write(stderr);
        if (code === undefined) return;
        channel.exit(code);
        channel.end();
      });
    });
  });
  const port = await portOf(server);
  closing.push(() => server.close());
  return { host: "127.0.0.1", port, user: "admin", privateKey: keys.user.private, hostKey: keys.host.public };
}
