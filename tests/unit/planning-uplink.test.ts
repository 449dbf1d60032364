import fc from "fast-check";
import { coloNames } from "../../planning/colo";
import {
  efficiency,
  type Encapsulation,
  encapsulations,
  keepaliveVolume,
  maximumSegment,
  minimumUnderlayMtu,
  tunnelMtu,
  underlayMtu,
} from "../../planning/encapsulation";
import { interfaceName, ipsecId, lineMark, symbol, tableId, tunnelPort } from "../../planning/names";
import { judgeKeys } from "../../planning/tunnel-keys";
import { planUplink } from "../../planning/uplink";
import { wireguardKeys } from "../../planning/wireguard-keys";
import { complaints, planOf, sentencesOf, toronto, torontoIPv6, unitOf, uplinkArguments } from "./fixtures";

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
    family: "ipv4",
    address: "55.1.2.3",
    uniqueAddress: "55.1.2.3",
    gateway: "55.1.2.1",
    isFollowed: false,
    transport: { encapsulation: "gre", address: "55.1.2.3" },
    tunnel: interfaceName(unit),
    tunnelMtu: 1476,
    table: tableId(unit),
    mark: lineMark(unit),
    symbol: symbol(unit),
    detection: { interval: 200, multiplier: 3 },
  });
});

test("each part of the detection has a default of its own", () => {
  const detection = (given: { interval?: number; multiplier?: number }): unknown =>
    planOf(planUplink(uplinkArguments({ detection: given }))).detection;
  expect(detection({})).toEqual({ interval: 200, multiplier: 3 });
  expect(detection({ interval: 500 })).toEqual({ interval: 500, multiplier: 3 });
  expect(detection({ multiplier: 5 })).toEqual({ interval: 200, multiplier: 5 });
});

test.each([
  ["dsl", false, 0.6],
  ["cable", false, 0.6],
  ["fibre", false, 0.6],
  ["lte", false, 1.2],
  ["satellite", false, 1.5],
  ["lte", true, 3],
])("a %s line, metered: %s, counts as dead after %d s", (kind, metered, seconds) => {
  const { interval, multiplier } = planOf(planUplink(uplinkArguments({ kind, metered }))).detection;
  expect((interval * multiplier) / 1000).toBe(seconds);
  const given = planOf(planUplink(uplinkArguments({ kind, metered, detection: { interval: 100 } }))).detection;
  expect(given).toEqual({ interval: 100, multiplier });
});

test.each(["Dynamic", "dhcp", "55.1.2"])("the address %s is refused, and the other choice is named", (address) => {
  const { problems } = planUplink(uplinkArguments({ address }));
  expect(problems.map(({ argument, text }) => `${argument}: ${text}`)).toEqual([
    `address: "${address}" is neither an IP address nor "dynamic" or "dynamic-ipv6".`,
  ]);
});

test("a line of another kind is refused", () => {
  expect(refused({ kind: "pigeon" })).toEqual(["choice-invalid kind"]);
});

test("a preview says what the tunnel is, what it costs, and how soon a dead line is left", () => {
  expect(sentencesOf(planUplink(uplinkArguments()))).toMatchSnapshot();
  const slow = uplinkArguments({ mtu: 1492, detection: { interval: 1000, multiplier: 5 }, encapsulation: "gre" });
  expect(sentencesOf(planUplink(slow))).toMatchSnapshot();
});

/** Bytes on the line for a full packet inside, as the formats have it. */
const onLine: Record<Encapsulation, (inner: number) => number> = {
  gre: (inner) => 20 + 4 + inner,
  // ESP fills up to a multiple of 4: the packet, pad length and next header; with room for UDP.
  "gre-ipsec": (inner) => 20 + 8 + 8 + 8 + 4 * Math.ceil((8 + inner + 2) / 4) + 16,
  ipsec: (inner) => 20 + 8 + 8 + 8 + 4 * Math.ceil((inner + 2) / 4) + 16,
  wireguard: (inner) => 20 + 8 + 32 + inner,
};

test("a tunnel's MTU is the largest whose packets the line carries, and a segment's size follows from it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1352, max: 9000 }), fc.constantFrom(...encapsulations), (mtu, encapsulation) => {
      const inner = planOf(planUplink(uplinkArguments({ mtu, encapsulation }))).tunnelMtu;
      expect(onLine[encapsulation](inner)).toBeLessThanOrEqual(mtu);
      expect(onLine[encapsulation](inner + 1)).toBeGreaterThan(mtu);
      expect(tunnelMtu(encapsulation, mtu)).toBe(inner);
      expect(underlayMtu(encapsulation, inner)).toBe(onLine[encapsulation](inner));
      expect(maximumSegment(mtu)).toBe(mtu - 20 - 20);
      expect(efficiency(encapsulation, mtu)).toBeCloseTo((inner - 40) / (mtu - 40), 12);
    }),
  );
});

