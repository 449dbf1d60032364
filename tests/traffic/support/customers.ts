import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "../../../lab/lab";
import { type ExecResult, SshConnection } from "../../../lab/ssh";
import type { Colo } from "../../../planning/colo";
import type { CustomersFacts, OwnersFacts } from "../../e2e/programs/customers/facts";
import { lines } from "../../e2e/support/site";
import { TestStack } from "../../e2e/support/stack";
import { type KeyPair, newKey } from "../../toolchain/support/keys";
import type { Party } from "../../unit/customer-fixture";

const place = { address: "77.1.2.2", prefix: "77.1.2.0/24", interface: "eth0", gateway: "77.1.2.1" } as const;

/** The colo as its customers know it. */
export const toronto: Colo = { ...place, unit: "organization/colo/dev/colo/toronto", host: "rack" };

const party = (name: string, address: string, line: "dsl" | "lte"): Party => ({
  ...{ login: `extrude-${name}`, organization: "organization", project: name, stack: "dev" },
  ...{ address, line: lines[line].address },
});
/** One has a site, the other only a tunnel: there is one router. */
export const alpha = party("alpha", "77.1.2.17", "dsl");
export const beta = party("beta", "77.1.2.33", "lte");

/** The colo's owner and two customers, each with a stack. */
export interface ThreeStacks {
  readonly owner: TestStack;
  readonly alpha: TestStack;
  readonly beta: TestStack;
  /** What customers may do; to be told the owner's stack. */
  readonly facts: OwnersFacts;
  /** What a customer's key gets to hear. */
  readonly ask: (customer: "alpha" | "beta", command: string, input?: string) => Promise<ExecResult>;
  readonly dispose: () => void;
}

export async function threeStacks(lab: Lab): Promise<ThreeStacks> {
  const backend = mkdtempSync(join(tmpdir(), "extrude-backend-"));
  const keys: Record<"alpha" | "beta", KeyPair> = { alpha: newKey(), beta: newKey() };
  const { host, port, hostKey } = lab.host("colo").ssh;
  const way = (name: "colo" | "router"): OwnersFacts["rack"] => {
    const { user, privateKey, ...ends } = lab.host(name).ssh;
    return { host: ends.host, port: ends.port, hostKey: ends.hostKey, user, privateKey };
  };
  const given = (name: "alpha" | "beta", prefix: string): object => ({
    [name]: { keys: [keys[name].public], stacks: [`organization/${name}`], prefixes: [prefix] },
  });
  const facts = {
    rack: way("colo"),
    colo: { ...place, customers: { ...given("alpha", "77.1.2.16/28"), ...given("beta", "77.1.2.32/28") } },
  } as OwnersFacts;
  const site = (name: "alpha" | "beta", address: string, line: "dsl" | "lte", bond?: object): CustomersFacts => ({
    ...{ customer: name, colo: { host, port, hostKey, privateKey: keys[name].private }, router: way("router") },
    ...{ address, line: lines[line] },
    ...(bond === undefined ? {} : { bond }),
  });
  const program = (name: string): string => `module.exports = require("../../tests/e2e/programs/customers/${name}");\n`;
  const connections = {
    alpha: new SshConnection({ name: "colo", port, username: alpha.login, privateKey: keys.alpha.private, hostKey }),
    beta: new SshConnection({ name: "colo", port, username: beta.login, privateKey: keys.beta.private, hostKey }),
  };
  return {
    owner: await TestStack.ofProgram(program("colo"), "colo", backend, facts),
    alpha: await TestStack.ofProgram(program("site"), "alpha", backend, site("alpha", alpha.address, "dsl", {})),
    beta: await TestStack.ofProgram(program("site"), "beta", backend, site("beta", beta.address, "lte")),
    facts,
    ask: (customer, command, input = "") =>
      connections[customer].exec(command, { input, allowFailure: true, timeoutMs: 60_000 }),
    dispose: () => {
      for (const connection of Object.values(connections)) connection.drop();
      rmSync(backend, { recursive: true, force: true });
    },
  };
}
