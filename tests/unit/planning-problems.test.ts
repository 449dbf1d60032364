import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planAddress } from "../../planning/address";
import { planBond } from "../../planning/bond";
import { planColo } from "../../planning/colo";
import { planHost } from "../../planning/host";
import type { Planned } from "../../planning/planned";
import { catalogue, describeProblem, problem, type ProblemCode, quoteValue } from "../../planning/problems";
import { planUplink } from "../../planning/uplink";
import {
  addressArguments,
  addressFacts,
  bondArguments,
  coloArguments,
  hostArguments,
  member,
  toronto,
  unitOf,
  uplinkArguments,
  uplinkFacts,
} from "./fixtures";

const reachable = hostArguments().connection;
const narrow = { ...toronto, prefix: "77.1.2.0/29" };

/** One mistake per entry of the catalogue, with the argument that has to be named. */
const mistakes: Record<ProblemCode, { readonly argument: string; readonly make: () => Planned<unknown> }> = {
  "address-invalid": { argument: "address", make: () => planAddress(addressArguments({ address: "77.1.2.256" })) },
  "prefix-invalid": { argument: "prefix", make: () => planColo(coloArguments({ prefix: "77.1.2.2/24" })) },
  "address-outside-prefix": {
    argument: "address",
    make: () => planAddress(addressArguments({ colo: narrow, address: "77.1.2.8" })),
  },
  "address-is-colo": { argument: "address", make: () => planAddress(addressArguments({ address: "77.1.2.2" })) },
  "address-is-gateway": { argument: "address", make: () => planAddress(addressArguments({ address: "77.1.2.1" })) },
  "address-is-network": { argument: "address", make: () => planAddress(addressArguments({ address: "77.1.2.0" })) },
  "address-is-broadcast": {
    argument: "address",
    make: () => planAddress(addressArguments({ colo: narrow, address: "77.1.2.7" })),
  },
  "address-of-other-colo": {
    argument: "addresses[1]",
    make: () =>
      planBond(
        bondArguments({
          addresses: [
            addressFacts("vpn", "77.1.2.3"),
            { ...addressFacts("web", "77.1.2.4"), colo: "acme/net/prod/colo/berlin" },
          ],
        }),
      ),
  },
  "gateway-outside-prefix": {
    argument: "gateway",
    make: () => planColo(coloArguments({ gateway: "77.1.3.1" })),
  },
  "interface-invalid": { argument: "interface", make: () => planUplink(uplinkArguments({ interface: "eth0:1" })) },
  "name-invalid": { argument: "name", make: () => planUplink(uplinkArguments({ unit: unitOf("uplink", "dsl 1") })) },
  "weight-invalid": {
    argument: "uplinks[1].weight",
    make: () => planBond(bondArguments({ uplinks: [member("dsl"), member("cable", { weight: 257 })] })),
  },
  "metric-invalid": {
    argument: "uplinks[0].metric",
    make: () => planBond(bondArguments({ uplinks: [member("dsl", { metric: 16 })] })),
  },
  "mtu-invalid": { argument: "mtu", make: () => planUplink(uplinkArguments({ mtu: 599 })) },
  "detection-invalid": {
    argument: "detection.interval",
    make: () => planUplink(uplinkArguments({ detection: { interval: 49 } })),
  },
  "hold-invalid": { argument: "hold", make: () => planBond(bondArguments({ hold: 0 })) },
  "choice-invalid": {
    argument: "encapsulation",
    make: () => planUplink(uplinkArguments({ encapsulation: "carrier-pigeon" })),
  },
  "reference-invalid": {
    argument: "colo.unit",
    make: () => planUplink(uplinkArguments({ colo: { ...toronto, unit: "toronto" } })),
  },
  "bond-without-uplink": { argument: "uplinks", make: () => planBond(bondArguments({ uplinks: [] })) },
  "bond-without-address": { argument: "addresses", make: () => planBond(bondArguments({ addresses: [] })) },
  "bond-duplicate-line": {
    argument: "uplinks[1].uplink",
    make: () =>
      planBond(
        bondArguments({
          uplinks: [
            member("dsl"),
            { uplink: uplinkFacts("second", { interface: "eth1", address: "55.1.2.3", gateway: "55.1.2.9" }) },
          ],
        }),
      ),
  },
  "duplicate-name": {
    argument: "uplinks[2].uplink",
    make: () =>
      planBond(
        bondArguments({ uplinks: [member("cable"), member("dsl"), { uplink: uplinkFacts("sat", { name: "dsl" }) }] }),
      ),
  },
  "duplicate-address": {
    argument: "addresses[1]",
    make: () =>
      planBond(bondArguments({ addresses: [addressFacts("vpn", "77.1.2.3"), addressFacts("web", "77.1.2.3")] })),
  },
  "uplink-of-other-colo": {
    argument: "uplinks[0].uplink",
    make: () =>
      planBond(bondArguments({ uplinks: [{ uplink: uplinkFacts("dsl", { colo: "acme/net/prod/colo/berlin" }) }] })),
  },
  "uplink-of-other-router": {
    argument: "uplinks[0].uplink",
    make: () => planBond(bondArguments({ uplinks: [{ uplink: uplinkFacts("dsl", { router: "warehouse" }) }] })),
  },
  "tunnel-to-itself": { argument: "address", make: () => planUplink(uplinkArguments({ address: "77.1.2.2" })) },
  "host-key-missing": {
    argument: "connection.hostKey",
    make: () => planHost(hostArguments({ connection: { ...reachable, hasHostKey: false } })),
  },
  "credential-missing": {
    argument: "connection",
    make: () => planHost(hostArguments({ connection: { ...reachable, hasCredential: false } })),
  },
  "host-invalid": {
    argument: "connection.host",
    make: () => planHost(hostArguments({ connection: { ...reachable, host: "rack one" } })),
  },
  "port-invalid": {
    argument: "connection.port",
    make: () => planHost(hostArguments({ connection: { ...reachable, port: 65_536 } })),
  },
  "user-invalid": {
    argument: "connection.user",
    make: () => planHost(hostArguments({ connection: { ...reachable, user: "-l" } })),
  },
};

