import { Argument, Command } from "commander";
import type { ForgetOptions } from "./forget-host";
import { stackOptions } from "./options";

export function forgetCommand(): Command {
  const command = new Command("forget")
    .description("takes a host that is gone for good out of the stack's state, without contacting it")
    .addArgument(new Argument("<host>", "its logical name"))
    .option("--yes", "do not ask")
    .option("--backup <file>", "where the state goes as it was before; without it, a new file in this directory")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 forgotten, 1 it could not be and nothing has changed, 2 wrong usage or no such host, 3 the stack could not be read.",
    )
    .action(async (host: string, options: ForgetOptions) => {
      const { forget } = await import("./forget-host.js");
      await forget(host, options);
    });
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
