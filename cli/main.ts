#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { doctorCommand } from "./doctor";
import { driftCommand } from "./drift";
import { Failure } from "./failure";
import { forgetCommand } from "./forget";
import { labCommand } from "./lab";

/** One verb, one file: each exports a function that returns its commander command. */
const verbs = [doctorCommand, driftCommand, forgetCommand, labCommand];

/** The command line, with what a mistake does to it: commander prints what was wrong, and throws. */
export function program(): Command {
  const extrude = new Command("extrude")
    .description("Public, multihomed addresses for sites with cheap lines.")
    .enablePositionalOptions()
    .showHelpAfterError("(--help says more)")
    .exitOverride();
  for (const verb of verbs) extrude.addCommand(verb());
  inherit(extrude);
  return extrude;
}

/** Verbs treat a mistake as the whole does, and so do the verbs below them. */
function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.copyInheritedSettings(parent));
}

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // 2 tells wrong usage apart from a verb that failed.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`extrude: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof Failure ? error.exitCode : 1;
  }
}

if (require.main === module) void main();
