import type { Lab } from "../../lab";

/** What a line does to packets, the same in both directions. */
export interface LineShape {
  /** Mbit/s, of whole Ethernet frames. */
  readonly rate: number;
  /** One way, ms. */
  readonly delay: number;
  readonly jitter?: number;
  /** Percent. */
  readonly loss?: number;
}

export interface Profile {
  readonly name: string;
  readonly dsl: LineShape;
  readonly cable: LineShape;
}

export const lineNames = ["dsl", "cable"] as const;

/** How many frames wait in a line's own queue before it drops the next. */
const queue = 100;
const frameBytes = 1514;

const alike: LineShape = { rate: 8, delay: 10 };
/** As the other systems were measured: docs/comparison.md. */
export const measured: readonly Profile[] = [
  { name: "8 + 8 Mbit/s", dsl: alike, cable: alike },
  { name: "12 + 3 Mbit/s", dsl: { rate: 3, delay: 10 }, cable: { rate: 12, delay: 10 } },
  { name: "8 + 8 Mbit/s, 20 ms apart", dsl: { rate: 8, delay: 30 }, cable: alike },
];

const base: LineShape = { rate: 50, delay: 20 };
const pair = (name: string, cable: LineShape, dsl: LineShape = cable): Profile => ({ name, cable, dsl });

/**
 * The 16 pairs of lines for which mp0rta/mqvpn publishes figures (report of 2026-06-18), at their own rates: `scaled`
 * brings them to what emulated machines carry.
 */
export const published: readonly Profile[] = [
  pair("baseline", base),
  pair("rtt_40", base, { ...base, delay: 40 }),
  pair("rtt_70", base, { ...base, delay: 70 }),
  pair("rtt_120", base, { ...base, delay: 120 }),
  pair("rtt_320", base, { ...base, delay: 320 }),
  pair("jit_5", { ...base, jitter: 5 }),
  pair("jit_20", { ...base, jitter: 20 }),
  pair("loss_05", { ...base, loss: 0.5 }),
  pair("loss_2", { ...base, loss: 2 }),
  pair("bw_4to1", base, { ...base, rate: 12 }),
  pair("bw_10to1", { ...base, rate: 100 }, { ...base, rate: 10 }),
  pair("dual_lte", { rate: 40, delay: 30, jitter: 5, loss: 0.5 }, { rate: 25, delay: 45, jitter: 8, loss: 0.5 }),
  pair("fiber_lte", { rate: 300, delay: 8 }, { rate: 30, delay: 40, jitter: 8, loss: 0.5 }),
  pair("lte_starlink", { rate: 100, delay: 50, jitter: 25, loss: 1 }, { rate: 40, delay: 35, jitter: 8 }),
  pair("lte_geo", { rate: 40, delay: 35 }, { rate: 20, delay: 320, jitter: 20, loss: 0.5 }),
  pair("congested", { rate: 20, delay: 50, jitter: 20, loss: 2 }, { rate: 15, delay: 60, jitter: 25, loss: 2 }),
];

/** With the faster line at a rate, and the other in proportion. */
export function scaled({ name, dsl, cable }: Profile, fastest: number): Profile {
  const factor = fastest / Math.max(dsl.rate, cable.rate);
  return { name, dsl: { ...dsl, rate: dsl.rate * factor }, cable: { ...cable, rate: cable.rate * factor } };
}

/** Mbit/s of TCP's payload that lines can carry at most: of each frame, what an Ethernet MTU of 1500 leaves of it. */
export function physicalLimit(lines: readonly LineShape[]): number {
  return lines.reduce((sum, { rate }) => sum + (rate * 1448) / frameBytes, 0);
}

export function fasterOf({ dsl, cable }: Profile): (typeof lineNames)[number] {
  return dsl.rate > cable.rate ? "dsl" : "cable";
}

/** Makes the lab's lines such lines. */
export async function shape(lab: Lab, profile: Profile): Promise<void> {
  for (const name of lineNames) {
    const { rate, delay, jitter = 0, loss = 0 } = profile[name];
    const queueMs = (queue * frameBytes * 8) / (rate * 1000);
    await lab.link(name).set({ rate: rate * 1000, delay, jitter, loss, queue: queueMs, blackhole: false });
  }
}
