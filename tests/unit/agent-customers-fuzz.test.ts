import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { sampleSeed } from "../e2e/support/random";
import type { AgentHost } from "./agent-host";
import { alpha, beta, CustomersUnits, everything, hostWithSites } from "./customer-fixture";
import { commonFolder, shellNames } from "./tools";

const folder = commonFolder();
const seed = sampleSeed();
const runs = { dash: 250, busybox: 100 } as const;

const agentPath = "/usr/local/sbin/extrudectl";
const sudo = `sudo -n ${agentPath}`;
const own = new CustomersUnits(alpha).name("bond", "nothing-there");
const theirs = new CustomersUnits(beta).site().map(({ name }) => name);
const questions = ["status", "drift", "restore", "version"];

/** What a customer may ask for, as one would write it down from docs/stacks.md, without a look at the agent. */
const ownName = String.raw`alpha/net(/[A-Za-z0-9@][A-Za-z0-9._@-]*){3}`;
const permitted = [
  `(${sudo} )?(${questions.join("|")})`,
  `(${sudo} )?apply ${ownName}`,
  String.raw`\{ cat <<'\.unit\.' && cat; \} \| ${sudo} apply ${ownName}(\n[^]*)?`,
  String.raw`((cat >/dev/null; )?${sudo} )?remove ${ownName} --as [A-Za-z0-9._-]+`,
  // Nothing at all is `status`.
  "",
].map((form) => new RegExp(`^(${form})$`));
const isPermitted = (command: string): boolean => permitted.some((form) => form.test(command));

const canary = "extrude-canary";
const payloads = [`touch ${canary}`, `>${canary}`, `cp /etc/passwd ${canary}`, `tee ${canary}`, "id", "sh", "reboot"];
const joints = [
  ...[";", "&", "&&", "|", "||", "\n", "\r", "\r\n", "\t", " ", "  ", "`", "$(", ")", "${", "}", "{ ", "<", ">", ">>"],
  ...["'", '"', "\\", "*", "?", "[", "~", "!", "#", "$", "=", "%00", "\\0", "\u2400", "\u0001", "\u001b[2J", "\u007f"],
  ...["\u00a0", "\u202e", "\u2028", "\ufeff", "\uff0f", "é", "💥", " --as ", "\n.unit.\n", "<<'.unit.'", "-", "--"],
];
const commands = [
  ...questions.flatMap((verb) => [verb, `${sudo} ${verb}`]),
  ...[`apply ${own}`, `${sudo} apply ${own}`, `{ cat <<'.unit.' && cat; } | ${sudo} apply ${own}\n`],
  ...[`remove ${own} --as rack`, `cat >/dev/null; ${sudo} remove ${own} --as rack`],
];
const otherVerbs = [
  "install",
  "facts",
  "rollback",
  "customer",
  "heal",
  "guard",
  "inspect",
  "capture",
  "help",
  "-h",
  "x",
];
const steps = [
  "..",
  ".",
  "",
  "alpha",
  "net",
  "prod",
  "bond",
  "nothing",
  "-x",
  ".x",
  "_x",
  "*",
  "alpha/net",
  "/etc",
  "~",
];

const joint = fc.constantFrom(...joints);
const word = fc.oneof(joint, fc.constantFrom(...payloads, ...commands, ...otherVerbs, ...theirs), fc.string());
/** A permitted command of which a character, or a few, are others. */
const mutated = fc
  .record({ command: fc.constantFrom(...commands), at: fc.nat(), gone: fc.nat(2), put: fc.oneof(joint, fc.string()) })
  .map(({ command, at, gone, put }) => {
    const place = at % (command.length + 1);
    return command.slice(0, place) + put + command.slice(place + gone);
  });
const followed = fc.record({ command: fc.constantFrom(...commands), joint, payload: fc.constantFrom(...payloads) });
const name = fc.oneof(
  fc.constantFrom(...theirs, "alpha/net2/prod/bond/office", "alphabet/net/prod/bond/office", "alpha/other/prod/bond/x"),
  fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 8 }).map((parts) => parts.join("/")),
  fc.tuple(fc.constantFrom(...steps), joint).map(([step, mark]) => `${own}${mark}/${step}`),
);
const named = fc.oneof(
  name.map((unit) => `${sudo} apply ${unit}`),
  fc.tuple(name, fc.oneof(joint, fc.constant("rack"))).map(([unit, host]) => `${sudo} remove ${unit} --as ${host}`),
);
const long = fc.tuple(word, fc.integer({ min: 1000, max: 60_000 })).map(([text, size]) => `${text}${"x".repeat(size)}`);
const hostile = fc
  .oneof(
    fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join("")),
    mutated,
    followed.map(({ command, joint: mark, payload }) => `${command}${mark}${payload}`),
    named,
    long,
    fc.string({ unit: "binary" }),
  )
  // No environment variable, and no command of SSH's that reaches a shell, holds it.
  .map((command) => command.replaceAll("\0", "\\0"));

/** Besides what an attack may not change: which files there are, and whether any of the commands has been run. */
const traces = (agent: AgentHost): unknown => ({
  everything: everything(agent),
  files: agent.files("").filter((file) => !/^(run|log$|journal\.customers$|kernel$|sets$|wg$|tables$)/.test(file)),
  canaries: [canary, join(folder, canary)].filter((place) => existsSync(place)),
});

test.each(shellNames)("in %s, whatever a customer asks for, only what it may ask for is run", (shell) => {
  const agent = hostWithSites(join(folder, shell), shell);
  const before = traces(agent);
  let calls = agent.read("journal.customers").split("\n").length;
  fc.assert(
    fc.property(hostile, (command) => {
      const { status, stdout } = agent.ask(alpha.login, command);
      expect(traces(agent)).toEqual(before);
      expect(agent.done().filter((line) => /^(ip|nft|systemctl|birdc configure|user|timer)/.test(line))).toEqual([]);
      const journal = agent.read("journal.customers").split("\n");
      expect(journal).toHaveLength(calls + 1);
      calls = journal.length;
      expect(journal.at(-2)).toMatch(/^extrude-alpha: [ -~]{1,2000}$/);
      if (isPermitted(command)) return;
      expect(journal.at(-2)).toMatch(/^extrude-alpha: refused: /);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    }),
    { seed, numRuns: runs[shell] },
  );
});