test.each([
  ["gre", 1304],
  ["gre-ipsec", 1352],
  ["ipsec", 1344],
  ["wireguard", 1340],
] as const)("%s needs a line of %d bytes, so that 1280 are left inside", (encapsulation, mtu) => {
  expect(minimumUnderlayMtu(encapsulation)).toBe(mtu);
  expect(tunnelMtu(encapsulation, mtu)).toBeGreaterThanOrEqual(1280);
  expect(tunnelMtu(encapsulation, mtu - 1)).toBeLessThan(1280);
});

test("noticing a dead line costs what two packets per interval add up to in a month", () => {
  // 24 bytes of BFD, 8 of UDP, 40 of IPv6, 24 of GRE; 2 directions; 5 a second; 2,629,800 seconds in a mean month.
  expect(keepaliveVolume("gre", { interval: 200, multiplier: 3 })).toBeCloseTo((96 * 2 * 5 * 2_629_800) / 1e9, 9);
  expect(keepaliveVolume("gre", { interval: 1000, multiplier: 3 })).toBeCloseTo((96 * 2 * 2_629_800) / 1e9, 9);
  // WireGuard fills the 72 bytes up to 80, and adds 60.
  // ESP: the 72 bytes, 2 more, and filled up to 76; 60 around them.
  expect(keepaliveVolume("ipsec", { interval: 1000, multiplier: 3 })).toBeCloseTo((136 * 2 * 2_629_800) / 1e9, 9);
  expect(keepaliveVolume("wireguard", { interval: 1000, multiplier: 3 })).toBeCloseTo((140 * 2 * 2_629_800) / 1e9, 9);
});

const refused = (over: Parameters<typeof uplinkArguments>[0]): string[] =>
  complaints(planUplink(uplinkArguments(over)));

test.each([1304, 1305, 1500, 8999, 9000])("a line may have an MTU of %d", (mtu) => {
  expect(refused({ mtu })).toEqual([]);
});

