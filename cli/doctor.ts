import { Argument, Command } from "commander";
import type { Answer } from "./ask";
import { diagnoseClocks } from "./diagnose-clocks";
import { diagnoseHost } from "./diagnose-host";
import { diagnoseTunnels, probesOf } from "./diagnose-tunnel";
import { exitCodes } from "./failure";
import type { Finding } from "./findings";
import { type PrintChoice, stackOptions } from "./options";
import { writeJson } from "./terminal";

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

async function doctor(names: readonly string[], options: PrintChoice): Promise<void> {
  const { askAll, stackHosts } = await import("./asking.js");
  const hosts = await stackHosts(options, names);
  const findings = diagnose(await askAll(hosts, probesOf), await agentVersion());
  const examined = hosts.map(({ name }) => name);
  if (options.json === true) writeJson({ hosts: examined, findings });
  else process.stdout.write(renderFindings(examined, findings));
  const isIll = findings.some(({ severity }) => severity !== "note");
  process.exitCode = isIll ? exitCodes.found : exitCodes.fine;
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("what is missing, unreachable, drifted, colliding or filtered, and what mends it; changes nothing")
    .addArgument(new Argument("[hosts...]", "only these"))
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 nothing is wrong, 1 something is, 2 wrong usage, 3 the stack could not be read.",
    )
    .action(doctor);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
