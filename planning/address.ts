import {
  asPrefix,
  checkAnyAddress,
  checkOnLink,
  checkPrefix,
  type Family,
  familyOf,
  isPrefix,
  type Prefix,
} from "./addresses";
import { checkColoReference, type Colo, type ColoNames, coloNames, coloPrefix } from "./colo";
import { checkOfColo, coloPrefix6 } from "./colo-ipv6";
import { checkCustomersAddress, checkCustomersUnit } from "./customers";
import { checkUnitName, formatUnitName, type UnitName } from "./names";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";

export const acquisitions = ["proxy-arp", "proxy-ndp", "routed"] as const;
/**
 * How the colo comes by an address: by answering ARP or neighbour discovery for it, or because the provider routes it
 * there anyway.
 */
export type Acquisition = (typeof acquisitions)[number];

/** An extruded address as a bond sees it, resolved. */
export interface ExtrudedAddressFacts {
  readonly unit: string;
  /** An address, or a prefix. */
  readonly address: string;
  /** The unit of its colo. */
  readonly colo: string;
}

export interface AddressArguments {
  readonly unit: UnitName;
  readonly colo: Colo;
  readonly address: string;
  readonly acquire?: string | undefined;
}

export interface AddressPlan {
  readonly unit: string;
  readonly host: string;
  readonly address: string;
  readonly acquire: Acquisition;
  readonly colo: { readonly unit: string; readonly interface: string; readonly names: ColoNames };
}

export function planAddress(args: AddressArguments): Planned<AddressPlan> {
  const acquire = args.acquire ?? suitedAcquisition(args.address);
  const problems = [
    ...checkUnitName(args.unit),
    ...checkColoReference("colo", args.colo),
    ...checkCustomersUnit(args.unit, args.colo.customer),
    ...checkAcquisition(args.address, acquire),
    ...checkExtruded(args.address, acquire, args.colo),
  ];
  const { colo } = args;
  return planned(problems, () => ({
    plan: {
      unit: formatUnitName(args.unit),
      host: colo.host,
      address: args.address,
      acquire: acquire as Acquisition,
      colo: { unit: colo.unit, interface: colo.interface, names: coloNames(colo.unit) },
    },
    sentences: [describeAcquisition(args.address, acquire, colo)],
  }));
}

const proxies: Record<Family, Acquisition> = { ipv4: "proxy-arp", ipv6: "proxy-ndp" };

function suitedAcquisition(address: string): Acquisition {
  return isPrefix(address) ? "routed" : proxies[familyOf(address)];
}

function describeAcquisition(address: string, acquire: string, colo: Colo): string {
  if (acquire === "routed") {
    const own = familyOf(address) === "ipv6" ? (colo.ipv6?.address ?? "the server") : colo.address;
    return `${address} is expected to be routed to ${own} by the provider.`;
  }
  const protocol = acquire === "proxy-arp" ? "ARP" : "neighbour discovery";
  return `${colo.host} answers ${protocol} for ${address} on ${colo.interface}, and announces it once.`;
}

function checkAcquisition(address: string, acquire: string): Problem[] {
  if (!acquisitions.some((known) => known === acquire)) {
    const choices = acquisitions.map((known) => `"${known}"`);
    const text = `${quoteValue(acquire)} is not ${choices.slice(0, -1).join(", ")} or ${choices.at(-1) ?? ""}.`;
    return [problem("choice-invalid", "acquire", text)];
  }
  if (acquire === "routed" || acquire === suitedAcquisition(address)) return [];
  const why = isPrefix(address)
    ? `"${acquire}" answers for single addresses, and ${quoteValue(address)} is a prefix: the provider has to route it to the colo.`
    : `"${acquire}" is not for ${familyOf(address) === "ipv4" ? "IPv4" : "IPv6"} addresses.`;
  return [problem("acquisition-unfit", "acquire", why)];
}

function checkExtruded(address: string, acquire: string, colo: Colo): Problem[] {
  const malformed = isPrefix(address) ? checkPrefix("address", address) : checkAnyAddress("address", address);
  const wanted = asPrefix(address);
  if (malformed.length > 0 || wanted === undefined) return malformed;
  const unreal = isPrefix(address) ? checkAnyAddress("address", wanted.network) : [];
  if (unreal.length > 0) return unreal;
  if (wanted.family === "ipv6" && colo.ipv6 === undefined) {
    return [problem("colo-without-ipv6", "address", `${address} is IPv6, and ${colo.unit} has IPv4 alone.`)];
  }
  const own = wanted.family === "ipv4" ? colo : colo.ipv6;
  const problems: Problem[] = [];
  const clash = (what: string): string => (isPrefix(address) ? `${what} is in ${address}.` : `${address} is in use.`);
  if (own !== undefined && wanted.contains(own.address)) {
    problems.push(problem("address-is-colo", "address", clash(own.address)));
  }
  if (own?.gateway !== undefined && wanted.contains(own.gateway)) {
    problems.push(problem("address-is-gateway", "address", clash(own.gateway)));
  }
  problems.push(...checkCustomersAddress(address, wanted, colo.customer));
  return [...problems, ...checkPlace(address, wanted, acquire === "routed" || isPrefix(address), colo)];
}

/** Whether the address belongs to the colo, and neighbours would ask for it where they have to. */
function checkPlace(address: string, wanted: Prefix, isRouted: boolean, colo: Colo): Problem[] {
  const { ipv6 } = colo;
  const foreign = wanted.family === "ipv6" && ipv6 !== undefined ? checkOfColo("address", wanted, ipv6, isRouted) : [];
  if (foreign.length > 0 || isRouted) return foreign;
  const network = wanted.family === "ipv4" ? coloPrefix(colo) : ipv6 && coloPrefix6(ipv6);
  return network === undefined ? [] : checkOnLink("address", address, network);
}
