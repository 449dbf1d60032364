import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceTransformation } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../../components";
import { packageRoot } from "../../lab/paths";
import { hostKey, program, type Registered, secrets } from "./components-fixture";

/** As docs/cli/forget.md has it. */
const retain: ResourceTransformation = ({ type, name, props, opts }) =>
  type === "command:remote:Command" && (name === "router-agent" || name.endsWith("-router"))
    ? { props, opts: { ...opts, retainOnDelete: true } }
    : undefined;

function network(registered: Registered): void {
  // The second one notes what the first has made of the options.
  const options = { transformations: [retain, registered.transformation] };
  const connection = { host: "10.0.0.1", hostKey, privateKey: secrets.privateKey };
  const rack = new Host("rack", { connection }, options);
  const router = new Host("router", { connection }, options);
  const colo = new ColoEndpoint("toronto", { host: rack, address: "77.1.2.2", interface: "eth0" }, options);
  const vpn = new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" }, options);
  const line = { colo, router, interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.1" };
  const dsl = new SiteUplink("dsl", line, options);
  new BondedSite("office", { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }] }, options);
}

test("the transformation of the documentation retains a router's units, and only those", async () => {
  const { options } = await program(network);
  const commands = [...options.keys()].filter((name) => name.includes("-"));
  const retained = commands.filter((name) => options.get(name)?.retainOnDelete === true);
  expect(retained.sort()).toEqual(["dsl-router", "office-router", "router-agent"]);
  expect(commands.length).toBeGreaterThan(retained.length + 3);
});

test("by default nothing is retained or left to another's deletion", async () => {
  const { options } = await program((registered) => {
    new Host(
      "rack",
      { connection: { host: "10.0.0.1", hostKey, privateKey: secrets.privateKey } },
      { transformations: [registered.transformation] },
    );
  });
  expect(options.get("rack-agent")).not.toMatchObject({ retainOnDelete: true });
  expect(options.get("rack-agent")?.deletedWith).toBeUndefined();
});

test("the documentation has this transformation", () => {
  const page = readFileSync(join(packageRoot, "docs", "cli", "forget.md"), "utf8");
  expect(page).toContain('(name === "router-agent" || name.endsWith("-router"))');
  expect(page).toContain("opts: { ...opts, retainOnDelete: true }");
});
