import { driftExitCode, driftOf, renderDrift } from "../../cli/drift";
import { differencesOf } from "../../cli/differences";
import { chooseHosts } from "../../cli/state";
import { healthy, healthyFacts, stackHost } from "./cli-fixture";

const [rack, router] = [stackHost("rack"), stackHost("router")];
const unit = (kind: string, name: string): string => `acme/net/prod/${kind}/${name}`;
const drifts = (...lines: string[]) =>
  differencesOf(router, healthyFacts(router, ...lines.map((line) => `drift ${line}`)));

test("nothing differs on a healthy host", () => {
  const found = Object.values(healthy()).map(driftOf);
  expect(found).toEqual([
    { host: "rack", differences: [] },
    { host: "router", differences: [] },
  ]);
  expect(renderDrift(found)).toBe("");
  expect(driftExitCode(found)).toBe(0);
});

test("each line of the agent's is that of the unit which wants it", () => {
  const owner = (line: string) => drifts(line)[0]?.unit;
  const lines = router.units.flatMap(({ name, lines: text }) => text.map((line) => [name, line] as const));
  const [, element = ""] =
    lines.find(([name, line]) => name.endsWith("/office") && line.startsWith("add element")) ?? [];
  const [, table = ""] = lines.find(([, line]) => line.startsWith("table inet")) ?? [];
  expect(owner("[ip] missing: rule add priority 9010 from 55.1.2.3 lookup 1")).toBeUndefined();
  for (const [name, line] of lines.filter(([, each]) => /^(rule|link|address) add/.test(each))) {
    expect(owner(`[ip] missing: ${line}`)).toBe(name);
  }
  expect(owner(`[nft] missing: ${element}`)).toBe(unit("bond", "office"));
  expect(owner(`[nft] ${table.replace(" {", "")} is gone`)).toBe(unit("bond", "office"));
  expect(owner("[sysctl] net/ipv4/conf/eth1/rp_filter is 1, not 2")).toBe(unit("uplink", "dsl"));
  expect(owner("[sysctl] net/ipv4/conf/eth7/forwarding is 0, not 1")).toBe(unit("bond", "office"));
  expect(owner("[bird] extrude-bird is not running")).toBeUndefined();
});

test("a unit that is missing, another, or unknown is named; another stack's is left alone", () => {
  const facts = healthyFacts(
    rack,
    `unit ${unit("bond", "old")} rack 00`,
    `unit ${unit("address", "vpn")} rack 00`,
    "unit a/b/c/bond/d rack 00",
  );
  const absent = { name: unit("bond", "new"), host: "rack", digest: "00", lines: [] };
  expect(differencesOf({ ...rack, units: [...rack.units, absent] }, facts)).toEqual([
    { kind: "unit-differs", unit: unit("address", "vpn"), text: "has another text on the host than in the state" },
    { kind: "unit-missing", unit: unit("bond", "new"), text: "is in the state, but not on the host" },
    { kind: "unit-unknown", unit: unit("bond", "old"), text: "is on the host, but not in the state" },
  ]);
});

test("what is printed names host and unit, and a host that could not be asked counts more than a difference", () => {
  const found = [
    driftOf({
      host: router,
      facts: healthyFacts(router, "drift [bird] extrude-bird is not running", `unit ${unit("bond", "old")} router 00`),
    }),
    driftOf({
      host: rack,
      refusal: { problem: "unreachable", text: "77.1.2.2, port 22 cannot be reached by SSH (timeout)." },
    }),
  ];
  expect(renderDrift(found)).toMatchSnapshot();
  expect(driftExitCode(found.slice(0, 1))).toBe(1);
  expect(driftExitCode(found)).toBe(3);
});

test("hosts are chosen by name; one that does not exist is wrong usage, and none at all a state without hosts", () => {
  expect(chooseHosts([rack, router], []).map(({ name }) => name)).toEqual(["rack", "router"]);
  expect(chooseHosts([rack, router], ["router"]).map(({ name }) => name)).toEqual(["router"]);
  expect(refusalOf(() => chooseHosts([rack, router], ["dsl"]))).toMatchObject({
    exitCode: 2,
    message: 'The stack has no host "dsl". It has: rack, router.',
  });
  expect(refusalOf(() => chooseHosts([], []))).toMatchObject({ exitCode: 3 });
});

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
