import { createHash } from "node:crypto";
import { readUnit } from "../../rendering/reading";
import { renderHostCommands, renderUnit, renderUnitCommands, unitTextOf } from "../../rendering/unit";
import { trafficMatch } from "../../rendering/traffic";
import { bondArguments, bypassingBond, member, planOf, rendered, uplinkArguments, unitsOnHost } from "./fixtures";
import { planBond } from "../../planning/bond";
import type { Traffic } from "../../planning/traffic";
import { readBond } from "../../rendering/reading-bond";
import { readPolicy, readTraffic } from "../../rendering/reading-policy";
import { planUplink } from "../../planning/uplink";

test.each(["root", "admin"])("a unit's text is read back out of the commands of %s", (user) => {
  for (const unit of [...unitsOnHost("rack"), ...unitsOnHost("router")]) {
    expect(unitTextOf(renderUnitCommands(unit, user).create)).toBe(renderUnit(unit));
  }
  for (const unit of rendered.host()) expect(unitTextOf(renderHostCommands(unit, user).create)).toBe(renderUnit(unit));
});

test("somebody else's command has no unit", () => {
  expect(unitTextOf("apt-get update")).toBeUndefined();
  expect(unitTextOf("cat <<'.unit.'\nextrude\n.unit.")).toBeUndefined();
});

test("a unit's name, host and digest are those of its text", () => {
  for (const unit of unitsOnHost("router")) {
    const text = renderUnit(unit);
    const digest = createHash("sha256").update(text).digest("hex");
    expect(readUnit(text)).toMatchObject({ name: unit.name, host: "router", digest });
    // As it would stand in a file that was cut off.
    expect(readUnit(text.slice(0, -5))).toBeUndefined();
  }
});

test("both ends of a tunnel say of it what was planned", () => {
  const plan = planOf(planUplink(uplinkArguments({ mtu: 1492 })));
  const [colo, router] = rendered
    .uplink(uplinkArguments({ mtu: 1492 }))
    .map((unit) => readUnit(renderUnit(unit))?.tunnel);
  const common = { interface: plan.tunnel, encapsulation: "gre", mtu: plan.tunnelMtu };
  expect(colo).toEqual(common);
  const line = { local: "55.1.2.3", remote: "77.1.2.2", device: "eth1", gateway: "55.1.2.1" };
  expect(router).toEqual({ ...common, line });
});

test("of a line whose address changes, what is known is its interface and where its tunnel leads", () => {
  const args = uplinkArguments({ address: "dynamic", gateway: undefined, encapsulation: "wireguard", port: 12_345 });
  const plan = planOf(planUplink(args));
  const [colo, router] = rendered.uplink(args).map((unit) => readUnit(renderUnit(unit))?.tunnel);
  const common = { interface: plan.tunnel, encapsulation: "wireguard", mtu: 1440 };
  expect(colo).toEqual(common);
  expect(router).toEqual({ ...common, line: { remote: "77.1.2.2", device: "eth1", port: 12_345 } });
});

test("a line without a gateway is a line all the same", () => {
  const [, router] = rendered.uplink(uplinkArguments({ interface: "ppp0", gateway: undefined }));
  expect(router === undefined ? undefined : readUnit(renderUnit(router))?.tunnel?.line).toEqual({
    device: "ppp0",
    local: "55.1.2.3",
    remote: "77.1.2.2",
  });
});

test("other units have no tunnel", () => {
  for (const unit of [...rendered.bond(), ...rendered.colo(), ...rendered.host()]) {
    expect(readUnit(renderUnit(unit))?.tunnel).toBeUndefined();
  }
});

test("what a policy is about is read back as it was planned", () => {
  const { bypass, block } = planOf(planBond(bypassingBond())).policy;
  const [, router] = rendered.bond(bypassingBond()).map((unit) => readUnit(renderUnit(unit)));
  const found = readPolicy(router?.lines ?? []);
  const given = (traffic: Traffic): Traffic =>
    Object.fromEntries(Object.entries(traffic).filter(([, value]) => value !== undefined));
  expect(found).toEqual([
    ...block.map((traffic) => ({ traffic: given(traffic) })),
    ...bypass.map(({ traffic, mark }) => ({ traffic: given(traffic), mark })),
  ]);
  expect(found.length).toBeGreaterThan(2);
  expect(readPolicy(["[nft]"])).toEqual([]);
});

test("traffic of every kind is read back", () => {
  const traffics: readonly Traffic[] = [
    {},
    { protocol: "icmp" },
    { protocol: "tcp", ports: [{ first: 80, last: 80 }] },
    {
      protocol: "udp",
      ports: [
        { first: 1, last: 9 },
        { first: 443, last: 443 },
      ],
      dscp: 46,
    },
    { destinations: ["198.51.100.0/24"], sources: ["192.168.1.0/24", "10.0.0.1/32"] },
    { interfaces: ["eth0", "wlan0.7"], mark: { value: 0x100, mask: 0x700 } },
  ];
  for (const traffic of traffics) expect(readTraffic(trafficMatch(traffic).join(" "))).toEqual(traffic);
});

test.each(["flow", "adaptive", "packet"] as const)("a bond says that its balance is %s", (balance) => {
  const bond = bondArguments({ balance, uplinks: [member("dsl"), member("cable")] });
  const [, router] = rendered.bond(bond).map((unit) => readUnit(renderUnit(unit)));
  expect(router === undefined ? undefined : readBond(router)?.balance).toBe(balance);
});
