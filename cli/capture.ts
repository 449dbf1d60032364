import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { exitCodes } from "./failure";
import type { Line, Network } from "./network";
import { type PrintChoice, stackOptions } from "./options";

export interface CaptureOptions extends PrintChoice {
  readonly seconds: number;
  readonly packets: number;
  readonly filter: string;
  readonly output: string;
}

/** Where packets are looked at, and which. */
export interface Spot {
  readonly host: string;
  readonly device: string;
  /** In the words of pcap-filter(7); empty takes all. */
  readonly filter: string;
  readonly what: string;
}

/** Inside the tunnel and outside of it, at both ends. */
export function spotsOf(line: Line, { colos }: Network, filter: string): Spot[] {
  const { router, colo, tunnel, device, local, remote } = line;
  const outside = (peer: string | undefined): string =>
    [...(peer === undefined ? [] : [`host ${peer}`]), ...protocolFilter(line)].join(" and ");
  const far = colos.find((each) => each.host === colo);
  const inside = "inside the tunnel";
  return [
    { host: router, device: tunnel, filter, what: inside },
    { host: router, device, filter: outside(remote), what: "the tunnel on the line" },
    ...(colo === undefined ? [] : [{ host: colo, device: tunnel, filter, what: inside }]),
    ...(far?.interface === undefined
      ? []
      : [{ host: far.host, device: far.interface, filter: outside(local), what: "the tunnel on the colo's network" }]),
  ];
}

/** What carries the tunnel. IPsec agrees on its keys by the first two ports, and may travel in the second (RFC 3948). */
function protocolFilter({ encapsulation, port }: Line): string[] {
  switch (encapsulation) {
    case "gre":
      return ["proto 47"];
    case "gre-ipsec":
    case "ipsec": {
      const ports = ["500", "4500", ...(port === undefined ? [] : [String(port)])].map((each) => `udp port ${each}`);
      return [`(${["proto 50", ...ports].join(" or ")})`];
    }
    case "wireguard":
      return port === undefined ? ["udp"] : [`udp port ${port}`];
  }
}

export interface Captured extends Spot {
  readonly packets: number;
  readonly file?: string;
  /** Why there is none: a sentence. */
  readonly failure?: string;
}

export function renderCaptured(all: readonly Captured[]): string {
  return all
    .map(({ host, device, what, packets, file, failure }) =>
      failure === undefined
        ? `${host} ${device}, ${what}: ${packets} packets${file === undefined ? "" : ` in ${file}`}\n`
        : `${host} ${device}, ${what}: ${failure}\n`,
    )
    .join("");
}

async function capture(site: string, line: string, options: CaptureOptions): Promise<void> {
  const { captureLine } = await import("./capture-line.js");
  const { writeJson } = await import("./terminal.js");
  const all = await captureLine(site, line, options);
  if (options.json === true) writeJson({ site, line, captured: all });
  else process.stdout.write(renderCaptured(all));
  const isWhole = all.every(({ failure }) => failure === undefined);
  process.exitCode = isWhole ? exitCodes.fine : exitCodes.unasked;
}

function upTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(Number.isInteger(value) && value >= 1 && value <= most))
      throw new InvalidArgumentError(`It has to be 1 to ${most}.`);
    return value;
  };
}

export function captureCommand(): Command {
  const command = new Command("capture")
    .description("captures a line's packets at both ends, inside its tunnel and outside, with tcpdump")
    .addArgument(new Argument("<site>", "whose line it is"))
    .addArgument(new Argument("<line>", "the uplink's name"))
    .addOption(new Option("--seconds <seconds>", "for how long").argParser(upTo(60)).default(5))
    .addOption(new Option("--packets <packets>", "at most, at each place").argParser(upTo(10_000)).default(500))
    .option("--filter <expression>", "which packets inside the tunnel, as tcpdump takes it", "")
    .option("--output <directory>", "where the files go", ".")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 captured everywhere, 1 a file could not be written, 2 wrong usage, 3 a host could not capture, or the stack not be read.",
    )
    .action(capture);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
