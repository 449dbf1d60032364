import type { HostEvent } from "./measured";
import type { Line } from "./network";

/** A tunnel that came up or went down, as one of its ends saw it. */
export interface Transition {
  readonly at: number;
  readonly isUp: boolean;
  /** A sentence without its end; only where it went down. */
  readonly why?: string;
}

/** What hosts have written into their journals, by host. */
export type Journals = ReadonlyMap<string, readonly HostEvent[]>;

/** What the watcher writes when a tunnel changes (agent/87-status.sh). */
const pattern = /^tunnel (\S+) is (up|down)(?:; without carrier: (.*))?$/;

export function readTransition({ text }: HostEvent): { tunnel: string; isUp: boolean; dead: string[] } | undefined {
  const [, tunnel, state, dead = ""] = pattern.exec(text) ?? [];
  return tunnel === undefined ? undefined : { tunnel, isUp: state === "up", dead: dead.split(" ").filter(Boolean) };
}

/** All of a line's, the oldest first. The router's view counts; the colo's where there is none. */
export function transitionsOf(line: Line, journals: Journals): Transition[] {
  const ofHost = (host: string | undefined): Transition[] =>
    (host === undefined ? [] : (journals.get(host) ?? [])).flatMap((event) => {
      const found = readTransition(event);
      if (found?.tunnel !== line.tunnel) return [];
      const why = found.isUp ? {} : { why: whyDown(line, event.at, found.dead, journals) };
      return [{ at: event.at, isUp: found.isUp, ...why }];
    });
  const own = ofHost(line.router);
  return own.length > 0 ? own : ofHost(line.colo);
}

/** How long before a transition something else counts as its reason, and how long after, since clocks and BFD take time. */
const before = 10_000;
const after = 3_000;

/** What the journals of both ends know of the moment. */
function whyDown(line: Line, at: number, dead: readonly string[], journals: Journals): string {
  if (dead.includes(line.device)) return `${line.device} had no carrier`;
  const near = [line.router, line.colo].flatMap((host) =>
    host === undefined
      ? []
      : (journals.get(host) ?? [])
          .filter((event) => event.at > at - before && event.at < at + after)
          .map(({ text }) => ({ host, text })),
  );
  const repaired = near.find(({ text }) => text.startsWith("was missing, is back: ") && concerns(text, line));
  if (repaired !== undefined)
    return `${repaired.text.replace("was missing, is back: ", "")} was missing on ${repaired.host}`;
  const moved = near.find(({ text }) => text.startsWith(`[lines] the gateway of ${line.device} is `));
  if (moved !== undefined) return moved.text.replace("[lines] ", "").replace(" is ", " became ");
  const restarted = near.find(
    ({ text }) => /^(Started|Stopping|Stopped|extrude-bird\.service: )/.test(text) && /bird/i.test(text),
  );
  if (restarted !== undefined) return `BIRD was restarted on ${restarted.host}`;
  return `nothing came from ${line.colo ?? line.remote} any longer`;
}

function concerns(text: string, { tunnel, device, local }: Line): boolean {
  const words = text.split(/[ "]/);
  return [tunnel, device, local].some((name) => name !== undefined && words.includes(name));
}
