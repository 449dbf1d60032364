import type { Place } from "../../../lab/place";
import { poll } from "../../../lab/poll";

const mostSeconds = 1800;

/** Every packet that a provider sees on a line, from the start on. */
export class Capture {
  private constructor(
    private readonly provider: Place,
    private readonly file: string,
  ) {}

  /** Of IPv4, or of what another filter of pcap-filter(7) fits. */
  public static async start(provider: Place, filter = "ip"): Promise<Capture> {
    // Packets that come together would be captured as one, larger than any that was on the line (generic receive offload).
    const { stdout } = await provider.exec("ip link set line gro_max_size 1 && mktemp /run/capture.XXXXXX");
    const file = stdout.trim();
    let listens = false;
    await provider.start(
      `exec timeout ${mostSeconds} tcpdump -Z root -U -n -s 96 -i line -w ${file} '${filter}' 2>&1`,
      {
        onStdout: (text) => (listens ||= text.includes("listening on")),
        timeoutMs: (mostSeconds + 10) * 1000,
      },
    );
    await poll("tcpdump to listen", () => listens);
    return new Capture(provider, file);
  }

  /** The packets so far that a filter of pcap-filter(7) fits, one a line. */
  public async lines(filter: string): Promise<string[]> {
    const { stdout } = await this.provider.exec(`tcpdump -n -q -r ${this.file} '${filter}' 2>/dev/null`);
    return stdout.split("\n").slice(0, -1);
  }

  public async has(filter: string): Promise<boolean> {
    const { stdout } = await this.provider.exec(`tcpdump -n -q -c 1 -r ${this.file} '${filter}' 2>/dev/null`);
    return stdout !== "";
  }
}
