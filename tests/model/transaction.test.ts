import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentProgram } from "../../agent/program";

const model = join(__dirname, "transaction.pml");
const text = readFileSync(model, "utf8");
jest.setTimeout(120_000);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "extrude-model-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(command: string, ...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd: folder, encoding: "utf8" });
  if (error !== undefined) {
    throw new Error(`This test needs the command ${command}. Install it with: apt-get install ${command}`);
  }
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** Makes the verifier of the model, or of what it is when something is left out. */
function build(...macros: string[]): void {
  run("spin", ...macros.map((macro) => `-D${macro}`), "-a", model);
  run("gcc", "-O1", "-w", "-DNFAIR=3", "-o", "pan", "pan.c");
}

interface Verdict {
  readonly errors: number;
  readonly states: number;
  readonly complete: boolean;
}

/** Looks at every interleaving; under weak fairness for what has to happen in the end. */
function verify(property: string): Verdict {
  const fair = property === "always_settled" ? ["-f"] : [];
  const said = run(join(folder, "pan"), "-a", ...fair, "-m1000000", "-N", property);
  const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1]);
  return {
    errors: number(/errors: (\d+)/),
    states: number(/(\d+) states, stored/),
    complete: !/max search depth too small|out of memory|not completed/i.test(said),
  };
}

const properties = [...text.matchAll(/^ltl (\w+)/gm)].map(([, name = ""]) => name);

describe("[F16] [F17] [F28] [F29] in every interleaving of changes, timer, watcher, boot, kill, hang and power cut,", () => {
  beforeAll(() => {
    build();
  });

  test.each(properties)("%s", (property) => {
    const { errors, states, complete } = verify(property);
    expect({ errors, complete }).toEqual({ errors: 0, complete: true });
    expect(states).toBeGreaterThan(500_000);
  });
});

const leftOut = [
  ["ARM_GOES_FIRST", "never_locked_out"],
  ["CONFIRM_GOES_FIRST", "never_locked_out"],
  ["DISARM_GOES_FIRST", "never_locked_out"],
  ["LEAVING_GOES_FIRST", "never_between"],
  ["LISTED_UNSEEN", "listed_once"],
  ["RECORD_GOES_FIRST", "never_between"],
  ["ROLLBACK_IS_NOT_RESTARTED", "always_settled"],
  ["ROLLBACK_WITHOUT_KILL", "always_settled"],
  ["ROLLBACK_WITHOUT_LOCK", "one_outcome"],
  ["UNCHANGED_UNSYNCED", "always_truthful"],
  ["WITHOUT_RECOVER", "never_between"],
  ["WITHOUT_SYNC_OF_CONTENT", "never_empty"],
  ["WITHOUT_SYNC_OF_NAME", "always_truthful"],
  ["WITHOUT_TIMER", "never_locked_out"],
] as const;

describe("is needed, since without it some interleaving goes wrong:", () => {
  test.each(leftOut)("what %s leaves out, for %s", (macro, property) => {
    expect(text).toMatch(new RegExp(`^#ifn?def ${macro}$`, "m"));
    build(macro);
    expect(verify(property).errors).toBeGreaterThan(0);
  });
});

test("every step that the model can leave out is left out once", () => {
  const macros = [...text.matchAll(/^#ifn?def (\w+)/gm)].map(([, macro = ""]) => macro);
  expect([...new Set(macros)].sort()).toEqual(leftOut.map(([macro]) => macro));
});

test("every action of the model is a function of the agent's", () => {
  const others = ["begin", "free", "over", "kill", "power_cut"];
  const actions = [...text.matchAll(/^(?:inline|(?:active )?proctype) (\w+)/gm)].map(([, name = ""]) => name);
  const functions = [...agentProgram().matchAll(/^(\w+)\(\) \{/gm)].map(([, name = ""]) => name);
  expect(actions.length).toBeGreaterThan(10);
  expect(actions.filter((action) => !others.includes(action) && !functions.includes(action))).toEqual([]);
});
