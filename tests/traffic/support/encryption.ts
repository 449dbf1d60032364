import type { Lab } from "../../../lab/lab";
import type { ProbeReport } from "../../../lab/probe";
import type { LineName, SiteOptions } from "../../e2e/support/site";
import type { TestStack } from "../../e2e/support/stack";

/** What tests of one encryption alone need. */
export interface RunningSite {
  readonly lab: () => Lab;
  readonly stack: () => TestStack;
  readonly probeDuring: (change: () => Promise<unknown>) => Promise<ProbeReport>;
  readonly say: (figure: string) => void;
}

/** How the lines of a site are encrypted, and by what that can be seen from outside. */
export interface Encryption {
  /** What is different about each line, with the cable's version of its keys, and where LTE comes in. */
  readonly lines: (cableKeys: number, lteInterface: "eth3" | "ppp0") => Required<SiteOptions>["lines"];
  /** Of the largest packet of each line's tunnel: its bytes inside, and on the line. */
  readonly sizes: Record<LineName, readonly [inside: number, outside: number]>;
  /** What of each line's tunnel is on the line, in words of pcap-filter(7). */
  readonly wire: Record<LineName, string>;
  /** A rule that leads the cable's packets over DSL, what is in the line of nftables that counts those, and how DSL's provider would know them. */
  readonly hijack: { readonly rule: string; readonly counter: string; readonly leak: string };
  /** The UDP port to which LTE's packets go at the colo. */
  readonly port: number;
  /** Shell, at the colo: from where LTE's tunnel comes, with ADDRESS:PORT at the end of a line. */
  readonly seen: (tunnel: string) => string;
  /** Shell, at either end: by what the keys of a tunnel are known, one a line. */
  readonly keys: (tunnel: string, unit: string) => string;
  /** Shell, at either end: how often a key is known to what is running. */
  readonly known: (key: string) => string;
  /** Shell, at the colo: gives a tunnel other keys than the router's. */
  readonly spoil: (tunnel: string) => string;
  readonly drift: (tunnel: string) => string;
  /** Shell, at the router: loses what both have agreed on. */
  readonly forget: (tunnel: string) => string;
  /** What of the hosts is not as it was, and cannot be. */
  readonly stays?: RegExp;
  /** Packets that the return of a line may cost, of 100 a second, and seconds until its tunnel is up once it is dialled. */
  readonly limits: { readonly onReturn: number; readonly onDial: number };
  /** Tests of this encryption alone, while the site is up with the second version of the cable's keys. */
  readonly more?: (site: RunningSite) => void;
}
