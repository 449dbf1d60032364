import type { Told } from "./ask";
import { putAll } from "./asking";
import type { Spot } from "./capture";
import { capturedAt, questionOf } from "./capture-line";
import { exitCodes, Failure } from "./failure";
import type { Site } from "./network";
import { endsOfPackets } from "./pcap";
import type { StackHost } from "./state";
import type { Flow } from "./trace";

/** An interface at which packets of the connection were seen to pass. */
export interface Sighting {
  readonly host: string;
  readonly device: string;
  readonly line: string;
  /** In the line's tunnel, not on the line itself. */
  readonly isTunnel: boolean;
  /** Packets to the address that was asked about, and from it. */
  readonly to: number;
  readonly from: number;
}

/** Beside the time of the capture itself. */
const answerMs = 40_000;

/** At each interface; more would tell nothing else. */
const packets = 2_000;

interface Place extends Spot {
  readonly line: string;
  readonly isTunnel: boolean;
}

/** The tunnels of a site at both of their ends, and its lines. */
export function placesOf({ lines, router }: Site, to: string, { protocol, port }: Flow): Place[] {
  const ports = port === undefined ? "" : ` port ${port}`;
  const filter = [`host ${to}`, ...(protocol === undefined ? [] : [`${protocol}${ports}`])].join(" and ");
  const what = "the connection";
  return lines.flatMap(({ name: line, tunnel, device, colo }) => [
    { host: router, device: tunnel, filter, what, line, isTunnel: true },
    { host: router, device, filter, what, line, isTunnel: false },
    ...(colo === undefined ? [] : [{ host: colo, device: tunnel, filter, what, line, isTunnel: true }]),
  ]);
}

/** Looks at all of a site's tunnels and lines for some seconds, and says which of them such packets pass. */
export async function watchFor(
  hosts: readonly StackHost[],
  site: Site,
  to: string,
  flow: Flow,
  seconds: number,
): Promise<Sighting[]> {
  const places = placesOf(site, to, flow);
  const asked = hosts.filter(({ name }) => places.some(({ host }) => host === name));
  const question = ({ name }: StackHost): string => questionOf(places, name, { seconds, packets });
  return sightingsOf(places, await putAll(asked, "capture", question, answerMs + seconds * 1000), to);
}

export function sightingsOf(places: readonly Place[], told: readonly Told[], address: string): Sighting[] {
  return places.flatMap(({ line, isTunnel, ...spot }) => {
    const { content, failure } = capturedAt(spot, told);
    if (failure !== undefined) throw new Failure(`${spot.host} ${spot.device}: ${failure}`, exitCodes.unasked);
    const ends = endsOfPackets(content ?? Buffer.alloc(0));
    const to = ends.filter((each) => each.to === address).length;
    const from = ends.filter((each) => each.from === address).length;
    return to + from === 0 ? [] : [{ host: spot.host, device: spot.device, line, isTunnel, to, from }];
  });
}

export function renderSightings(sightings: readonly Sighting[], to: string, seconds: number): string {
  if (sightings.length === 0) return `No such packet passed in ${seconds} s.\n`;
  const count = (number: number): string => `${number} ${number === 1 ? "packet" : "packets"}`;
  const lines = sightings.map(({ host, device, line, isTunnel, ...seen }) => {
    const place = isTunnel ? `the tunnel ${device} of the line ${line}` : `the line ${line} itself (${device})`;
    return `  ${host}, ${place}: ${count(seen.to)} to ${to}, ${seen.from} from it\n`;
  });
  return `What passed in ${seconds} s:\n${lines.join("")}`;
}
