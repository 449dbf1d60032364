import { checkColoReference, type Colo } from "./colo";
import type { ColoIPv6 } from "./colo-ipv6";
import type { CustomerFacts } from "./customers";
import type { Networks } from "./networks";
import { type Planned, planned } from "./planned";
import { type Problem, problem, quoteValue } from "./problems";

/** The form of the contract that this release writes and reads. A change of what it says, or of what that means, is another. */
export const contractVersion: ColoContract["version"] = 1;

/**
 * What a colo's stack tells the stacks of its customers: where tunnels end, and under which names. No secrets, and nothing
 * of how the host is reached, since each customer has a way in of his own.
 */
export interface ColoContract {
  /** What it is a contract of. */
  readonly extrude: "colo";
  /** Of the contract's form, not of the release. */
  readonly version: 1;
  /** The name of the colo's unit. */
  readonly unit: string;
  /** The logical name of its host. */
  readonly host: string;
  /** The server's own IPv4 address, where tunnels end. */
  readonly address: string;
  /** The prefix of its network. */
  readonly prefix?: string | undefined;
  /** The interface that holds the address. */
  readonly interface: string;
  /** The network's gateway. */
  readonly gateway?: string | undefined;
  /** Its place in the IPv6 internet. */
  readonly ipv6?: ColoIPv6 | undefined;
  /** Private networks of sites, by whom they belong to. */
  readonly networks?: Networks | undefined;
  /** The customer that it is for, with what that one may do; none for whoever is root on the host. */
  readonly customer?: CustomerFacts | undefined;
}

/** Where a contract was read. */
export interface ContractSource {
  /** The stack's name, ORGANIZATION/PROJECT/STACK or the end of that. */
  readonly stack: string;
  /** The name of the stack's output. */
  readonly output: string;
}

export function writeColoContract({
  unit,
  host,
  address,
  prefix,
  interface: device,
  gateway,
  ipv6,
  networks,
  customer,
}: Colo): ColoContract {
  const place = { address, prefix, interface: device, gateway, ipv6, networks };
  return { extrude: "colo", version: contractVersion, unit, host, ...place, customer };
}

/** The colo that a contract tells of. It may come from another release, or from anybody who can write to that stack. */
export function readColoContract(source: ContractSource, found: unknown): Planned<Colo> {
  const problems = checkContract(source, found);
  return planned(problems, () => {
    const { unit, host, address, prefix, interface: device, gateway, ipv6, networks, customer } = found as ColoContract;
    const place = { address, prefix, interface: device, gateway, ipv6, networks };
    return { plan: { unit, host, ...place, customer }, sentences: [] };
  });
}

const texts = ["unit", "host", "address", "interface"] as const;
const optionalTexts = ["prefix", "gateway"] as const;

function checkContract({ stack, output }: ContractSource, found: unknown): Problem[] {
  const argument = `output ${quoteValue(output)} of ${stack}`;
  if (found === undefined || found === null) return [problem("contract-missing", argument, "is not there.")];
  const { extrude, version, ...fields } = found as Record<string, unknown>;
  if (extrude !== "colo" || typeof version !== "number") {
    return [problem("contract-invalid", argument, `${quoteValue(found)} is no contract of a colo's.`)];
  }
  if (version !== contractVersion) {
    const text = `is a contract of version ${version}, and this program's release reads version ${contractVersion}.`;
    return [problem("contract-version", argument, text)];
  }
  const wrong = [
    ...texts.filter((name) => typeof fields[name] !== "string"),
    ...optionalTexts.filter((name) => !["string", "undefined"].includes(typeof fields[name])),
  ].map((name) => problem("contract-invalid", argument, `its ${name} is ${quoteValue(fields[name])}.`));
  if (!isIPv6Place(fields["ipv6"])) {
    wrong.push(problem("contract-invalid", argument, `its ipv6 is ${quoteValue(fields["ipv6"])}.`));
  }
  if (!isNetworks(fields["networks"])) {
    wrong.push(problem("contract-invalid", argument, `its networks are ${quoteValue(fields["networks"])}.`));
  }
  if (!isCustomer(fields["customer"])) {
    wrong.push(problem("contract-invalid", argument, `its customer is ${quoteValue(fields["customer"])}.`));
  }
  if (wrong.length > 0) return wrong;
  const colo = fields as unknown as Colo;
  const malformed = checkColoReference("contract", colo).map(({ argument: field, text }) =>
    problem("contract-invalid", argument, `${field}: ${text}`),
  );
  return malformed.length > 0 ? malformed : checkOwner(argument, stack, colo.unit);
}

/** A stack tells of its own colos only: what it says of another's would go out of date, or be made up. */
function checkOwner(argument: string, stack: string, unit: string): Problem[] {
  const owner = unit.split("/").slice(0, 3).join("/");
  return `/${owner}`.endsWith(`/${stack}`)
    ? []
    : [problem("contract-invalid", argument, `it tells of a colo of ${owner}, another stack.`)];
}

/** Whether it has the shape of a place in the IPv6 internet, or is not there. */
function isIPv6Place(found: unknown): boolean {
  if (found === undefined) return true;
  if (typeof found !== "object" || found === null) return false;
  const { address, prefix, gateway, routed } = found as Record<string, unknown>;
  const isTextOrMissing = (value: unknown): boolean => ["string", "undefined"].includes(typeof value);
  return typeof address === "string" && [prefix, gateway, routed].every(isTextOrMissing);
}

/** Whether it says what a customer may do, or is not there. */
function isCustomer(found: unknown): boolean {
  if (found === undefined) return true;
  if (typeof found !== "object" || found === null) return false;
  const { login, stacks, prefixes, networks } = found as Record<string, unknown>;
  return (
    typeof login === "string" && isList(stacks) && isList(prefixes) && (networks === undefined || isList(networks))
  );
}

/** Whether it says which networks belong to whom, or is not there. */
function isNetworks(found: unknown): boolean {
  if (found === undefined) return true;
  return typeof found === "object" && found !== null && Object.values(found).every(isList);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
