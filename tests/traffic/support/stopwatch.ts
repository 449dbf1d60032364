import type { Place } from "../../../lab/place";
import { poll } from "../../../lab/poll";
import type { RemoteProcess } from "../../../lab/ssh";

/** Notes, by a router's own clock, when its interfaces get addresses, and from which addresses packets leave. */
export class Stopwatch {
  private constructor(
    private readonly process: RemoteProcess,
    private readonly said: () => string,
  ) {}

  /** Of packets that a filter of pcap-filter(7) fits. */
  public static async start(router: Place, packets: string): Promise<Stopwatch> {
    let said = "";
    const process = await router.start(
      `ip -ts -o monitor address & addresses=$!; tcpdump -l -tt -n -q -i any '${packets}' 2>&1 & cat >/dev/null; kill $! $addresses; wait`,
      { onStdout: (text) => (said += text), timeoutMs: 300_000 },
    );
    await poll("tcpdump to listen", () => said.includes("listening on"));
    return new Stopwatch(process, () => said);
  }

  /** Seconds from the assignment of an address to the first packet from there. */
  public async secondsToUse(address: string): Promise<number> {
    let seconds = NaN;
    await poll(`packets to leave from ${address}`, () => {
      seconds = secondsToUse(this.said(), address);
      return !Number.isNaN(seconds);
    });
    this.process.finish();
    await this.process.ended;
    return seconds;
  }
}

/** Of what `ip -ts monitor address` and `tcpdump -tt` have said. */
export function secondsToUse(said: string, address: string): number {
  const literally = address.replaceAll(".", "\\.");
  const assigned = new RegExp(`^\\[(\\S+)\\] \\d+: .*inet ${literally}[ /]`, "m").exec(said)?.[1];
  const since = Date.parse(`${assigned ?? ""}Z`) / 1000;
  const packets = [...said.matchAll(new RegExp(`^(\\d+\\.\\d+) .*IP ${literally}\\.\\d+ > `, "gm"))];
  const first = packets.map(([, at]) => Number(at)).find((at) => at >= since);
  return (first ?? NaN) - since;
}
