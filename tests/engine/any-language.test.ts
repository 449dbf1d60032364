import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { packageRoot } from "../../lab/paths";
import { provideToolchain, provideYaml } from "../../toolchain";
import { Agent } from "../toolchain/support/agent";
import { newKey } from "../toolchain/support/keys";
import { SshServer } from "../toolchain/support/sshServer";
import { isStoredSecret, Stacks } from "../toolchain/support/stack";
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
