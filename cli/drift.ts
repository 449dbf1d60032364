import { Argument, Command } from "commander";
import type { Answer } from "./ask";
import { type Difference, differencesOf } from "./differences";
import { exitCodes } from "./failure";
import { type PrintChoice, stackOptions } from "./options";
import { writeJson } from "./terminal";

export interface HostDrift {
  readonly host: string;
  readonly differences: readonly Difference[];
  /** Why the host could not be asked. */
  readonly unasked?: string;
}

export function driftOf({ host, facts, refusal }: Answer): HostDrift {
  if (facts === undefined) return { host: host.name, differences: [], unasked: refusal?.text ?? "It was not asked." };
  return { host: host.name, differences: differencesOf(host, facts) };
}

/** What the verb prints: nothing where nothing differs, so that it can be run from a timer. */
export function renderDrift(hosts: readonly HostDrift[]): string {
  const lines = hosts.flatMap(({ host, differences, unasked }) => [
    ...(unasked === undefined
      ? []
      : [`${host}: could not be asked: ${unasked} 'extrude doctor ${host}' says what mends it.`]),
    ...differences.map(({ unit, text }) => `${host}: ${unit === undefined ? "" : `${unit}: `}${text}`),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

export function driftExitCode(hosts: readonly HostDrift[]): number {
  if (hosts.some(({ unasked }) => unasked !== undefined)) return exitCodes.unasked;
  return hosts.some(({ differences }) => differences.length > 0) ? exitCodes.found : exitCodes.fine;
}

async function drift(names: readonly string[], options: PrintChoice): Promise<void> {
  const { askAll, stackHosts } = await import("./asking.js");
  const answers = await askAll(await stackHosts(options, names), () => "");
  const found = answers.map(driftOf);
  if (options.json === true) writeJson({ hosts: found });
  else process.stdout.write(renderDrift(found));
  process.exitCode = driftExitCode(found);
}

export function driftCommand(): Command {
  const command = new Command("drift")
    .description("what differs on the hosts of a stack from what was confirmed")
    .addArgument(new Argument("[hosts...]", "only these"))
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 nothing differs, 1 something does, 2 wrong usage, 3 a host or the stack could not be asked.",
    )
    .action(drift);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
