import { putAll } from "./asking";
import { byFirstWord } from "./lines-of-text";
import { networkOf } from "./network";
import type { StackHost } from "./state";

/** What arrives through a tunnel, in bit/s of the packets inside it. */
export interface Rates {
  readonly up?: number;
  readonly down?: number;
}

/**
 * What is offered, one after the other, in Mbit/s, and as packets of so many bytes, so many at once, 94 times a second. A
 * direction of which less arrives has shown what it carries, and is left alone from then on.
 */
const offers = [
  { rate: 8, bytes: 10_700, times: 1 },
  { rate: 32, bytes: 42_600, times: 1 },
  { rate: 128, bytes: 42_600, times: 4 },
  { rate: 480, bytes: 58_100, times: 11 },
] as const;

/** Of what was offered. More than that is not told from all of it. */
const enough = 0.8;

/** Ends ask at the same time for 7 s, and SSH takes some more. */
const withinMs = 40_000;

/** Nobody has it, so that nothing is answered. */
const nobody = "fe80::ffff:ffff:ffff:fffe";

type Ask = typeof putAll;

/**
 * Fills one line after the other for some seconds, both ways at once, and counts at the other end what arrives. Lines whose
 * ends are not both of the stack, or do not answer, have no rates.
 */
export async function measureRates(
  hosts: readonly StackHost[],
  onLine: (line: string) => void,
  ask: Ask = putAll,
): Promise<Record<string, Rates>> {
  const { sites, spare } = networkOf(hosts);
  const found: Record<string, Rates> = {};
  for (const { name, router, colo, tunnel } of [...sites.flatMap(({ lines }) => lines), ...spare]) {
    const ends = hosts.filter((host) => host.name === router || host.name === colo);
    if (ends.length !== 2) continue;
    onLine(name);
    found[tunnel] = await rateOf(ends, router, tunnel, ask);
  }
  return found;
}

async function rateOf(ends: readonly StackHost[], router: string, tunnel: string, ask: Ask): Promise<Rates> {
  const most = { up: 0, down: 0 };
  let open: readonly ("up" | "down")[] = ["up", "down"];
  for (const offer of offers) {
    const told = await ask(ends, "rate", ({ name }) => questionOf(name === router, open, tunnel, offer), withinMs);
    const counted = (way: "up" | "down"): number => {
      const end = told.find(({ host }) => (host.name === router) === (way === "down"));
      const [, bytes = 0, seconds = 1] = byFirstWord(end?.result?.stdout ?? "")("counted")
        .filter((line) => line.startsWith(`${tunnel} `))
        .flatMap((line) => line.split(" ").map(Number));
      return (8 * bytes) / seconds;
    };
    for (const way of open) most[way] = Math.max(most[way], counted(way));
    open = open.filter((way) => counted(way) >= enough * 1e6 * offer.rate);
    if (open.length === 0) break;
  }
  return Object.fromEntries(Object.entries(most).filter(([, rate]) => rate > 0));
}

/** The site sends what goes up and counts what comes down; the colo the other way round. */
function questionOf(
  isSite: boolean,
  open: readonly ("up" | "down")[],
  tunnel: string,
  { bytes, times }: (typeof offers)[number],
): string {
  const [sent, counted] = isSite ? (["up", "down"] as const) : (["down", "up"] as const);
  return [
    ...(open.includes(sent) ? [`send ${tunnel} ${nobody} ${bytes} ${times}`] : []),
    ...(open.includes(counted) ? [`count ${tunnel}`] : []),
    "",
  ].join("\n");
}
