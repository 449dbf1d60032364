import { setTimeout as pause } from "node:timers/promises";
import { stackHosts } from "./asking";
import { Correspondent } from "./ask";
import { exitCodes } from "./failure";
import { describeEvent, type Happening } from "./happenings";
import { type HostEvent, parseJournal } from "./measured";
import { type Network, networkOf } from "./network";
import { Screen } from "./screen";
import { type Reading, statusOf } from "./site-status";
import { chooseSites, linesOf, readAll, statusExitCode, statusJson, type StatusOptions } from "./status";
import { renderStatus } from "./status-table";
import { lineWidth, writeJson, writeLine } from "./terminal";

interface View {
  readonly network: Network;
  readonly asked: readonly Correspondent[];
}

/** The sites that were asked for, and all hosts at which their lines end. */
async function open(names: readonly string[], options: StatusOptions): Promise<View> {
  const hosts = await stackHosts(options);
  const network = chooseSites(networkOf(hosts), names);
  const ends = new Set(
    [...linesOf(network), ...network.sites].flatMap((each) => [each.router, "colo" in each ? each.colo : undefined]),
  );
  const some = names.length === 0 ? hosts : hosts.filter(({ name }) => ends.has(name));
  return { network, asked: some.map((host) => new Correspondent(host)) };
}

/** Whether somebody wants us to end: Ctrl-C at a terminal. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => {
    controller.abort();
  });
  return controller.signal;
}

export async function showStatus(names: readonly string[], options: StatusOptions): Promise<void> {
  const view = await open(names, options);
  const interrupted = options.watch === true ? untilInterrupted() : undefined;
  const screen = new Screen(process.stdout, options.watch === true && process.stdout.isTTY && options.json !== true);
  try {
    do {
      const began = Date.now();
      const readings = await readAll(view.asked, view.network);
      const sites = statusOf(view.network, readings);
      const now = Date.now();
      if (options.json !== true) screen.show(renderStatus(sites, readings, now, lineWidth()));
      else if (options.watch === true) writeLine(JSON.stringify(statusJson(sites, readings, now)));
      else writeJson(statusJson(sites, readings, now));
      process.exitCode = statusExitCode(sites, readings);
      const rest = began + options.interval * 1000 - Date.now();
      if (interrupted?.aborted === false && rest > 0)
        await pause(rest, undefined, { signal: interrupted }).catch(() => undefined);
    } while (interrupted?.aborted === false);
  } finally {
    screen.leave();
    for (const correspondent of view.asked) correspondent.close();
  }
}

export async function showEvents(names: readonly string[], options: StatusOptions): Promise<void> {
  const { network, asked } = await open(names, options);
  try {
    if (options.watch === true) await follow(network, asked, options.since ?? 0);
    else await recount(network, asked, options);
  } finally {
    for (const correspondent of asked) correspondent.close();
  }
}

/** How far a host's clock may be off, so that nothing is missed: doctor complains much sooner. */
const margin = 600_000;

/** What to ask a host for the time that was asked for; the last day without one. */
export function journalQuestion({ since, until }: Pick<StatusOptions, "since" | "until">, now: number): string {
  if (since === undefined && until === undefined) return "";
  const seconds = (moment: number): number => Math.max(0, Math.floor(moment / 1000));
  const end = until ?? now;
  return `journal ${seconds((since ?? end - 86_400_000) - margin)} ${seconds(end + margin)}\n`;
}

/** Whether something happened in the time that was asked for. */
export function isWithin(at: number, { since = 0, until = Infinity }: Pick<StatusOptions, "since" | "until">): boolean {
  return at >= since && at <= until;
}

async function recount(network: Network, asked: readonly Correspondent[], options: StatusOptions): Promise<void> {
  const readings = await readAll(asked, network, () => journalQuestion(options, Date.now()));
  const journals = new Map(readings.map(({ host, measured }) => [host, measured?.events ?? []]));
  const all = [...journals].flatMap(([host, events]) =>
    events.filter(({ at }) => isWithin(at, options)).map((event) => describeEvent(host, event, network, journals)),
  );
  for (const happening of all.sort((one, two) => one.at.localeCompare(two.at))) writeHappening(happening);
  for (const { host, refusal } of readings) complain(host, refusal);
}

/** How many events of each host are kept, to say why something happened. */
const remembered = 1000;
/** Longest that a timer can be: 24 days. */
const forever = 2_147_483_647;

async function follow(network: Network, asked: readonly Correspondent[], since: number): Promise<void> {
  const journals = new Map<string, HostEvent[]>();
  const interrupted = untilInterrupted();
  interrupted.addEventListener("abort", () => {
    for (const correspondent of asked) correspondent.close();
  });
  await Promise.all(
    asked.map(async (correspondent) => {
      const { name } = correspondent.host;
      const events: HostEvent[] = [];
      journals.set(name, events);
      let rest = "";
      const { refusal } = await correspondent.put("events", "", forever, (text) => {
        const lines = `${rest}${text}`.split("\n");
        rest = lines.pop() ?? "";
        for (const event of lines.flatMap((line) => parseJournal(line, 0))) {
          if (events.push(event) > remembered) events.shift();
          if (event.at >= since) writeHappening(describeEvent(name, event, network, journals));
        }
      });
      if (!interrupted.aborted) complain(name, refusal);
    }),
  );
}

function writeHappening(happening: Happening): void {
  writeLine(JSON.stringify(happening));
}

function complain(host: string, refusal: Reading["refusal"]): void {
  if (refusal === undefined) return;
  process.stderr.write(`extrude: ${refusal.text} 'extrude doctor ${host}' says what mends it.\n`);
  process.exitCode = exitCodes.unasked;
}
