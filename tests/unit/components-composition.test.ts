import {
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  output,
  rootStackResource,
} from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../../library";
import { hostKey, program, type Registered } from "./components-fixture";

const connection = { host: "10.0.0.1", hostKey, agentSocketPath: "/agent" };

/** A component of the user's own, as one would publish it. */
class Office extends ComponentResource {
  public readonly colo: Output<ColoEndpoint>;
  public readonly site: BondedSite;

  public constructor(name: string, options?: ComponentResourceOptions) {
    super("acme:index:Office", name, {}, options);
    const parent = { parent: this };
    const rack = new Host(`${name}-rack`, { connection }, parent);
    const router = new Host(`${name}-router`, { connection }, parent);
    const colo = new ColoEndpoint(`${name}-colo`, { host: rack, address: "77.1.2.2", interface: "eth0" }, parent);
    this.colo = output(colo);
    const vpn = new ExtrudedAddress(`${name}-vpn`, { colo: this.colo, address: "77.1.2.3" }, parent);
    const line = { colo, router, interface: "eth1", address: "dynamic", encapsulation: "wireguard" } as const;
    const dsl = new SiteUplink(`${name}-dsl`, line, parent);
    this.site = new BondedSite(name, { colo, router, addresses: [vpn], uplinks: [{ uplink: dsl }] }, parent);
  }
}

/** What hosts get to see of a program: commands, without the names that Pulumi has for them. */
function onHosts(found: Registered): unknown[] {
  return [...found.resources.values()]
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ inputs }) => {
      const { create, delete: remove, triggers } = inputs as Record<string, unknown>;
      return JSON.stringify({ create, remove, triggers });
    })
    .sort();
}

/** WireGuard's keys follow from resources' names here, and stay with an alias in an engine. */
function withoutKeys(commands: unknown[]): unknown[] {
  return commands.map((text) => String(text).replaceAll(/[A-Za-z0-9+/]{42,43}=/g, "KEY"));
}

test("a component of several, renamed with an alias, is the same on every host", async () => {
  const before = await program(() => {
    new Office("office");
  });
  const after = await program(() => {
    new Office("hq", { aliases: [{ name: "office" }] });
  });
  expect(withoutKeys(onHosts(after))).toEqual(withoutKeys(onHosts(before)));
  const without = await program(() => {
    new Office("hq");
  });
  expect(withoutKeys(onHosts(without))).not.toEqual(withoutKeys(onHosts(before)));
});

const host = (name: string, options?: ComponentResourceOptions, unitName?: string) =>
  new Host(name, { connection, unitName }, options);

/** The unit that the host of this program has. */
async function unitOf(make: () => Host): Promise<string> {
  const found = await program(() => void make());
  const [command] = onHosts(found);
  return /\\nunit ([^\\]+)\\n/.exec(String(command))?.[1] ?? "none";
}

test.each<[string, () => Host, string]>([
  ["its own name without an alias", () => host("b"), "acme/net/prod/host/b"],
  ["an alias's name", () => host("b", { aliases: [{ name: "a" }] }), "acme/net/prod/host/a"],
  ["an alias's name that is an output", () => host("b", { aliases: [{ name: output("a") }] }), "acme/net/prod/host/a"],
  [
    "an alias's URN",
    () => host("b", { aliases: ["urn:pulumi:prod::net::extrude:index:Host::a"] }),
    "acme/net/prod/host/a",
  ],
  ["an alias's stack", () => host("b", { aliases: [{ stack: "old" }] }), "acme/net/old/host/b"],
  ["an alias's project", () => host("b", { aliases: [{ project: "old" }] }), "acme/old/prod/host/b"],
  [
    "its own name where only its parent has changed",
    () => host("b", { aliases: [{ parent: rootStackResource }] }),
    "acme/net/prod/host/b",
  ],
  [
    "unitName, whatever aliases say",
    () => host("c", { aliases: [{ name: "a" }, { name: "b" }] }, "a"),
    "acme/net/prod/host/a",
  ],
  ["unitName without aliases", () => host("b", {}, "a"), "acme/net/prod/host/a"],
  [
    "one name that two aliases agree on",
    () => host("c", { aliases: [{ name: "a" }, { name: "a", parent: rootStackResource }] }),
    "acme/net/prod/host/a",
  ],
])("a unit has %s", async (_, make, unit) => {
  expect(await unitOf(make)).toBe(unit);
});

test("a component inside a renamed one goes on under the name that it had there", async () => {
  const inner =
    (aliases: ComponentResourceOptions): (() => Host) =>
    () => {
      const outer = new ComponentResource("acme:index:Outer", "two", {}, aliases);
      return host("two-rack", { parent: outer });
    };
  expect(await unitOf(inner({ aliases: [{ name: "one" }] }))).toBe("acme/net/prod/host/one-rack");
  const unrelated = (): Host => {
    const outer = new ComponentResource("acme:index:Outer", "two", {}, { aliases: [{ name: "one" }] });
    return host("rack", { parent: outer });
  };
  expect(await unitOf(unrelated)).toBe("acme/net/prod/host/rack");
});

test("a reference that is another component's output is waited for as the component itself is", async () => {
  const made: Office[] = [];
  const found = await program(
    (registered) => void made.push(new Office("office", { transformations: [registered.transformation] })),
  );
  expect(await found.before("office-vpn-colo")).toContain("office-colo");
});
