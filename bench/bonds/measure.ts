import { type Lab, poll } from "../../lab";
import { extruded, internet } from "../../tests/e2e/support/site";
import { whileRunning } from "../../tests/traffic/support/probing";

export type Direction = "up" | "down";

/** Mbit/s of payload that arrive over some TCP connections, between a host of the LAN and one in the internet. */
export async function throughput(lab: Lab, direction: Direction, flows: number, seconds: number): Promise<number> {
  const [server, client] = [lab.namespace("internet"), lab.namespace("lan")];
  const serving = await server.start(`timeout ${seconds + 60} iperf3 --server --one-off --bind ${internet}`);
  await poll("iperf3 to listen", async () => (await server.exec("ss -Hltn sport = 5201")).stdout !== "");
  const way = direction === "up" ? "" : "--reverse";
  const { stdout } = await client.exec(
    `timeout ${seconds + 50} iperf3 --client ${internet} --parallel ${flows} --time ${seconds} --omit 2 ${way} --json`,
    { timeoutMs: (seconds + 60) * 1000 },
  );
  await serving.ended;
  const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e6;
}

/** What a line that dies without a word, and comes back, costs small packets to and fro. */
export interface Failover {
  readonly sent: number;
  readonly lost: number;
  /** The longest that one of the flows had no answer, in seconds. */
  readonly longest: number;
  readonly lostOnReturn: number;
}

export async function failover(lab: Lab, deadSeconds: number): Promise<Failover> {
  const options = { from: "internet", to: extruded, echoAt: "router", protocol: "udp", flows: 6, rate: 200 } as const;
  const during = async (act: () => Promise<unknown>, seconds: number) => {
    const probe = await lab.probe(options);
    const after = async (answers: number): Promise<void> => {
      const { sent } = probe.news;
      await poll("the probe to go on", () => probe.news.sent >= sent + answers, { deadlineMs: 60_000 });
    };
    await after(400);
    await act();
    await after(200 * seconds);
    return whileRunning(await probe.stop());
  };
  const death = await during(() => lab.link("cable").set({ blackhole: true }), deadSeconds);
  const life = await during(() => lab.link("cable").set({ blackhole: false }), deadSeconds);
  return {
    sent: death.sent,
    lost: death.lost,
    longest: Math.max(...death.perFlow.map(({ longestLossMs }) => longestLossMs)) / 1000,
    lostOnReturn: life.lost,
  };
}

/** What a small packet to and fro takes while nothing else goes on, and while four connections upload, in ms. */
export interface Latency {
  readonly idle: number;
  readonly loaded: number;
}

export async function latency(lab: Lab, seconds: number): Promise<Latency> {
  const options = { from: "lan", to: internet, echoAt: "internet", protocol: "udp", flows: 1, rate: 20 } as const;
  const median = async (count: number): Promise<number> => {
    const probe = await lab.probe(options);
    await poll("the probe to be answered", () => probe.news.received >= count, { deadlineMs: 60_000 });
    const [flow] = (await probe.stop()).perFlow;
    return flow?.medianRttMs ?? NaN;
  };
  const idle = await median(20 * 4);
  // The probe takes a few seconds to come and go.
  const upload = throughput(lab, "up", 4, seconds + 8);
  const loaded = await median(20 * seconds);
  await upload;
  return { idle, loaded };
}
