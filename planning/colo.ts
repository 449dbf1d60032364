import { checkAddress, checkOnLink, checkPrefix, isIPv4, parsePrefix, type Prefix } from "./addresses";
import { mostPaths, type PathNames, pathNames } from "./balance";
import { checkColoIPv6, type ColoIPv6, coloPrefix6 } from "./colo-ipv6";
import {
  checkCustomers,
  type CustomerArguments,
  type CustomerFacts,
  type CustomerPlan,
  describeCustomer,
  networksOfCustomers,
  planCustomers,
} from "./customers";
import {
  checkInterface,
  checkName,
  checkUnitName,
  checkUnitReference,
  formatUnitName,
  interfaceName,
  symbol,
  tableId,
  type UnitName,
} from "./names";
import { checkColoNetworks, describeColoNetworks, joinNetworks, type Networks } from "./networks";
import { type Planned, planned } from "./planned";
import { type Problem, problem } from "./problems";

/** A colo endpoint as other components see it, resolved. */
export interface Colo {
  readonly unit: string;
  readonly host: string;
  readonly address: string;
  readonly prefix?: string | undefined;
  readonly interface: string;
  readonly gateway?: string | undefined;
  readonly ipv6?: ColoIPv6 | undefined;
  /** Private networks of sites, by whom they belong to. */
  readonly networks?: Networks | undefined;
  /** The customer that this program is of, where the colo has said so. */
  readonly customer?: CustomerFacts | undefined;
  /** Why it cannot be used, whatever else it says: it could not be read from another stack. */
  readonly problems?: readonly Problem[] | undefined;
}

export interface ColoArguments extends Omit<Colo, "unit" | "problems" | "customer"> {
  readonly unit: UnitName;
  readonly customers?: Readonly<Record<string, CustomerArguments>> | undefined;
}

export interface ColoPlan {
  readonly unit: string;
  readonly host: string;
  readonly address: string;
  readonly prefixLength?: number | undefined;
  readonly interface: string;
  readonly ipv6?: { readonly address: string; readonly prefixLength: number | undefined } | undefined;
  readonly names: ColoNames;
  readonly customers: readonly CustomerPlan[];
  /** Those of its own program's and those of customers. */
  readonly networks: Networks;
  /** Those of the server and of its gateways: no tunnel of a customer's may lead there. */
  readonly ownAddresses: readonly string[];
}

/** What a colo's unit creates and other units on the same host refer to. */
export interface ColoNames {
  /** The routing table of the extruded addresses. */
  readonly table: number;
  /** The table's name in BIRD, and the name of the nftables table. */
  readonly symbol: string;
  /** The dummy device behind the routes of last resort. */
  readonly fallback: string;
  /** For packets that were marked for a site's first path, its second and so on. */
  readonly paths: readonly PathNames[];
}

export function coloNames(unit: string): ColoNames {
  return {
    table: tableId(unit),
    symbol: symbol(unit),
    fallback: interfaceName(unit),
    paths: Array.from({ length: mostPaths }, (_, index) => pathNames(unit, index)),
  };
}

/** The prefix where none was given: the /24 around the address, the smallest that the internet's routers carry. */
export function coloPrefix(colo: Pick<Colo, "address" | "prefix">): Prefix | undefined {
  return parsePrefix(colo.prefix ?? `${colo.address}/24`);
}

export function planColo(args: ColoArguments): Planned<ColoPlan> {
  const ofCustomers = networksOfCustomers(args.customers);
  const problems = [
    ...checkUnitName(args.unit),
    ...checkColo(args),
    ...checkCustomers(args),
    ...checkColoNetworks(args.networks, ofCustomers),
  ];
  const unit = formatUnitName(args.unit);
  const customers = planCustomers(args);
  const networks = joinNetworks(args.networks, ofCustomers);
  return planned(problems, () => ({
    plan: {
      unit,
      host: args.host,
      address: args.address,
      prefixLength: args.prefix === undefined ? undefined : parsePrefix(args.prefix)?.length,
      interface: args.interface,
      ipv6: args.ipv6 && {
        address: args.ipv6.address,
        prefixLength: args.ipv6.prefix === undefined ? undefined : parsePrefix(args.ipv6.prefix)?.length,
      },
      names: coloNames(unit),
      customers,
      networks,
      ownAddresses: [args.address, args.gateway, args.ipv6?.address, args.ipv6?.gateway].filter(
        (own) => own !== undefined,
      ),
    },
    sentences: [
      `${args.unit.name} ends tunnels at ${args.address} on ${args.interface} of ${args.host}.`,
      args.prefix === undefined
        ? `Its prefix is taken to be ${coloPrefix(args)?.text ?? "unknown"}; say \`prefix\` if it is another.`
        : `Its prefix is ${args.prefix}.`,
      ...(args.ipv6 === undefined ? [] : [describeIPv6(args.ipv6)]),
      ...customers.map(describeCustomer),
      ...describeColoNetworks(networks),
      "A site may send only from its own addresses; whatever else comes out of a tunnel is dropped and counted.",
    ],
  }));
}

function describeIPv6(ipv6: ColoIPv6): string {
  const routed = ipv6.routed === undefined ? "" : `; ${ipv6.routed} is expected to be routed to it`;
  return `It has ${ipv6.address} in ${coloPrefix6(ipv6)?.text ?? "unknown"} too${routed}. IPv6 is forwarded on all its interfaces.`;
}

/** What another component says of a colo. */
export function checkColoReference(argument: string, colo: Colo): Problem[] {
  if (colo.problems !== undefined && colo.problems.length > 0) return [...colo.problems];
  return [
    ...checkUnitReference(`${argument}.unit`, colo.unit, "colo"),
    ...checkName(`${argument}.host`, colo.host),
    ...checkAddress(`${argument}.address`, colo.address),
    ...checkInterface(`${argument}.interface`, colo.interface),
    ...(colo.prefix === undefined ? [] : checkOwnPrefix(`${argument}.`, colo.prefix, colo.address)),
    ...(colo.gateway === undefined ? [] : checkAddress(`${argument}.gateway`, colo.gateway)),
    ...(colo.ipv6 === undefined ? [] : checkColoIPv6(`${argument}.ipv6.`, colo.ipv6)),
  ];
}

function checkColo(args: ColoArguments): Problem[] {
  const problems = [
    ...checkName("host", args.host),
    ...checkAddress("address", args.address),
    ...checkInterface("interface", args.interface),
  ];
  if (args.prefix !== undefined) problems.push(...checkOwnPrefix("", args.prefix, args.address));
  if (args.ipv6 !== undefined) problems.push(...checkColoIPv6("ipv6.", args.ipv6));
  if (args.gateway === undefined) return problems;
  problems.push(...checkAddress("gateway", args.gateway));
  if (args.gateway === args.address) {
    problems.push(problem("address-is-gateway", "address", `${args.address} is also given as \`gateway\`.`));
  }
  const prefix = coloPrefix(args);
  if (prefix !== undefined && isIPv4(args.gateway) && isIPv4(args.address) && !prefix.contains(args.gateway)) {
    problems.push(problem("gateway-outside-prefix", "gateway", `${args.gateway} is not in ${prefix.text}.`));
  }
  return problems;
}

/** `of` is the argument that the prefix is part of, with a dot, or nothing. */
function checkOwnPrefix(of: string, text: string, address: string): Problem[] {
  const problems = checkPrefix(`${of}prefix`, text, "ipv4");
  const prefix = parsePrefix(text);
  if (problems.length > 0 || prefix === undefined) return problems;
  return isIPv4(address) ? checkOnLink(`${of}address`, address, prefix) : [];
}
