import { Argument, Command } from "commander";
import type { Finding } from "./findings";
import { exitCodes } from "./failure";
import { type PrintChoice, stackOptions } from "./options";

export interface RepairOptions extends PrintChoice {
  readonly dryRun?: boolean;
}

/** What came of one host. */
export interface Repair {
  readonly host: string;
  /** What was missing and is back; with --dry-run, what is missing. */
  readonly restored: readonly string[];
  /** What is wrong with what was confirmed, and cannot be put back there, each with its remedy. */
  readonly remaining: readonly Finding[];
  readonly unasked?: string;
}

export function renderRepairs(repairs: readonly Repair[], isDry: boolean): string {
  const lines = repairs.flatMap(({ host, restored, remaining, unasked }) => {
    if (unasked !== undefined)
      return [`${host}: could not be asked: ${unasked} 'extrude doctor ${host}' says what mends it.`];
    if (restored.length + remaining.length === 0) return [`${host}: nothing is missing.`];
    return [
      ...restored.map((text) => `${host}: ${isDry ? "would be put back" : "put back"}: ${text}`),
      ...remaining.flatMap(({ text, fix }) => [`${host}: remains: ${text}`, `  fix: ${fix}`]),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}

export function repairExitCode(repairs: readonly Repair[], isDry: boolean): number {
  if (repairs.some(({ unasked }) => unasked !== undefined)) return exitCodes.unasked;
  const isDone = repairs.every(({ restored, remaining }) => remaining.length === 0 && !(isDry && restored.length > 0));
  return isDone ? exitCodes.fine : exitCodes.found;
}

async function repair(names: readonly string[], options: RepairOptions): Promise<void> {
  const { repairHosts } = await import("./repair-hosts.js");
  const { writeJson } = await import("./terminal.js");
  const repairs = await repairHosts(names, options);
  const isDry = options.dryRun === true;
  if (options.json === true) writeJson({ hosts: repairs });
  else process.stdout.write(renderRepairs(repairs, isDry));
  process.exitCode = repairExitCode(repairs, isDry);
}

export function repairCommand(): Command {
  const command = new Command("repair")
    .description("puts back what 'extrude drift' finds missing on hosts; what is there is not touched")
    .addArgument(new Argument("[hosts...]", "only these"))
    .option("--dry-run", "only say what would be put back")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 all is as it was confirmed, 1 something is not, 2 wrong usage, 3 a host or the stack could not be asked.",
    )
    .action(repair);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
