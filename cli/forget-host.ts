import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import Table from "cli-table3";
import { exitCodes, Failure } from "./failure";
import { type Forgetting, planForgetting, withoutPlaces } from "./forgetting";
import type { StackChoice } from "./options";
import { pulumiStack, readStack } from "./pulumi";
import { parseState, resourcesOf, type StackState } from "./state";

export interface ForgetOptions extends StackChoice {
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly backup?: string;
}

/** Reading and writing the state, together with Pulumi's own start: 30 s at most. */
const exportMs = 12_000;
const importMs = 16_000;

export function renderForgetting({ goes }: Forgetting): string {
  const table = new Table({ head: ["resource", "what it is"], style: { head: [], border: [] } });
  for (const { urn, what } of goes) table.push([urn.slice(urn.lastIndexOf("::") + 2), what]);
  return `${table.toString()}\n`;
}

/** What is left to do, which no state can know. */
export function nextSteps(host: string, { remaining }: Forgetting, backup: string): string {
  const others = [...new Set(remaining.map((unit) => unit.host))].join(", ");
  return [
    `The stack no longer knows ${host}. Nothing was changed on any machine. The state before is in ${backup}.`,
    `Next: take the Host "${host}", and what needs it, out of the program, then run pulumi up; or run pulumi destroy.`,
    ...(others === "" ? [] : [`That also removes from ${others} what belonged together with ${host}.`]),
    `If the program keeps the Host, pulumi up sets it up again: right for a new machine in its place.`,
    `If the old machine ever comes back, it still has its units: sudo extrudectl status lists them.`,
    "",
  ].join("\n");
}

function plan(state: StackState, host: string): Forgetting {
  const found = planForgetting(state, host);
  if (found.goes.length === 0) {
    throw new Failure(`The stack's state knows no host "${host}". Nothing has changed.`, exitCodes.usage);
  }
  const [kept] = found.protectedUrns;
  if (kept !== undefined) {
    throw new Failure(
      `A resource is protected: pulumi state unprotect '${kept}' allows it to go. Nothing has changed.`,
      exitCodes.found,
    );
  }
  return found;
}

async function confirm(host: string, count: number): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Failure("Say --yes, since nobody can be asked here. Nothing has changed.", exitCodes.usage);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Forget ${host}, ${count} resources? Type its name: `).finally(() => {
    terminal.close();
  });
  if (answer.trim() !== host) throw new Failure("Nothing has changed.", exitCodes.found);
}

/** Never over an earlier one, and for nobody else's eyes, although what is secret in it is encrypted. */
function writeBackup(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `The backup cannot be written, so nothing has changed: ${why}. Choose another place: --backup FILE`,
      exitCodes.found,
    );
  }
}

/** The state twice, with its secrets in clear and as it is kept; of one and the same moment. */
async function readBoth(choice: StackChoice): Promise<{ known: StackState; text: string }> {
  const [known, text] = await Promise.all([
    readStack(choice, exportMs),
    pulumiStack(["export"], { ...choice, timeoutMs: exportMs }),
  ]);
  const moment = (state: StackState): string =>
    JSON.stringify([state.deployment?.["manifest"], resourcesOf(state).map(({ urn }) => urn)]);
  if (moment(known) !== moment(parseState(text))) throw new Failure(changing, exitCodes.found);
  return { known, text };
}

const changing = "The stack is being changed at this moment. Nothing has changed; try again later.";

/** The verb's work. */
export async function forget(host: string, options: ForgetOptions): Promise<void> {
  const { known, text } = await readBoth(options);
  const found = plan(known, host);
  if (options.json !== true) process.stdout.write(renderForgetting(found));
  if (options.yes !== true) {
    await confirm(host, found.goes.length);
    // Somebody may have run Pulumi while we waited.
    if ((await readBoth(options)).text !== text) throw new Failure(changing, exitCodes.found);
  }
  const moment = new Date().toISOString().replaceAll(/[-:]|\..*/g, "");
  const backup = resolve(options.backup ?? `extrude-forget-${host}-${moment}.json`);
  writeBackup(backup, text);
  const input = JSON.stringify(withoutPlaces(parseState(text), found.places));
  await pulumiStack(["import"], { ...options, input, timeoutMs: importMs }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`${why}\nThe state before: pulumi stack import --file ${backup}`, exitCodes.found);
  });
  const { goes, remaining } = found;
  const said = { host, forgotten: goes, remaining, backup };
  process.stdout.write(options.json === true ? `${JSON.stringify(said, null, 2)}\n` : nextSteps(host, found, backup));
}
