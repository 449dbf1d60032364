/** Reads files of tcpdump's (pcap-savefile(5)). */

/** Bytes before the IP header, by the kind of link: Ethernet, raw IP by two numbers, and Linux's cooked captures. */
const linkHeaders: Readonly<Record<number, number>> = { 1: 14, 12: 0, 101: 0, 113: 16, 276: 20 };

/** The packets of a file, from their link's header on; one that was cut off is none. */
export function packetsOf(file: Buffer): Buffer[] {
  if (file.length < 24) return [];
  const isLittle = file.readUInt32LE(0) === 0xa1b2c3d4;
  const found: Buffer[] = [];
  let at = 24;
  while (at + 16 <= file.length) {
    const from = at + 16;
    at = from + (isLittle ? file.readUInt32LE(at + 8) : file.readUInt32BE(at + 8));
    if (at <= file.length) found.push(file.subarray(from, at));
  }
  return found;
}

/** Of each packet of IPv4 in a file, where it comes from and goes to. */
export function endsOfPackets(file: Buffer): { readonly from: string; readonly to: string }[] {
  if (file.length < 24) return [];
  const isLittle = file.readUInt32LE(0) === 0xa1b2c3d4;
  const link = linkHeaders[isLittle ? file.readUInt32LE(20) : file.readUInt32BE(20)];
  if (link === undefined) return [];
  return packetsOf(file).flatMap((packet) => {
    const header = packet.subarray(link, link + 20);
    if (header.length < 20 || (header[0] ?? 0) >> 4 !== 4) return [];
    return [{ from: header.subarray(12, 16).join("."), to: header.subarray(16, 20).join(".") }];
  });
}
