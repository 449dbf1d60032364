import { renderCaptured, spotsOf } from "../../cli/capture";
import { capturedAt, questionOf } from "../../cli/capture-line";
import { networkOf } from "../../cli/network";
import { packetsOf } from "../../cli/pcap";
import { stackHost, tunnelsOf } from "./cli-fixture";

const [rack, router] = [stackHost("rack"), stackHost("router")];
const network = networkOf([rack, router]);
const line = network.sites[0]?.lines[0];
if (line === undefined) throw new Error("the example has no line");
const [dsl = ""] = tunnelsOf(router);
const spots = spotsOf(line, network, "tcp port 443");

/** A file of tcpdump's with packets of so many bytes. */
function pcap(...lengths: number[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4);
  const packets = lengths.map((length) => {
    const packet = Buffer.alloc(16 + length);
    packet.writeUInt32LE(length, 8);
    return packet;
  });
  return Buffer.concat([header, ...packets]);
}

const result = (stdout: string) => ({ stdout, stderr: "", code: 0, asked: 0, answered: 0 });

test("both ends are looked at, inside the tunnel and outside", () => {
  expect(spots.map(({ host, device, filter }) => [host, device, filter])).toEqual([
    ["router", dsl, "tcp port 443"],
    ["router", "eth1", "host 77.1.2.2 and proto 47"],
    ["rack", dsl, "tcp port 443"],
    ["rack", "eth0", "host 55.1.2.3 and proto 47"],
  ]);
  const encrypted = { ...line, encapsulation: "wireguard", port: 12_345, local: undefined } as const;
  expect(spotsOf(encrypted, network, "").map(({ filter }) => filter)).toEqual([
    "",
    "host 77.1.2.2 and udp port 12345",
    "",
    "udp port 12345",
  ]);
});

test("of IPsec it is ESP, in UDP or not, and what agrees on its keys", () => {
  const [, outside] = spotsOf({ ...line, encapsulation: "ipsec", port: 12_345 }, network, "");
  expect(outside?.filter).toBe("host 77.1.2.2 and (proto 50 or udp port 500 or udp port 4500 or udp port 12345)");
});

test("a filter is one line of the question, whatever is in it", () => {
  const odd = spotsOf(line, network, "tcp\n5 5 eth9 ; reboot $(reboot)");
  const question = questionOf(odd, "router", { seconds: 5, packets: 500 });
  expect(question).toBe(`5 500 ${dsl} tcp 5 5 eth9 ; reboot $(reboot)\n5 500 eth1 host 77.1.2.2 and proto 47\n`);
});

test("packets are counted, and one that was cut off is not", () => {
  const countPackets = (file: Buffer): number => packetsOf(file).length;
  expect(countPackets(pcap())).toBe(0);
  expect(countPackets(pcap(60, 128, 1))).toBe(3);
  expect(countPackets(pcap(60, 128).subarray(0, -1))).toBe(1);
  expect(countPackets(Buffer.alloc(3))).toBe(0);
});

test("what came, and why something did not", () => {
  const data = pcap(60, 60).toString("base64");
  const [inside, outside, far] = spots;
  if (inside === undefined || outside === undefined || far === undefined) throw new Error("there are four");
  const told = [
    {
      host: router,
      result: result(`captured ${dsl}\ndata ${dsl} ${data}\nfailed eth1 tcpdump: eth1: No such device exists\n`),
    },
    { host: rack, result: result("without tcpdump\n") },
  ];
  const all = [inside, outside, far].map((spot) => capturedAt(spot, told));
  expect(all.map(({ packets, failure }) => [packets, failure])).toEqual([
    [2, undefined],
    [0, "tcpdump could not: tcpdump: eth1: No such device exists"],
    [0, "tcpdump is missing there: sudo apt-get install tcpdump"],
  ]);
  expect(all[0]?.content).toEqual(pcap(60, 60));
  const shown = all.map(({ content, ...captured }) => ({
    ...captured,
    ...(content === undefined ? {} : { file: "a.pcap" }),
  }));
  expect(renderCaptured(shown)).toMatchSnapshot();
  const refusal = { problem: "unreachable", text: "77.1.2.2, port 22 cannot be reached by SSH." } as const;
  expect(capturedAt(far, [{ host: rack, refusal }]).failure).toContain("'extrude doctor rack' says what mends it.");
});