const codes = Object.keys(catalogue) as ProblemCode[];

test("every entry of the catalogue has a case that triggers it", () => {
  expect(Object.keys(mistakes).sort()).toEqual([...codes].sort());
});

test.each(codes)("%s is refused alone, naming its argument", (code) => {
  const found = mistakes[code].make();
  expect(found.problems.map((one) => ({ code: one.code, argument: one.argument }))).toEqual([
    { code, argument: mistakes[code].argument },
  ]);
  expect(found).not.toHaveProperty("plan");
  expect(found).not.toHaveProperty("sentences");
});

test.each(codes)("%s says in one line what is wrong, with which argument, and what to do", (code) => {
  const [found] = mistakes[code].make().problems;
  if (found === undefined) throw new Error("nothing was refused");
  const sentence = describeProblem("acme/net/prod/kind/name", found);
  expect(sentence).toMatchSnapshot();
  expect(sentence).not.toContain("\n");
  expect(sentence.startsWith(`acme/net/prod/kind/name: ${mistakes[code].argument}: `)).toBe(true);
  expect(sentence.endsWith(` ${catalogue[code]} [${code}]`)).toBe(true);
});

test("every remedy is a sentence", () => {
  for (const remedy of Object.values(catalogue)) expect(remedy).toMatch(/^[A-Z].*\.$/);
});

test("docs/errors.md has a section for every code, and for no other", () => {
  const text = readFileSync(join(__dirname, "../../docs/errors.md"), "utf8");
  const sections = [...text.matchAll(/^### (.+)$/gm)].map(([, code]) => code);
  expect(sections.sort()).toEqual([...codes].sort());
});

test("all mistakes of one component are reported at once", () => {
  const found = planUplink({
    ...uplinkArguments(),
    unit: unitOf("uplink", ""),
    interface: "..",
    address: "nowhere",
    gateway: "neither",
    encapsulation: "x",
    mtu: 1.5,
    detection: { interval: 0, multiplier: 1 },
  });
  expect(found.problems.map(({ code, argument }) => `${code} ${argument}`)).toEqual([
    "name-invalid name",
    "address-invalid address",
    "interface-invalid interface",
    "address-invalid gateway",
    "choice-invalid encapsulation",
    "mtu-invalid mtu",
    "detection-invalid detection.interval",
    "detection-invalid detection.multiplier",
  ]);
});

test("a connection's mistakes are reported at once", () => {
  const connection = { host: "", port: 0, user: "", hasHostKey: false, hasCredential: false };
  const found = planHost(hostArguments({ connection }));
  expect(found.problems.map(({ code }) => code)).toEqual([
    "host-invalid",
    "port-invalid",
    "user-invalid",
    "host-key-missing",
    "credential-missing",
  ]);
});

test("a problem keeps its code, its argument and its text", () => {
  expect(problem("mtu-invalid", "mtu", "5 is not an MTU.")).toEqual({
    code: "mtu-invalid",
    argument: "mtu",
    text: "5 is not an MTU.",
  });
});

describe("a user's value in a sentence", () => {
  test("is quoted, so that control characters are visible", () => {
    expect(quoteValue("a\nb\u0007")).toBe(String.raw`"a\nb\u0007"`);
    expect(quoteValue(5)).toBe("5");
    expect(quoteValue(undefined)).toBe("undefined");
  });

  test("is shown whole up to 80 characters, quotes included", () => {
    expect(quoteValue("x".repeat(78))).toBe(`"${"x".repeat(78)}"`);
  });

  test("is cut to 80 characters beyond", () => {
    expect(quoteValue("x".repeat(79))).toBe(`"${"x".repeat(76)}...`);
    expect(quoteValue("x".repeat(5000))).toHaveLength(80);
  });

  test("that is no number is called so, and not null", () => {
    expect(quoteValue(NaN)).toBe("NaN");
    expect(quoteValue(Infinity)).toBe("Infinity");
  });
});
