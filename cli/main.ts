#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { labCommand } from "./lab";

/** One verb, one file: each exports a function that returns its commander command. */
const verbs = [labCommand];

async function main(): Promise<void> {
  const program = new Command("extrude")
    .description("Public, multihomed addresses for sites with cheap lines.")
    .enablePositionalOptions()
    .showHelpAfterError("(--help says more)")
    .exitOverride();
  for (const verb of verbs) program.addCommand(verb());
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed what was wrong; 2 tells it apart from a verb that failed.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`extrude: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

void main();
