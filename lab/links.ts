import type { LinkState, ProviderSpec, Shape } from "./topology";

type Direction = "up" | "down";

/** What `link(name).set` takes. A quantity is a number in the unit said here, or a string with a unit: "10mbit", "15ms", "2%". */
export interface LinkSettings {
  /** kbit/s. */
  readonly rate?: number | string;
  /** One way, ms. */
  readonly delay?: number | string;
  readonly jitter?: number | string;
  /** Percent. */
  readonly loss?: number | string;
  /** How much may wait in the line's buffer, ms. */
  readonly queue?: number | string;
  readonly blackhole?: boolean;
  /** Confines rate, delay, jitter, loss, queue and blackhole of this call to one direction. */
  readonly oneWay?: Direction;
  /** Replaces the list of addresses that alone are unreachable over this line. */
  readonly blackholeTo?: string | readonly string[];
  /** Takes the carrier away from the customer's network card, or gives it back. */
  readonly down?: boolean;
  readonly sourceFilter?: boolean;
  readonly nat?: boolean;
}

const units: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  rate: { "": 1, kbit: 1, mbit: 1000, gbit: 1_000_000 },
  delay: { "": 1, ms: 1, s: 1000 },
  jitter: { "": 1, ms: 1, s: 1000 },
  queue: { "": 1, ms: 1, s: 1000 },
  loss: { "": 1, "%": 1 },
};

function quantity(name: string, value: number | string): number {
  const known = units[name] ?? {};
  const parts = /^([0-9]+(?:\.[0-9]+)?)([a-z%]*)$/.exec(String(value).trim().toLowerCase());
  const factor = known[parts?.[2] ?? "?"];
  const number = Number(parts?.[1]) * (factor ?? NaN);
  if (!Number.isFinite(number) || (name === "loss" && number > 100)) {
    const examples = Object.keys(known).map((unit) => `"10${unit}"`);
    throw new Error(`${name}: "${value}" is not understood; write for example ${examples.join(" or ")}.`);
  }
  return number;
}

function patchShape(shape: Shape, settings: LinkSettings): Shape {
  const { rate, delay, jitter, loss, queue, blackhole } = settings;
  return {
    ...shape,
    ...(rate === undefined ? {} : { rateKbit: quantity("rate", rate) }),
    ...(delay === undefined ? {} : { delayMs: quantity("delay", delay) }),
    ...(jitter === undefined ? {} : { jitterMs: quantity("jitter", jitter) }),
    ...(loss === undefined ? {} : { lossPercent: quantity("loss", loss) }),
    ...(queue === undefined ? {} : { queueMs: quantity("queue", queue) }),
    ...(blackhole === undefined ? {} : { blackhole }),
  };
}

const ipv6 = /^[0-9a-f:]{2,39}(\/\d{1,3})?$/;
const ipv4 = /^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/;

/** The line's state after `settings`; what they do not name stays. */
export function applySettings(state: LinkState, settings: LinkSettings): LinkState {
  const { oneWay, blackholeTo, down, sourceFilter, nat } = settings;
  const targets = typeof blackholeTo === "string" ? [blackholeTo] : blackholeTo;
  const bad = targets?.find((address) => !ipv4.test(address) && !ipv6.test(address));
  if (bad !== undefined) throw new Error(`blackholeTo: "${bad}" is not an address or prefix.`);
  return {
    down: oneWay === "up" ? state.down : patchShape(state.down, settings),
    up: oneWay === "down" ? state.up : patchShape(state.up, settings),
    blackholeTo: targets ?? state.blackholeTo,
    sourceFilter: sourceFilter ?? state.sourceFilter,
    nat: nat ?? state.nat,
    carrier: down === undefined ? state.carrier : !down,
  };
}

const flags = new Set(["blackhole", "down", "sourceFilter", "nat"]);

