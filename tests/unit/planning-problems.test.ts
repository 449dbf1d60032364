import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planAddress } from "../../planning/address";
import { planBond } from "../../planning/bond";
import { planColo } from "../../planning/colo";
import { readColoContract, writeColoContract } from "../../planning/contract";
import { planHost } from "../../planning/host";
import { continueUnit } from "../../planning/names";
import { catalogue, describeProblem, problem, type ProblemCode, quoteValue } from "../../planning/problems";
import { planUplink } from "../../planning/uplink";
import { certificateMistakes, type Mistake } from "./certificate-mistakes";
import { customerMistakes } from "./customer-mistakes";
import { keyMistakes } from "./key-mistakes";
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
const source = { stack: "acme/net/prod", output: "toronto" };
const contract = writeColoContract(toronto);
const narrow = { ...toronto, prefix: "77.1.2.0/29" };

/** One mistake per entry of the catalogue, with the argument that has to be named. */
const mistakes: Record<ProblemCode, Mistake> = {
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
  "acquisition-unfit": { argument: "acquire", make: () => planAddress(addressArguments({ acquire: "proxy-ndp" })) },
  "colo-without-ipv6": {
    argument: "address",
    make: () => planAddress(addressArguments({ address: "2001:db8:77::3" })),
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
  "unit-name-ambiguous": {
    argument: "unitName",
    make: () =>
      planHost(
        hostArguments({
          unit: continueUnit(unitOf("host", "c"), [unitOf("host", "a"), unitOf("host", "b")], undefined),
        }),
      ),
  },
  "unit-name-taken": {
    argument: "unitName",
    make: () => planHost(hostArguments({ unit: { ...unitOf("host", "rack"), taken: true } })),
  },
  "weight-invalid": {
    argument: "uplinks[1].weight",
    make: () => planBond(bondArguments({ uplinks: [member("dsl"), member("cable", { weight: 257 })] })),
  },
  "packet-too-many-lines": {
    argument: "balance",
    make: () =>
      planBond(
        bondArguments({
          balance: "packet",
          uplinks: ["dsl", "cable", "lte", "sat", "fibre"].map((name, index) => ({
            uplink: uplinkFacts(name, { interface: `eth${index}` }),
          })),
        }),
      ),
  },
  "packet-without-rates": {
    argument: "balance",
    make: () => planBond(bondArguments({ balance: "packet" })),
  },
  "metric-invalid": {
    argument: "uplinks[0].metric",
    make: () => planBond(bondArguments({ uplinks: [member("dsl", { metric: 16 })] })),
  },
  "mtu-invalid": { argument: "mtu", make: () => planUplink(uplinkArguments({ mtu: 1303 })) },
  "encapsulation-unfit": {
    argument: "encapsulation",
    make: () => planUplink(uplinkArguments({ address: "dynamic", gateway: undefined })),
  },
  "argument-unused": { argument: "keyVersion", make: () => planUplink(uplinkArguments({ keyVersion: 2 })) },
  "tunnel-port-invalid": {
    argument: "port",
    make: () => planUplink(uplinkArguments({ encapsulation: "wireguard", port: 65_536 })),
  },
  ...keyMistakes,
  ...certificateMistakes,
  "key-version-invalid": {
    argument: "keyVersion",
    make: () => planUplink(uplinkArguments({ encapsulation: "wireguard", keyVersion: 0 })),
  },
  "delivery-of-other-address": {
    argument: "deliveries[0].address",
    make: () => planBond(bondArguments({ deliveries: [{ address: "77.1.2.9", as: "nat" }] })),
  },
  "delivery-unfit": {
    argument: "deliveries[0].interface",
    make: () => planBond(bondArguments({ deliveries: [{ address: "77.1.2.3", as: "routed" }] })),
  },
  "delivery-to-itself": {
    argument: "deliveries[0].to",
    make: () => planBond(bondArguments({ deliveries: [{ address: "77.1.2.3", as: "one-to-one", to: "77.1.2.3" }] })),
  },
  "delivery-to-same": {
    argument: "deliveries[1].to",
    make: () => {
      const delivery = { as: "one-to-one", to: "192.168.1.5" };
      return planBond(
        bondArguments({
          addresses: [addressFacts("vpn", "77.1.2.3"), addressFacts("web", "77.1.2.4")],
          deliveries: [
            { address: "77.1.2.3", ...delivery },
            { address: "77.1.2.4", ...delivery },
          ],
        }),
      );
    },
  },
  "forward-overlaps": {
    argument: "deliveries[0].forwards[1].ports",
    make: () => {
      const forward = { protocol: "tcp", ports: 80, to: "192.168.1.5" };
      return planBond(
        bondArguments({ deliveries: [{ address: "77.1.2.3", as: "nat", forwards: [forward, forward] }] }),
      );
    },
  },
  "interface-is-line": {
    argument: "deliveries[0].interface",
    make: () => planBond(bondArguments({ deliveries: [{ address: "77.1.2.3", as: "routed", interface: "eth1" }] })),
  },
  "ports-invalid": {
    argument: "deliveries[0].forwards[0].ports",
    make: () => {
      const forwards = [{ protocol: "tcp", ports: "80-", to: "192.168.1.5" }];
      return planBond(bondArguments({ deliveries: [{ address: "77.1.2.3", as: "nat", forwards }] }));
    },
  },
  "damping-invalid": {
    argument: "damping.most",
    make: () => planBond(bondArguments({ damping: { first: 10, most: 5 } })),
  },
  "rate-invalid": { argument: "rate.up", make: () => planUplink(uplinkArguments({ rate: { up: 0 } })) },
  "quality-invalid": {
    argument: "quality.returnLoss",
    make: () => planBond(bondArguments({ quality: { loss: 10, returnLoss: 10 } })),
  },
  "shape-without-rate": {
    argument: "rate",
    make: () => planUplink(uplinkArguments({ shape: true })),
  },
  "tier-without-member": {
    argument: "uplinks",
    make: () => planBond(bondArguments({ uplinks: [member("dsl", { drain: true })] })),
  },
  "traffic-without-ports": {
    argument: "bypass[0].ports",
    make: () => planBond(bondArguments({ bypass: [{ protocol: "icmp", ports: [80] }] })),
  },
  "dscp-invalid": { argument: "block[0].dscp", make: () => planBond(bondArguments({ block: [{ dscp: 64 }] })) },
  "mark-invalid": { argument: "block[0].mark", make: () => planBond(bondArguments({ block: [{ mark: "0x1/0x1" }] })) },
  "list-empty": { argument: "bypass[0].via", make: () => planBond(bondArguments({ bypass: [{ via: [] }] })) },
  "policy-contradiction": {
    argument: "bypass[1]",
    make: () => planBond(bondArguments({ bypass: [{ protocol: "tcp" }, { protocol: "tcp", ports: [80] }] })),
  },
  "bypass-via-unknown": {
    argument: "bypass[0].via[0]",
    make: () => planBond(bondArguments({ bypass: [{ via: ["sdsl"] }] })),
  },
  "bypass-shared-interface": {
    argument: "bypass",
    make: () => {
      const second = uplinkFacts("second", { interface: "eth1", address: "55.1.2.4" });
      return planBond(bondArguments({ bypass: [{}], uplinks: [member("dsl"), { uplink: second }] }));
    },
  },
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
  "contract-missing": {
    argument: 'output "toronto" of acme/net/prod',
    make: () => readColoContract(source, undefined),
  },
  "contract-invalid": {
    argument: 'output "toronto" of acme/net/prod',
    make: () => readColoContract(source, { ...contract, unit: "acme/other/prod/colo/toronto" }),
  },
  "contract-version": {
    argument: 'output "toronto" of acme/net/prod',
    make: () => readColoContract(source, { ...contract, version: 2 }),
  },
  ...customerMistakes,
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
  "metrics-directory-invalid": {
    argument: "metrics",
    make: () => planHost(hostArguments({ metrics: "/var/lib/../etc" })),
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
