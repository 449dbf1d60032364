import { isSecret, output, type ResourceTransformation } from "@pulumi/pulumi";
import { agentProgram } from "../../agent/program";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../../components";
import { renderHostCommands, renderUnitCommands, type Unit } from "../../rendering/unit";
import { hostKey, program, type Registered, reveal, secrets, valueOf, without } from "./components-fixture";
import { addressFacts, bondArguments, member, rendered, unitOf, uplinkArguments, uplinkFacts } from "./fixtures";

/** The example network, as a user writes it. */
function network(transformations: ResourceTransformation[]): {
  rack: Host;
  router: Host;
  colo: ColoEndpoint;
  vpn: ExtrudedAddress;
  dsl: SiteUplink;
  cable: SiteUplink;
  office: BondedSite;
} {
  const options = { transformations };
  const rack = new Host("rack", { connection: { host: "77.1.2.2", hostKey, privateKey: secrets.privateKey } }, options);
  const proxy = { host: "bastion", user: "jump", hostKey, password: secrets.password };
  const router = new Host(
    "router",
    { connection: { host: "10.0.0.1", user: "admin", port: 2222, hostKey, ...secrets, proxy }, installPackages: true },
    options,
  );
  const colo = new ColoEndpoint(
    "toronto",
    { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" },
    options,
  );
  const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" }, options);
  const dsl = new SiteUplink(
    "dsl",
    { colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" },
    options,
  );
  const cable = new SiteUplink("cable", { colo, router, interface: "ppp0", address: "99.1.2.3" }, options);
  const office = new BondedSite(
    "office",
    { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }, { uplink: cable, weight: 4 }] },
    options,
  );
  return { rack, router, colo, vpn, dsl, cable, office };
}

let registered: Registered;
let made: ReturnType<typeof network>;
beforeAll(async () => {
  registered = await program((found) => {
    made = network([found.transformation]);
  });
});

const units = {
  "toronto-colo": () => [rendered.colo()[0], "root"],
  "vpn-colo": () => [rendered.address()[0], "root"],
  "dsl-colo": () => [rendered.uplink()[0], "root"],
  "dsl-router": () => [rendered.uplink()[1], "admin"],
  "cable-colo": () => [cableUnits()[0], "root"],
  "cable-router": () => [cableUnits()[1], "admin"],
  "office-colo": () => [rendered.bond()[0], "root"],
  "office-router": () => [rendered.bond()[1], "admin"],
} satisfies Record<string, () => [Unit | undefined, string]>;
const unitNames = Object.keys(units) as (keyof typeof units)[];
const agents = ["rack-agent", "router-agent"];

function cableUnits(): Unit[] {
  const line = { interface: "ppp0", address: "99.1.2.3", gateway: undefined };
  return rendered.uplink(uplinkArguments({ unit: unitOf("uplink", "cable"), ...line }));
}

test("a network is its components, with one command per unit and one per host's agent", () => {
  expect([...registered.names].sort()).toEqual(
    [
      "Host rack",
      "Host router",
      "ColoEndpoint toronto",
      "ExtrudedAddress vpn",
      "SiteUplink dsl",
      "SiteUplink cable",
      "BondedSite office",
      ...agents.map((name) => `Command ${name}`),
      ...unitNames.map((name) => `Command ${name}`),
    ].sort(),
  );
});

test.each(unitNames)("%s applies and removes what was planned and rendered for it", (name) => {
  const [unit, user] = units[name]();
  if (unit === undefined) throw new Error("nothing was rendered");
  const command = registered.command(name);
  const text = renderUnitCommands(unit, user);
  expect(command.create).toBe(text.create);
  expect(command.delete).toBe(text.delete);
  expect(command).not.toHaveProperty("update");
  expect(command).not.toHaveProperty("stdin");
  expect(command.triggers).toEqual([unit.host, unit.name]);
});

test.each([
  ["rack", "root", false],
  ["router", "admin", true],
])("the agent of %s arrives on standard input, and its unit with it", (host, user, installPackages) => {
  const command = registered.command(`${host}-agent`);
  const arguments_ = { unit: unitOf("host", host), installPackages };
  const [unit] = rendered.host({ ...arguments_, connection: { host: "x", hasHostKey: true, hasCredential: true } });
  const text = renderHostCommands(unit as Unit, user);
  expect(command.create).toBe(text.create);
  expect(command.delete).toBe(text.delete);
  expect(command.stdin).toBe(agentProgram());
  expect(command.triggers).toEqual([host, (unit as Unit).name]);
});

