import { all, type Input, type Output, output, RunError, type StackReference } from "@pulumi/pulumi";
import type { ColoReference, HostConnectionArgs } from "../components";
import { commandConnection, hostConnectionFacts } from "../components/connection";
import { field, resolveColo } from "../components/resolve";
import { dialsOfHost } from "../components/unit";
import type { Colo } from "../planning/colo";
import { type ColoContract, readColoContract, writeColoContract } from "../planning/contract";
import { checkKnownCustomer, checkLogin } from "../planning/customers";
import { checkHostConnection } from "../planning/host";
import { describeProblem } from "../planning/problems";

export type { ColoContract } from "../planning/contract";

/**
 * What other stacks need to know of a colo, to be one of this stack's outputs. It says nothing of how its host is reached,
 * and holds no secret.
 *
 * @param colo The colo, of this stack.
 * @param args For whom the contract is. Default: for whoever is root on the colo's host.
 * @example
 * export const toronto = exportColo(colo);
 * export const torontoForBakery = exportColo(colo, { customer: "bakery" });
 */
export function exportColo(colo: Input<ColoReference>, args: ExportColoArgs = {}): Output<ColoContract> {
  const { customer } = args;
  const customers = field(colo, "customers").apply((found) => found ?? {});
  return all([resolveColo(colo), customers]).apply(([found, known]) => {
    if (customer === undefined) return writeColoContract(found);
    const [unknown] = checkKnownCustomer(found.unit, customer, Object.keys(known));
    if (unknown !== undefined) throw new RunError(describeProblem("exportColo", unknown));
    // Of what is others', it is told nothing.
    return writeColoContract({ ...found, networks: undefined, customer: known[customer] });
  });
}

/** For whom a contract is. */
export interface ExportColoArgs {
  /** The name of the customer that the contract is for. Default: it is for whoever is root on the colo's host. */
  readonly customer?: string | undefined;
}

/** How a stack reaches a colo of another's. */
export interface ColoFromArgs {
  /** How this stack reaches the colo's host by SSH. The user of a customer's contract is the customer's login. */
  readonly connection: HostConnectionArgs;
}

/**
 * The colo that another stack has exported, for every component that takes one. An output that is missing, is of another
 * version, or was tampered with is an error at preview that names the stack, the output and what to do.
 *
 * @param stack The stack that the colo belongs to.
 * @param name The name of its output.
 * @param args How this stack reaches the colo's host.
 * @example
 * const provider = new StackReference("acme/colo/prod");
 * const connection = { host: "77.1.2.2", hostKey, agentSocketPath };
 * const colo = coloFrom(provider, "toronto", { connection });
 */
export function coloFrom(stack: StackReference, name: string, args: ColoFromArgs): ColoReference {
  const { connection } = args;
  const colo = all([stack.name, stack.getOutput(name), output(hostConnectionFacts(connection))]).apply(
    ([source, found, facts]) => {
      const read = readColoContract({ stack: source, output: name }, found);
      const login = "plan" in read ? read.plan.customer?.login : undefined;
      const wayIn = [...checkHostConnection(facts), ...checkLogin(facts.connection.user, login)].map((one) => ({
        ...one,
        argument: `coloFrom ${one.argument}`,
      }));
      return "plan" in read && wayIn.length === 0 ? read.plan : { ...nowhere, problems: [...read.problems, ...wayIn] };
    },
  );
  const user = all([colo, output(connection.user)]).apply(([found, given]) => given ?? found.customer?.login ?? "root");
  return {
    unit: colo.apply(({ unit }) => unit),
    host: {
      name: colo.apply(({ host }) => host),
      user,
      connection: commandConnection({ ...connection, user }, dialsOfHost),
    },
    address: colo.apply(({ address }) => address),
    prefix: colo.apply(({ prefix }) => prefix),
    interface: colo.apply((found) => found.interface),
    gateway: colo.apply(({ gateway }) => gateway),
    ipv6: colo.apply(({ ipv6 }) => ipv6),
    networks: colo.apply(({ networks }) => networks),
    customer: colo.apply(({ customer }) => customer),
    problems: colo.apply(({ problems }) => problems),
  };
}

/** Stands for a colo that could not be read. No component plans with it. */
const nowhere: Colo = { unit: "", host: "", address: "", interface: "" };
