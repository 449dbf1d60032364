import { isSecret, type Output, runtime } from "@pulumi/pulumi";
import { buildStack } from "../../config/build";
import { readStackConfig } from "../../config/read";
import { check, example, hostKey, privateKey } from "./config-fixture";

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}
const made: Made[] = [];

beforeEach(async () => {
  made.length = 0;
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        made.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: name, state: inputs as Record<string, unknown> };
      },
      call: () => ({}),
    },
    "extrude",
    "dev",
    false,
    "acme",
  );
});

// What is still to be registered would meet the next test's mocks.
afterEach(settled);

const valueOf = <T>(output: Output<T>): Promise<T> => new Promise((resolve) => void output.apply(resolve));

function built() {
  const checked = check(example());
  if ("problems" in checked) throw new Error(checked.problems.join("\n"));
  return buildStack(checked.config);
}

/** Until all is registered. */
function settled(): Promise<void> {
  return runtime.disconnect();
}

describe("the components of a config", () => {
  test("are those that it lists, each under its own name", async () => {
    built();
    await settled();
    const own = made.filter(({ type }) => type.startsWith("extrude:index:")).map(({ type, name }) => `${type} ${name}`);
    expect(own.sort()).toEqual([
      "extrude:index:BondedSite office",
      "extrude:index:ColoEndpoint toronto",
      "extrude:index:ExtrudedAddress vpn",
      "extrude:index:Host rack",
      "extrude:index:Host router",
      "extrude:index:SiteUplink cable",
      "extrude:index:SiteUplink dsl",
    ]);
  });

  test("get the values of the config: their plans speak of them", async () => {
    built();
    await settled();
    const plan = (name: string): string => JSON.stringify(made.find((found) => found.name === name)?.inputs["plan"]);
    expect(plan("router")).toContain("10.0.0.1, port 22, as admin");
    expect(plan("router")).toContain("Missing Debian packages are installed");
    expect(plan("toronto")).toContain("77.1.2.2 on eth0 of rack");
    expect(plan("vpn")).toContain("77.1.2.3");
    expect(plan("dsl")).toContain("55.1.2.3 (eth1 of router)");
    expect(plan("office")).toContain("dsl 20 %, cable 80 %");
  });

  test("hand a site's deliveries and policy on", async () => {
    const config = example();
    config.sites.office["deliveries"] = {
      vpn: { as: "nat", forwards: [{ protocol: "tcp", ports: 443, to: "192.168.1.3" }] },
    };
    config.sites.office["bypass"] = [{ protocol: "udp", ports: ["8000-8010"], via: ["cable"] }];
    config.sites.office["uplinks"] = { dsl: { only: "up" }, cable: {} };
    config.uplinks.dsl["rate"] = { up: 1 };
    config.uplinks.cable["rate"] = { up: 4, down: 50 };
    config.sites.office["block"] = [{ sources: ["10.0.0.0/8"] }];
    const checked = check(config);
    if ("problems" in checked) throw new Error(checked.problems.join("\n"));
    buildStack(checked.config);
    await settled();
    const plan = JSON.stringify(made.find(({ name }) => name === "office")?.inputs["plan"]);
    expect(plan).toContain("77.1.2.3, tcp port 443, is forwarded to 192.168.1.3.");
    expect(plan).toContain("Udp to port 8000-8010 leaves directly by cable, under the line's own address.");
    expect(plan).toContain("spread over dsl 20 %, cable 80 %.");
    expect(plan).toContain("What the site is sent is spread over cable 100 %.");
    expect(plan).toContain("From 10.0.0.0/8 never leaves but by a tunnel.");
  });

  test("make the stack's outputs", async () => {
    const { addresses, tunnelMtu } = built();
    expect(Object.keys(addresses)).toEqual(["office"]);
    expect(await valueOf(addresses["office"] as Output<string[]>)).toEqual(["77.1.2.3"]);
    expect(await valueOf(tunnelMtu["dsl"] as Output<number>)).toBe(1476);
    expect(await isSecret(addresses["office"] as Output<string[]>)).toBe(false);
  });

  test("hold a private key in a secret only", async () => {
    built();
    await settled();
    const holders = made.filter(({ inputs }) => JSON.stringify(inputs).includes("BEGIN OPENSSH"));
    expect(holders.length).toBeGreaterThan(0);
    expect(new Set(holders.map(({ type }) => type))).toEqual(new Set(["command:remote:Command"]));
    for (const { inputs } of holders) {
      const { connection, ...others } = inputs;
      expect(JSON.stringify(connection)).toContain("BEGIN OPENSSH");
      expect(JSON.stringify(others)).not.toContain("BEGIN OPENSSH");
    }
  });
});

describe("the config as Pulumi hands it over", () => {
  const give = (config: Record<string, unknown>): void => {
    const texts = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);
  };
  const reachable = (host: string) => ({ host, hostKey, privateKey });
  const whole = () =>
    Object.fromEntries(
      Object.entries({ ...example(), hosts: { rack: reachable("77.1.2.2"), router: reachable("10.0.0.1") } }).map(
        ([section, entries]) => [`extrude:${section}`, entries],
      ),
    );
  const messageOf = (): string => {
    try {
      readStackConfig();
    } catch (error) {
      // What makes Pulumi print the message alone, without a stack trace.
      expect(error).toMatchObject({ __pulumiRunError: true });
      return (error as Error).message;
    }
    return "";
  };

  test("is read", () => {
    give(whole());
    const config = readStackConfig();
    expect(config.hosts.get("router")?.connection).toMatchObject({ host: "10.0.0.1", privateKey });
    expect([...config.uplinks.keys()]).toEqual(["dsl", "cable"]);
  });

  test("ends in one error that names all problems", () => {
    give({ ...whole(), "extrude:uplink": "x", "extrud:colos": "y", "aws:region": "z", "extrude:sites": "none" });
    expect(messageOf().split("\n")).toEqual([
      "The config of stack dev has 3 problems:",
      "  - extrud:colos is not a known key; did you mean extrude:colos? [key-unknown](docs/errors.md#key-unknown)",
      "  - extrude:uplink is not a known key; did you mean extrude:uplinks? [key-unknown](docs/errors.md#key-unknown)",
      expect.stringContaining('  - extrude:sites is the text "none", but has to be a mapping'),
    ]);
  });

  test("may have one problem only", () => {
    give({ ...whole(), "extrude:sites": { office: 3 } });
    expect(messageOf()).toBe(
      "The config of stack dev has 1 problem:\n  - extrude:sites.office is the number 3, but has to be a mapping: colo, router, addresses and uplinks of a site. [type-invalid](docs/errors.md#type-invalid)",
    );
  });

  test("keeps secrets of the hosts only", () => {
    give(whole());
    process.env["PULUMI_CONFIG_SECRET_KEYS"] = '["extrude:hosts", "extrude:addresses"]';
    try {
      expect(messageOf()).toContain("extrude:addresses holds a secret");
      expect(messageOf()).toContain("1 problem");
    } finally {
      delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
    }
  });
});
