import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secret } from "@pulumi/pulumi";
import type { HostConnectionArgs } from "../../../library";
import { newKey } from "../../toolchain/support/keys";
import { type Answer, type Execution, SshServer } from "../../toolchain/support/sshServer";
import { AgentHost } from "../../unit/agent-host";
import { run, shells } from "../../unit/tools";

/** A machine that Pulumi reaches by SSH: what arrives is run by the agent's own program, on a folder that is the host. */
export class PretendedHost {
  private constructor(
    readonly agent: AgentHost,
    private readonly server: SshServer,
    private readonly privateKey: string,
  ) {}

  /** With the addresses that its interfaces hold, such as `eth0: "77.1.2.2/24"`. */
  static async start(addresses: Readonly<Record<string, string>> = {}): Promise<PretendedHost> {
    const agent = new AgentHost(mkdtempSync(join(tmpdir(), "extrude-host-")));
    for (const [device, address] of Object.entries(addresses)) {
      agent.write(`addresses.${device}`, `2: ${device}    inet ${address} scope global ${device}\n`);
    }
    const key = newKey();
    const answer = (asked: Execution): Answer => answerOf(agent, asked);
    return new PretendedHost(agent, await SshServer.start({ authorizedKeys: [key.public], answer }), key.private);
  }

  get connection(): HostConnectionArgs {
    const { port, hostKey } = this.server;
    return { host: "127.0.0.1", port, hostKey: hostKey.public, privateKey: secret(this.privateKey) };
  }

  /** The units that the host has, and what its kernel holds. */
  get present(): { readonly units: string[]; readonly kernel: string[] } {
    return { units: this.agent.files("state/units"), kernel: this.agent.kernel() };
  }

  /** The commands that have come since the last look. */
  asked(): readonly Execution[] {
    return this.server.take().executions;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.agent.folder, { recursive: true, force: true });
  }
}

function answerOf(agent: AgentHost, { command, stdin }: Execution): Answer {
  const inService = { EXTRUDE_SERVICE: "extrude-change-1.service" };
  const line = [...shells.dash(), "-c", agent.moved(command)];
  const { status, stdout, stderr } = run(line, agent.moved(stdin), inService);
  return { stdout, stderr, code: status ?? 1 };
}
