import { Argument, Command, Option } from "commander";
import { exitCodes, Failure } from "./failure";
import { type PrintChoice, stackOptions } from "./options";

const formats = ["svg", "mermaid", "html"] as const;
type Format = (typeof formats)[number];

interface DiagramOptions extends PrintChoice {
  readonly format?: Format;
  readonly output?: string;
  readonly live?: boolean;
}

/** As asked for, or as the file's name ends. */
export function formatOf({ format, output }: Pick<DiagramOptions, "format" | "output">): Format {
  if (format !== undefined) return format;
  if (output === undefined || output.endsWith(".svg")) return "svg";
  if (/\.html?$/.test(output)) return "html";
  if (/\.(mmd|mermaid)$/.test(output)) return "mermaid";
  const message = `The name ${output} does not tell which format is meant: end it with .svg, .mmd or .html, or say --format.`;
  throw new Failure(message, exitCodes.usage);
}

async function diagram(names: readonly string[], options: DiagramOptions): Promise<void> {
  const format = formatOf(options);
  const { layOut } = await import("./diagram-layout.js");
  const { renderSvg } = await import("./diagram-svg.js");
  const { renderHtml, renderMermaid } = await import("./diagram-texts.js");
  const { readNetwork } = await import("./diagram-network.js");
  const { writeJson } = await import("./terminal.js");
  const { network, statuses, now, json, unasked } = await readNetwork(names, options);
  for (const text of unasked) process.stderr.write(`extrude: ${text}\n`);
  if (unasked.length > 0) process.exitCode = exitCodes.unasked;
  if (options.json === true) {
    writeJson(json);
    return;
  }
  const moment = `${options.live === true ? "Its state" : "Its configuration"} at ${new Date(now).toISOString()}.`;
  const svg = (): string => renderSvg(layOut(network, statuses, now));
  const drawn: Record<Format, () => string> = {
    svg,
    mermaid: () => renderMermaid(network, statuses, now),
    html: () => renderHtml(`extrude: ${options.stack ?? "the selected stack"}`, svg(), network, moment),
  };
  await write(options.output, drawn[format]());
}

async function write(output: string | undefined, text: string): Promise<void> {
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  const { writeFile } = await import("node:fs/promises");
  await writeFile(output, text).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`The diagram cannot be written: ${why}. Choose another place: --output FILE`, exitCodes.found);
  });
}

export function diagramCommand(): Command {
  const command = new Command("diagram")
    .description("draws a stack: colos, sites, lines, tunnels and addresses; changes nothing")
    .addArgument(new Argument("[sites...]", "only these"))
    .addOption(new Option("--format <format>", "without it, as the output's name ends, or svg").choices(formats))
    .option("--output <file>", "where it goes; without it, to the standard output")
    .option("--live", "with the state of every line at the moment, asked of the hosts")
    .option("--json", "what would be drawn, for programs")
    .addHelpText(
      "after",
      "\nExit codes: 0 drawn, 1 the file could not be written, 2 wrong usage, 3 the stack, or with --live a host, could not be asked.",
    )
    .action(diagram);
  for (const option of stackOptions()) command.addOption(option);
  return command;
}
