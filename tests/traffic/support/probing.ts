import type { Lab } from "../../../lab/lab";
import { poll } from "../../../lab/poll";
import type { Probe } from "../../../lab/probe";
import { type HostState, readState } from "../../../lab/state";

/** Waits until the probe has had so many more answers. */
export async function answers(probe: Probe, count: number): Promise<void> {
  const { received } = probe.news;
  await poll(`the probe to get ${count} more answers`, () => probe.news.received >= received + count);
}

export type States = Record<"colo" | "router", HostState>;

/** All that can be configured of both hosts, to compare with later. */
export async function statesOf(lab: Lab): Promise<States> {
  const [colo, router] = await Promise.all([readState(lab.host("colo")), readState(lab.host("router"))]);
  return { colo, router };
}
