import type { Duplex } from "node:stream";
import type { OwnerCalls } from "./control";
import { quote, type Place } from "./place";
import { poll } from "./poll";
import type { ExecOptions, ExecResult, RemoteProcess, SshConnection } from "./ssh";

/** How a user, or Pulumi, reaches a host. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** "ssh-ed25519 AAAA..." */
  readonly hostKey: string;
}

/** A machine of the lab, reached over its management link, never over the network under test. */
export class LabHost implements Place {
  constructor(
    readonly name: string,
    readonly ssh: SshAccess,
    private readonly connection: SshConnection,
    private readonly owner: OwnerCalls,
  ) {}

  exec(command: string, options?: ExecOptions): Promise<ExecResult> {
    return this.connection.exec(command, options);
  }

  start(command: string, options?: ExecOptions): Promise<RemoteProcess> {
    return this.connection.start(command, options);
  }

  stream(command: string): Promise<Duplex> {
    return this.connection.stream(command);
  }

  private async bootId(): Promise<string> {
    return (await this.exec("cat /proc/sys/kernel/random/boot_id", { timeoutMs: 15_000 })).stdout.trim();
  }

  /** A power cut: nothing is written, nobody is told. Returns when the host has booted again. */
  async crash(): Promise<void> {
    await this.restart(() => this.owner.powerCut(this.name));
  }

  async reboot(): Promise<void> {
    await this.restart(async () => {
      // The connection may end before the command does.
      await this.exec("systemctl reboot", { allowFailure: true }).catch(() => undefined);
    });
  }

  private async restart(act: () => Promise<void>): Promise<void> {
    const before = await this.bootId();
    await act();
    this.connection.drop();
    const bootedAgain = async (): Promise<boolean> => {
      try {
        return (await this.bootId()) !== before;
      } catch (error) {
        this.connection.drop();
        throw error;
      }
    };
    await poll(`${this.name} to boot again`, bootedAgain, { deadlineMs: 600_000, intervalMs: 500 });
    await this.exec("systemctl is-system-running --wait", { allowFailure: true, timeoutMs: 600_000 });
  }

  async setClock(): Promise<void> {
    await this.exec(`date --utc --set=@${(Date.now() / 1000).toFixed(3)}`);
  }

  /** Waits until the machine answers. */
  async connect(deadlineMs?: number): Promise<void> {
    await this.connection.connect(deadlineMs);
  }

  disconnect(): Promise<void> {
    return this.connection.close();
  }

  /** Forgets the connection, whose other end is about to go. */
  drop(): void {
    this.connection.drop();
  }
}

/** A network namespace of the world's machine. */
export class LabNamespace implements Place {
  constructor(
    private readonly world: LabHost,
    readonly name: string,
  ) {}

  private inside(command: string): string {
    return `ip netns exec ${this.name} sh -c ${quote(command)}`;
  }

  exec(command: string, options?: ExecOptions): Promise<ExecResult> {
    return this.world.exec(this.inside(command), options);
  }

  start(command: string, options?: ExecOptions): Promise<RemoteProcess> {
    return this.world.start(this.inside(command), options);
  }

  stream(command: string): Promise<Duplex> {
    return this.world.stream(this.inside(command));
  }
}