/** `key=value` words of a command line. */
export function parseSettings(words: readonly string[]): LinkSettings {
  const settings: Record<string, string | boolean | string[]> = {};
  for (const word of words) {
    const [key = "", value = "true"] = word.split("=", 2);
    if (flags.has(key)) {
      if (!/^(true|false|yes|no|on|off)$/.test(value)) throw new Error(`${key}: write ${key}=true or ${key}=false.`);
      settings[key] = /^(true|yes|on)$/.test(value);
    } else if (key === "oneWay") {
      if (value !== "up" && value !== "down") throw new Error(`oneWay: write oneWay=up or oneWay=down.`);
      settings[key] = value;
    } else if (key === "blackholeTo") {
      settings[key] = value.split(",").filter((address) => address !== "");
    } else if (key in units) {
      settings[key] = value;
    } else {
      const known = [...Object.keys(units), "oneWay", "blackholeTo", ...flags].join(", ");
      throw new Error(`"${key}" is not a setting of a link. Known: ${known}.`);
    }
  }
  return settings;
}

/** Packets netem may hold: what is in flight for the delay, and the buffer. */
function limit({ rateKbit, delayMs = 0, jitterMs = 0, queueMs = 100 }: Shape): number {
  if (rateKbit === undefined) return 20_000;
  return Math.max(20, Math.ceil((rateKbit * (delayMs + jitterMs + queueMs)) / 8 / 1514));
}

function qdisc(device: string, shape: Shape): string {
  const { rateKbit, delayMs, jitterMs, lossPercent } = shape;
  const options = [
    ...(delayMs || jitterMs ? [`delay ${delayMs ?? 0}ms`] : []),
    ...(jitterMs ? [`${jitterMs}ms distribution normal`] : []),
    ...(lossPercent ? [`loss ${lossPercent}%`] : []),
    ...(rateKbit ? [`rate ${rateKbit}kbit`] : []),
  ];
  if (options.length === 0) return `tc qdisc del dev ${device} root 2>/dev/null || true`;
  return `tc qdisc replace dev ${device} root netem limit ${limit(shape)} ${options.join(" ")}`;
}

type Family = "ip" | "ip6";

/** As ARP, which is no IP, neighbour discovery is answered by a provider whose upstream has died. */
const swallow: Record<Family, readonly string[]> = {
  ip: ["drop"],
  ip6: ["icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept", "drop"],
};

function verdicts(family: Family, provider: ProviderSpec, state: LinkState): { up: string[]; down: string[] } {
  const { up, down, sourceFilter } = state;
  const customers = family === "ip" ? provider.customers : [...provider.customers6, "fe80::/10"];
  const far = state.blackholeTo.filter((address) => address.includes(":") === (family === "ip6"));
  return {
    up: [
      ...(up.blackhole === true ? swallow[family] : []),
      ...(sourceFilter ? [`${family} saddr != { ${customers.join(", ")} } drop`] : []),
      ...far.map((address) => `${family} daddr ${address} drop`),
    ],
    down: [
      ...(down.blackhole === true ? swallow[family] : []),
      ...far.map((address) => `${family} saddr ${address} drop`),
    ],
  };
}

function filters(family: Family, provider: ProviderSpec, state: LinkState): string[] {
  const { up, down } = verdicts(family, provider, state);
  const chain = (name: string, hook: string, rules: readonly string[]): string[] => [
    `  chain ${name} {`,
    `    ${hook}`,
    ...rules.map((rule) => `    ${rule}`),
    "  }",
  ];
  return [
    `table ${family} lab`,
    `delete table ${family} lab`,
    `table ${family} lab {`,
    ...chain(
      "up",
      "type filter hook prerouting priority raw; policy accept;",
      up.map((rule) => `iifname "line" ${rule}`),
    ),
    ...chain(
      "down",
      "type filter hook postrouting priority filter; policy accept;",
      down.map((rule) => `oifname "line" ${rule}`),
    ),
    ...(family === "ip" && state.nat
      ? chain("nat", "type nat hook postrouting priority srcnat; policy accept;", [`oifname "core" masquerade`])
      : []),
    "}",
  ];
}

/** Shell text that brings a provider's namespace into this state; idempotent, and hitless where nothing changes. */
export function renderLink(provider: ProviderSpec, state: LinkState): string {
  return [
    qdisc("line", state.down),
    qdisc("core", state.up),
    "nft -f - <<'END'",
    ...filters("ip", provider, state),
    ...filters("ip6", provider, state),
    "END",
  ].join("\n");
}
