import { output, type ResourceTransform } from "@pulumi/pulumi";
import { ColoEndpoint, ExtrudedAddress, Host } from "../../library";
import { Stacks, type TestStack } from "../toolchain/support/stack";
import { PretendedHost } from "./support/pretended-host";

jest.setTimeout(300_000);

/** The release of extrude that the programs have at the moment. */
let mockedRelease = "0.1.0";
jest.mock("../../agent/program", () => {
  const { agentProgram, agentVersion } =
    jest.requireActual<typeof import("../../agent/program")>("../../agent/program");
  return { agentVersion, agentProgram: () => agentProgram().replace(/^VERSION=.*$/m, `VERSION=${mockedRelease}`) };
});

let stacks: Stacks;
let rack: PretendedHost;
let owner: TestStack;
let other: TestStack;

beforeAll(async () => {
  rack = await PretendedHost.start({ eth0: "77.1.2.2/24", eth9: "88.1.2.2/24" });
  stacks = await Stacks.open();
  owner = await stacks.create();
  other = await stacks.create();
});
afterAll(async () => {
  stacks.close();
  await rack.stop();
});

function ofOwner(): object {
  const host = new Host("rack", { connection: rack.connection });
  const colo = new ColoEndpoint("toronto", { host, address: "77.1.2.2", interface: "eth0" });
  return new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
}

function ofOther(): object {
  const host = new Host("rack", { connection: rack.connection });
  return new ColoEndpoint("second", { host, address: "88.1.2.2", interface: "eth9" });
}

const installed = (): string => /^VERSION=(.*)$/m.exec(rack.agent.read("extrudectl"))?.[1] ?? "none";

test("a newer release upgrades the agent by one update, which the preview tells in a sentence", async () => {
  expect((await owner.up(ofOwner)).errors).toEqual({});
  expect(installed()).toBe("0.1.0");
  const before = rack.present;

  mockedRelease = "0.2.0";
  const previewed = await owner.preview(ofOwner);
  const { rack: component, "rack-agent": agent, ...others } = previewed.steps;
  expect([component, agent]).toEqual([["update"], ["update"]]);
  expect(new Set(Object.values(others).flat())).toEqual(new Set(["same"]));
  expect(previewed.text).toContain("Its agent is that of extrude 0.2.0, or a newer one that is there already.");

  rack.asked();
  rack.agent.done();
  expect((await owner.up(ofOwner)).errors).toEqual({});
  expect(rack.asked()).toHaveLength(1);
  expect(installed()).toBe("0.2.0");
  // Nothing that carries traffic has been touched.
  expect(rack.agent.done().filter((line) => !line.startsWith("systemctl "))).toEqual([]);
  expect(rack.present).toEqual(before);
});

test("a stack of an older release works beside it, and leaves the newer agent there", async () => {
  mockedRelease = "0.1.0";
  expect((await other.up(ofOther)).errors).toEqual({});
  expect(installed()).toBe("0.2.0");
  expect(rack.present.units).toEqual(
    [
      ...["address/vpn", "colo/toronto", "host/rack"].map((unit) => `${owner.name}/${unit}`),
      ...["colo/second", "host/rack"].map((unit) => `${other.name}/${unit}`),
    ].sort(),
  );
});

test("a unit that is newer than the agent is refused, with what to upgrade", async () => {
  // As a release would render it whose units are of another protocol.
  const ofNewerRelease: ResourceTransform = ({ type, props, opts }) => {
    const { create, ...rest } = props as { create: string };
    if (type !== "command:remote:Command") return undefined;
    return { props: { ...rest, create: output(create).apply((text) => text.replace("unit 1\n", "unit 9\n")) }, opts };
  };
  const before = rack.present;
  const program = (): object => {
    const host = new Host("rack", { connection: rack.connection });
    const colo = new ColoEndpoint("second", { host, address: "88.1.2.2", interface: "eth9" });
    return new ExtrudedAddress("mail", { colo, address: "88.1.2.3" }, { transforms: [ofNewerRelease] });
  };
  const { errors } = await other.up(program, { continueOnError: false });
  expect(errors["mail-colo"]).toContain(
    "the unit speaks protocol '9', this agent (0.2.0) up to 1. Upgrade the agent: run `pulumi up` of the stack that has this machine's Host",
  );
  expect(rack.present).toEqual(before);
});

test("both are taken down, in either order, and nothing stays", async () => {
  mockedRelease = "0.2.0";
  expect((await other.destroy()).errors).toEqual({});
  expect(rack.present.units.filter((unit) => unit.startsWith(other.name))).toEqual([]);
  expect((await owner.destroy()).errors).toEqual({});
  expect([...rack.agent.files("state"), ...rack.agent.files("extrudectl"), ...rack.agent.kernel()]).toEqual([]);
});