test.each([...agents, ...unitNames])("%s is run anew for no environment, and its output is not logged", (name) => {
  const { addPreviousOutputInEnv, logging } = registered.command(name);
  expect({ addPreviousOutputInEnv, logging }).toEqual({ addPreviousOutputInEnv: false, logging: "none" });
});

test("secrets are in connections alone, and these are secret", () => {
  for (const { inputs } of registered.resources.values()) {
    const { connection } = inputs as Record<string, unknown>;
    const others = JSON.stringify(without("connection", inputs));
    for (const secret of Object.values(secrets)) expect(others).not.toContain(secret);
    if (connection !== undefined) expect(reveal(connection)).toHaveProperty("hostKey", hostKey);
  }
});

test("a wrong key is found by two dials of the host's own command, and a busy server is tried again by the units", () => {
  const dials = (name: string): unknown => {
    const { dialErrorLimit, proxy } = reveal(registered.command(name).connection);
    return { dialErrorLimit, proxy: (proxy as Record<string, unknown> | undefined)?.dialErrorLimit };
  };
  expect(dials("rack-agent")).toEqual({ dialErrorLimit: 1, proxy: undefined });
  expect(dials("router-agent")).toEqual({ dialErrorLimit: 1, proxy: 1 });
  for (const name of unitNames) {
    const limit = { dialErrorLimit: 10, proxy: name.endsWith("-router") ? 10 : undefined };
    expect(dials(name)).toEqual(limit);
  }
});

test("a unit reaches its host as the host was told to be reached", () => {
  const { proxy, ...direct } = reveal(registered.command("dsl-router").connection);
  expect(without("perDialTimeout", direct)).toEqual({
    host: "10.0.0.1",
    port: 2222,
    user: "admin",
    hostKey,
    ...secrets,
    dialErrorLimit: 10,
  });
  expect(proxy).toMatchObject({ host: "bastion", user: "jump", hostKey, password: secrets.password });
  expect(reveal(registered.command("dsl-colo").connection)).toMatchObject({
    host: "77.1.2.2",
    privateKey: secrets.privateKey,
  });
});

test("units are made in the order in which they need each other", async () => {
  const before: Record<string, string[]> = {};
  for (const name of unitNames) before[name] = await registered.before(name);
  expect(before).toEqual({
    "toronto-colo": ["rack"],
    "vpn-colo": ["toronto", "rack"],
    "dsl-colo": ["toronto", "router", "rack"],
    "dsl-router": ["toronto", "router", "router"],
    "cable-colo": ["toronto", "router", "rack"],
    "cable-router": ["toronto", "router", "router"],
    "office-colo": ["toronto", "router", "vpn", "dsl", "cable", "rack"],
    "office-router": ["toronto", "router", "vpn", "dsl", "cable", "office-colo", "router"],
  });
  expect(await registered.before("rack-agent")).toEqual([]);
});

test("every component shows its plan, and gives the engine nothing else", () => {
  for (const { type, inputs } of registered.resources.values()) {
    if (!type.startsWith("extrude:")) continue;
    expect(Object.keys(inputs as object)).toEqual(["plan"]);
    const { plan } = inputs as { plan: string[] };
    expect(plan.length).toBeGreaterThan(0);
    for (const sentence of plan) expect(sentence).toMatch(/^\S.*\.$/);
  }
  expect(registered.component("BondedSite", "office").plan).toMatchSnapshot();
});

