import { setImmediate } from "node:timers/promises";
import { runInThisContext } from "node:vm";
import { runtime } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, type ProblemCode, SiteUplink } from "../../library";
import { hostKey, program } from "./components-fixture";

/** A program with one mistake. */
export interface Mistake {
  /** The component that the message names. */
  readonly component: string;
  readonly argument: string;
  /** What the message quotes; undefined where something is missing, or secret. */
  readonly value: string | undefined;
  /** The program. */
  readonly make: () => unknown;
  /** The outputs of other stacks. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export type Mistakes = Partial<Record<ProblemCode, Mistake>>;

export const within = (kind: string, name: string): string => `acme/net/prod/${kind}/${name}`;

/** Other components, as data that a program may give in their place. */
export const router = { name: "router", user: "root", connection: { host: "10.0.0.1" } };
export const toronto = {
  unit: within("colo", "toronto"),
  host: { name: "rack", user: "root", connection: { host: "77.1.2.2" } },
  ...{ address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" },
};
export const vpn = { unit: within("address", "vpn"), address: "77.1.2.3", coloUnit: toronto.unit };
export const web = { unit: within("address", "web"), address: "77.1.2.4", coloUnit: toronto.unit };
export const line = (name: string, over: object = {}) => ({
  ...{ unit: within("uplink", name), name, coloUnit: toronto.unit, routerName: "router" },
  ...{ interface: name, address: "11.1.2.3", tunnelMtu: 1476, ...over },
});
export const dsl = line("dsl", { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" });
export const cable = line("cable", { interface: "ppp0", address: "99.1.2.3" });

/** One component whose arguments are right but for what is said; not all programs are checked by types. */
const mistaken =
  (kind: string, usual: string, construct: (name: string, over: object) => unknown) =>
  (argument: string, value: string | undefined, over: object, name = usual): Mistake => ({
    component: within(kind, name),
    argument,
    value,
    make: () => void construct(name, over),
  });

const connection = { host: "77.1.2.2", hostKey, agentSocketPath: "/agent" };

export const host = mistaken("host", "rack", (name, { options, ...over }: { options?: object }) => {
  return new Host(name, { connection, ...over }, options);
});
/** A host with a wrong way to reach it. */
export const reached = (argument: string, value: string | undefined, over: object): Mistake =>
  host(argument, value, { connection: { ...connection, ...over } });
export const colo = mistaken("colo", "toronto", (name, over) => {
  return new ColoEndpoint(name, { ...toronto, ...over });
});
export const address = mistaken("address", "vpn", (name, over) => {
  return new ExtrudedAddress(name, { colo: toronto, address: "77.1.2.3", ...over });
});
export const uplink = mistaken("uplink", "dsl", (name, over) => {
  const own = { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" };
  return new SiteUplink(name, { colo: toronto, router, ...own, ...over });
});
export const bond = mistaken("bond", "office", (name, over) => {
  const uplinks = [{ uplink: dsl }, { uplink: cable, weight: 4 }];
  return new BondedSite(name, { colo: toronto, router, addresses: [vpn], uplinks, ...over });
});
/** A bond that delivers one address in a wrong way. */
export const delivery = (argument: string, value: string | undefined, over: object): Mistake =>
  bond(`deliveries[0].${argument}`, value, { deliveries: [{ address: vpn, as: "nat", ...over }] });

/** The process itself; of what goes wrong, Jest's copy of it is not told. */
const { process: node } = runInThisContext("globalThis") as { readonly process: NodeJS.Process };

/** Every message with which a program is refused: as with Pulumi, they come from promises that nobody waits for. */
export async function refusals({ make, outputs }: Mistake): Promise<string[]> {
  const messages = new Set<string>();
  const note = (error: unknown): void => void messages.add((error as Error).message);
  const others = node.listeners("unhandledRejection");
  node.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  const write = (): Promise<void> => {
    // The inputs of commands are what fails; without them, each says so itself, and not the engine's client.
    runtime.registerStackTransformation(({ type, opts }) =>
      type === "command:remote:Command" ? { props: {}, opts } : undefined,
    );
    make();
    return Promise.resolve();
  };
  try {
    await program(() => runtime.runInPulumiStack(write), false, outputs);
    await setImmediate();
  } finally {
    node.removeListener("unhandledRejection", note);
    for (const other of others) node.on("unhandledRejection", other);
  }
  return [...messages];
}
