import { isPrivate } from "./addresses";
import type { Colo } from "./colo";
import { type Encapsulation, encapsulations, minimumUnderlayMtu } from "./encapsulation";
import { type GreIpsecTransport, type IpsecTransport, planIke, udpEncapsulationChoices } from "./ipsec";
import { coloEnd, isDynamic, lineFamily } from "./line";
import { lineMark, tunnelPort } from "./names";
import { type Problem, problem, quoteValue } from "./problems";
import type { KeyArgument, KeyFacts, KeyFlaw } from "./tunnel-keys";
import type { X509Facts } from "./x509";

export interface TransportArguments {
  readonly colo: Colo;
  /** The line's own, or `dynamic`, or `dynamic-ipv6`. */
  readonly address: string;
  readonly nat?: boolean | undefined;
  readonly encapsulation?: string | undefined;
  readonly port?: number | undefined;
  readonly udpEncapsulation?: string | undefined;
  readonly keyVersion?: number | undefined;
  /** Of the keys that were given. */
  readonly keys?: KeyFacts | undefined;
  /** Of the certificates that were given. */
  readonly x509?: X509Facts | undefined;
  readonly mtu?: number | undefined;
}

/** How packets travel over the line. */
export type Transport = GreTransport | GreIpsecTransport | IpsecTransport | WireguardTransport;

export interface GreTransport {
  readonly encapsulation: "gre";
  /** Of the site's end. */
  readonly address: string;
}

export interface WireguardTransport {
  readonly encapsulation: "wireguard";
  /** The UDP port of both ends. */
  readonly port: number;
  /** Of the site's end, where the colo can know it. */
  readonly siteAddress?: string | undefined;
  /** Of the packets that leave the router. */
  readonly mark: number;
  /** Seconds between packets that keep a NAT's entry alive, also while BIRD is not there. */
  readonly keepalive?: number | undefined;
}

/** WireGuard's own advice: shorter than what any sensible NAT remembers UDP for. */
const natKeepalive = 25;

export function planTransport(encapsulation: Encapsulation, unit: string, args: TransportArguments): Transport {
  const { address, nat, port, udpEncapsulation } = args;
  const siteAddress = isDynamic(address) || nat === true ? undefined : address;
  // Tunnels of two versions of the keys are there at once, and differ in what only one of them can have.
  const isEven = (args.keyVersion ?? 1) % 2 === 0;
  const ike = planIke(unit, { siteAddress, udpEncapsulation, certified: args.x509?.ends });
  switch (encapsulation) {
    case "gre":
      return { encapsulation, address };
    case "gre-ipsec":
      return { encapsulation, address, generation: isEven ? 2 : 1, ...ike };
    case "ipsec":
      return { encapsulation, ...ike };
    case "wireguard":
      return {
        encapsulation,
        port: port === undefined ? tunnelPort(unit) : port + (isEven ? 1 : 0),
        siteAddress,
        mark: lineMark(unit),
        keepalive: nat === true ? natKeepalive : undefined,
      };
  }
}

export function checkTransport(args: TransportArguments): Problem[] {
  const encapsulation = args.encapsulation ?? "gre";
  const known = encapsulations.find((choice) => choice === encapsulation);
  return [
    ...(known === undefined ? [notAmong("encapsulation", encapsulation, encapsulations)] : []),
    ...checkNumbers(args, known ?? "gre"),
    ...(known === undefined ? [] : checkFitness(args, known)),
    ...checkUse(args, known ?? "wireguard"),
    ...(args.keys?.flaws ?? []).map(({ code, argument }) => problem(code, argument, keyFlaws[code])),
    ...(args.x509?.problems ?? []),
  ];
}

function notAmong(argument: string, value: string, choices: readonly string[]): Problem {
  const list = choices.map((choice) => `"${choice}"`).join(", ");
  return problem("choice-invalid", argument, `${quoteValue(value)} is not one of ${list}.`);
}

