import type { Answer } from "./ask";
import { type Finding, finding, onHost } from "./findings";

/** Seconds by which clocks may differ: more confuses logs, certificates and whoever reads both. */
const tolerance = 5;

interface Clock {
  readonly host: string;
  /** Seconds by which it is ahead of this machine's, at least; negative if it is behind. */
  readonly ahead: number;
}

/** Which clocks are wrong. If all hosts agree with each other, and none with this machine, this machine's is. */
export function diagnoseClocks(answers: readonly Answer[]): Finding[] {
  const clocks = answers.flatMap(({ host, facts }): Clock[] => {
    if (facts === undefined || Number.isNaN(facts.clock.shown)) return [];
    const { shown, from, to } = facts.clock;
    // It was read between two moments: only what is outside of both is certain.
    return [{ host: host.name, ahead: (Math.max(0, shown - to) + Math.min(0, shown - from)) / 1000 }];
  });
  const skewed = clocks.filter(({ ahead }) => Math.abs(ahead) > tolerance);
  const [first] = skewed;
  if (first === undefined) return [];
  const spread = Math.max(...clocks.map(({ ahead }) => ahead)) - Math.min(...clocks.map(({ ahead }) => ahead));
  if (clocks.length > 1 && skewed.length === clocks.length && spread <= tolerance) {
    const text = `All hosts agree, but this machine's clock is ${amount(-first.ahead)} theirs.`;
    return [finding("clock-skewed", "this machine", text, "sudo timedatectl set-ntp true")];
  }
  return skewed.map(({ host, ahead }) =>
    finding(
      "clock-skewed",
      host,
      `Its clock is ${amount(ahead)} this machine's.`,
      onHost(host, "sudo apt-get install systemd-timesyncd && sudo timedatectl set-ntp true"),
    ),
  );
}

function amount(seconds: number): string {
  return `${Math.abs(seconds).toFixed(0)} s ${seconds > 0 ? "ahead of" : "behind"}`;
}
