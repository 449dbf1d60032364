import { Agent } from "./support/agent";
import { newKey } from "./support/keys";
import { SshServer, type Traffic, ofUnit } from "./support/sshServer";
import { type Operation, Stacks } from "./support/stack";
import { type Args, during, units } from "./support/units";

jest.setTimeout(900_000);

/** Every way in at once, then every way to be refused at once: each unit has a connection of its own. */
type Connections = Record<string, Args["connection"]>;
const PASSWORD = "correct horse";
const PASSPHRASE = "battery staple";

let stacks: Stacks;
let agent: Agent;
let servers: Record<"keys" | "password" | "interactive" | "shaky" | "proxy", SshServer>;
let well: Operation & { traffic: Traffic };
let traffic: Record<keyof typeof servers, Traffic>;
let refused: Operation & { traffic: Traffic };
let refusedByPassword: Traffic;
let refusedByProxy: Traffic;

const key = newKey();
const agentKey = newKey();
const lockedKey = newKey(PASSPHRASE);
const proxyKey = newKey();
const strangeKey = newKey();

function at(server: SshServer, more: object): Args["connection"] {
  return { host: "127.0.0.1", port: server.port, ...more };
}

function waysIn(): Connections {
  const { keys, password, interactive, shaky, proxy } = servers;
  const viaProxy = { host: "127.0.0.1", port: proxy.port, user: "jump", privateKey: proxyKey.private };
  return {
    defaultUser: at(keys, { privateKey: key.private }),
    user: at(keys, { privateKey: key.private, user: "admin" }),
    hostKey: at(keys, { privateKey: key.private, hostKey: keys.hostKey.public }),
    lockedKey: at(keys, { privateKey: lockedKey.private, privateKeyPassword: PASSPHRASE }),
    password: at(password, { password: PASSWORD }),
    interactive: at(interactive, { password: PASSWORD }),
    keyFirst: at(keys, { user: "keyFirst", privateKey: key.private, password: PASSWORD }),
    agent: at(keys, { user: "agent", agentSocketPath: agent.socket }),
    keyBeforeAgent: at(keys, { user: "both", privateKey: key.private, agentSocketPath: agent.socket }),
    shaky: at(shaky, { privateKey: key.private, dialErrorLimit: 2 }),
    proxy: at(keys, { user: "behind", privateKey: key.private, hostKey: keys.hostKey.public, proxy: viaProxy }),
  };
}

function waysToBeRefused(): Connections {
  const { keys, password, proxy } = servers;
  const wrong = { privateKey: strangeKey.private };
  const toProxy = { host: "127.0.0.1", port: proxy.port, dialErrorLimit: 0 };
  return {
    limit0: at(keys, { user: "limit0", dialErrorLimit: 0, ...wrong }),
    limit1: at(keys, { user: "limit1", dialErrorLimit: 1, ...wrong }),
    limit3: at(keys, { user: "limit3", dialErrorLimit: 3, ...wrong }),
    // Nobody gets as far as naming a user here, so the dials are counted on a server of its own.
    hostKey: at(password, { password: PASSWORD, hostKey: strangeKey.public, dialErrorLimit: 1 }),
    badHostKey: at(keys, { user: "badHostKey", privateKey: key.private, hostKey: "no key at all" }),
    badKey: at(keys, { user: "badKey", privateKey: "no key at all" }),
    lockedKey: at(keys, { user: "locked", privateKey: lockedKey.private, privateKeyPassword: "wrong" }),
    deadAgent: at(keys, { user: "dead", privateKey: key.private, agentSocketPath: `${agent.socket}.gone` }),
    proxy: at(keys, { user: "behind", privateKey: key.private, proxy: { ...toProxy, ...wrong } }),
    proxyHostKey: at(keys, {
      user: "behind",
      privateKey: key.private,
      proxy: { ...toProxy, privateKey: proxyKey.private, hostKey: strangeKey.public },
    }),
  };
}

function commands(connections: Connections): () => object {
  const named = Object.entries(connections).map(([name, connection]) => [
    name,
    { create: `create ${name}`, ...(connection && { connection }) },
  ]);
  return units(Object.fromEntries(named) as Record<string, Args>, undefined);
}

beforeAll(async () => {
  const authorizedKeys = [key.public, agentKey.public, lockedKey.public];
  servers = {
    keys: await SshServer.start({ authorizedKeys }),
    password: await SshServer.start({ password: PASSWORD }),
    interactive: await SshServer.start({ password: PASSWORD, keyboardInteractive: true }),
    shaky: await SshServer.start({ authorizedKeys, refusedConnections: 2 }),
    proxy: await SshServer.start({ authorizedKeys: [proxyKey.public] }),
  };
  const { keys, password, interactive, shaky, proxy } = servers;
  agent = await Agent.start(agentKey.private);
  stacks = await Stacks.open();
  const stack = await stacks.create();
  well = await during(keys, () => stack.up(commands(waysIn())));
  traffic = {
    keys: well.traffic,
    password: password.take(),
    interactive: interactive.take(),
    shaky: shaky.take(),
    proxy: proxy.take(),
  };
  refused = await during(keys, () => stack.up(commands(waysToBeRefused())));
  refusedByPassword = password.take();
  refusedByProxy = proxy.take();
});
afterAll(async () => {
  stacks.close();
  agent.stop();
  for (const server of Object.values(servers)) await server.stop();
});

