import { Command } from "commander";

interface Verb {
  readonly name: string;
  readonly summary: string;
  /** Each verb is a file of its own, which exports a function that returns its commander command. */
  readonly load: () => Promise<Command>;
}

/** All verbs, in the order in which they are of use. */
export const verbs: readonly Verb[] = [
  {
    name: "init",
    summary: "asks what there is, looks at both hosts, writes the configuration",
    load: async () => (await import("./init.js")).initCommand(),
  },
  {
    name: "status",
    summary: "each site's lines: state, rates, loss, latency, last change",
    load: async () => (await import("./status.js")).statusCommand(),
  },
  {
    name: "diagram",
    summary: "a picture of the stack: SVG, Mermaid or HTML",
    load: async () => (await import("./diagram.js")).diagramCommand(),
  },
  {
    name: "trace",
    summary: "which rule and which line a packet takes, and why",
    load: async () => (await import("./trace.js")).traceCommand(),
  },
  {
    name: "doctor",
    summary: "what is wrong on hosts and lines, and what mends it",
    load: async () => (await import("./doctor.js")).doctorCommand(),
  },
  {
    name: "drift",
    summary: "what differs on hosts from what was confirmed",
    load: async () => (await import("./drift.js")).driftCommand(),
  },
  {
    name: "repair",
    summary: "puts back what is missing on hosts",
    load: async () => (await import("./repair.js")).repairCommand(),
  },
  {
    name: "capture",
    summary: "a line's packets at both ends, as files of tcpdump's",
    load: async () => (await import("./capture.js")).captureCommand(),
  },
  {
    name: "report",
    summary: "a bundle for whoever is to help, without secrets",
    load: async () => (await import("./report.js")).reportCommand(),
  },
  {
    name: "forget",
    summary: "takes a host that is gone for good out of the state",
    load: async () => (await import("./forget.js")).forgetCommand(),
  },
  {
    name: "lab",
    summary: "virtual hosts on this machine",
    load: async () => (await import("./lab.js")).labCommand(),
  },
  {
    name: "completion",
    summary: "a script by which a shell completes this command line",
    load: async () => (await import("./completion.js")).completionCommand(),
  },
];

/** The command line with every verb and option that it has, to look at. */
export async function wholeProgram(): Promise<Command> {
  const extrude = new Command("extrude");
  for (const { load } of verbs) extrude.addCommand(await load());
  return extrude;
}