test.each([1303, 9001, 0, -1500, 1499.5, NaN, Infinity])("a line has no MTU of %d", (mtu) => {
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

describe("ipsec", () => {
  type Over = Parameters<typeof uplinkArguments>[0];
  const transport = (over: Over = {}) =>
    planOf(planUplink(uplinkArguments({ encapsulation: "ipsec", ...over }))).transport;

  test("has identities, a number and a mark that follow from the unit, and begins in UDP where it cannot know the way", () => {
    const tunnel = interfaceName(unit);
    const common = {
      encapsulation: "ipsec",
      identities: { colo: `${tunnel}.colo`, site: `${tunnel}.site` },
      id: ipsecId(unit),
      mark: lineMark(unit),
      sitePort: tunnelPort(unit),
    };
    expect(transport()).toEqual({ ...common, siteAddress: "55.1.2.3", udpEncapsulation: "auto" });
    expect(transport({ udpEncapsulation: "always" })).toMatchObject({ udpEncapsulation: "always" });
    expect(transport({ nat: true })).toEqual({ ...common, udpEncapsulation: "always" });
    expect(transport({ address: "dynamic", gateway: undefined })).toEqual({ ...common, udpEncapsulation: "always" });
  });

  test("inside which GRE travels has a key of its own for every other version of the keys", () => {
    const generations = [1, 2, 3].map((keyVersion) => transport({ encapsulation: "gre-ipsec", keyVersion }));
    expect(generations).toMatchObject([{ generation: 1 }, { generation: 2 }, { generation: 1 }]);
    expect(generations[0]).toMatchObject({ address: "55.1.2.3", siteAddress: "55.1.2.3" });
  });

  test("takes lines behind NAT and with any address, but with GRE inside only those that the colo can send to", () => {
    for (const over of [{ nat: true }, { address: "dynamic", gateway: undefined }, { address: "192.168.1.2" }]) {
      expect(refused({ encapsulation: "ipsec", ...over })).toEqual([]);
      expect(refused({ encapsulation: "gre-ipsec", ...over })).toEqual(["encapsulation-unfit encapsulation"]);
    }
  });

  test("refuses what belongs to other encapsulations, as they refuse what belongs to it", () => {
    const keys = judgeKeys({ coloPrivateKey: wireguardKeys("A".repeat(43)).privateKey });
    expect(refused({ encapsulation: "ipsec", port: 500, keys })).toEqual([
      "argument-unused port",
      "argument-unused coloPrivateKey",
      "key-weak coloPrivateKey",
    ]);
    const preSharedKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString("base64");
    for (const encapsulation of ["gre", "wireguard"]) {
      expect(refused({ encapsulation, udpEncapsulation: "auto", keys: judgeKeys({ preSharedKey }) })).toEqual([
        "argument-unused udpEncapsulation",
        "argument-unused preSharedKey",
      ]);
    }
    expect(refused({ encapsulation: "ipsec", udpEncapsulation: "auto", keys: judgeKeys({ preSharedKey }) })).toEqual(
      [],
    );
    expect(refused({ encapsulation: "ipsec", udpEncapsulation: "never" })).toEqual(["choice-invalid udpEncapsulation"]);
  });

  test.each([
    ["", "psk-malformed"],
    ["secret", "psk-malformed"],
    [Buffer.alloc(31, "0123456789abcdefghijklmnopqrstu").toString("base64"), "psk-malformed"],
    [`${Buffer.alloc(32, "0123456789abcdefghijklmnopqrstuv").toString("base64")}\n`, "psk-malformed"],
    [Buffer.alloc(257, "0123456789abcdefghijklmnopqrstuv").toString("base64"), "psk-malformed"],
    [Buffer.alloc(32).toString("base64"), "key-weak"],
    [Buffer.alloc(64, "password").toString("base64"), "key-weak"],
  ])("refuses the pre-shared key %j", (preSharedKey, code) => {
    expect(refused({ encapsulation: "ipsec", keys: judgeKeys({ preSharedKey }) })).toEqual([`${code} preSharedKey`]);
  });
});

describe("wireguard", () => {
  const wireguard = (over: Parameters<typeof uplinkArguments>[0] = {}) =>
    uplinkArguments({ encapsulation: "wireguard", ...over });
  const transport = (over: Parameters<typeof uplinkArguments>[0] = {}) => planOf(planUplink(wireguard(over))).transport;

  test("has a port and a mark that follow from the unit, and the site's address where the colo can know it", () => {
    const common = { encapsulation: "wireguard", port: tunnelPort(unit), mark: lineMark(unit) };
    expect(transport()).toEqual({ ...common, siteAddress: "55.1.2.3" });
    expect(transport({ nat: true })).toEqual({ ...common, keepalive: 25 });
    expect(transport({ address: "dynamic", gateway: undefined })).toEqual(common);
    const ports = [1, 2, 3].map((keyVersion) => transport({ port: 443, keyVersion }));
    expect(ports).toMatchObject([{ port: 443 }, { port: 444 }, { port: 443 }]);
  });

  test("takes a line as it is: any address, its gateway followed unless it is given", () => {
    const followed = planOf(planUplink(wireguard({ address: "dynamic", gateway: undefined })));
    expect(followed).toMatchObject({ address: undefined, isFollowed: true, gateway: `${symbol(unit)}_gateway` });
    const given = planOf(planUplink(wireguard({ address: "dynamic", gateway: "55.1.2.1" })));
    expect(given).toMatchObject({ address: undefined, isFollowed: false, gateway: "55.1.2.1" });
    expect(planOf(planUplink(wireguard()))).toMatchObject({ address: "55.1.2.3", uniqueAddress: "55.1.2.3" });
    const six = wireguard({ colo: torontoIPv6, address: "dynamic-ipv6", gateway: undefined });
    expect(planOf(planUplink(six))).toMatchObject({ address: undefined, isFollowed: true, family: "ipv6" });
    expect(complaints(planUplink({ ...six, colo: toronto }))).toEqual(["colo-without-ipv6 address"]);
    const hidden = planOf(planUplink(wireguard({ address: "192.168.8.2", nat: true })));
    expect(hidden).toMatchObject({ address: "192.168.8.2", uniqueAddress: undefined });
  });

  test("another version of its keys is another tunnel", () => {
    const second = planOf(planUplink(wireguard({ keyVersion: 2 })));
    expect(second.unit).toBe(`${unit}@2`);
    expect(planOf(planUplink(wireguard({ keyVersion: 1 }))).unit).toBe(unit);
    expect(second.tunnel).not.toBe(interfaceName(unit));
    expect(second.table).not.toBe(tableId(unit));
    expect(second.transport).not.toEqual(transport());
  });

  test("a preview says what the tunnel is", () => {
    expect(sentencesOf(planUplink(wireguard({ address: "dynamic", gateway: undefined })))).toMatchSnapshot();
  });

  test.each([0, 65_535, 1.5])("has no port %d", (port) => {
    expect(complaints(planUplink(wireguard({ port })))).toEqual(["tunnel-port-invalid port"]);
  });

  test.each([0, 10_000, 1.5])("has no keys of version %d", (keyVersion) => {
    expect(complaints(planUplink(wireguard({ keyVersion })))).toEqual(["key-version-invalid keyVersion"]);
  });
});

describe("gre", () => {
  test.each([
    ["whose address changes", { address: "dynamic", gateway: undefined }],
    ["behind NAT", { nat: true }],
    ["behind NAT with a private address", { nat: true, address: "192.168.8.2" }],
    ["with a private address, which can only be behind NAT", { address: "10.1.2.3" }],
    ["with an address of a carrier's NAT", { address: "100.64.1.2" }],
  ])("is refused for a line %s", (_, over) => {
    expect(refused(over)).toEqual(["encapsulation-unfit encapsulation"]);
  });

  test("may join two private networks", () => {
    expect(refused({ address: "10.1.2.3", colo: { ...toronto, address: "10.9.2.2" } })).toEqual([]);
  });

  test("has neither ports nor keys", () => {
    expect(refused({ port: 5000, keyVersion: 2 })).toEqual(["argument-unused port", "argument-unused keyVersion"]);
  });
});
