import Table from "cli-table3";
import { familyOf } from "../planning/addresses";
import type { Answer } from "./ask";
import { pathOf, type Tunnel, tunnelsOf } from "./diagnose-tunnel";
import type { Endpoint } from "./facts";
import { shortName } from "./network";
import { bitRate } from "./quantities";
import { noBorders } from "./status-table";
import type { Rates } from "./tunnel-rates";

/** What the doctor has seen of a line, whether anything is wrong with it or not. */
export interface LineView {
  readonly line: string;
  readonly host: string;
  /** The interface of its tunnel. */
  readonly tunnel: string;
  /** Whether the colo answers pings over the line. */
  readonly isReached: boolean;
  /** Bytes of the largest packet that gets to the colo whole. */
  readonly mtu?: number;
  readonly latencyMs?: number;
  readonly lossPercent?: number;
  readonly nat?: Nat;
  /** In bit/s of packets inside the tunnel, where it was asked for. */
  readonly rate?: Rates;
}

/**
 * What lies between the line and the internet. `carrier` is a provider's NAT (its address is one of RFC 6598); `port` says
 * whether UDP ports stay what they are.
 */
export interface Nat {
  readonly kind: "none" | "own" | "carrier";
  /** Where the line's packets seem to come from. */
  readonly seenFrom: string;
  readonly port?: "kept" | "changed";
}

export function linesOf(answers: readonly Answer[], rates: Readonly<Record<string, Rates>> = {}): LineView[] {
  return tunnelsOf(answers).map((tunnel) => {
    const { host, unit, line, probed } = tunnel.site;
    const { interface: device } = tunnel.site.tunnel;
    const largest = probed.paths[pathOf(line)] ?? 0;
    const { sent = 0, received = 0, latencyMs } = probed.pings[line.device] ?? {};
    const nat = natOf(tunnel);
    const rate = rates[device];
    return {
      ...{ line: shortName(unit.name), host, tunnel: device, isReached: largest > 0 || received > 0 },
      ...(largest === 0 ? {} : { mtu: largest }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(sent === 0 ? {} : { lossPercent: Math.round((100 * (sent - received)) / sent) }),
      ...(nat === undefined ? {} : { nat }),
      ...(rate === undefined ? {} : { rate }),
    };
  });
}

/** The colo sees where a tunnel's packets come from; plain GRE comes from where it is sent, or not at all. */
function natOf({ site, colo }: Tunnel): Nat | undefined {
  const { tunnel, line, facts } = site;
  const own = line.local ?? facts.addresses.find(({ device }) => device === line.device)?.address.split("/")[0];
  const seen = seenAtColo({ site, colo });
  // Hosts tell the addresses of IPv4 alone.
  if (own === undefined || seen === undefined || familyOf(own) !== familyOf(seen.address)) return undefined;
  const port = facts.wireguard[tunnel.interface]?.port;
  const isKept = seen.port === port;
  return {
    kind: seen.address === own ? "none" : isCarriers(own) ? "carrier" : "own",
    seenFrom: seen.address,
    ...(port === undefined || seen.port === undefined ? {} : { port: isKept ? "kept" : "changed" }),
  };
}

function seenAtColo({ site, colo }: Tunnel): Endpoint | undefined {
  const { tunnel, line } = site;
  if (colo === undefined) return undefined;
  switch (tunnel.encapsulation) {
    case "gre":
    case "gre-ipsec": {
      const isUp = colo.facts.tunnels[tunnel.interface] === "Up";
      return isUp && line.local !== undefined ? { address: line.local } : undefined;
    }
    case "wireguard":
      return colo.facts.wireguard[tunnel.interface]?.peer;
    case "ipsec":
      return colo.facts.esp[interfaceNumber(colo.unit.lines)]?.find(({ address }) => address !== line.remote);
  }
}

/** As `ip xfrm state` prints it. */
function interfaceNumber(lines: readonly string[]): string {
  const [, number = ""] = lines.map((each) => / type xfrm .*if_id (\S+)/.exec(each)).find((found) => found) ?? [];
  return number === "" ? "" : `0x${Number(number).toString(16)}`;
}

/** 100.64.0.0/10 (RFC 6598). */
function isCarriers(address: string): boolean {
  const [first, second = 0] = address.split(".").map(Number);
  return first === 100 && second >= 64 && second < 128;
}

export function renderLines(lines: readonly LineView[]): string {
  if (lines.length === 0) return "";
  const withRate = lines.some(({ rate }) => rate !== undefined);
  const table = new Table({
    head: ["line", "reaches the colo", "MTU", "latency", "loss", "behind NAT", ...(withRate ? ["down", "up"] : [])],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    chars: noBorders,
  });
  for (const view of lines) table.push([...cellsOf(view), ...(withRate ? ratesOf(view) : [])]);
  const rows = table.toString().split("\n");
  return `${rows.map((row) => row.trimEnd()).join("\n")}\n`;
}

function cellsOf({ line, isReached, mtu, latencyMs, lossPercent, nat }: LineView): string[] {
  return [
    line,
    isReached ? "yes" : "no",
    mtu === undefined ? "-" : String(mtu),
    latencyMs === undefined ? "-" : `${latencyMs.toFixed(1)} ms`,
    lossPercent === undefined ? "-" : `${lossPercent} %`,
    nat === undefined ? "-" : describeNat(nat),
  ];
}

function ratesOf({ rate }: LineView): string[] {
  const shown = (value: number | undefined): string => (value === undefined ? "-" : bitRate(value));
  return [shown(rate?.down), shown(rate?.up)];
}

function describeNat({ kind, seenFrom, port }: Nat): string {
  if (kind === "none") return "no";
  const whose = kind === "carrier" ? "the provider's" : "yes";
  return `${whose}: ${seenFrom}${port === "changed" ? ", other ports" : ""}`;
}
