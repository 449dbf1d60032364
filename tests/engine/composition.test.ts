import { Provider } from "@pulumi/command";
import { ComponentResource, type ComponentResourceOptions, type ResourceTransform } from "@pulumi/pulumi";
import { BondedSite, ColoEndpoint, ExtrudedAddress, Host, SiteUplink } from "../../library";
import { Stacks, type TestStack } from "../toolchain/support/stack";
import { PretendedHost } from "./support/pretended-host";

jest.setTimeout(300_000);

let stacks: Stacks;
let stack: TestStack;
let hosts: Record<"rack" | "mirror" | "router", PretendedHost>;

beforeAll(async () => {
  hosts = {
    rack: await PretendedHost.start({ eth0: "77.1.2.2/24" }),
    mirror: await PretendedHost.start({ eth0: "88.1.2.2/24" }),
    router: await PretendedHost.start({ eth1: "55.1.2.3/24" }),
  };
  stacks = await Stacks.open();
  stack = await stacks.create();
});
afterAll(async () => {
  stacks.close();
  for (const host of Object.values(hosts)) await host.stop();
});

interface OfficeOptions extends ComponentResourceOptions {
  /** What the address of the site is called. */
  readonly vpn?: string;
}

/** A component of the user's own, as one would publish it: a site at one colo, and an address at another. */
class Office extends ComponentResource {
  public constructor(name: string, { vpn = `${name}-vpn`, ...options }: OfficeOptions = {}) {
    super("acme:index:Office", name, {}, options);
    const parent = { parent: this };
    const [rack, mirror, router] = (["rack", "mirror", "router"] as const).map(
      (host) => new Host(`${name}-${host}`, { connection: hosts[host].connection }, parent),
    ) as [Host, Host, Host];
    const colo = new ColoEndpoint(`${name}-colo`, { host: rack, address: "77.1.2.2", interface: "eth0" }, parent);
    const second = new ColoEndpoint(`${name}-second`, { host: mirror, address: "88.1.2.2", interface: "eth0" }, parent);
    new ExtrudedAddress(`${name}-mail`, { colo: second, address: "88.1.2.3" }, parent);
    const address = new ExtrudedAddress(vpn, { colo, address: "77.1.2.3" }, parent);
    const line = { colo, router, interface: "eth1", address: "55.1.2.3", encapsulation: "wireguard" } as const;
    const dsl = new SiteUplink(`${name}-dsl`, line, parent);
    new BondedSite(name, { colo, router, addresses: [address], uplinks: [{ uplink: dsl }] }, parent);
  }
}

/** How many commands each host has run, and what it holds now. */
const asked = (): number[] => Object.values(hosts).map((host) => host.asked().length);
const present = (): unknown => Object.values(hosts).map((host) => host.present);
const nothingAsked = [0, 0, 0];

const patient: ResourceTransform = ({ type, props, opts }) =>
  type === "command:remote:Command"
    ? { props, opts: { ...opts, customTimeouts: { create: "7m", update: "7m", delete: "7m" } } }
    : undefined;

/** The options that a program gives its office, each time it runs: a provider is a resource of that run. */
const options = (): OfficeOptions => ({ providers: [new Provider("ssh")], transforms: [patient] });
const renamed = { aliases: [{ name: "office" }] };

test("a component of several brings each unit to its own host, by its provider and its transforms", async () => {
  const { errors } = await stack.up(() => new Office("office", options()));
  expect(errors).toEqual({});
  const units = (host: PretendedHost): string[] =>
    host.present.units.map((unit) => unit.slice(stack.name.length + 1)).sort();
  expect(units(hosts.rack)).toEqual([
    ...["address/office-vpn", "bond/office", "colo/office-colo", "host/office-rack"],
    "uplink/office-dsl",
  ]);
  expect(units(hosts.mirror)).toEqual(["address/office-mail", "colo/office-second", "host/office-mirror"]);
  expect(units(hosts.router)).toEqual(["bond/office", "host/office-router", "uplink/office-dsl"]);

  const commands = Object.values(await stack.resources()).filter(({ type }) => type === "command:remote:Command");
  expect(commands).toHaveLength(11);
  for (const { urn, provider, customTimeouts } of commands) {
    expect(urn).toMatch(/::acme:index:Office\$extrude:index:\w+\$command:remote:Command::/);
    expect(provider).toMatch(/::pulumi:providers:command::ssh::/);
    expect(customTimeouts).toEqual({ create: 420, update: 420, delete: 420 });
  }
});

test("renamed with an alias it is the same, and no host is asked for anything", async () => {
  asked();
  const { errors, steps } = await stack.up(() => new Office("hq", { ...options(), ...renamed }));
  expect(errors).toEqual({});
  // The plan of the bond, an input of the component alone, says what things are called now.
  const { hq: office, ...others } = steps;
  expect(office).toEqual(["same", "update"]);
  expect(new Set(Object.values(others).flat())).toEqual(new Set(["same"]));
  expect(asked()).toEqual(nothingAsked);
});

test("an address renamed without an alias is refused by the host, which says what alias is missing", async () => {
  const before = present();
  const program = (): object => new Office("hq", { ...options(), ...renamed, vpn: "hq-public" });
  const { errors } = await stack.up(program, { continueOnError: false });
  expect(errors["hq-public-colo"]).toContain(
    `address 77.1.2.3 is claimed by ${stack.name}/address/office-vpn. If that is the same component under its earlier name, give it the option aliases: [{ name: "office-vpn" }].`,
  );
  expect(present()).toEqual(before);
});

test("protected it is not deleted, neither with the program nor with the stack", async () => {
  const program = (): object => new Office("hq", { ...options(), ...renamed, protect: true });
  expect((await stack.up(program)).errors).toEqual({});
  asked();
  const before = present();
  const gone = await stack.up(() => ({}));
  expect(gone.text).toMatch(/cannot be deleted\s+because it is protected/);
  const destroyed = await stack.destroy();
  expect(destroyed.text).toMatch(/cannot be deleted\s+because it is protected/);
  expect([gone.succeeded, destroyed.succeeded]).toEqual([false, false]);
  expect(asked()).toEqual(nothingAsked);
  expect(present()).toEqual(before);
});

test("with retainOnDelete it leaves the stack, and its hosts as they are", async () => {
  const program = (): object => new Office("hq", { ...options(), ...renamed, protect: false, retainOnDelete: true });
  expect((await stack.up(program)).errors).toEqual({});
  asked();
  const before = present();
  const { errors } = await stack.up(() => ({}));
  expect(errors).toEqual({});
  expect(await stack.resources()).toEqual({});
  expect(asked()).toEqual(nothingAsked);
  expect(present()).toEqual(before);
});
