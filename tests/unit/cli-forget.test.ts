import { nextSteps, renderForgetting } from "../../cli/forget-host";
import { planForgetting, withoutPlaces } from "../../cli/forgetting";
import { hostsOf, resourcesOf, type StackState } from "../../cli/state";
import { exampleState, secretKey, urn } from "./cli-fixture";

const nameOf = (text: string): string => text.slice(text.lastIndexOf("::") + 2);
const names = (state: StackState): string[] =>
  resourcesOf(state)
    .map((each) => nameOf(each.urn))
    .sort();
const state = exampleState();

/** The state with something done to one of its resources. */
function changed(name: string, change: (resource: Record<string, unknown>) => void): StackState {
  const copy = structuredClone(state);
  const found = resourcesOf(copy).find((each) => nameOf(each.urn) === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  change(found);
  return copy;
}

test("a router goes with its units; what is on the colo stays, and so do its components", () => {
  const found = planForgetting(state, "router");
  expect(found.goes.map((each) => nameOf(each.urn)).sort()).toEqual([
    "cable-router",
    "dsl-router",
    "office-router",
    "router",
    "router-agent",
  ]);
  expect(found.remaining).toEqual([
    { host: "rack", unit: "acme/net/prod/uplink/dsl" },
    { host: "rack", unit: "acme/net/prod/uplink/cable" },
    { host: "rack", unit: "acme/net/prod/bond/office" },
  ]);
  expect(renderForgetting(found)).toMatchSnapshot();
  expect(nextSteps("router", found, "/home/me/backup.json")).toMatchSnapshot();
});

test("a colo goes with the components that are left without a unit", () => {
  const goes = planForgetting(state, "rack").goes.map((each) => nameOf(each.urn));
  expect(goes).toEqual(expect.arrayContaining(["rack", "toronto", "toronto-colo", "vpn", "vpn-colo", "dsl-colo"]));
  expect(goes).not.toContain("dsl");
  expect(goes).not.toContain("office");
  expect(goes.filter((name) => name.endsWith("-router"))).toEqual([]);
});

test("afterwards nothing in the state speaks of the host, and the rest is as it was", () => {
  const encrypted = exampleState(false);
  const { places, goes } = planForgetting(state, "router");
  const after = withoutPlaces(encrypted, places);
  const text = JSON.stringify(after);
  for (const { urn: gone } of goes) expect(text).not.toContain(JSON.stringify(gone));
  expect(names(after)).toEqual(names(state).filter((name) => !goes.some((each) => nameOf(each.urn) === name)));
  expect(text).toContain("v1:ENCRYPTED");
  expect(text).not.toContain(secretKey);
  const colo = (each: StackState) => resourcesOf(each).find((one) => one.urn.endsWith("::toronto-colo"));
  expect(colo(after)).toEqual(colo(encrypted));
  expect(withoutPlaces(encrypted, new Set())).toEqual(encrypted);
});

test("mentions of the host go: dependencies, deletedWith, and what was pending", () => {
  const agent = urn("extrude:index:Host$command:remote:Command", "router-agent");
  const other = urn("extrude:index:Host$command:remote:Command", "rack-agent");
  const before = changed("dsl-colo", (resource) => {
    resource["dependencies"] = [agent, other];
    resource["propertyDependencies"] = { create: [other, agent] };
    resource["deletedWith"] = agent;
  });
  const pending = (name: string): unknown => ({
    resource: { urn: name, type: "command:remote:Command" },
    type: "deleting",
  });
  Object.assign(before.deployment ?? {}, { pending_operations: [pending(agent), pending(other)] });
  const after = withoutPlaces(before, planForgetting(before, "router").places);
  const left = resourcesOf(after).find((each) => each.urn.endsWith("::dsl-colo"));
  expect(left).toMatchObject({ dependencies: [other], propertyDependencies: { create: [other] } });
  expect(left).not.toHaveProperty("deletedWith");
  expect(after.deployment?.pending_operations).toEqual([pending(other)]);
});

test("deletedWith of something that stays, stays", () => {
  const before = changed("dsl-colo", (resource) => (resource["deletedWith"] = "urn:machine"));
  const after = withoutPlaces(before, planForgetting(before, "router").places);
  expect(resourcesOf(after).find((each) => each.urn.endsWith("::dsl-colo"))).toHaveProperty(
    "deletedWith",
    "urn:machine",
  );
});

test("a component with children of somebody else's stays for their sake", () => {
  const before = structuredClone(state);
  const child = { urn: "urn:child", type: "other:thing", parent: urn("extrude:index:Host", "router") };
  Object.assign(before.deployment ?? {}, { resources: [...resourcesOf(before), child] });
  const goes = planForgetting(before, "router").goes.map((each) => nameOf(each.urn));
  expect(goes).toContain("router-agent");
  expect(goes).not.toContain("router");
});

test("what is protected is named", () => {
  const found = planForgetting(
    changed("dsl-router", (resource) => (resource["protect"] = true)),
    "router",
  );
  expect(found.protectedUrns.map(nameOf)).toEqual(["dsl-router"]);
});

test("a host that nobody knows has nothing to forget", () => {
  expect(planForgetting(state, "nobody").goes).toEqual([]);
});

test("hosts come out of the state with their units and the way to reach them", () => {
  const hosts = hostsOf(state);
  expect(hosts.map(({ name, units }) => [name, units.length])).toEqual([
    ["rack", 6],
    ["router", 4],
  ]);
  expect(hosts[1]?.connection).toEqual({ host: "10.0.0.1", user: "admin", privateKey: secretKey });
});
