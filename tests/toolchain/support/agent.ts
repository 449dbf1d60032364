import { mkdtempSync, rmSync } from "node:fs";
import { type Server, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentProtocol, utils } from "ssh2";

/** An SSH agent that holds one key, on a socket in a temporary folder. */
export class Agent {
  private readonly folder = mkdtempSync(join(tmpdir(), "extrude-agent-"));
  readonly socket = join(this.folder, "agent.sock");
  private readonly server: Server;

  private constructor(privateKey: string) {
    const key = utils.parseKey(privateKey);
    if (key instanceof Error) throw key;
    this.server = createServer((connection) => {
      const protocol = new AgentProtocol(false);
      protocol.on("identities", (request) => {
        protocol.getIdentitiesReply(request, [key]);
      });
      protocol.on("sign", (request, _publicKey, data) => {
        protocol.signReply(request, key.sign(data));
      });
      connection.on("error", () => undefined);
      connection.pipe(protocol).pipe(connection);
    });
  }

  static async start(privateKey: string): Promise<Agent> {
    const agent = new Agent(privateKey);
    await new Promise<void>((resolve) => {
      agent.server.listen(agent.socket, resolve);
    });
    // A plugin may still hold its connection when the tests are over.
    agent.server.unref();
    return agent;
  }

  stop(): void {
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
