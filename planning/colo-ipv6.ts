import {
  checkAddress6,
  checkOnLink,
  checkPrefix,
  isInside,
  isIPv6,
  isLinkLocal,
  parsePrefix,
  type Prefix,
} from "./addresses";
import { type Problem, problem } from "./problems";

/** A colo endpoint's place in the IPv6 internet, resolved. */
export interface ColoIPv6 {
  readonly address: string;
  readonly prefix?: string | undefined;
  readonly gateway?: string | undefined;
  /** What the provider routes to the server. */
  readonly routed?: string | undefined;
}

/** The network of the server's own interface: a /64, the only size that a network of hosts has (RFC 4291 2.5.4). */
export function coloPrefix6(colo: Pick<ColoIPv6, "address" | "prefix">): Prefix | undefined {
  return parsePrefix(colo.prefix ?? `${colo.address}/64`);
}

/** `of` is the argument that holds these, with a dot. */
export function checkColoIPv6(of: string, { address, prefix, gateway, routed }: ColoIPv6): Problem[] {
  const problems = checkAddress6(`${of}address`, address);
  if (prefix !== undefined) {
    const malformed = checkPrefix(`${of}prefix`, prefix, "ipv6");
    problems.push(...malformed, ...(malformed.length > 0 ? [] : checkInPrefix(`${of}address`, address, prefix)));
  }
  if (routed !== undefined) problems.push(...checkPrefix(`${of}routed`, routed, "ipv6"));
  if (gateway === undefined || isLinkLocal(gateway)) return problems;
  problems.push(...checkAddress6(`${of}gateway`, gateway));
  if (gateway === address) {
    problems.push(problem("address-is-gateway", `${of}address`, `${address} is also given as \`gateway\`.`));
  }
  const network = coloPrefix6({ address, prefix });
  if (network?.family === "ipv6" && isIPv6(gateway) && !network.contains(gateway)) {
    problems.push(problem("gateway-outside-prefix", `${of}gateway`, `${gateway} is not in ${network.text}.`));
  }
  return problems;
}

function checkInPrefix(argument: string, address: string, text: string): Problem[] {
  const prefix = parsePrefix(text);
  return prefix === undefined || !isIPv6(address) ? [] : checkOnLink(argument, address, prefix);
}

/** Whether the colo has all of `wanted`, which is nobody's but its provider's to give. */
export function checkOfColo(argument: string, wanted: Prefix, colo: ColoIPv6, isRouted: boolean): Problem[] {
  const networks = [coloPrefix6(colo), isRouted && colo.routed !== undefined ? parsePrefix(colo.routed) : undefined];
  const known = networks.filter((network) => network !== undefined);
  if (known.some((network) => isInside(wanted, network))) return [];
  const text = wanted.length === 128 ? wanted.network : wanted.text;
  const where = known.map((network) => network.text).join(" or ");
  const unsaid = isRouted && colo.routed === undefined ? "; the colo's `ipv6.routed` is not given" : "";
  return [problem("address-outside-prefix", argument, `${text} is not in the colo's ${where}${unsaid}.`)];
}