test("a component is a reference with the fields that others need", async () => {
  expect(await valueOf(made.rack.name)).toBe("rack");
  expect(await valueOf(made.rack.user)).toBe("root");
  expect(await valueOf(made.router.user)).toBe("admin");
  expect(await isSecret(made.rack.connection)).toBe(true);
  expect(await valueOf(made.colo.unit)).toBe("acme/net/prod/colo/toronto");
  expect(await valueOf(output([made.colo.address, made.colo.interface, made.colo.gateway, made.colo.prefix]))).toEqual([
    "77.1.2.2",
    "eth0",
    "77.1.2.1",
    undefined,
  ]);
  expect(await valueOf(output([made.vpn.unit, made.vpn.address, made.vpn.coloUnit]))).toEqual([
    "acme/net/prod/address/vpn",
    "77.1.2.3",
    "acme/net/prod/colo/toronto",
  ]);
  const { unit, name, coloUnit, routerName, address, gateway, tunnelMtu } = made.cable;
  expect(
    await valueOf(
      output([unit, name, coloUnit, routerName, made.cable.interface, address, gateway, tunnelMtu as unknown]),
    ),
  ).toEqual([
    "acme/net/prod/uplink/cable",
    "cable",
    "acme/net/prod/colo/toronto",
    "router",
    "ppp0",
    "99.1.2.3",
    undefined,
    1476,
  ]);
  expect(await valueOf(made.office.unit)).toBe("acme/net/prod/bond/office");
  expect(await valueOf(made.office.addresses)).toEqual(["77.1.2.3"]);
});

describe("references that come from another program", () => {
  const connection = { host: "77.1.2.2", hostKey, privateKey: secrets.privateKey };
  const rack = { name: "rack", user: "root", connection };
  const router = { name: "router", user: "admin", connection };
  const colo = { unit: "acme/net/prod/colo/toronto", host: rack, address: "77.1.2.2", interface: "eth0" };
  const { colo: coloUnit, ...vpn } = addressFacts("vpn", "77.1.2.3");
  const uplinks = bondArguments().uplinks.map(({ uplink, weight }) => {
    const { colo: at, router: routerName, ...facts } = uplink;
    return { uplink: { ...facts, coloUnit: at, routerName }, weight };
  });

  test.each([
    ["as plain data", false],
    ["as outputs", true],
  ])("%s give the same units as components do, with nothing to wait for", async (_, asOutputs) => {
    const given = <T>(value: T): T => (asOutputs ? (output(value) as T) : value);
    const found = await program(({ transformation }) => {
      const options = { transformations: [transformation] };
      const coloGiven = given({ ...colo, gateway: "77.1.2.1" });
      new ExtrudedAddress("vpn", { colo: coloGiven, address: "77.1.2.3" }, options);
      const line = { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" };
      new SiteUplink("dsl", { colo: coloGiven, router: given(router), ...line }, options);
      new BondedSite(
        "office",
        {
          colo: coloGiven,
          router: given(router),
          addresses: [given({ ...vpn, coloUnit })],
          uplinks: uplinks.map(({ uplink, weight }) => ({ uplink: given(uplink), weight: given(weight) })),
        },
        options,
      );
    });
    for (const name of ["vpn-colo", "dsl-colo", "dsl-router", "office-colo", "office-router"] as const) {
      expect(found.command(name).create).toBe(registered.command(name).create);
      expect(found.command(name).delete).toBe(registered.command(name).delete);
      expect(await found.before(name)).toEqual(name === "office-router" ? ["office-colo"] : []);
    }
  });

  test("carry what else is in them nowhere", async () => {
    const found = await program(() => {
      const chatty = { ...colo, password: secrets.password, notes: "MORE" };
      new ExtrudedAddress("vpn", { colo: chatty, address: "77.1.2.3" });
    });
    const text = JSON.stringify([...found.resources.values()]);
    expect(text).not.toContain(secrets.password);
    expect(text).not.toContain("MORE");
  });
});

test("a host of another name is another place", async () => {
  const found = await program(() => {
    const rack = new Host("rack2", { connection: { host: "77.1.2.2", hostKey, agentSocketPath: "/agent" } });
    new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0", gateway: "77.1.2.1" });
  });
  expect(found.command("toronto-colo").triggers).toEqual(["rack2", "acme/net/prod/colo/toronto"]);
  expect(found.command("toronto-colo").delete).toContain("--as rack2");
});

test("units are named after the organization, the project and the stack", () => {
  expect(registered.command("office-router").create).toContain("\nunit acme/net/prod/bond/office\n");
  expect(member("dsl").uplink.unit).toBe(uplinkFacts("dsl").unit);
});
