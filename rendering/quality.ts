import type { BondPlan } from "../planning/bond";
import { bfdPort } from "./damping";

/** What the router's unit has besides, where lines are judged: one end decides, and both leave a line without BFD. */
export function qualityHeader({ quality }: BondPlan): string[] {
  return quality === undefined ? [] : ["require command fping fping"];
}

export function qualitySet({ quality }: BondPlan): string[] {
  return quality === undefined ? [] : ["	set poor { type ifname; flags timeout; }"];
}

export function qualityRule({ quality }: BondPlan): string[] {
  return quality === undefined ? [] : [`		iifname @poor udp dport ${bfdPort} counter drop`];
}

export function qualityLines({ quality, symbol, tiers }: BondPlan, peer: string): string[] {
  if (quality === undefined) return [];
  const { loss, returnLoss, latency = 0, returnLatency = 0 } = quality;
  const tunnels = tiers.flat().map(({ tunnel }) => tunnel);
  return [[symbol, "poor", loss, returnLoss, latency, returnLatency, peer, tunnels.join(",")].join(" ")];
}
