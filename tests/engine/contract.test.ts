import { join } from "node:path";
import { secret, StackReference } from "@pulumi/pulumi";
import { coloFrom, ColoEndpoint, exportColo, ExtrudedAddress, Host } from "../../library";
import { newKey } from "../toolchain/support/keys";
import { SshServer } from "../toolchain/support/sshServer";
import { type Operation, Stacks, type TestStack } from "../toolchain/support/stack";
import { during } from "../toolchain/support/units";

jest.setTimeout(300_000);

/** A colo's stack exports a contract, and forgeries beside it; a customer's stack builds on them. */
const owner = newKey();
const customer = newKey();
let stacks: Stacks;
let rack: SshServer;
let colo: TestStack;
let published: Operation;

const place = { address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" };

function coloProgram(): Record<string, unknown> {
  const connection = {
    host: "127.0.0.1",
    port: rack.port,
    privateKey: secret(owner.private),
    hostKey: rack.hostKey.public,
  };
  const host = new Host("rack", { connection });
  const toronto = new ColoEndpoint("toronto", { ...place, host });
  const good = exportColo(toronto);
  return {
    good,
    newer: good.apply((contract) => ({ ...contract, version: 2 })),
    garbage: "77.1.2.2",
    foreign: good.apply((contract) => ({ ...contract, unit: "organization/other/prod/colo/toronto" })),
  };
}

beforeAll(async () => {
  rack = await SshServer.start({ authorizedKeys: [owner.public, customer.public] });
  stacks = await Stacks.open();
  colo = await stacks.create();
  published = await colo.publish(coloProgram);
});
afterAll(async () => {
  stacks.close();
  await rack.stop();
});

test("a colo's stack puts out a contract in clear, without a secret and without the way to its host", async () => {
  expect(published.errors).toEqual({});
  const { good } = await colo.outputs();
  expect(good).toEqual({
    secret: false,
    value: { extrude: "colo", version: 1, unit: `${colo.name}/colo/toronto`, host: "rack", ...place },
  });
});

test("a customer's stack builds on it, through the customer's own way in", async () => {
  const stack = await stacks.create();
  const program = () => {
    const connection = { host: "127.0.0.1", port: rack.port, user: "customer-a", hostKey: rack.hostKey.public };
    const toronto = coloFrom(new StackReference(colo.name), "good", {
      connection: { ...connection, privateKey: secret(customer.private) },
    });
    new ExtrudedAddress("vpn", { colo: toronto, address: "77.1.2.3" });
    return {};
  };
  const previewed = await stack.preview(program);
  expect(previewed.succeeded).toBe(true);
  const { errors, traffic } = await during(rack, () => stack.up(program));
  expect(errors).toEqual({});
  expect(traffic.executions.map(({ user }) => user)).toEqual(["customer-a"]);
  const [{ command } = { command: "" }] = traffic.executions;
  expect(command).toContain(`sudo -n /usr/local/sbin/extrudectl apply ${stack.name}/address/vpn`);
  expect(command).toContain(`need ${colo.name}/colo/toronto`);
  const { inputs } = (await stack.resources())["vpn-colo"] ?? {};
  // Its text is readable in a preview: a secret connection makes nothing else one.
  expect(inputs?.["create"]).toBe(command);
  expect(JSON.stringify({ ...inputs, connection: undefined })).not.toContain("PRIVATE KEY");
  await stack.destroy();
});

test("a contract that is absent, of another version, garbage or foreign is one sentence each, without a stack trace", () => {
  const { code, text } = stacks.previewFolder(join(__dirname, "programs", "customer"), { COLO_STACK: colo.name });
  expect(code).not.toBe(0);
  for (const expected of [
    `output "absent" of ${colo.name}: is not there. Export it there with exportColo(colo)`,
    `output "newer" of ${colo.name}: is a contract of version 2, and this program's release reads version 1.`,
    `output "garbage" of ${colo.name}: "77.1.2.2" is no contract of a colo's.`,
    `output "foreign" of ${colo.name}: it tells of a colo of organization/other/prod, another stack.`,
    "keyless: coloFrom connection.hostKey: is missing",
    "keyless: coloFrom connection: has nothing to log in with.",
  ]) {
    // Once while it runs, and once in the summary.
    expect(text.split("Diagnostics:")[1]?.split(expected)).toHaveLength(2);
  }
  expect(text).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
});
