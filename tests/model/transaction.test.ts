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
function build(...leftOut: string[]): void {
  run("spin", ...leftOut.map((macro) => `-D${macro}`), "-a", model);
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

describe("[F16] [F17] [F28] [F29] in every interleaving of changes, timer, watcher, boot, kill and power cut,", () => {
  beforeAll(() => {
    build();
  });

  test.each(properties)("%s", (property) => {
    const { errors, states, complete } = verify(property);
    expect({ errors, complete }).toEqual({ errors: 0, complete: true });
    expect(states).toBeGreaterThan(100_000);
  });
});

describe("is needed, since without it some interleaving goes wrong:", () => {
  test.each([
    ["ARM_GOES_FIRST", "never_locked_out"],
    ["CONFIRM_GOES_FIRST", "never_locked_out"],
    ["DISARM_GOES_FIRST", "never_locked_out"],
    ["ROLLBACK_IS_NOT_RESTARTED", "always_settled"],
    ["ROLLBACK_WITHOUT_LOCK", "never_between"],
    ["STAGED_GOES_FIRST", "never_between"],
    ["WITHOUT_RECOVER", "never_between"],
    ["WITHOUT_SYNC", "never_empty"],
    ["WITHOUT_TIMER", "always_settled"],
  ])("what %s leaves out, for %s", (macro, property) => {
    expect(text).toContain(macro);
    build(macro);
    expect(verify(property).errors).toBeGreaterThan(0);
  });
});

test("every action of the model is a function of the agent's", () => {
  const faults = ["kill", "power_cut", "free"];
  const actions = [...text.matchAll(/^(?:inline|(?:active )?proctype) (\w+)/gm)].map(([, name = ""]) => name);
  const functions = [...agentProgram().matchAll(/^(\w+)\(\) \{/gm)].map(([, name = ""]) => name);
  expect(actions.length).toBeGreaterThan(10);
  expect(actions.filter((action) => !faults.includes(action) && !functions.includes(action))).toEqual([]);
});
