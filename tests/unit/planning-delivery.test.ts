import fc from "fast-check";
import { planBond } from "../../planning/bond";
import { addressless, type DeliveryArguments } from "../../planning/delivery";
import { addressFacts, bondArguments, complaints, planOf, sentencesOf, toronto } from "./fixtures";

const addresses = [addressFacts("vpn", "77.1.2.3"), addressFacts("web", "77.1.2.4"), addressFacts("phone", "77.1.2.5")];
const planned = (deliveries: DeliveryArguments[], colo = toronto) =>
  planBond(bondArguments({ addresses, deliveries, colo }));
const refused = (...deliveries: DeliveryArguments[]): string[] => complaints(planned(deliveries));
const routed = { address: "77.1.2.4", as: "routed", interface: "eth0" };
const mapped = { address: "77.1.2.5", as: "one-to-one", to: "192.168.1.5" };
const forward = { protocol: "tcp", ports: 443, to: "192.168.1.3" };
const forwarding = (...forwards: DeliveryArguments["forwards"] & object): DeliveryArguments => ({
  address: "77.1.2.3",
  as: "nat",
  forwards,
});

test("the router holds what nothing is said of", () => {
  expect(planOf(planned([])).delivery).toEqual({
    held: ["77.1.2.3", "77.1.2.4", "77.1.2.5"],
    shared: "77.1.2.3",
    source: "77.1.2.3",
    routed: [],
    answered: [],
    mapped: [],
    forwards: [],
  });
});

test("each address may be delivered in its own way", () => {
  const { delivery } = planOf(planned([routed, mapped, forwarding({ ...forward, ports: "8000-8010" })]));
  expect(delivery).toEqual({
    held: ["77.1.2.3", "77.1.2.5"],
    shared: "77.1.2.3",
    source: "77.1.2.3",
    routed: [{ address: "77.1.2.4", interface: "eth0", via: undefined }],
    answered: ["77.1.2.1"],
    mapped: [{ address: "77.1.2.5", to: "192.168.1.5" }],
    forwards: [
      {
        address: "77.1.2.3",
        protocol: "tcp",
        ports: { first: 8000, last: 8010 },
        to: "192.168.1.3",
        toPort: undefined,
      },
    ],
  });
  expect(planOf(planned([routed], { ...toronto, gateway: undefined })).delivery.answered).toEqual([]);
});

test("the LAN shares an address of the router's own before one that is mapped, and one that is mapped before one that is not the router's", () => {
  const first = { ...mapped, address: "77.1.2.3" };
  const all = (as: Partial<DeliveryArguments>) =>
    addresses.map(({ address }, index) => ({ ...routed, address, to: `192.168.1.${index + 1}`, ...as }));
  const { delivery } = planOf(planned([first]));
  expect([delivery.shared, delivery.source]).toEqual(["77.1.2.4", "77.1.2.4"]);
  const everyMapped = planOf(planned(all({ as: "one-to-one", interface: undefined }))).delivery;
  expect([everyMapped.shared, everyMapped.source]).toEqual(["77.1.2.3", "77.1.2.3"]);
  const everyRouted = planOf(planned(all({}))).delivery;
  expect([everyRouted.shared, everyRouted.source, everyRouted.held]).toEqual(["77.1.2.3", addressless, []]);
});

test("a preview says who gets what", () => {
  const sentences = sentencesOf(
    planned([{ ...routed, to: "192.168.1.4" }, mapped, forwarding({ ...forward, toPort: 8443 })]),
  );
  expect(sentences.slice(1, 5)).toEqual([
    "77.1.2.4 is held by, or behind, the host 192.168.1.4 on eth0.",
    "77.1.2.5 is translated to and from 192.168.1.5, one to one.",
    "77.1.2.3, tcp port 443, is forwarded to 192.168.1.3, port 8443.",
    "All others of the LAN share 77.1.2.3.",
  ]);
  expect(sentencesOf(planned([routed]))).toContain("77.1.2.4 is held by a host on eth0.");
});

describe("refused is", () => {
  test("a delivery that is none", () => {
    expect(refused({ ...routed, as: "bridge" })).toEqual(["choice-invalid deliveries[0].as"]);
  });

  test("an address of another site", () => {
    expect(refused({ ...routed, address: "77.1.2.9" })).toEqual(["delivery-of-other-address deliveries[0].address"]);
  });

  test("an address that is delivered twice", () => {
    expect(refused(mapped, routed, { ...routed })).toEqual(["duplicate-address deliveries[2]"]);
  });

  test.each([
    [{ address: "77.1.2.4", as: "routed" }, "interface"],
    [{ address: "77.1.2.4", as: "one-to-one" }, "to"],
    [{ ...mapped, interface: "eth0" }, "interface"],
    [{ ...routed, forwards: [forward] }, "forwards"],
    [{ ...mapped, forwards: [] }, "forwards"],
    [{ ...mapped, as: "nat" }, "to"],
    [{ ...routed, as: "nat" }, "interface"],
  ])("%j, for its argument %s", (delivery, argument) => {
    expect(refused(delivery)).toEqual([`delivery-unfit deliveries[0].${argument}`]);
  });

  test("a line in place of the LAN, and an extruded address in place of a private one", () => {
    expect(refused({ ...routed, interface: "ppp0" })).toEqual(["interface-is-line deliveries[0].interface"]);
    expect(refused({ ...routed, interface: "eth 0" })).toEqual(["interface-invalid deliveries[0].interface"]);
    expect(refused({ ...mapped, to: "77.1.2.3" })).toEqual(["delivery-to-itself deliveries[0].to"]);
    expect(refused({ ...mapped, to: "192.168.1" })).toEqual(["address-invalid deliveries[0].to"]);
  });

  test("a host that is mapped to two addresses", () => {
    expect(refused(mapped, { ...mapped, address: "77.1.2.4" })).toEqual(["delivery-to-same deliveries[1].to"]);
    expect(refused(mapped, { ...routed, to: mapped.to })).toEqual([]);
  });

  test.each([0, 65_536, "0", "80-", "-80", "90-80", "80-65536", "80-90-100", "080", "1.5", NaN, "http"])(
    "the port %j",
    (ports) => {
      expect(refused(forwarding({ ...forward, ports }))).toEqual(["ports-invalid deliveries[0].forwards[0].ports"]);
    },
  );

  test("what else is wrong with a forward", () => {
    const wrong = { protocol: "icmp", ports: "80-81", to: "77.1.2.4", toPort: 0 };
    expect(refused(forwarding(wrong))).toEqual([
      "choice-invalid deliveries[0].forwards[0].protocol",
      "delivery-to-itself deliveries[0].forwards[0].to",
      "ports-invalid deliveries[0].forwards[0].toPort",
      "delivery-unfit deliveries[0].forwards[0].toPort",
    ]);
  });
});

test("two forwards of one protocol overlap exactly if they share a port", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.nat(5)).map(([first, more]) => [first, first + more]);
  fc.assert(
    fc.property(range, range, fc.boolean(), ([a = 0, b = 0], [c = 0, d = 0], same) => {
      const shares = Array.from({ length: 20 }, (_, port) => port).some((p) => p >= a && p <= b && p >= c && p <= d);
      const two = [
        { ...forward, ports: `${a}-${b}` },
        { ...forward, ports: `${c}-${d}`, protocol: same ? "tcp" : "udp" },
      ];
      expect(refused(forwarding(...two))).toEqual(
        shares && same ? ["forward-overlaps deliveries[0].forwards[1].ports"] : [],
      );
    }),
  );
});
