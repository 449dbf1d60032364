import { json } from "node:stream/consumers";
import { StackReference } from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { BondedSite, coloFrom, ExtrudedAddress, Host, type HostConnectionArgs, SiteUplink } from "pulumi-extrude";

/** What a form of the portal's asks for, and what the portal knows itself. */
interface Order {
  readonly site: string;
  readonly address: string;
  readonly router: HostConnectionArgs;
  /** The stack that has the colo, and how its host is reached. */
  readonly provider: string;
  readonly rack: HostConnectionArgs;
}

const login = { agentSocketPath: process.env["SSH_AUTH_SOCK"] };

/** The program of every site's stack. */
function site({ address, provider, ...order }: Order): () => Promise<Record<string, unknown>> {
  return () => {
    const colo = coloFrom(new StackReference(provider), "toronto", { connection: { ...order.rack, ...login } });
    const router = new Host("router", { connection: { ...order.router, ...login } });
    const vpn = new ExtrudedAddress("vpn", { colo, address });
    const dsl = new SiteUplink("dsl", {
      colo,
      router,
      interface: "ppp0",
      address: "dynamic",
      encapsulation: "wireguard",
    });
    const { addresses } = new BondedSite(order.site, { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }] });
    return Promise.resolve({ addresses });
  };
}

/** One stack for each site, so that one customer's order touches nobody else's. */
function stackOf(order: Order): Promise<Stack> {
  return LocalWorkspace.createOrSelectStack({ projectName: "portal", stackName: order.site, program: site(order) });
}

async function main(verb: string | undefined): Promise<void> {
  const order = (await json(process.stdin)) as Order;
  const stack = await stackOf(order);
  const report = (line: string): void => void process.stderr.write(line);
  if (verb === "remove") {
    await stack.destroy({ onOutput: report });
    await stack.workspace.removeStack(order.site);
  } else {
    const { outputs, summary } = await stack.up({ onOutput: report });
    process.stdout.write(
      JSON.stringify({ addresses: outputs["addresses"]?.value as unknown, changes: summary.resourceChanges }),
    );
  }
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
