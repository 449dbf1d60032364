import { Option } from "commander";

/** Which stack a verb is about: as with Pulumi's own commands. */
export interface StackChoice {
  readonly stack?: string;
  readonly cwd?: string;
}

export interface PrintChoice extends StackChoice {
  readonly json?: boolean;
}

export function stackOptions(): Option[] {
  return [
    new Option("--stack <name>", "the stack; without it, the one that is selected"),
    new Option("--cwd <directory>", "the Pulumi project's directory; without it, this one"),
  ];
}
