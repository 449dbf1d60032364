import { byFirstWord, cut } from "./lines-of-text";
import { type Ping, pingsOf } from "./measured";

/** What `extrudectl facts` and `extrudectl probe` say of a host, as data. */
export interface Facts {
  /** Its clock, and between which two moments of this machine's it was read: ms since 1970. */
  readonly clock: { readonly shown: number; readonly from: number; readonly to: number };
  /** The agent's version. */
  readonly agent: string;
  readonly units: readonly { readonly name: string; readonly host: string; readonly digest: string }[];
  readonly claims: readonly { readonly unit: string; readonly what: string }[];
  /** What a unit needs and is not there: `package NAME`, or a sentence. */
  readonly requirements: readonly { readonly unit: string; readonly lack: string }[];
  readonly broken: readonly string[];
  /** Services that should run. */
  readonly stopped: readonly string[];
  /** Programs that probing needs. */
  readonly without: readonly string[];
  readonly rules: readonly string[];
  /** IPv4 tables that have a default route. */
  readonly tablesWithDefault: readonly string[];
  readonly addresses: readonly { readonly device: string; readonly address: string }[];
  /** BFD's states by interface, such as Up, Down, Init. */
  readonly tunnels: Readonly<Record<string, string>>;
  /** WireGuard's view of its interfaces, by name. */
  readonly wireguard: Readonly<Record<string, WireguardFacts>>;
  /** Where the packets of security associations of ESP come from, by the number of their interface, in hexadecimal. */
  readonly esp: Readonly<Record<string, readonly Endpoint[]>>;
  /** What IKE connections have come to whose tunnels are not up, by interface. */
  readonly ike: Readonly<Record<string, string>>;
  /** Interfaces whose ESP travels in UDP, since it does not get through otherwise. */
  readonly encapsulated: readonly string[];
  readonly drift: readonly string[];
  /** Chains of others that drop or reject what no rule of theirs has accepted. */
  readonly filters: readonly Filter[];
}

export interface WireguardFacts {
  readonly publicKey: string;
  readonly peerKey: string;
  /** Seconds since both ends last agreed on session keys; none if they never have. */
  readonly handshakeAge?: number;
  /** The port of this end. */
  readonly port?: number;
  /** Where the other end's packets come from. */
  readonly peer?: Endpoint;
}

/** An address, and a UDP port where it has one. */
export interface Endpoint {
  readonly address: string;
  readonly port?: number;
}

export interface Filter {
  readonly hook: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** Whose the table is, where that is known: docker, ufw, firewalld. */
  readonly neighbours: readonly string[];
  /** In which directions rules of the table name tunnels: in, out. */
  readonly ways: readonly string[];
}

/** Counters of an interface, before and after the probes. */
export interface Counted {
  readonly hasCarrier: boolean;
  readonly received: number;
  readonly sent: number;
}

export interface Probed {
  /** The largest packet that got through, by `DEVICE SOURCE TARGET`. */
  readonly paths: Readonly<Record<string, number>>;
  /** Whether a gateway answers, by `DEVICE ADDRESS`. */
  readonly gateways: Readonly<Record<string, boolean>>;
  /** What came of pings over lines, by device. */
  readonly pings: Readonly<Record<string, Ping>>;
  /** What interfaces counted while the probes ran. */
  readonly links: Readonly<Record<string, Counted>>;
}

export function parseFacts(text: string, asked: number, answered: number): Facts {
  const lines = byFirstWord(text);
  return {
    clock: { shown: Number(lines("clock")[0]) * 1000, from: asked, to: answered },
    agent: lines("agent")[0] ?? "",
    units: lines("unit").map((line) => {
      const [name = "", host = "", digest = ""] = line.split(" ");
      return { name, host, digest };
    }),
    claims: lines("claim").map((line) => {
      const [unit = "", what = ""] = cut(line, 1);
      return { unit, what };
    }),
    requirements: lines("require").map((line) => {
      const [unit = "", lack = ""] = cut(line, 1);
      return { unit, lack };
    }),
    broken: lines("broken"),
    stopped: lines("stopped"),
    without: lines("without"),
    rules: lines("rule"),
    tablesWithDefault: lines("default"),
    addresses: lines("address").map((line) => {
      const [device = "", address = ""] = line.split(" ");
      return { device, address };
    }),
    tunnels: Object.fromEntries(lines("tunnel").map((line) => line.split(" ").slice(0, 2) as [string, string])),
    wireguard: Object.fromEntries(lines("wireguard").map(parseWireguard)),
    esp: parseEsp(lines("esp")),
    ike: Object.fromEntries(lines("ike").map((line) => line.split(" ").slice(0, 2) as [string, string])),
    encapsulated: lines("encapsulated"),
    drift: lines("drift"),
    filters: lines("filter").map((line) => {
      const [hook = "", family = "", table = "", chain = "", neighbours = "-", ways = "-"] = line.split(" ");
      const list = (text: string): string[] => (text === "-" ? [] : text.split(","));
      return { hook, family, table, chain, neighbours: list(neighbours), ways: list(ways) };
    }),
  };
}

function parseWireguard(line: string): [string, WireguardFacts] {
  const [name = "", publicKey = "", peerKey = "", age = "never", port, endpoint = ""] = line.split(" ");
  const [, address, peerPort] = /^\[?([0-9a-f.:]+?)\]?:(\d+)$/.exec(endpoint) ?? [];
  return [
    name,
    {
      ...{ publicKey, peerKey },
      ...(age === "never" ? {} : { handshakeAge: Number(age) }),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(address === undefined ? {} : { peer: { address, port: Number(peerPort) } }),
    },
  ];
}

/** Both directions have the number of the interface. */
function parseEsp(lines: readonly string[]): Record<string, Endpoint[]> {
  const found: Record<string, Endpoint[]> = {};
  for (const line of lines) {
    const [number = "", address = "", port = "-"] = line.split(" ");
    (found[number] ??= []).push({ address, ...(port === "-" ? {} : { port: Number(port) }) });
  }
  return found;
}

export function parseProbed(text: string): Probed {
  const lines = byFirstWord(text);
  const links = (when: string): Map<string, number[]> =>
    new Map(
      lines("link").flatMap((line) => {
        const [moment, name = "", ...numbers] = line.split(" ");
        return moment === when ? [[name, numbers.map(Number)] as const] : [];
      }),
    );
  const before = links("before");
  const counted = [...links("after")].map(([name, [carrier = 0, received = 0, sent = 0]]) => {
    const [, receivedBefore = received, sentBefore = sent] = before.get(name) ?? [];
    return [name, { hasCarrier: carrier === 1, received: received - receivedBefore, sent: sent - sentBefore }] as const;
  });
  return {
    paths: Object.fromEntries(
      lines("path").map((line) => [line.split(" ").slice(0, 3).join(" "), Number(line.split(" ")[3])]),
    ),
    gateways: Object.fromEntries(
      lines("gateway").map((line) => [line.split(" ").slice(0, 2).join(" "), line.endsWith(" yes")]),
    ),
    pings: pingsOf(lines("ping")),
    links: Object.fromEntries(counted),
  };
}
