import { Argument, Command } from "commander";
import type { Answer } from "./ask";
import { diagnoseClocks } from "./diagnose-clocks";
import { diagnoseHost } from "./diagnose-host";
import { diagnoseTunnels, probesOf } from "./diagnose-tunnel";
import { exitCodes } from "./failure";
import type { Finding } from "./findings";
import { type PrintChoice, stackOptions } from "./options";
import type { StackHost } from "./state";
import { writeJson } from "./terminal";
import type { Rates } from "./tunnel-rates";

/** Everything that is wrong, host by host, the worst first. */
export function diagnose(answers: readonly Answer[], version: string): Finding[] {
  const found = [
    ...answers.flatMap((answer) => diagnoseHost(answer, version)),
    ...diagnoseTunnels(answers),
    ...diagnoseClocks(answers),
  ];
  const rank = { error: 0, warning: 1, note: 2 } as const;
  return found.sort((one, two) => rank[one.severity] - rank[two.severity] || one.host.localeCompare(two.host));
}

export function renderFindings(hosts: readonly string[], findings: readonly Finding[]): string {
  const who = hosts.join(", ");
  if (findings.length === 0) return `${who}: nothing is wrong.\n`;
  const blocks = findings.map(({ host, severity, code, text, fix }) =>
    [`${host}: ${severity} [${code}]`, `  ${text}`, `  fix: ${fix}`, ""].join("\n"),
  );
  return `${blocks.join("\n")}\nEach code is a heading of docs/cli/doctor.md.\n`;
}

/** The version of the agent that this library installs. */
export async function agentVersion(): Promise<string> {
  const program = await import("../agent/program.js");
  return program.agentVersion();
}

interface DoctorOptions extends PrintChoice {
  readonly rate?: boolean;
}

async function doctor(names: readonly string[], options: DoctorOptions): Promise<void> {
  const { askAll, stackHosts } = await import("./asking.js");
  const { linesOf, renderLines } = await import("./doctor-lines.js");
  const hosts = await stackHosts(options, names);
  const answers = await askAll(hosts, probesOf);
  const findings = diagnose(answers, await agentVersion());
  const lines = linesOf(answers, options.rate === true ? await ratesOf(hosts) : {});
  const examined = hosts.map(({ name }) => name);
  if (options.json === true) writeJson({ hosts: examined, findings, lines });
  else process.stdout.write([renderLines(lines), renderFindings(examined, findings)].filter(Boolean).join("\n"));
  const isIll = findings.some(({ severity }) => severity !== "note");
  process.exitCode = isIll ? exitCodes.found : exitCodes.fine;
}

async function ratesOf(hosts: readonly StackHost[]): Promise<Record<string, Rates>> {
  const { measureRates } = await import("./tunnel-rates.js");
  return measureRates(hosts, (line) => process.stderr.write(`filling ${line} for up to half a minute\n`));
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("what is missing, unreachable, drifted, colliding or filtered, and what mends it; changes nothing")
    .addArgument(new Argument("[hosts...]", "only these"))
    .option("--rate", "also what each line carries, by filling one after the other for seconds: others notice")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 nothing is wrong, 1 something is, 2 wrong usage, 3 the stack could not be read.",
    )
    .action(doctor);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
