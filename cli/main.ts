#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { Failure } from "./failure";
import { endWithReader } from "./terminal";
import { verbs } from "./verbs";

/**
 * The command line, with what a mistake does to it: commander prints what was wrong, and throws. Only the verb that is
 * called is read whole, since reading all of them would take longer than most of them do.
 */
export async function program(words: readonly string[]): Promise<Command> {
  const extrude = new Command("extrude")
    .description("Public, multihomed addresses for sites with cheap lines.")
    .enablePositionalOptions()
    .showHelpAfterError("(--help says more)")
    .exitOverride();
  // `extrude help status` is about status.
  const called = words.find((word) => !word.startsWith("-") && word !== "help");
  for (const { name, summary, load } of verbs) {
    extrude.addCommand(called === name ? await load() : new Command(name).description(summary));
  }
  inherit(extrude);
  return extrude;
}

/** Verbs treat a mistake as the whole does, and so do the verbs below them. */
function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.copyInheritedSettings(parent));
}

/** Does what the words say; how it went is the process' exit code. */
export async function run(words: readonly string[]): Promise<void> {
  try {
    await (await program(words)).parseAsync(words, { from: "user" });
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

if (require.main === module) {
  endWithReader();
  void run(process.argv.slice(2));
}
