import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { packageRoot } from "../../lab/paths";
import { Agent } from "../toolchain/support/agent";
import { newKey } from "../toolchain/support/keys";
import { type Execution, SshServer } from "../toolchain/support/sshServer";
import { Stacks, type TestStack } from "../toolchain/support/stack";
import { during } from "../toolchain/support/units";
import { Installed } from "./support/installed";

jest.setTimeout(600_000);

/** The examples' programs as their readers run them: from folders of their own, with the keys of an SSH agent. */
const key = newKey();
let installed: Installed;
let agent: Agent;
let hosts: SshServer;
let stacks: Stacks;
let machine: { host: string; port: number; hostKey: string };

beforeAll(async () => {
  installed = new Installed();
  agent = await Agent.start(key.private);
  hosts = await SshServer.start({ authorizedKeys: [key.public] });
  stacks = await Stacks.open({ SSH_AUTH_SOCK: agent.socket });
  machine = { host: "127.0.0.1", port: hosts.port, hostKey: hosts.hostKey.public };
});
afterAll(async () => {
  stacks.close();
  await hosts.stop();
  agent.stop();
  installed.remove();
});

/** The units that a call of the agent's applies or removes, by kind and name, as "apply uplink/dsl". */
function verbs(executions: readonly Execution[]): string[] {
  return executions.flatMap(({ command }) => {
    const [, verb, unit] =
      /(install|apply|remove)\b[^\n]*?(?:\nextrude unit 1\nunit )?[\w-]+\/[\w-]+\/[\w-]+\/(\S+)/.exec(command) ?? [];
    return verb === undefined ? [] : [`${verb} ${unit ?? ""}`];
  });
}

async function upTwice(stack: TestStack): Promise<string[]> {
  const first = await during(hosts, () => stack.up());
  expect(first.errors).toEqual({});
  expect(first.succeeded).toBe(true);
  const again = await during(hosts, () => stack.up());
  const steps = Object.values(again.steps).flat();
  // A StackReference is read each time.
  expect(new Set(steps.filter((step) => step !== "read"))).toEqual(new Set(["same"]));
  expect(again.traffic.executions).toEqual([]);
  return verbs(first.traffic.executions);
}

async function destroy(stack: TestStack): Promise<string[]> {
  const { errors, traffic } = await during(hosts, () => stack.destroy());
  expect(errors).toEqual({});
  expect(await stack.resources()).toEqual({});
  return verbs(traffic.executions);
}

const sites = ["quickstart", "lte-backup", "behind-nat", "ipv6-prefix", "existing-program"];

test.each(sites)("%s comes up, stays as it is, and leaves nothing", async (name) => {
  const stack = await stacks.createIn(installed.copy(join("examples", name)), {
    [`${name}:rack`]: machine,
    [`${name}:router`]: machine,
  });
  const applied = await upTwice(stack);
  expect(applied).toContain("apply colo/toronto");
  const removed = await destroy(stack);
  expect(removed.sort()).toEqual(applied.map((verb) => verb.replace(/^\w+/, "remove")).sort());
});

test("a colo's stack and two customers', in the order that they need", async () => {
  const colo = await stacks.createIn(
    installed.copy(join("examples", "customers", "colo")),
    { "colo:rack": machine, "colo:bakeryKey": key.public, "colo:forgeKey": key.public },
    "prod",
  );
  expect(await upTwice(colo)).toEqual(expect.arrayContaining(["apply customer/toronto.bakery", "apply colo/toronto"]));

  const customer = installed.copy(join("examples", "customers", "customer"));
  const configOf = (address: string) => ({
    "customer:provider": "organization/colo/prod",
    "customer:address": address,
    "customer:rack": machine,
    "customer:router": machine,
  });
  const bakery = await stacks.createIn(customer, configOf("77.1.2.17"), "bakery");
  const forge = await stacks.createIn(customer, configOf("77.1.2.33"), "forge");
  const { errors, traffic } = await during(hosts, () => bakery.up());
  expect(errors).toEqual({});
  expect(new Set(traffic.executions.map(({ user }) => user))).toEqual(new Set(["root", "extrude-bakery"]));
  expect(await upTwice(forge)).toContain("apply bond/site");
  await destroy(bakery);
  await destroy(forge);

  const order = { ...{ site: "mill", address: "77.1.2.5" }, provider: "organization/colo/prod" };
  expect(await portal("add", { ...order, rack: machine, router: machine })).toMatchObject({
    addresses: ["77.1.2.5"],
    changes: { create: expect.any(Number) as number },
  });
  expect(await portal("add", { ...order, rack: machine, router: machine })).toMatchObject({
    changes: { same: expect.any(Number) as number },
  });
  await portal("remove", { ...order, rack: machine, router: machine });
  await destroy(colo);
});

/** Runs the portal as its web server would; what it says on stdout. */
async function portal(verb: string, order: object): Promise<unknown> {
  const folder = join(installed.folder, "examples", "portal");
  if (!existsSync(folder)) installed.copy(join("examples", "portal"));
  const env = { ...process.env, ...stacks.environment };
  const child = spawn(join(packageRoot, "node_modules", ".bin", "tsx"), ["index.ts", verb], { cwd: folder, env });
  child.stdin.end(JSON.stringify(order));
  const [said, complaints, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
  if (code !== 0) throw new Error(complaints);
  return said === "" ? undefined : (JSON.parse(said) as unknown);
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}

test("pulumi new makes a program of the template, which previews", async () => {
  const folder = join(installed.folder, "mine");
  const template = join(packageRoot, "templates", "extrude-typescript");
  await promisify(execFile)(
    "pulumi",
    ["new", template, "--generate-only", "--yes", "--offline", "--name", "mine", "--dir", folder],
    { cwd: installed.folder, env: { ...process.env, ...stacks.environment } },
  );
  const stack = await stacks.createIn(folder, {
    ...{ "mine:coloAddress": "77.1.2.2", "mine:coloInterface": "eth0", "mine:coloGateway": "77.1.2.1" },
    ...{ "mine:coloHostKey": machine.hostKey, "mine:routerHostKey": machine.hostKey },
    ...{ "mine:extrudedAddress": "77.1.2.3", "mine:routerAddress": "10.0.0.1", "mine:lines": "eth1, eth2" },
  });
  const { errors, steps } = await stack.preview();
  expect(errors).toEqual({});
  expect(steps["site-router"]).toEqual(["create"]);
});
