import { all, type Input, type Output, output, type StackReference } from "@pulumi/pulumi";
import type { ColoReference, HostConnectionArgs } from "../components";
import { commandConnection, hostConnectionFacts } from "../components/connection";
import { resolveColo } from "../components/resolve";
import { dialsOfHost } from "../components/unit";
import type { Colo } from "../planning/colo";
import { type ColoContract, readColoContract, writeColoContract } from "../planning/contract";
import { checkHostConnection } from "../planning/host";

export type { ColoContract } from "../planning/contract";

/**
 * What other stacks need to know of a colo, to be one of this stack's outputs. It says nothing of how its host is reached,
 * and holds no secret.
 *
 * @example
 * export const toronto = exportColo(colo);
 */
export function exportColo(colo: Input<ColoReference>): Output<ColoContract> {
  return resolveColo(colo).apply(writeColoContract);
}

export interface ColoFromArgs {
  /** How this stack reaches the colo's host by SSH. */
  readonly connection: HostConnectionArgs;
}

/**
 * The colo that another stack has exported, for every component that takes one. An output that is missing, is of another
 * version, or was tampered with is an error at preview that names the stack, the output and what to do.
 *
 * @param stack The stack that the colo belongs to.
 * @param name The name of its output.
 * @example
 * const provider = new StackReference("acme/colo/prod");
 * const colo = coloFrom(provider, "toronto", { connection: { host: "77.1.2.2", user: "customer-a", hostKey, agentSocketPath } });
 */
export function coloFrom(stack: StackReference, name: string, { connection }: ColoFromArgs): ColoReference {
  const colo = all([stack.name, stack.getOutput(name), output(hostConnectionFacts(connection))]).apply(
    ([source, found, facts]) => {
      const read = readColoContract({ stack: source, output: name }, found);
      const wayIn = checkHostConnection(facts).map((one) => ({ ...one, argument: `coloFrom ${one.argument}` }));
      return "plan" in read && wayIn.length === 0 ? read.plan : { ...nowhere, problems: [...read.problems, ...wayIn] };
    },
  );
  return {
    unit: colo.apply(({ unit }) => unit),
    host: {
      name: colo.apply(({ host }) => host),
      user: output(connection.user).apply((user) => user ?? "root"),
      connection: commandConnection(connection, dialsOfHost),
    },
    address: colo.apply(({ address }) => address),
    prefix: colo.apply(({ prefix }) => prefix),
    interface: colo.apply((found) => found.interface),
    gateway: colo.apply(({ gateway }) => gateway),
    ipv6: colo.apply(({ ipv6 }) => ipv6),
    problems: colo.apply(({ problems }) => problems),
  };
}

/** Stands for a colo that could not be read. No component plans with it. */
const nowhere: Colo = { unit: "", host: "", address: "", interface: "" };