function checkNumbers(args: TransportArguments, encapsulation: Encapsulation): Problem[] {
  const { mtu = 1500, port, keyVersion, udpEncapsulation } = args;
  const problems: Problem[] = [];
  const say = (...found: Parameters<typeof problem>): void => void problems.push(problem(...found));
  const smallest = minimumUnderlayMtu(encapsulation, lineFamily(args.address));
  if (!(Number.isInteger(mtu) && mtu >= smallest && mtu <= 9000)) {
    say("mtu-invalid", "mtu", `${quoteValue(mtu)} is not an MTU of ${smallest} to 9000.`);
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_534)) {
    say("tunnel-port-invalid", "port", `${quoteValue(port)} is not a port.`);
  }
  if (keyVersion !== undefined && !(Number.isInteger(keyVersion) && keyVersion >= 1 && keyVersion <= 9999)) {
    say("key-version-invalid", "keyVersion", `${quoteValue(keyVersion)} is not a version.`);
  }
  if (udpEncapsulation !== undefined && !udpEncapsulationChoices.some((choice) => choice === udpEncapsulation)) {
    problems.push(notAmong("udpEncapsulation", udpEncapsulation, udpEncapsulationChoices));
  }
  return problems;
}

/** Secrets: what is wrong with them is said, they are not. */
const keyFlaws: Record<KeyFlaw["code"], string> = {
  "key-malformed": "is not a private key of WireGuard's.",
  "psk-malformed": "is not 32 bytes or more in base64.",
  "key-weak": "is not random.",
  "key-shared": "is that of the colo too.",
};

/** GRE has to know both ends' addresses. */
function checkFitness({ address, nat, colo }: TransportArguments, encapsulation: Encapsulation): Problem[] {
  if (encapsulation !== "gre" && encapsulation !== "gre-ipsec") return [];
  const unfit = (why: string): Problem =>
    problem(
      "encapsulation-unfit",
      "encapsulation",
      `"${encapsulation}" needs an address that the colo can send to, but ${why}.`,
    );
  const end = coloEnd(colo, lineFamily(address));
  const hidden = end !== undefined && isPrivate(address) && !isPrivate(end);
  return [
    ...(isDynamic(address) ? [unfit("the line's may change at any time")] : []),
    ...(nat === true ? [unfit("the line is behind NAT")] : []),
    ...(hidden && nat !== true ? [unfit(`${address} is private, so the line is behind NAT`)] : []),
  ];
}

/** Which keys each encapsulation takes. */
const keyArguments: Record<Encapsulation, readonly KeyArgument[]> = {
  gre: [],
  "gre-ipsec": ["preSharedKey"],
  ipsec: ["preSharedKey"],
  wireguard: ["coloPrivateKey", "routerPrivateKey"],
};

function checkUse(args: TransportArguments, encapsulation: Encapsulation): Problem[] {
  const { port, keyVersion, udpEncapsulation, keys, x509 } = args;
  const unused = (argument: string, what: string): Problem =>
    problem("argument-unused", argument, `"${encapsulation}" has no ${what}.`);
  const taken = keyArguments[encapsulation];
  const isIpsec = encapsulation === "ipsec" || encapsulation === "gre-ipsec";
  return [
    ...(port === undefined || encapsulation === "wireguard" ? [] : [unused("port", "port of its own")]),
    ...(keyVersion === undefined || taken.length > 0 ? [] : [unused("keyVersion", "keys")]),
    ...(udpEncapsulation === undefined || isIpsec ? [] : [unused("udpEncapsulation", "ESP")]),
    ...(x509 === undefined || isIpsec ? [] : [unused("x509", "certificates")]),
    ...(keys?.given ?? []).flatMap((key) => (taken.includes(key) ? [] : [unused(key, "such key")])),
    ...(x509 !== undefined && isIpsec && keys?.given.includes("preSharedKey") === true
      ? [problem("argument-unused", "preSharedKey", "`x509` is given in its place.")]
      : []),
  ];
}
