import type { HostEvent } from "./measured";
import type { Network } from "./network";
import { type Journals, readTransition, transitionsOf } from "./transitions";

/** One line of `extrude status --events`. */
export interface Happening {
  /** ISO 8601, by this machine's clock. */
  readonly at: string;
  readonly host: string;
  /** Whose journal has it: bird, extrudectl, systemd. */
  readonly source: string;
  readonly text: string;
  /** Where a tunnel came up or went down. */
  readonly site?: string;
  readonly line?: string;
  readonly state?: "up" | "down";
  readonly why?: string;
}

export function describeEvent(host: string, event: HostEvent, network: Network, journals: Journals): Happening {
  const plain = { at: new Date(event.at).toISOString(), host, source: event.source, text: event.text };
  const found = readTransition(event);
  if (found === undefined) return plain;
  const everywhere = [...network.sites, { name: undefined, lines: network.spare }];
  const site = everywhere.find(({ lines }) => lines.some(({ tunnel }) => tunnel === found.tunnel));
  const line = site?.lines.find(({ tunnel }) => tunnel === found.tunnel);
  if (line === undefined) return plain;
  // As this end saw it: the other end's journal helps to say why.
  const own = transitionsOf({ ...line, ...(host === line.colo ? { router: host, colo: line.router } : {}) }, journals);
  const why = own.find(({ at }) => at === event.at)?.why;
  return {
    ...plain,
    ...(site?.name === undefined ? {} : { site: site.name }),
    line: line.name,
    state: found.isUp ? "up" : "down",
    ...(why === undefined ? {} : { why }),
  };
}
