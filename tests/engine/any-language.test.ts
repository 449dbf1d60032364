import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { packageRoot } from "../../lab/paths";
import { provideToolchain, provideYaml } from "../../toolchain";
import { Agent } from "../toolchain/support/agent";
import { newKey } from "../toolchain/support/keys";
import { SshServer } from "../toolchain/support/sshServer";
import { isStoredSecret, Stacks, type TestStack } from "../toolchain/support/stack";
import { during } from "../toolchain/support/units";
import { Installed } from "./support/installed";

jest.setTimeout(600_000);

/** The components as a Pulumi package, used from a language that knows nothing of this library. */
const key = newKey();
let installed: Installed;
let plugin: string;
let agent: Agent;
let hosts: SshServer;
let stacks: Stacks;

beforeAll(async () => {
  installed = new Installed();
  plugin = installed.plugin();
  agent = await Agent.start(key.private);
  hosts = await SshServer.start({ authorizedKeys: [key.public] });
  const onProgress = (message: string): void => {
    process.stderr.write(`${message}\n`);
  };
  const { environment } = await provideYaml(await provideToolchain({ onProgress }), { onProgress });
  const PATH = [environment["PATH"], dirname(plugin)].join(delimiter);
  stacks = await Stacks.open({ PATH, SSH_AUTH_SOCK: agent.socket });
});
afterAll(async () => {
  stacks.close();
  await hosts.stop();
  agent.stop();
  installed.remove();
});

test("plugin/schema.json is the package as it is: after a change, npm run schema and look at the difference", async () => {
  const { stdout } = await promisify(execFile)("pulumi", ["package", "get-schema", plugin], {
    cwd: installed.folder,
    env: { ...process.env, ...stacks.environment },
  });
  expect(JSON.parse(readFileSync(join(packageRoot, "plugin", "schema.json"), "utf8"))).toEqual(JSON.parse(stdout));
});

test("a program in YAML comes up, stays as it is, and leaves nothing", async () => {
  const config = Object.entries({
    rackAddress: "127.0.0.1",
    rackKey: hosts.hostKey.public,
    routerAddress: "127.0.0.1",
    routerKey: hosts.hostKey.public,
    sshPort: hosts.port,
    agent: agent.socket,
  });
  const stack = await stacks.createIn(
    installed.copy(join("examples", "yaml")),
    Object.fromEntries(config.map(([name, value]) => [`extrude-yaml:${name}`, value])),
  );
  const first = await during(hosts, () => stack.up());
  expect(first.errors).toEqual({});
  const again = await during(hosts, () => stack.up());
  expect(new Set(Object.values(again.steps).flat())).toEqual(new Set(["same"]));
  expect(again.traffic.executions).toEqual([]);

  const stored = await stack.resources();
  // What a preview shows is readable; keys and the way to hosts are not.
  for (const name of ["vpn-colo", "dsl-router", "cable-colo", "office-router"]) {
    expect(stored[name]?.inputs).toMatchObject({ create: expect.stringContaining("extrudectl apply") as string });
    expect(isStoredSecret(stored[name]?.inputs?.["connection"])).toBe(true);
  }
  expect(isStoredSecret(stored["cable-colo"]?.inputs?.["stdin"])).toBe(true);
  const { addresses, toronto } = await stack.outputs();
  expect(addresses).toEqual({ value: ["77.1.2.3"], secret: false });
  expect(toronto).toMatchObject({ secret: false, value: { extrude: "colo", host: "rack", address: "77.1.2.2" } });

  const last = await during(hosts, () => stack.destroy());
  expect(last.errors).toEqual({});
  const removed = last.traffic.executions.map(({ command }) =>
    /remove \S*\/(\w+\/\w+) --as (\w+)/.exec(command)?.slice(1),
  );
  expect(removed).toHaveLength(first.traffic.executions.length);
  // What builds on something goes before it: values are all that ties components of different plugins' calls.
  const place = (unit: string): number => removed.findIndex((found) => found?.[0] === unit);
  expect(place("bond/office")).toBeLessThan(place("uplink/dsl"));
  expect(place("uplink/dsl")).toBeLessThan(place("colo/toronto"));
  expect(place("address/vpn")).toBeLessThan(place("colo/toronto"));
  expect(place("colo/toronto")).toBeLessThan(place("host/rack"));
});

describe("a colo's stack and a customer's, both in YAML,", () => {
  const project = (name: string): string => installed.copy(join("tests", "engine", "programs", "yaml", name));
  const configOf = (name: string, more: Readonly<Record<string, unknown>>): Record<string, unknown> => {
    const given = { hostKey: hosts.hostKey.public, sshPort: hosts.port, agent: agent.socket, ...more };
    return Object.fromEntries(Object.entries(given).map(([field, value]) => [`${name}:${field}`, value]));
  };
  let colo: TestStack;
  let customer: string;
  beforeAll(async () => {
    colo = await stacks.createIn(project("colo"), configOf("yaml-colo", { bakeryKey: key.public }), "prod");
    customer = project("customer");
  });
  const customersStack = (more: Readonly<Record<string, unknown>> = {}): Promise<TestStack> =>
    stacks.createIn(customer, configOf("yaml-customer", more));

  test("are joined by the contract for that customer, who comes in by its own login", async () => {
    expect((await colo.up()).errors).toEqual({});
    const { torontoForBakery } = await colo.outputs();
    expect(torontoForBakery).toMatchObject({
      secret: false,
      value: { extrude: "colo", customer: { login: "extrude-bakery", prefixes: ["77.1.2.16/28"] } },
    });
    const stack = await customersStack();
    const { errors, traffic } = await during(hosts, () => stack.up());
    expect(errors).toEqual({});
    const ofBakery = traffic.executions.filter(({ user }) => user === "extrude-bakery");
    const applied = ofBakery.map(
      ({ command }) => / apply organization\/yaml-customer\/\w+\/(\S+)\n/.exec(command)?.[1],
    );
    expect(applied.sort()).toEqual(["address/mail", "address/vpn", "bond/shop", "uplink/dsl"]);
    expect((await stack.outputs())["addresses"]).toEqual({ value: ["77.1.2.17", "77.1.2.18"], secret: false });
    expect((await stack.destroy()).errors).toEqual({});
  });

  test("are not where the contract is absent, or the address another customer's: each is one sentence, at preview", async () => {
    const absent = await (await customersStack({ contract: "torontoForForge" })).preview();
    expect(absent.succeeded).toBe(false);
    expect(absent.text).toContain(
      'output "torontoForForge" of organization/yaml-colo/prod: is not there. Export it there with exportColo(colo)',
    );
    const foreign = await (await customersStack({ second: "77.1.2.40" })).preview();
    expect(foreign.succeeded).toBe(false);
    expect(foreign.text).toContain(
      "address: 77.1.2.40 is not in 77.1.2.16/28, which the colo gives to extrude-bakery.",
    );
    for (const { text } of [absent, foreign]) expect(text).not.toMatch(/\bat .*\.[jt]s:\d+/);
  });
});
