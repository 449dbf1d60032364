import { isIP } from "node:net";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { exitCodes } from "./failure";
import { type PrintChoice, stackOptions } from "./options";

/** A connection of which the way is asked. */
export interface Flow {
  readonly from?: string;
  readonly protocol?: "tcp" | "udp" | "icmp";
  readonly port?: number;
  readonly sourcePort?: number;
}

export interface TraceOptions extends PrintChoice, Flow {
  /** Seconds for which packets are looked at that pass. */
  readonly watch?: number;
}

async function trace(name: string, to: string, options: TraceOptions): Promise<void> {
  const { siteNamed, traceSite } = await import("./trace-site.js");
  const { writeJson } = await import("./terminal.js");
  const { renderTrace } = await import("./trace-steps.js");
  const { renderSightings, watchFor } = await import("./trace-seen.js");
  const { hosts, network, site } = await siteNamed(name, options);
  const steps = await traceSite(hosts, network, site, to, options);
  const { watch } = options;
  const seen = watch === undefined ? undefined : await watchFor(hosts, site, to, options, watch);
  if (options.json === true) writeJson({ site: name, to, steps, ...(seen === undefined ? {} : { seen }) });
  else {
    process.stdout.write(renderTrace(steps));
    if (seen !== undefined && watch !== undefined) process.stdout.write(renderSightings(seen, to, watch));
  }
  process.exitCode = steps.every(({ isPassable }) => isPassable) ? exitCodes.fine : exitCodes.found;
}

function address(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError("It has to be an IPv4 or IPv6 address.");
  return text;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 60))
    throw new InvalidArgumentError("It has to be 1 to 60 seconds.");
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 65_535))
    throw new InvalidArgumentError("It has to be a port, 1 to 65535.");
  return value;
}

export function traceCommand(): Command {
  const command = new Command("trace")
    .description("which rule and which line a packet takes, and its answer, and why; sends nothing")
    .addArgument(new Argument("<site>", "whose router sends it, or gets it"))
    .addArgument(new Argument("<to>", "where it goes: anywhere, or an address of the site").argParser(address))
    .addOption(
      new Option("--from <address>", "its sender; without it, the router or the colo itself").argParser(address),
    )
    .addOption(new Option("--protocol <protocol>", "of which the ports are").choices(["tcp", "udp", "icmp"]))
    .addOption(new Option("--port <port>", "to which it goes").argParser(port))
    .addOption(new Option("--source-port <port>", "from which it comes").argParser(port))
    .addOption(
      new Option("--watch <seconds>", "also where such packets are seen to pass, meanwhile").argParser(seconds),
    )
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 there is a way, 1 there is none, 2 wrong usage, 3 a host or the stack could not be asked.",
    )
    .action(trace);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
