import { asPrefix, checkAnyAddress, checkPrefix, isInside, type Prefix } from "./addresses";
import { formatUnitName, type UnitName } from "./names";
import { checkPorts, parsePorts, type Ports } from "./ports";
import { type Problem, problem, quoteValue } from "./problems";

/** What a customer of a colo may do there, resolved. */
export interface CustomerArguments {
  /** SSH public keys, as in a line of authorized_keys without options. */
  readonly keys: readonly string[];
  /** ORGANIZATION, ORGANIZATION/PROJECT or ORGANIZATION/PROJECT/STACK. */
  readonly stacks: readonly string[];
  /** Addresses and prefixes. */
  readonly prefixes: readonly string[];
  /** Private networks that its sites may have; they reach each other. */
  readonly networks?: readonly string[] | undefined;
  readonly ports?: string | undefined;
  readonly units?: number | undefined;
  readonly tunnels?: number | undefined;
  readonly changesPerMinute?: number | undefined;
}

/** What a customer's own stack is told of it. */
export interface CustomerFacts {
  readonly login: string;
  readonly stacks: readonly string[];
  readonly prefixes: readonly string[];
  readonly networks?: readonly string[] | undefined;
}

export interface CustomerPlan extends CustomerFacts {
  readonly name: string;
  readonly unit: string;
  readonly keys: readonly string[];
  readonly ports?: Ports | undefined;
  readonly units: number;
  readonly tunnels: number;
  readonly changesPerMinute: number;
}

/** What customers have to share. */
export interface CustomersOfColo {
  readonly unit: UnitName;
  readonly address: string;
  readonly gateway?: string | undefined;
  readonly ipv6?: { readonly address: string; readonly gateway?: string | undefined } | undefined;
  readonly customers?: Readonly<Record<string, CustomerArguments>> | undefined;
}

const defaults = { units: 100, tunnels: 20, changesPerMinute: 60 } as const;
const limits = Object.keys(defaults) as (keyof typeof defaults)[];

/** Of those that have some. */
export function networksOfCustomers(customers: CustomersOfColo["customers"] = {}): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(customers).flatMap(([name, { networks }]) => (networks === undefined ? [] : [[name, networks]])),
  );
}

/** The login name of a customer on the colo's host; no user of Debian's begins like this. */
export function loginOf(name: string): string {
  return `extrude-${name}`;
}

/** A customer's unit on the colo's host belongs to the colo's stack. */
export function customerUnit(colo: UnitName, name: string): UnitName {
  return { ...colo, kind: "customer", name: `${colo.name}.${name}` };
}

export function planCustomers({ unit, customers = {} }: CustomersOfColo): CustomerPlan[] {
  return Object.entries(customers).map(([name, given]) => ({
    name,
    unit: formatUnitName(customerUnit(unit, name)),
    login: loginOf(name),
    keys: given.keys.map((key) => key.trim()),
    stacks: given.stacks,
    prefixes: given.prefixes.map((prefix) => asPrefix(prefix)?.text ?? prefix),
    networks: given.networks,
    ports: given.ports === undefined ? undefined : parsePorts(given.ports),
    units: given.units ?? defaults.units,
    tunnels: given.tunnels ?? defaults.tunnels,
    changesPerMinute: given.changesPerMinute ?? defaults.changesPerMinute,
  }));
}

export function describeCustomer({ name, login, stacks, prefixes, units, tunnels }: CustomerPlan): string {
  return `${name} comes in as ${login}, and may give ${stacks.join(", ")} up to ${units} units, ${tunnels} tunnels and addresses of ${prefixes.join(", ")}.`;
}

export function checkCustomers(colo: CustomersOfColo): Problem[] {
  const entries = Object.entries(colo.customers ?? {});
  return [
    ...entries.flatMap(([name, customer]) => checkCustomer(name, customer, colo)),
    ...checkStacks(colo),
    ...checkPrefixesApart(entries),
  ];
}

function checkCustomer(name: string, customer: CustomerArguments, colo: CustomersOfColo): Problem[] {
  const argument = `customers.${name}`;
  const nameProblems = /^[a-z][a-z0-9-]{0,22}$/.test(name)
    ? []
    : [problem("customer-name-invalid", argument, `${quoteValue(name)} cannot be a customer's name.`)];
  return [
    ...nameProblems,
    ...(["keys", "stacks", "prefixes"] as const).flatMap((list) =>
      customer[list].length > 0 ? [] : [problem("list-empty", `${argument}.${list}`, "is empty.")],
    ),
    ...customer.keys.flatMap((key, index) => checkKey(`${argument}.keys[${index}]`, key)),
    ...customer.stacks.flatMap((stack, index) => checkStack(`${argument}.stacks[${index}]`, stack)),
    ...customer.prefixes.flatMap((prefix, index) => checkGiven(`${argument}.prefixes[${index}]`, prefix, colo)),
    ...(customer.ports === undefined ? [] : checkPorts(`${argument}.ports`, customer.ports)),
    ...limits.flatMap((limit) => checkLimit(`${argument}.${limit}`, customer[limit])),
  ];
}

