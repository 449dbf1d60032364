import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Told } from "./ask";
import { putAll, stackHosts } from "./asking";
import { type Captured, type CaptureOptions, type Spot, spotsOf } from "./capture";
import { exitCodes, Failure } from "./failure";
import { byFirstWord, cut } from "./lines-of-text";
import { networkOf } from "./network";
import { packetsOf } from "./pcap";
import { chooseSites } from "./status";

/** Beside the time of the capture itself. */
const answerMs = 40_000;

export async function captureLine(siteName: string, lineName: string, options: CaptureOptions): Promise<Captured[]> {
  const hosts = await stackHosts(options);
  const network = chooseSites(networkOf(hosts), [siteName]);
  const lines = network.sites.flatMap((site) => site.lines);
  const line = lines.find(({ name }) => name === lineName);
  if (line === undefined) {
    const known = lines.map(({ name }) => name).join(", ");
    throw new Failure(`The site ${siteName} has no line "${lineName}". It has: ${known}.`, exitCodes.usage);
  }
  const spots = spotsOf(line, network, options.filter);
  const asked = hosts.filter(({ name }) => spots.some(({ host }) => host === name));
  const told = await putAll(
    asked,
    "capture",
    ({ name }) => questionOf(spots, name, options),
    answerMs + options.seconds * 1000,
  );
  const moment = new Date().toISOString().replaceAll(/[-:]|\..*/g, "");
  return Promise.all(
    spots.map((spot) =>
      keep(spot, told, join(options.output, `${lineName}-${spot.host}-${spot.device}-${moment}.pcap`)),
    ),
  );
}

/** A filter is one line, whatever it was typed as. */
export function questionOf(
  spots: readonly Spot[],
  host: string,
  { seconds, packets }: Pick<CaptureOptions, "seconds" | "packets">,
): string {
  return spots
    .filter((spot) => spot.host === host)
    .map(({ device, filter }) => `${[seconds, packets, device, filter.replaceAll(/\s+/g, " ")].join(" ").trim()}\n`)
    .join("");
}

/** What a host's answer holds for one of its interfaces. */
export function capturedAt(spot: Spot, told: readonly Told[]): Captured & { readonly content?: Buffer } {
  const { result, refusal } = told.find(({ host }) => host.name === spot.host) ?? {};
  const fail = (failure: string): Captured => ({ ...spot, packets: 0, failure });
  if (result === undefined) {
    return fail(
      `${refusal?.text ?? "It is no host of the stack's."} 'extrude doctor ${spot.host}' says what mends it.`,
    );
  }
  const lines = byFirstWord(result.stdout);
  if (result.stdout.startsWith("without tcpdump"))
    return fail(`tcpdump is missing there: sudo apt-get install tcpdump`);
  const ofDevice = (word: string): string[] =>
    lines(word).flatMap((line) => {
      const [device, rest = ""] = cut(line, 1);
      return device === spot.device ? [rest] : [];
    });
  const [why] = ofDevice("failed");
  if (why !== undefined)
    return fail(`tcpdump could not: ${why === "" ? "it had not begun when the time was over" : why}`);
  const content = Buffer.from(ofDevice("data").join(""), "base64");
  return { ...spot, packets: packetsOf(content).length, content };
}

async function keep(spot: Spot, told: readonly Told[], file: string): Promise<Captured> {
  const { content, ...captured } = capturedAt(spot, told);
  if (content === undefined) return captured;
  // Never over an earlier one, and for nobody else's eyes.
  await writeFile(file, content, { mode: 0o600, flag: "wx" }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `What was captured cannot be written: ${why}. Choose another place: --output DIRECTORY`,
      exitCodes.found,
    );
  });
  return { ...captured, file };
}
