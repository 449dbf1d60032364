import type { OwnerCalls } from "./control";
import { applySettings, renderLink, type LinkSettings } from "./links";
import { quote, type Place } from "./place";
import type { LinkState, ProviderSpec } from "./topology";

/** A line of the running lab. */
export class LabLink {
  constructor(
    readonly spec: ProviderSpec,
    private readonly world: Place,
    private readonly owner: OwnerCalls,
  ) {}

  private get statePath(): string {
    return `/run/lab-links/${this.spec.name}`;
  }

  /** The present state; the world's machine remembers it, so that it is the same for everyone who uses the lab. */
  async state(): Promise<LinkState> {
    const read = await this.world.exec(`cat ${this.statePath}`, { allowFailure: true });
    return read.code === 0 ? (JSON.parse(read.stdout) as LinkState) : this.spec.defaults;
  }

  /** Changes what `settings` name, while traffic flows; the rest stays. */
  async set(settings: LinkSettings): Promise<LinkState> {
    return this.bring(applySettings(await this.state(), settings));
  }

  /** Back to the topology's own values. */
  clear(): Promise<LinkState> {
    return this.bring(this.spec.defaults);
  }

  private async bring(state: LinkState): Promise<LinkState> {
    const { host, nic } = this.spec.wire;
    await this.owner.setCarrier(host, nic, state.carrier);
    const script = [
      "set -eu",
      `ip netns exec ${this.spec.name} sh -eu <<'LINK'`,
      renderLink(this.spec, state),
      "LINK",
      "mkdir -p /run/lab-links",
      `echo ${quote(JSON.stringify(state))} >${this.statePath}`,
    ].join("\n");
    await this.world.exec(script);
    return state;
  }
}
