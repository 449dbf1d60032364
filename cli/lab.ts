import { Argument, Command, Option } from "commander";
import { topologies } from "../lab/topologies";

function nameOption(): Option {
  return new Option("--name <name>", "which lab, if you run several").default("lab");
}

type Work = typeof import("./lab-work");

/** What a verb does is read when it is called. */
function work<Name extends "up" | "down" | "status" | "ssh" | "link">(name: Name) {
  return async (...words: Parameters<Work[Name]>): Promise<void> => {
    const { [name]: run } = await import("./lab-work.js");
    await (run as (...given: Parameters<Work[Name]>) => Promise<void>)(...words);
  };
}

const linkHelp = `
Settings:
  rate=10mbit  delay=15ms (one way)  jitter=5ms  loss=2%  queue=100ms  blackhole=true|false
  oneWay=up|down      confines the above to one direction (up: away from the site)
  blackholeTo=ADDRESS[,ADDRESS]    only these cannot be reached over the line; empty: none
  down=true|false     takes the carrier away from the site's network card
  sourceFilter=true|false   nat=true|false
Examples:
  extrude lab link dsl                     what it is now
  extrude lab link dsl loss=2% delay=40ms
  extrude lab link cable blackhole=true oneWay=down
  extrude lab link cable clear             as in the topology
`;

export function labCommand(): Command {
  const lab = new Command("lab")
    .enablePositionalOptions()
    .description("virtual hosts on this machine: a colo, a site router, and a world around them");
  lab
    .command("up")
    .description("start a lab (the first time builds its image: some minutes)")
    .addOption(nameOption())
    .addOption(
      new Option("--topology <topology>", "what is in it")
        .choices(topologies.map(({ name }) => name))
        .default("two-lines"),
    )
    .addOption(
      new Option("--release <release>", "Debian release of its hosts")
        .choices(["12", "13", "12-lines", "13-lines"])
        .default("12"),
    )
    .action(work("up"));
  lab
    .command("down")
    .description("end a lab; nothing of it stays but the cached image")
    .addOption(nameOption())
    .action(work("down"));
  lab
    .command("status")
    .description("hosts, ports and the links' present state")
    .addOption(nameOption())
    .option("--json", "for programs")
    .action(work("status"));
  lab
    .command("ssh")
    .description("a shell, or one command, on a host (as admin) or in a namespace of the world (as root)")
    .addArgument(new Argument("<host>", "world, colo, router, or a namespace such as internet or lan"))
    .argument("[command...]", "run this instead of a shell")
    .addOption(nameOption())
    .option("--root", "as root")
    .passThroughOptions()
    .action(work("ssh"));
  lab
    .command("link")
    .description("show or change a line")
    .argument("<link>", "such as dsl, cable, lte, rack")
    .argument("[settings...]", "key=value ..., or clear")
    .addOption(nameOption())
    .addHelpText("after", linkHelp)
    .action(work("link"));
  return lab;
}
