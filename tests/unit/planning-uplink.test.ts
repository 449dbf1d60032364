import fc from "fast-check";
import { coloNames } from "../../planning/colo";
import {
  defaultDetection,
  efficiency,
  encapsulations,
  keepaliveVolume,
  maximumSegment,
  tunnelMtu,
} from "../../planning/encapsulation";
import { interfaceName, symbol, tableId } from "../../planning/names";
import { planUplink } from "../../planning/uplink";
import { complaints, planOf, sentencesOf, toronto, unitOf, uplinkArguments } from "./fixtures";

const unit = "acme/net/prod/uplink/dsl";

test("an uplink is planned from its arguments, with defaults for what is left out", () => {
  expect(planOf(planUplink(uplinkArguments()))).toEqual({
    unit,
    router: "router",
    colo: {
      unit: toronto.unit,
      host: "rack",
      address: "77.1.2.2",
      interface: "eth0",
      names: coloNames(toronto.unit),
    },
    interface: "eth1",
    address: "55.1.2.3",
    gateway: "55.1.2.1",
    encapsulation: "gre",
    tunnel: interfaceName(unit),
    tunnelMtu: 1476,
    table: tableId(unit),
    symbol: symbol(unit),
    detection: { interval: 200, multiplier: 3 },
  });
});

test("each part of the detection has a default of its own", () => {
  const detection = (given: { interval?: number; multiplier?: number }): unknown =>
    planOf(planUplink(uplinkArguments({ detection: given }))).detection;
  expect(detection({})).toEqual(defaultDetection);
  expect(detection({ interval: 500 })).toEqual({ interval: 500, multiplier: 3 });
  expect(detection({ multiplier: 5 })).toEqual({ interval: 200, multiplier: 5 });
});

test("a preview says what the tunnel is, what it costs, and how soon a dead line is left", () => {
  expect(sentencesOf(planUplink(uplinkArguments()))).toMatchSnapshot();
  const slow = uplinkArguments({ mtu: 1492, detection: { interval: 1000, multiplier: 5 }, encapsulation: "gre" });
  expect(sentencesOf(planUplink(slow))).toMatchSnapshot();
});

test("a tunnel's MTU is the line's less the encapsulation's overhead, and a segment's size follows from it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 600, max: 9000 }), fc.constantFrom(...encapsulations), (mtu, encapsulation) => {
      const overhead = { gre: 20 + 4 }[encapsulation];
      expect(planOf(planUplink(uplinkArguments({ mtu, encapsulation }))).tunnelMtu).toBe(mtu - overhead);
      expect(tunnelMtu(encapsulation, mtu)).toBe(mtu - overhead);
      expect(maximumSegment(mtu)).toBe(mtu - 20 - 20);
      expect(efficiency(encapsulation, mtu)).toBeCloseTo((mtu - overhead - 40) / (mtu - 40), 12);
    }),
  );
});

test("noticing a dead line costs what two packets per interval add up to in a month", () => {
  // 24 bytes of BFD, 8 of UDP, 40 of IPv6, 24 of GRE; 2 directions; 5 a second; 2,629,800 seconds in a mean month.
  expect(keepaliveVolume("gre", { interval: 200, multiplier: 3 })).toBeCloseTo((96 * 2 * 5 * 2_629_800) / 1e9, 9);
  expect(keepaliveVolume("gre", { interval: 1000, multiplier: 3 })).toBeCloseTo((96 * 2 * 2_629_800) / 1e9, 9);
});

const refused = (over: Parameters<typeof uplinkArguments>[0]): string[] =>
  complaints(planUplink(uplinkArguments(over)));

test.each([600, 601, 1500, 8999, 9000])("a line may have an MTU of %d", (mtu) => {
  expect(refused({ mtu })).toEqual([]);
});

test.each([599, 9001, 0, -1500, 1499.5, NaN, Infinity])("a line has no MTU of %d", (mtu) => {
  expect(refused({ mtu })).toEqual(["mtu-invalid mtu"]);
});

test.each([50, 51, 9999, 10_000])("liveness packets may be %d ms apart", (interval) => {
  expect(refused({ detection: { interval } })).toEqual([]);
});

test.each([49, 10_001, 0, -200, 200.5, NaN])("liveness packets are not %d ms apart", (interval) => {
  expect(refused({ detection: { interval } })).toEqual(["detection-invalid detection.interval"]);
});

test.each([2, 3, 19, 20])("a line may be given up after %d missed packets", (multiplier) => {
  expect(refused({ detection: { multiplier } })).toEqual([]);
});

test.each([1, 21, 0, -3, 2.5, NaN])("a line is not given up after %d missed packets", (multiplier) => {
  expect(refused({ detection: { multiplier } })).toEqual(["detection-invalid detection.multiplier"]);
});

test("an encapsulation that does not exist is refused with the list of those that do", () => {
  const [found] = planUplink(uplinkArguments({ encapsulation: "GRE" })).problems;
  expect(found?.text).toBe(`"GRE" is not one of ${encapsulations.map((known) => `"${known}"`).join(", ")}.`);
});

test("a line may be without a gateway, as on ppp", () => {
  const found = planUplink(uplinkArguments({ gateway: undefined, interface: "ppp0" }));
  expect(planOf(found).gateway).toBeUndefined();
});

test("the addresses of a line and its gateway have to be addresses", () => {
  expect(refused({ address: "dsl" })).toEqual(["address-invalid address"]);
  expect(refused({ gateway: "" })).toEqual(["address-invalid gateway"]);
});

test("a line's gateway is another machine than the router", () => {
  expect(refused({ gateway: "55.1.2.3" })).toEqual(["address-is-gateway address"]);
  expect(refused({ gateway: "55.1.2.4" })).toEqual([]);
});

test("a line does not carry the colo's address", () => {
  expect(refused({ address: "77.1.2.2" })).toEqual(["tunnel-to-itself address"]);
});

test("an interface that the kernel would refuse is refused", () => {
  expect(refused({ interface: "a".repeat(16) })).toEqual(["interface-invalid interface"]);
});

test("what is wrong with the reference to a colo or a router is named", () => {
  expect(refused({ colo: { unit: "x", host: "", address: "x", interface: "" }, router: "a b" })).toEqual([
    "reference-invalid colo.unit",
    "name-invalid colo.host",
    "address-invalid colo.address",
    "interface-invalid colo.interface",
    "name-invalid router",
  ]);
});

test("a line needs a name", () => {
  expect(refused({ unit: unitOf("uplink", "") })).toEqual(["name-invalid name"]);
});
