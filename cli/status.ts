import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { Correspondent } from "./ask";
import { exitCodes, Failure } from "./failure";
import { parseMoment } from "./moments";
import type { Line, Network } from "./network";
import { type PrintChoice, stackOptions } from "./options";
import type { Reading, SiteStatus } from "./site-status";

export interface StatusOptions extends PrintChoice {
  readonly watch?: boolean;
  readonly events?: boolean;
  readonly interval: number;
  /** Of what happened: ms since 1970. */
  readonly since?: number;
  readonly until?: number;
}

/** Pings through each tunnel, five a second. */
const pings = 10;
const measureMs = 30_000;

/** A ping through each tunnel that begins at the router `host`. */
export function pingsOf(host: string, lines: readonly Line[]): string {
  return lines
    .filter(({ router }) => router === host)
    .map(({ tunnel }) => `ping ${tunnel} fe80::1 ${pings}\n`)
    .join("");
}

export function linesOf({ sites, spare }: Network): Line[] {
  return [...sites.flatMap(({ lines }) => lines), ...spare];
}

/** The part of a network that is about some of its sites; all of it, if none is named. */
export function chooseSites(network: Network, names: readonly string[]): Network {
  if (names.length === 0) return network;
  const known = network.sites.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    const list = known.length === 0 ? "It has none yet: run pulumi up first." : `It has: ${known.join(", ")}.`;
    throw new Failure(`The stack has no site "${wrong}". ${list}`, exitCodes.usage);
  }
  return { ...network, sites: network.sites.filter(({ name }) => names.includes(name)), spare: [] };
}

/** Asks all hosts once, as far as there is something to ask. */
export async function readAll(
  asked: readonly Correspondent[],
  network: Network,
  input = (host: string): string => pingsOf(host, linesOf(network)),
): Promise<Reading[]> {
  const { parseMeasured } = await import("./measured.js");
  return Promise.all(
    asked.map(async (correspondent) => {
      const { name } = correspondent.host;
      const { result, refusal } = await correspondent.put("measure", input(name), measureMs);
      return { host: name, ...(result === undefined ? { refusal } : { measured: parseMeasured(result) }) };
    }),
  );
}

/** What programs get. Moments are ISO 8601, rates bit/s. */
export function statusJson(sites: readonly SiteStatus[], readings: readonly Reading[], now: number) {
  const iso = (moment: number | undefined) => (moment === undefined ? undefined : new Date(moment).toISOString());
  return {
    at: iso(now),
    sites: sites.map(({ site, lines, applied }) => ({
      name: site.name,
      router: site.router,
      addresses: site.addresses,
      configuredAt: iso(applied),
      lines: lines.map(({ line, since, lastChange, ...rest }) => ({
        name: line.name,
        interface: line.device,
        tunnel: line.tunnel,
        encapsulation: line.encapsulation,
        weight: line.weight,
        tier: line.tier,
        ...rest,
        since: iso(since),
        ...(lastChange === undefined
          ? {}
          : {
              lastChange: {
                at: iso(lastChange.at),
                state: lastChange.isUp ? "up" : "down",
                why: lastChange.why,
                downForMs: lastChange.downFor,
              },
            }),
      })),
    })),
    unasked: readings.flatMap(({ host, refusal }) => (refusal === undefined ? [] : [{ host, ...refusal }])),
  };
}

export function statusExitCode(sites: readonly SiteStatus[], readings: readonly Reading[]): number {
  if (readings.some(({ refusal }) => refusal !== undefined)) return exitCodes.unasked;
  const isWell = sites.every(({ lines }) => lines.every(({ state }) => state === "up" || state === "standby"));
  return isWell ? exitCodes.fine : exitCodes.found;
}

async function status(names: readonly string[], options: StatusOptions): Promise<void> {
  const wrong = complaintOn(options);
  if (wrong !== undefined) throw new Failure(wrong, exitCodes.usage);
  const { showStatus, showEvents } = await import("./status-show.js");
  await (options.events === true ? showEvents : showStatus)(names, options);
}

function complaintOn({ events, watch, since, until }: StatusOptions): string | undefined {
  if (events !== true && (since !== undefined || until !== undefined)) return "--since and --until are for --events.";
  if (watch === true && until !== undefined) return "--until would end what --watch goes on with: give one of them.";
  return until !== undefined && since !== undefined && until < since ? "--until is before --since." : undefined;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) throw new InvalidArgumentError("Give seconds, from 1 to 3600.");
  return value;
}

/** Commander hands a parser the value before, too. */
const moment = (text: string): number => parseMoment(text);

export function statusCommand(): Command {
  const command = new Command("status")
    .description("each site's lines: state, rates, loss, latency, and what happened last; changes nothing")
    .addArgument(new Argument("[sites...]", "only these"))
    .option("--watch", "again and again, until it is interrupted")
    .addOption(new Option("--interval <seconds>", "with --watch: between two looks").argParser(seconds).default(2))
    .option("--events", "what happened in the last day, as JSON lines; with --watch, also what happens from now on")
    .addOption(new Option("--since <moment>", "with --events: 03:12, 2026-11-26T03:12, 2h (ago)").argParser(moment))
    .addOption(new Option("--until <moment>", "with --events: until then").argParser(moment))
    .option("--json", "for programs; with --watch, one line each time")
    .addHelpText(
      "after",
      "\nExit codes: 0 every line is up, 1 one is not, 2 wrong usage, 3 a host or the stack could not be asked.",
    )
    .action(status);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
