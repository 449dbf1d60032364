import { checkAddress, checkOnLink } from "./addresses";
import { checkColoReference, type Colo, type ColoNames, coloNames, coloPrefix } from "./colo";
import { checkUnitName, formatUnitName, type UnitName } from "./names";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";

export const acquisitions = ["proxy-arp", "routed"] as const;
/** How the colo comes by an address: by answering ARP for it, or because the provider routes it there anyway. */
export type Acquisition = (typeof acquisitions)[number];

/** An extruded address as a bond sees it, resolved. */
export interface ExtrudedAddressFacts {
  readonly unit: string;
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
  const acquire = args.acquire ?? "proxy-arp";
  const problems = [
    ...checkUnitName(args.unit),
    ...checkColoReference("colo", args.colo),
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
    sentences: [
      acquire === "proxy-arp"
        ? `${colo.host} answers ARP for ${args.address} on ${colo.interface}, and announces it once.`
        : `${args.address} is expected to be routed to ${colo.address} by the provider.`,
    ],
  }));
}

function checkExtruded(address: string, acquire: string, colo: Colo): Problem[] {
  const problems: Problem[] = [];
  if (!acquisitions.some((known) => known === acquire)) {
    const choices = acquisitions.map((known) => `"${known}"`).join(" or ");
    problems.push(problem("choice-invalid", "acquire", `${quoteValue(acquire)} is not ${choices}.`));
  }
  const malformed = checkAddress("address", address);
  if (malformed.length > 0) return [...problems, ...malformed];
  if (address === colo.address) problems.push(problem("address-is-colo", "address", `${address} is in use.`));
  if (address === colo.gateway) problems.push(problem("address-is-gateway", "address", `${address} is in use.`));
  const prefix = coloPrefix(colo);
  if (acquire !== "routed" && prefix !== undefined) problems.push(...checkOnLink("address", address, prefix));
  return problems;
}
