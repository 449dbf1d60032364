import { createHash } from "node:crypto";
import { readUnit } from "../../rendering/reading";
import { renderHostCommands, renderUnit, renderUnitCommands, unitTextOf } from "../../rendering/unit";
import { planOf, rendered, uplinkArguments, unitsOnHost } from "./fixtures";
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
