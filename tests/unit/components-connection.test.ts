import { isSecret, output, type Output, type Resource, ResourceError, secret } from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import * as exported from "../../components";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../../components";
import { connectionFacts } from "../../components/connection";
import { planOrThrow, sentencesOf } from "../../components/problems";
import { planBond } from "../../planning/bond";
import { planColo } from "../../planning/colo";
import { describeProblem } from "../../planning/problems";
import { hostKey, program, type Registered, secrets, valueOf, without } from "./components-fixture";
import { bondArguments, coloArguments, planOf, unitOf } from "./fixtures";

test("the library exports its components, and importing it registers nothing", () => {
  expect(Object.keys(exported).sort()).toEqual(["BondedSite", "ColoEndpoint", "ExtrudedAddress", "Host", "SiteUplink"]);
});

describe("what planning learns of a connection", () => {
  const nothing = { host: "77.1.2.2" };

  test("is whether a host key and something to log in with are given, never what they are", async () => {
    const facts = connectionFacts({ ...nothing, hostKey, privateKey: secret("KEY"), port: 2222, user: "admin" });
    expect(await valueOf(facts)).toEqual({
      host: "77.1.2.2",
      port: 2222,
      user: "admin",
      hasHostKey: true,
      verifyHostKey: undefined,
      hasCredential: true,
    });
    expect(await isSecret(facts)).toBe(false);
  });

  test.each(["privateKey", "password", "agentSocketPath"])("a %s is something to log in with", async (field) => {
    const facts = await valueOf(connectionFacts({ ...nothing, [field]: secret("x") }));
    expect(facts.hasCredential).toBe(true);
    expect(facts.hasHostKey).toBe(false);
  });

  test.each([
    ["left out", undefined],
    ["empty", ""],
    ["an output of nothing", output<string | undefined>(undefined)],
    ["a secret that is empty", secret("")],
  ])("a value that is %s is not given", async (_, value) => {
    const facts = await valueOf(
      connectionFacts({ ...nothing, hostKey: value, privateKey: value, password: value, agentSocketPath: value }),
    );
    expect(facts).toMatchObject({ hasHostKey: false, hasCredential: false });
  });

  test("a private key's passphrase alone is nothing to log in with", async () => {
    const facts = await valueOf(connectionFacts({ ...nothing, privateKeyPassword: "x" }));
    expect(facts.hasCredential).toBe(false);
  });

  test("that no host key is to be checked is passed on", async () => {
    expect((await valueOf(connectionFacts({ ...nothing, verifyHostKey: false }))).verifyHostKey).toBe(false);
  });
});

describe("a plan that could not be made", () => {
  const resource = {} as unknown as Resource;
  const refused = planBond(bondArguments({ uplinks: [], hold: 0 }));

  test("is one error that names every problem, without a stack", () => {
    const attempt = (): unknown => planOrThrow(unitOf("bond", "office"), refused, resource);
    expect(attempt).toThrow(ResourceError);
    expect(attempt).toThrow(
      refused.problems.map((found) => describeProblem("acme/net/prod/bond/office", found)).join("\n"),
    );
    let thrown: unknown;
    try {
      attempt();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ hideStack: true, resource });
  });

  test("is shown as missing", () => {
    expect(sentencesOf(refused)).toEqual(["There is no plan: see the errors."]);
  });

  test("differs from one that was made", () => {
    const found = planColo(coloArguments());
    expect(planOrThrow(unitOf("colo", "toronto"), found, resource)).toEqual(planOf(found));
    expect(sentencesOf(found)[0]).toBe("toronto ends tunnels at 77.1.2.2 on eth0 of rack.");
  });
});

describe("a preview in which values are not known yet", () => {
  const later = output(unknown) as Output<never>;
  let registered: Registered;
  beforeAll(async () => {
    registered = await program(() => {
      const connection = { hostKey: later, privateKey: secret(secrets.privateKey) };
      const rack = new Host("rack", { connection: { host: later, ...connection } });
      const router = new Host("router", { connection: { host: "10.0.0.1", user: later, ...connection } });
      const colo = new ColoEndpoint("toronto", { host: rack, address: later, interface: "eth0" });
      const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
      const dsl = new SiteUplink("dsl", { colo, router, interface: "eth1", address: "55.1.2.3" });
      const lte = new SiteUplink("lte", {
        colo: later,
        router,
        interface: later,
        address: later,
      });
      new BondedSite("office", { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl, weight: later }] });
      new BondedSite("other", { colo, router: later, addresses: [later], uplinks: [{ uplink: lte }] });
    }, true);
  });

  test("still registers every resource", () => {
    expect(registered.names).toHaveLength(8 + 2 + 1 + 1 + 2 + 2 + 2 + 2);
  });

  test("shows what depends on them as unknown", () => {
    expect(registered.command("toronto-colo").create).toBe(unknown);
    expect(registered.component("BondedSite", "other").plan).toBe(unknown);
  });

  test("shows no secret", () => {
    for (const { inputs } of registered.resources.values()) {
      expect(JSON.stringify(without("connection", inputs))).not.toContain(secrets.privateKey);
    }
  });
});
