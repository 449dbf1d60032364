import { isSecret, output, secret, StackReference } from "@pulumi/pulumi";
import {
  BondedSite,
  coloFrom,
  ColoEndpoint,
  type ColoReference,
  exportColo,
  ExtrudedAddress,
  Host,
  SiteUplink,
} from "../../library";
import { hostKey, program, type Registered, reveal, secrets, valueOf } from "./components-fixture";

const place = { address: "77.1.2.2", prefix: "77.1.2.0/24", interface: "eth0", gateway: "77.1.2.1" };
const contract = { extrude: "colo", version: 1, unit: "acme/net/prod/colo/toronto", host: "rack", ...place };
const connection = { host: "77.1.2.2", hostKey, privateKey: secret(secrets.privateKey) };
const outputs = { toronto: contract };

/** All components that take a colo. */
function customer(colo: ColoReference): void {
  const router = new Host("router", { connection: { host: "10.0.0.1", hostKey, password: secret(secrets.password) } });
  const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
  const dsl = new SiteUplink("dsl", {
    colo,
    router,
    interface: "eth1",
    address: "55.1.2.3",
    encapsulation: "wireguard",
  });
  new BondedSite("office", { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }] });
}

/** A customer's program. */
function fromStack(): Promise<Registered> {
  const write = (): void => {
    customer(coloFrom(new StackReference("acme/net/prod"), "toronto", { connection }));
  };
  return program(write, false, outputs);
}

/** What a program makes, on a stack whose outputs are these. */
async function made<T>(make: () => T, given: Record<string, unknown> = outputs): Promise<T> {
  const found: T[] = [];
  await program(() => void found.push(make()), false, given);
  return found[0] as T;
}

test("a component's contract is what the contract's reader expects, without a secret", async () => {
  const exported = await made(() =>
    exportColo(new ColoEndpoint("toronto", { host: new Host("rack", { connection }), ...place })),
  );
  expect(await valueOf(exported)).toEqual(contract);
  expect(await isSecret(exported)).toBe(false);
});

test("plain data has a contract as well, and its secret way in is not part of it", async () => {
  const host = { name: "rack", user: "root", connection: secret({ host: "77.1.2.2", password: secrets.password }) };
  const exported = await made(() => exportColo({ unit: contract.unit, host, ...place }));
  expect(await valueOf(exported)).toEqual(contract);
  expect(await isSecret(exported)).toBe(false);
});

test("every component takes a colo from a contract, and makes of it what it makes of the colo itself", async () => {
  const found = await fromStack();
  const direct = await program(() => {
    customer(new ColoEndpoint("toronto", { host: new Host("rack", { connection }), ...place }));
  });
  for (const name of ["vpn-colo", "dsl-colo", "dsl-router", "office-colo", "office-router"]) {
    expect(found.command(name).create).toBe(direct.command(name).create);
    expect(found.command(name).triggers).toEqual(direct.command(name).triggers);
    expect(reveal(found.command(name).connection)).toEqual(reveal(direct.command(name).connection));
  }
});

test("what previews show stays readable, although the way in is secret", async () => {
  const found = await fromStack();
  for (const [name, { inputs }] of found.resources) {
    const { create, plan } = inputs as { create?: unknown; plan?: unknown };
    if (name.includes("Command")) expect(typeof create).toBe("string");
    if (name.includes("extrude:index")) expect(Array.isArray(plan)).toBe(true);
  }
});

test.each([
  ["of another version", { toronto: { ...contract, version: 2 } }],
  ["that is not there", {}],
])("a contract %s leaves the components without a plan", async (_, given) => {
  const colo = await made(() => coloFrom(new StackReference("acme/net/prod"), "toronto", { connection }), given);
  const [problem] = (await valueOf(output(colo.problems))) ?? [];
  expect(problem?.argument).toBe('output "toronto" of acme/net/prod');
});

test("a way in that cannot work is a problem of the colo's", async () => {
  const wayIn = { connection: { host: "77.1.2.2" } };
  const colo = await made(() => coloFrom(new StackReference("acme/net/prod"), "toronto", wayIn));
  const found = (await valueOf(output(colo.problems))) ?? [];
  expect(found.map(({ code, argument }) => `${code} ${argument}`)).toEqual([
    "host-key-missing coloFrom connection.hostKey",
    "credential-missing coloFrom connection",
  ]);
});