function dialsAs(seen: Traffic, user: string): (readonly string[])[] {
  return seen.dials.filter((attempts) => attempts.some((attempt) => attempt.startsWith(`${user}:`)));
}

test("every way in gets in", () => {
  expect(well.errors).toEqual({});
  expect(well.succeeded).toBe(true);
});

test("user is root unless another is named", () => {
  expect(ofUnit(traffic.keys, "defaultUser")).toMatchObject([{ user: "root" }]);
  expect(ofUnit(traffic.keys, "user")).toMatchObject([{ user: "admin" }]);
});

test("the expected host key is accepted", () => {
  expect(ofUnit(traffic.keys, "hostKey")).toHaveLength(1);
});

test("an encrypted private key is opened by privateKeyPassword", () => {
  expect(ofUnit(traffic.keys, "lockedKey")).toHaveLength(1);
});

test("a password works for servers that ask for it either way", () => {
  expect(ofUnit(traffic.password, "password")).toHaveLength(1);
  expect(traffic.password.dials[0]).toContain("root:password");
  expect(ofUnit(traffic.interactive, "interactive")).toHaveLength(1);
  expect(traffic.interactive.dials[0]).toContain("root:keyboard-interactive");
});

test("a private key goes before a password", () => {
  expect(dialsAs(traffic.keys, "keyFirst").flat()).not.toContain("keyFirst:password");
});

test("the agent at agentSocketPath is asked, after the private key", () => {
  expect(ofUnit(traffic.keys, "agent")).toMatchObject([{ user: "agent" }]);
  expect(ofUnit(traffic.keys, "keyBeforeAgent")).toMatchObject([{ user: "both" }]);
});

test("a connection that breaks is dialled again", () => {
  expect(ofUnit(traffic.shaky, "shaky")).toHaveLength(1);
  expect(traffic.shaky.dials).toHaveLength(3);
});

test("proxy: the connection goes through the proxy, with its own credentials on each leg", () => {
  expect(traffic.proxy.forwarded).toEqual([`127.0.0.1:${servers.keys.port}`]);
  expect(traffic.proxy.dials.flat().every((attempt) => attempt.startsWith("jump:"))).toBe(true);
  expect(ofUnit(traffic.keys, "proxy")).toMatchObject([{ user: "behind" }]);
});

test.each([
  ["limit0", 1],
  ["limit1", 2],
  ["limit3", 4],
])("dialErrorLimit: %s dials %i times", (unit, dials) => {
  expect(dialsAs(refused.traffic, unit)).toHaveLength(dials);
  expect(refused.errors[unit]).toContain("unable to authenticate");
});

test("another host key is refused before anything is told to the host", () => {
  expect(refusedByPassword.dials).toEqual([[], []]);
  expect(refused.errors["hostKey"]).toContain("host key mismatch");
});

test.each(["badHostKey", "badKey", "lockedKey", "deadAgent"])("%s: the host is not even dialled", (unit) => {
  expect(refused.errors[unit]).toBeDefined();
  const users = { badHostKey: "badHostKey", badKey: "badKey", lockedKey: "locked", deadAgent: "dead" };
  expect(dialsAs(refused.traffic, users[unit as keyof typeof users])).toEqual([]);
});

test("a proxy that refuses, or is another, is named in the error; the host is not dialled", () => {
  expect(refused.errors["proxy"]).toMatch(/proxy[^]*unable to authenticate/);
  expect(refused.errors["proxyHostKey"]).toMatch(/proxy[^]*host key mismatch/);
  expect(dialsAs(refused.traffic, "behind")).toEqual([]);
  expect(refusedByProxy.dials).toHaveLength(2);
});

test("no error tells a key or a password", () => {
  const secrets = [PASSWORD, PASSPHRASE, ...[key, strangeKey, lockedKey].map((pair) => pair.private.split("\n")[2])];
  const said = JSON.stringify([refused.errors, refused.warnings, refused.log, well.log]);
  for (const secret of secrets) expect(said).not.toContain(secret);
});

test("SSH_AUTH_SOCK names the agent where agentSocketPath does not", async () => {
  const { keys } = servers;
  const withAgent = await Stacks.open({ SSH_AUTH_SOCK: agent.socket });
  const stack = await withAgent.create();
  const { traffic: seen } = await during(keys, () => stack.up(commands({ agent: at(keys, {}) })));
  withAgent.close();
  expect(ofUnit(seen, "agent")).toHaveLength(1);
});
