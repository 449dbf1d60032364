import { asPrefix } from "../planning/addresses";

/** What is known of a packet when its route is looked up. */
export interface Packet {
  readonly from?: string;
  readonly to: string;
  /** The interface by which it came; none if the host itself sends it. */
  readonly iif?: string;
  /** The interface to which its sender is bound. */
  readonly oif?: string;
  readonly mark?: number;
}

export interface Rule {
  readonly priority: number;
  /** As iproute2 prints it, without the priority. */
  readonly text: string;
  readonly table: string | undefined;
}

/** The kernel's answer to `ip route get`. */
export interface Route {
  readonly device?: string;
  readonly gateway?: string;
  readonly source?: string;
  readonly table: string;
  readonly isLocal: boolean;
  /** Why there is none, in the kernel's words. */
  readonly refusal?: string;
}

export function parseRule(line: string): Rule[] {
  const [, priority, text = ""] = /^(\d+):\s*(.*)$/.exec(line) ?? [];
  if (priority === undefined) return [];
  const [, table] = /\blookup (\S+)/.exec(text) ?? [];
  return [{ priority: Number(priority), text: text.trim(), table }];
}

export function parseRoute(text: string): Route {
  const value = (word: string): string | undefined => new RegExp(`(?:^| )${word} (?:inet6 )?(\\S+)`).exec(text)?.[1];
  const [first = ""] = text.split(" ");
  const isLocal = first === "local";
  const isRefused = /^(RTNETLINK|Error|unreachable|prohibit|blackhole|ip:)/.test(text) || text === "";
  const table = value("table") ?? (isLocal ? "local" : "main");
  if (isRefused) return { table, isLocal: false, refusal: text.replace(/^RTNETLINK answers: /, "") };
  const optional = { device: value("dev"), gateway: value("via"), source: value("src") };
  const known = Object.fromEntries(Object.entries(optional).filter(([, found]) => found !== undefined));
  return { table, isLocal, ...known };
}

/** The first rule that fits the packet and leads to the route that the kernel found, or refuses as it did. */
export function ruleOf(rules: readonly Rule[], packet: Packet, route: Route): Rule | undefined {
  const fitting = [...rules].sort((one, two) => one.priority - two.priority).filter(({ text }) => fits(text, packet));
  if (route.refusal === undefined) return fitting.find(({ table }) => table === route.table);
  return fitting.find(({ text }) => /\b(unreachable|prohibit|blackhole)\b/.test(text));
}

/** Whether the selectors of a rule fit; one that is unknown here does not. */
export function fits(text: string, packet: Packet): boolean {
  const [selector = ""] = text.split(/ (?:lookup|unreachable|prohibit|blackhole|goto|nop)\b/);
  const words = selector.split(" ").filter((word) => word !== "");
  const isInverted = words[0] === "not";
  if (isInverted) words.shift();
  let fitting = true;
  for (let index = 0; index < words.length; index += 2) {
    const [key = "", value = ""] = words.slice(index);
    fitting &&= selects(key, value, packet);
  }
  return fitting !== isInverted;
}

function selects(key: string, value: string, { from, to, iif, oif, mark = 0 }: Packet): boolean {
  switch (key) {
    case "from":
      return value === "all" || (from !== undefined && isWithin(from, value));
    case "to":
      return isWithin(to, value);
    case "iif":
      return value === iif || (value === "lo" && iif === undefined);
    case "oif":
      return value === oif;
    case "fwmark": {
      const [wanted = 0, mask = 0xffffffff] = value.split("/").map(Number);
      // >>> makes it a number without sign, as marks are.
      return (mark & mask) >>> 0 === wanted;
    }
    default:
      return false;
  }
}

/** Whether an address is in a prefix, or is the address. */
export function isWithin(address: string, prefix: string): boolean {
  return asPrefix(prefix)?.contains(address) ?? false;
}
