import type { Family } from "./addresses";
import { type Encapsulation, overheadOf } from "./encapsulation";
import { type Problem, problem, quoteValue } from "./problems";
import { type Direction, directions, type Rate } from "./shares";

/** What a line adds to an IP packet, as tc-cake(8) has it: bytes, the least bytes of a packet, and how they are filled up. */
interface Framing {
  readonly overhead: number;
  readonly least: number;
  readonly cells: "noatm" | "atm" | "ptm";
}

/** `none` is for rates that were measured in IP packets, the others for those of the line itself. */
export const framings = {
  none: { overhead: 0, least: 0, cells: "noatm" },
  ethernet: { overhead: 38, least: 84, cells: "noatm" },
  docsis: { overhead: 18, least: 64, cells: "noatm" },
  "bridged-ptm": { overhead: 22, least: 0, cells: "ptm" },
  "pppoe-ptm": { overhead: 30, least: 0, cells: "ptm" },
  "bridged-llcsnap": { overhead: 32, least: 0, cells: "atm" },
  "pppoe-llcsnap": { overhead: 40, least: 0, cells: "atm" },
} as const satisfies Record<string, Framing>;
export type FramingName = keyof typeof framings;
export const framingNames = Object.keys(framings) as [FramingName, ...FramingName[]];

/** A queue a little slower than the line, so that packets wait in it, where they are put in order, and not in the line's. */
export interface Shaper {
  /** In kbit/s. */
  readonly rate: number;
  /** What a packet here has more on the line. */
  readonly overhead: number;
  readonly least: number;
  readonly cells: Framing["cells"];
}

/** `up` is at the router, on the line: tunnels and bypassed traffic share it. `down` is at the colo, on the tunnel. */
export type Shaping = Readonly<Partial<Record<Direction, Shaper>>>;

export interface ShapingArguments {
  readonly shape?: boolean | undefined;
  readonly framing?: string | undefined;
  readonly rate?: Rate | undefined;
}

/** Of the line's rate: what is left is for what it carries that was not counted. */
const part = 0.995;

export interface ShapedTunnel {
  readonly encapsulation: Encapsulation;
  readonly family: Family;
  readonly tunnelMtu: number;
}

/** Only for arguments in which nothing is wrong. */
export function planShaping({ shape, framing, rate }: ShapingArguments, tunnel: ShapedTunnel): Shaping | undefined {
  if (shape !== true) return undefined;
  const { overhead, least, cells } = framings[(framing ?? "none") as FramingName];
  const shaper = (mbit: number | undefined, more: number): Shaper | undefined =>
    mbit === undefined
      ? undefined
      : { rate: Math.max(1, Math.round(1000 * mbit * part)), overhead: overhead + more, least, cells };
  const [up, down] = [
    shaper(rate?.up, 0),
    shaper(rate?.down, overheadOf(tunnel.encapsulation, tunnel.tunnelMtu, tunnel.family)),
  ];
  return { ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }) };
}

export function checkShaping({ shape, framing, rate }: ShapingArguments): Problem[] {
  const choices = framingNames.map((choice) => `"${choice}"`).join(", ");
  return [
    ...(framing === undefined || Object.hasOwn(framings, framing)
      ? []
      : [problem("choice-invalid", "framing", `${quoteValue(framing)} is not one of ${choices}.`)]),
    ...(framing !== undefined && shape !== true
      ? [problem("argument-unused", "framing", "is given, and the line is not shaped.")]
      : []),
    ...(shape === true && directions.every((direction) => rate?.[direction] === undefined)
      ? [problem("shape-without-rate", "rate", "is missing, and the line is to be shaped.")]
      : []),
  ];
}

export function describeShaping(shaping: Shaping | undefined, device: string, router: string): string[] {
  if (shaping === undefined) return [];
  const mbit = ({ rate }: Shaper): string => `${Number((rate / 1000).toPrecision(3))} Mbit/s`;
  const { up, down } = shaping;
  const places = [
    ...(up === undefined ? [] : [`${mbit(up)} on ${device} of ${router}`]),
    ...(down === undefined ? [] : [`${mbit(down)} into the tunnel at the colo`]),
  ];
  return [`Packets wait in queues of cake's instead of the line's, urgent ones first (DSCP): ${places.join(", ")}.`];
}
