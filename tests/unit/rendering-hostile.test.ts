import fc from "fast-check";
import { planAddress } from "../../planning/address";
import { planBond } from "../../planning/bond";
import { planColo } from "../../planning/colo";
import { planHost } from "../../planning/host";
import type { UnitKind } from "../../planning/names";
import type { Planned } from "../../planning/planned";
import { describeProblem } from "../../planning/problems";
import { planUplink } from "../../planning/uplink";
import { renderUnit, type Unit } from "../../rendering/unit";
import {
  addressArguments,
  addressFacts,
  bondArguments,
  coloArguments,
  hostArguments,
  hostile,
  member,
  rendered,
  shapeOf,
  toronto,
  unitOf,
  uplinkArguments,
  uplinkFacts,
} from "./fixtures";

interface Attempt {
  readonly planned: Planned<unknown>;
  readonly units: () => Unit[];
}
type Injection = (value: string) => Attempt;

const host = (args: ReturnType<typeof hostArguments>): Attempt => ({
  planned: planHost(args),
  units: () => rendered.host(args),
});
const colo = (over: Parameters<typeof coloArguments>[0]): Attempt => ({
  planned: planColo(coloArguments(over)),
  units: () => rendered.colo(coloArguments(over)),
});
const address = (over: Parameters<typeof addressArguments>[0]): Attempt => ({
  planned: planAddress(addressArguments(over)),
  units: () => rendered.address(addressArguments(over)),
});
const uplink = (over: Parameters<typeof uplinkArguments>[0]): Attempt => ({
  planned: planUplink(uplinkArguments(over)),
  units: () => rendered.uplink(uplinkArguments(over)),
});
const bond = (over: Parameters<typeof bondArguments>[0]): Attempt => ({
  planned: planBond(bondArguments(over)),
  units: () => rendered.bond(bondArguments(over)),
});
const connection = hostArguments().connection;

function nameOf(kind: UnitKind, make: (unit: ReturnType<typeof unitOf>) => Attempt): [string, Injection][] {
  return (["organization", "project", "stack", "name"] as const).map((part) => [
    `the ${part} of a ${kind}`,
    (value) => make({ ...unitOf(kind, "x"), [part]: value }),
  ]);
}

/** Every string argument whose accepted values are part of a unit's text. */
const written: [string, Injection][] = [
  ...nameOf("host", (unit) => host(hostArguments({ unit }))),
  ...nameOf("colo", (unit) => colo({ unit })),
  ...nameOf("address", (unit) => address({ unit })),
  ...nameOf("uplink", (unit) => uplink({ unit })),
  ...nameOf("bond", (unit) => bond({ unit })),
  ["a colo's address", (value) => colo({ address: value, gateway: undefined })],
  ["a colo's interface", (value) => colo({ interface: value })],
  ["an extruded address", (value) => address({ address: value })],
  ["a routed address", (value) => address({ address: value, acquire: "routed" })],
  ["an uplink's interface", (value) => uplink({ interface: value })],
  [
    "an encrypted uplink's interface",
    (value) => uplink({ interface: value, encapsulation: "wireguard", address: "dynamic", gateway: undefined }),
  ],
  ["an uplink's address", (value) => uplink({ address: value })],
  ["an uplink's gateway", (value) => uplink({ gateway: value })],
  ["an uplink's encapsulation", (value) => uplink({ encapsulation: value })],
];

/** Those of a delivery. */
const delivered: [string, Injection][] = [
  [
    "the interface of a routed address",
    (value) => bond({ deliveries: [{ address: "77.1.2.3", as: "routed", interface: value }] }),
  ],
  [
    "the next hop of a routed address",
    (value) => bond({ deliveries: [{ address: "77.1.2.3", as: "routed", interface: "eth0", to: value }] }),
  ],
  [
    "the host of a one-to-one address",
    (value) => bond({ deliveries: [{ address: "77.1.2.3", as: "one-to-one", to: value }] }),
  ],
  ...(["protocol", "ports", "to"] as const).map((part): [string, Injection] => [
    `the ${part} of a forward`,
    (value) => {
      const forward = { protocol: "tcp", ports: 80, to: "192.168.1.5", [part]: value };
      return bond({ deliveries: [{ address: "77.1.2.3", as: "nat", forwards: [forward] }] });
    },
  ]),
];

/** Those of a policy. */
const governed: [string, Injection][] = [
  ...(["destinations", "sources", "interfaces"] as const).map((part): [string, Injection] => [
    `one of the ${part} of a bypass`,
    (value) => bond({ bypass: [{ [part]: [value] }] }),
  ]),
  ["a blocked protocol", (value) => bond({ block: [{ protocol: value }] })],
  ["a blocked port", (value) => bond({ block: [{ protocol: "udp", ports: [value] }] })],
];

