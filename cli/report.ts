import { Argument, Command } from "commander";
import { exitCodes } from "./failure";
import { type PrintChoice, stackOptions } from "./options";

export interface ReportOptions extends PrintChoice {
  readonly output?: string;
}

/** A report that was written. */
export interface Report {
  readonly file: string;
  readonly contents: readonly { readonly name: string; readonly bytes: number; readonly what: string }[];
  /** How many different things of each kind were replaced. */
  readonly redacted: Readonly<Record<string, number>>;
  readonly unasked: readonly { readonly host: string; readonly text: string }[];
}

export function renderReport({ file, contents, redacted, unasked }: Report): string {
  const width = Math.max(...contents.map(({ name }) => name.length));
  const counts = Object.entries(redacted).map(([kind, count]) => `${count} of ${kind}`);
  return [
    `${file}:`,
    ...contents.map(({ name, bytes, what }) => `  ${name.padEnd(width)}  ${String(bytes).padStart(7)} bytes  ${what}`),
    `Redacted: ${counts.join(", ")}. Names of hosts, sites and lines, and private addresses, are in it. Read it before you send it.`,
    ...unasked.map(({ host, text }) => `Not in it: ${host}: ${text} 'extrude doctor ${host}' says what mends it.`),
    "",
  ].join("\n");
}

async function report(names: readonly string[], options: ReportOptions): Promise<void> {
  const { writeReport } = await import("./report-bundle.js");
  const { writeJson } = await import("./terminal.js");
  const written = await writeReport(names, options);
  if (options.json === true) writeJson(written);
  else process.stdout.write(renderReport(written));
  process.exitCode = written.unasked.length > 0 ? exitCodes.unasked : exitCodes.fine;
}

export function reportCommand(): Command {
  const command = new Command("report")
    .description("a bundle for whoever is to help, without secrets, keys and public addresses; sends nothing")
    .addArgument(new Argument("[hosts...]", "only these"))
    .option("--output <file>", "where it goes; without it, a new file in this directory")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 written, 1 it could not be written, 2 wrong usage, 3 a host or the stack could not be asked.",
    )
    .action(report);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