/** A key's type, then base64, then perhaps a comment: nothing that sshd would take for options. */
function checkKey(argument: string, key: string): Problem[] {
  const isKey =
    /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]{60,}={0,3}( [ -~]*)?$/;
  return isKey.test(key.trim())
    ? []
    : [problem("customer-key-invalid", argument, `${quoteValue(key)} is not an SSH public key.`)];
}

function checkStack(argument: string, stack: string): Problem[] {
  const parts = stack.split("/");
  return parts.length <= 3 && parts.every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(part))
    ? []
    : [problem("customer-stack-invalid", argument, `${quoteValue(stack)} names no stacks.`)];
}

function checkGiven(argument: string, text: string, colo: CustomersOfColo): Problem[] {
  const malformed = text.includes("/") ? checkPrefix(argument, text) : checkAnyAddress(argument, text);
  const prefix = asPrefix(text);
  if (malformed.length > 0 || prefix === undefined) return malformed;
  const own = prefix.family === "ipv4" ? colo : colo.ipv6;
  return [
    ...(own !== undefined && prefix.contains(own.address)
      ? [problem("address-is-colo", argument, `${own.address} is in ${text}.`)]
      : []),
    ...(own?.gateway !== undefined && prefix.contains(own.gateway)
      ? [problem("address-is-gateway", argument, `${own.gateway} is in ${text}.`)]
      : []),
  ];
}

function checkLimit(argument: string, value: number | undefined): Problem[] {
  return value === undefined || (Number.isInteger(value) && value >= 1 && value <= 100_000)
    ? []
    : [problem("customer-limit-invalid", argument, `${quoteValue(value)} is out of range.`)];
}

/** Whose a unit is has to follow from its name. */
function checkStacks({ unit, customers = {} }: CustomersOfColo): Problem[] {
  const own = `${unit.organization}/${unit.project}/${unit.stack}`;
  const all = Object.entries(customers).flatMap(([name, { stacks }]) =>
    stacks.map((stack, index) => ({ name, stack, argument: `customers.${name}.stacks[${index}]` })),
  );
  const holds = (outer: string, inner: string): boolean => `${inner}/`.startsWith(`${outer}/`);
  return all.flatMap(({ name, stack, argument }, index) => {
    if (holds(stack, own)) {
      return [problem("customer-stacks-overlap", argument, `${stack} holds the colo's own stack, ${own}.`)];
    }
    const other = all.slice(0, index).find((one) => holds(one.stack, stack) || holds(stack, one.stack));
    if (other === undefined || other.name === name) return [];
    return [problem("customer-stacks-overlap", argument, `${stack} overlaps ${other.stack}, of ${other.name}.`)];
  });
}

/** Nobody may have what another has. */
function checkPrefixesApart(entries: readonly (readonly [string, CustomerArguments])[]): Problem[] {
  const all = entries.flatMap(([name, { prefixes }]) =>
    prefixes.flatMap((text, index) => {
      const prefix = asPrefix(text);
      return prefix === undefined ? [] : [{ name, text, prefix, argument: `customers.${name}.prefixes[${index}]` }];
    }),
  );
  return all.flatMap(({ name, text, prefix, argument }, index) => {
    const other = all
      .slice(0, index)
      .find((one) => one.name !== name && (isInside(one.prefix, prefix) || isInside(prefix, one.prefix)));
    if (other === undefined) return [];
    return [problem("customer-prefixes-overlap", argument, `${text} overlaps ${other.text}, of ${other.name}.`)];
  });
}

/** Whether the unit is one that the customer may have at the colo. */
export function checkCustomersUnit(unit: UnitName, customer: CustomerFacts | undefined): Problem[] {
  if (customer === undefined) return [];
  const name = formatUnitName(unit);
  return customer.stacks.some((stack) => name.startsWith(`${stack}/`))
    ? []
    : [
        problem(
          "unit-of-other-customer",
          "colo",
          `${customer.login} may have units of ${customer.stacks.join(", ")} there.`,
        ),
      ];
}

/** Whether the address is one that the customer may have. */
export function checkCustomersAddress(text: string, wanted: Prefix, customer: CustomerFacts | undefined): Problem[] {
  if (customer === undefined) return [];
  const isGiven = customer.prefixes.some((one) => {
    const prefix = asPrefix(one);
    return prefix !== undefined && isInside(wanted, prefix);
  });
  return isGiven
    ? []
    : [
        problem(
          "address-of-other-customer",
          "address",
          `${text} is not in ${customer.prefixes.join(", ")}, which the colo gives to ${customer.login}.`,
        ),
      ];
}

/** A customer that a contract is to be made for. */
export function checkKnownCustomer(colo: string, name: string, known: readonly string[]): Problem[] {
  return known.includes(name)
    ? []
    : [problem("customer-unknown", "customer", `${colo} has no customer ${quoteValue(name)}.`)];
}

/** A customer's contract is of use to that customer only. */
export function checkLogin(given: string | undefined, login: string | undefined): Problem[] {
  if (given === undefined || login === undefined || given === login) return [];
  return [
    problem("customer-login-other", "connection.user", `is ${quoteValue(given)}, and the contract is for ${login}.`),
  ];
}
