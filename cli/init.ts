import { Command, Option } from "commander";
import { type PrintChoice, stackOptions } from "./options";

export interface InitOptions extends PrintChoice {
  readonly colo?: string;
  readonly router?: string;
  readonly coloKey?: string;
  readonly routerKey?: string;
  readonly identity?: string;
  readonly address?: readonly string[];
  readonly line?: readonly string[];
  readonly site?: string;
  readonly whenDown?: "direct" | "block";
  readonly installPackages?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
}

const help = `
Without a terminal nothing is asked: what is proposed is taken, and what has no proposal has to be an option.

Examples:
  extrude init
  extrude init --stack prod --colo root@77.1.2.2 --router admin@10.0.0.1 --address 77.1.2.3
  extrude init --colo 77.1.2.2 --router 10.0.0.1 --address 77.1.2.3 --line dsl=ppp0,weight=1 --line cable=eth1,weight=4

Exit codes: 0 written, or with --dry-run shown, 1 not written, 2 wrong usage or something is missing, 3 a host could not be asked.`;

export function initCommand(): Command {
  const command = new Command("init")
    .description(
      "asks what there is, looks at both hosts by SSH, and writes the stack's configuration; changes no host",
    )
    .option("--colo <place>", "the server at the colo, [USER@]HOST[:PORT]")
    .option("--router <place>", "the site's router, [USER@]HOST[:PORT]")
    .option("--colo-key <key>", "the host key of the server, or its fingerprint, SHA256:...")
    .option("--router-key <key>", "the host key of the router, or its fingerprint")
    .option("--identity <file>", "the private key to log in with; without it, the SSH agent")
    .option("--address <address...>", "the public addresses that the site is to have")
    .option(
      "--line <line...>",
      "NAME=INTERFACE[,weight=N][,gateway=ADDRESS][,address=ADDRESS|dynamic][,nat=true][,encapsulation=KIND]",
    )
    .option("--site <name>", "the site's name")
    .addOption(
      new Option("--when-down <what>", "what the site does while every tunnel is dead").choices(["direct", "block"]),
    )
    .option("--install-packages", "have missing Debian packages installed")
    .option("--yes", "take what is proposed, without asking")
    .option("--dry-run", "print the configuration, write nothing")
    .option("--overwrite", "replace what the file has of extrude's already")
    .option("--json", "for programs")
    .addHelpText("after", help)
    .action(async (options: InitOptions) => {
      const { init } = await import("./init-run.js");
      await init(options);
    });
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
