import { type Family, familyOf } from "../planning/addresses";
import { describeTraffic, type Traffic } from "../planning/traffic";
import type { PolicyReading } from "../rendering/reading-policy";
import type { Site } from "./network";
import { isWithin, type Packet } from "./rules";
import type { Flow } from "./trace";

/** What a site's policy says of a packet. */
export interface Verdict {
  /** The mark that nftables gives it. */
  readonly mark?: number;
  /** Sentences. */
  readonly because: readonly string[];
}

/** Of what nothing is known, a rule may fit or not. */
type Fit = "yes" | "no" | "perhaps";

/** For a packet that the site sends, before its route is looked up. nftables knows the router's own by their sender. */
export function judge({ policy, addresses, lines }: Site, packet: Packet, flow: Flow): Verdict {
  const { from, iif } = packet;
  const isTunnelOrLine = lines.some(({ device, tunnel }) => device === iif || tunnel === iif);
  const isOwn = iif === undefined && (from === undefined || addresses.includes(from));
  const isToSite = addresses.some((address) => isWithin(packet.to, address));
  if (familyOf(packet.to) !== "ipv4" || isTunnelOrLine || isToSite || !(isOwn || iif !== undefined))
    return { because: [] };
  const open: string[] = [];
  for (const rule of policy) {
    const fit = fitOf(rule.traffic, packet, flow);
    if (fit === "yes") return { ...verdictOf(rule), because: [...open, sentenceOf(rule)] };
    if (fit === "perhaps") open.push(`If it is ${describeTraffic(rule.traffic)}, the policy says: ${effectOf(rule)}.`);
  }
  return { because: open };
}

function verdictOf({ mark }: PolicyReading): Pick<Verdict, "mark"> {
  return mark === undefined ? {} : { mark };
}

function effectOf({ mark }: PolicyReading): string {
  return mark === undefined ? "it never leaves but by a tunnel" : "it leaves directly by a line";
}

function sentenceOf(rule: PolicyReading): string {
  return `The policy of the site says of ${describeTraffic(rule.traffic)}: ${effectOf(rule)}.`;
}

function fitOf(traffic: Traffic, { from, to, iif }: Packet, { protocol, port }: Flow): Fit {
  const { ports, destinations, sources, interfaces, dscp, mark } = traffic;
  const known = <Value>(value: Value | undefined, fits: (value: Value) => boolean): Fit =>
    value === undefined ? "perhaps" : fits(value) ? "yes" : "no";
  const fits: Fit[] = [
    ...(traffic.protocol === undefined ? [] : [known(protocol, (one) => one === traffic.protocol)]),
    ...(ports === undefined
      ? []
      : [known(port, (one) => ports.some(({ first, last }) => first <= one && one <= last))]),
    ...(destinations === undefined ? [] : [known(to, (one) => destinations.some((network) => isWithin(one, network)))]),
    ...(sources === undefined ? [] : [known(from, (one) => sources.some((network) => isWithin(one, network)))]),
    ...(interfaces === undefined ? [] : [interfaces.includes(iif ?? "") ? ("yes" as const) : ("no" as const)]),
    ...(dscp === undefined && mark === undefined ? [] : ["perhaps" as const]),
  ];
  return fits.includes("no") ? "no" : fits.includes("perhaps") ? "perhaps" : "yes";
}

/** The site's address of a family that others see a packet under: its own, if that is one. */
export function seenAs({ addresses }: Site, from: string | undefined, family: Family): string | undefined {
  if (from !== undefined && addresses.some((address) => isWithin(from, address))) return from;
  return addresses.find((address) => familyOf(address) === family && !address.includes("/"));
}