/** Those that only steer, or are shown: a unit's text is the same for every accepted value. */
const unwritten: [string, Injection][] = [
  ["a host's address", (value) => host(hostArguments({ connection: { ...connection, host: value } }))],
  ["a login name", (value) => host(hostArguments({ connection: { ...connection, user: value } }))],
  ["a colo's gateway", (value) => colo({ gateway: value })],
  ["an acquisition", (value) => address({ acquire: value })],
  ["a delivery", (value) => bond({ deliveries: [{ address: "77.1.2.3", as: value }] })],
  ["a mark", (value) => bond({ bypass: [{ mark: value }] })],
  ["a line of a bypass", (value) => bond({ bypass: [{ via: [value] }] })],
  ["what happens when all is down", (value) => bond({ whenDown: value })],
];

/** Those that come through a reference to another component, which may be plain data. */
const referenced: [string, Injection][] = [
  ["the host of a colo", (value) => colo({ host: value })],
  ...(["unit", "host", "interface"] as const).map((part): [string, Injection] => [
    `the ${part} of an address's colo`,
    (value) => address({ colo: { ...toronto, [part]: value } }),
  ]),
  ...(["unit", "host", "interface", "address"] as const).map((part): [string, Injection] => [
    `the ${part} of an uplink's colo`,
    (value) => uplink({ colo: { ...toronto, [part]: value } }),
  ]),
  ["the router of an uplink", (value) => uplink({ router: value })],
  ...(["unit", "host"] as const).map((part): [string, Injection] => [
    `the ${part} of a bond's colo`,
    (value) => {
      const other = { ...toronto, [part]: value };
      return bond({
        colo: other,
        addresses: [{ ...addressFacts("vpn", "77.1.2.3"), colo: other.unit }],
        uplinks: [{ uplink: uplinkFacts("dsl", { colo: other.unit }) }],
      });
    },
  ]),
  [
    "the router of a bond",
    (value) => bond({ router: value, uplinks: [{ uplink: uplinkFacts("dsl", { router: value }) }] }),
  ],
  ["the unit of a bond's address", (value) => bond({ addresses: [{ ...addressFacts("v", "77.1.2.3"), unit: value }] })],
  ["a bond's address", (value) => bond({ addresses: [addressFacts("vpn", value)] })],
  ...(["unit", "interface", "gateway"] as const).map((part): [string, Injection] => [
    `the ${part} of a bond's uplink`,
    (value) => bond({ uplinks: [{ uplink: uplinkFacts("dsl", { [part]: value }) }, member("cable")] }),
  ]),
];

/** The section that a value is part of ends where it ended, whatever the value is. */
function arrivesOrIsRefused(inject: Injection, value: string, isWritten: boolean): boolean {
  const { planned, units } = inject(value);
  for (const problem of planned.problems) expect(describeProblem("x", problem)).not.toMatch(/[\n\r\0]/);
  if ("plan" in planned) {
    for (const sentence of planned.sentences) expect(sentence).not.toMatch(/[\n\r\0]/);
    const found = units();
    expect(found.map(shapeOf)).toEqual(inject(benignFor(value)).units().map(shapeOf));
    if (isWritten) expect(found.map(renderUnit).join("\n")).toContain(value);
    return true;
  }
  expect(planned.problems.length).toBeGreaterThan(0);
  return false;
}

/** A value that is certainly harmless, in the place of one that was accepted. */
function benignFor(value: string): string {
  const known = ["dsl", "gre", "proxy-arp", "routed", "direct", "block"];
  if (known.includes(value)) return value;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value)) return "77.1.2.9";
  if (/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(value)) return "77.1.9.0/24";
  const kind = value.split("/")[3];
  return kind === undefined ? "x0" : `acme/net/prod/${kind}/x`;
}

test.each([...written, ...delivered, ...governed])(
  "%s is refused or arrives literally, whatever it is",
  (_, inject) => {
    fc.assert(
      fc.property(hostile, (value) => void arrivesOrIsRefused(inject, value, true)),
      { numRuns: 300 },
    );
  },
);

test.each(unwritten)("%s is refused or changes nothing in a unit's text, whatever it is", (_, inject) => {
  fc.assert(
    fc.property(hostile, (value) => void arrivesOrIsRefused(inject, value, false)),
    { numRuns: 300 },
  );
});

test.each(referenced)("%s, given as plain data, is refused or arrives literally", (_, inject) => {
  fc.assert(
    fc.property(hostile, (value) => void arrivesOrIsRefused(inject, value, true)),
    { numRuns: 300 },
  );
});

test("harmless values are accepted, so that the properties above are about something", () => {
  for (const [name, inject] of [...written, ...referenced]) {
    const units = ["colo", "address", "uplink"].map((kind) => `acme/net/prod/${kind}/x`);
    const accepted = ["x0", "77.1.2.9", "gre", ...units].filter((value) => inject(value).planned.problems.length === 0);
    expect(accepted.length > 0 ? name : `${name} accepts nothing`).toBe(name);
  }
});

test("an uplink's name, which a bond shows, is one line of a sentence or refused", () => {
  fc.assert(
    fc.property(hostile, (name) => {
      const found = planBond(bondArguments({ uplinks: [{ uplink: uplinkFacts("dsl", { name }) }] }));
      const shown = "plan" in found ? found.sentences : found.problems.map((one) => describeProblem("x", one));
      expect(shown.join("").includes("\n") && !("plan" in found)).toBe(false);
    }),
  );
});
