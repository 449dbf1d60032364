import { checkAddress, checkOnLink, isIPv4, parsePrefix, type Prefix } from "./addresses";
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
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";

/** A colo endpoint as other components see it, resolved. */
export interface Colo {
  readonly unit: string;
  readonly host: string;
  readonly address: string;
  readonly prefix?: string | undefined;
  readonly interface: string;
  readonly gateway?: string | undefined;
}

export interface ColoArguments extends Omit<Colo, "unit"> {
  readonly unit: UnitName;
}

export interface ColoPlan {
  readonly unit: string;
  readonly host: string;
  readonly address: string;
  readonly prefixLength?: number | undefined;
  readonly interface: string;
  readonly names: ColoNames;
}

/** What a colo's unit creates and other units on the same host refer to. */
export interface ColoNames {
  /** The routing table of the extruded addresses. */
  readonly table: number;
  /** The table's name in BIRD, and the name of the nftables table. */
  readonly symbol: string;
  /** The dummy device behind the routes of last resort. */
  readonly fallback: string;
}

export function coloNames(unit: string): ColoNames {
  return { table: tableId(unit), symbol: symbol(unit), fallback: interfaceName(unit) };
}

/** The prefix where none was given: the /24 around the address, the smallest that the internet's routers carry. */
export function coloPrefix(colo: Pick<Colo, "address" | "prefix">): Prefix | undefined {
  return parsePrefix(colo.prefix ?? `${colo.address}/24`);
}

export function planColo(args: ColoArguments): Planned<ColoPlan> {
  const problems = [...checkUnitName(args.unit), ...checkColo(args)];
  const unit = formatUnitName(args.unit);
  return planned(problems, () => ({
    plan: {
      unit,
      host: args.host,
      address: args.address,
      prefixLength: args.prefix === undefined ? undefined : parsePrefix(args.prefix)?.length,
      interface: args.interface,
      names: coloNames(unit),
    },
    sentences: [
      `${args.unit.name} ends tunnels at ${args.address} on ${args.interface} of ${args.host}.`,
      args.prefix === undefined
        ? `Its prefix is taken to be ${coloPrefix(args)?.text ?? "unknown"}; say \`prefix\` if it is another.`
        : `Its prefix is ${args.prefix}.`,
      "A site may send only from its own addresses; whatever else comes out of a tunnel is dropped and counted.",
    ],
  }));
}

/** What another component says of a colo. */
export function checkColoReference(argument: string, colo: Colo): Problem[] {
  return [
    ...checkUnitReference(`${argument}.unit`, colo.unit, "colo"),
    ...checkName(`${argument}.host`, colo.host),
    ...checkAddress(`${argument}.address`, colo.address),
    ...checkInterface(`${argument}.interface`, colo.interface),
    ...(colo.prefix === undefined ? [] : checkPrefix(`${argument}.`, colo.prefix, colo.address)),
  ];
}

function checkColo(args: ColoArguments): Problem[] {
  const problems = [
    ...checkName("host", args.host),
    ...checkAddress("address", args.address),
    ...checkInterface("interface", args.interface),
  ];
  if (args.prefix !== undefined) problems.push(...checkPrefix("", args.prefix, args.address));
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
function checkPrefix(of: string, text: string, address: string): Problem[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined || prefix.text !== text) {
    return [problem("prefix-invalid", `${of}prefix`, `${quoteValue(text)} is not an IPv4 prefix.`)];
  }
  return isIPv4(address) ? checkOnLink(`${of}address`, address, prefix) : [];
}
