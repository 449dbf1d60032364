import { networkOf } from "../../cli/network";
import { endsOfPackets } from "../../cli/pcap";
import { placesOf, renderSightings, sightingsOf } from "../../cli/trace-seen";
import { stackHost, tunnelsOf } from "./cli-fixture";

const [rack, router] = [stackHost("rack"), stackHost("router")];
const [site] = networkOf([rack, router]).sites;
if (site === undefined) throw new Error("the example has no site");
const [dsl = "", cable = ""] = tunnelsOf(router);
const there = "198.51.100.10";

type Ends = readonly [from: string, to: string];

/** A file of tcpdump's, of a kind of link whose header has so many bytes, with packets of IPv4. */
function pcap(link: number, header: number, packets: readonly Ends[], isLittle = true): Buffer {
  const number = (value: number): Buffer => {
    const buffer = Buffer.alloc(4);
    if (isLittle) buffer.writeUInt32LE(value);
    else buffer.writeUInt32BE(value);
    return buffer;
  };
  const bytes = (address: string): number[] => address.split(".").map(Number);
  const parts = packets.map(([from, to]) => {
    const ip = Buffer.from([0x45, ...Array<number>(11).fill(0), ...bytes(from), ...bytes(to), 1, 2, 3]);
    const packet = Buffer.concat([Buffer.alloc(header), ip]);
    return Buffer.concat([Buffer.alloc(8), number(packet.length), number(packet.length), packet]);
  });
  return Buffer.concat([number(0xa1b2c3d4), Buffer.alloc(16), number(link), ...parts]);
}

describe("packets in a file", () => {
  const packets: Ends[] = [
    ["192.168.1.10", there],
    [there, "77.1.2.3"],
  ];
  const expected = packets.map(([from, to]) => ({ from, to }));

  test.each([
    ["Ethernet", 1, 14],
    ["raw IP", 12, 0],
    ["raw IP", 101, 0],
    ["cooked", 113, 16],
    ["cooked, the second version", 276, 20],
  ])("have their ends, of a link that is %s (%d)", (_, link, header) => {
    expect(endsOfPackets(pcap(link, header, packets))).toEqual(expected);
    expect(endsOfPackets(pcap(link, header, packets, false))).toEqual(expected);
  });

  test("are none of a link that is not known, of another protocol, or in a file that is none", () => {
    expect(endsOfPackets(pcap(147, 0, packets))).toEqual([]);
    const ipv6 = pcap(101, 0, packets);
    ipv6[24 + 16] = 0x60;
    expect(endsOfPackets(ipv6)).toEqual(expected.slice(1));
    expect(endsOfPackets(Buffer.alloc(10))).toEqual([]);
    expect(endsOfPackets(pcap(101, 0, packets).subarray(0, 24 + 16 + 10))).toEqual([]);
  });
});

test("the tunnels of a site are looked at at both ends, its lines at the router, for that connection alone", () => {
  expect(
    placesOf(site, there, { protocol: "tcp", port: 443 }).map(({ host, device, filter }) => [host, device, filter]),
  ).toEqual(
    [
      ["router", dsl],
      ["router", "eth1"],
      ["rack", dsl],
      ["router", cable],
      ["router", "ppp0"],
      ["rack", cable],
    ].map(([host, device]) => [host, device, `host ${there} and tcp port 443`]),
  );
  expect(placesOf(site, there, { protocol: "icmp" })[0]?.filter).toBe(`host ${there} and icmp`);
  expect(placesOf(site, there, {})[0]?.filter).toBe(`host ${there}`);
});

describe("what was seen", () => {
  const places = placesOf(site, there, {});
  const data = (device: string, packets: readonly Ends[]): string =>
    `captured ${device}\ndata ${device} ${pcap(101, 0, packets).toString("base64")}\n`;
  const told = (atRouter: string, atRack: string) =>
    [
      { host: router, stdout: atRouter },
      { host: rack, stdout: atRack },
    ].map(({ host, stdout }) => ({ host, result: { stdout, stderr: "", code: 0, asked: 0, answered: 0 } }));
  const away: Ends = ["77.1.2.3", there];
  const back: Ends = [there, "77.1.2.3"];
  const nothing = ["eth1", "ppp0"].map((device) => data(device, [])).join("");

  test("is told by place and direction, and where nothing passed nothing is", () => {
    const atRouter = `${data(dsl, [away, away])}${data(cable, [back])}${nothing}`;
    const atRack = `${data(dsl, [away, away])}${data(cable, [back])}`;
    const seen = sightingsOf(places, told(atRouter, atRack), there);
    expect(seen).toEqual([
      { host: "router", device: dsl, line: "dsl", isTunnel: true, to: 2, from: 0 },
      { host: "rack", device: dsl, line: "dsl", isTunnel: true, to: 2, from: 0 },
      { host: "router", device: cable, line: "cable", isTunnel: true, to: 0, from: 1 },
      { host: "rack", device: cable, line: "cable", isTunnel: true, to: 0, from: 1 },
    ]);
    expect(renderSightings(seen.slice(0, 1), there, 5)).toBe(
      `What passed in 5 s:\n  router, the tunnel ${dsl} of the line dsl: 2 packets to ${there}, 0 from it\n`,
    );
    const direct = { host: "router", device: "eth1", line: "dsl", isTunnel: false, to: 1, from: 1 };
    expect(renderSightings([direct], there, 5)).toContain(
      `  router, the line dsl itself (eth1): 1 packet to ${there}, 1 from it\n`,
    );
    expect(renderSightings([], there, 5)).toBe("No such packet passed in 5 s.\n");
  });

  test("is not told where a place could not be looked at: it may have been there", () => {
    const silent = `${data(dsl, [away])}failed ${cable} tcpdump: ${cable}: No such device exists\n${nothing}`;
    expect(() => sightingsOf(places, told(silent, `${data(dsl, [])}${data(cable, [])}`), there)).toThrow(
      `router ${cable}: tcpdump could not: tcpdump: ${cable}: No such device exists`,
    );
    expect(() => sightingsOf(places, told("without tcpdump\n", ""), there)).toThrow(
      "tcpdump is missing there: sudo apt-get install tcpdump",
    );
  });
});
