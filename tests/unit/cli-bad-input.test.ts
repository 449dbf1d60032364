import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Connection, StackState } from "../../cli/state";
import { packageRoot } from "../../lab/paths";
import { unasked } from "../../rendering/unit";
import { exampleState } from "./cli-fixture";
import { extrudeHere, type Said, writePulumi } from "./cli-here";
import { keys, portOf, sshServer } from "./ssh-server";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();

/** Every verb that looks at a stack, with what it cannot do without. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  status: [],
  diagram: ["--live"],
  trace: ["office", "198.51.100.10"],
  doctor: [],
  drift: [],
  repair: [],
  capture: ["office", "dsl"],
  report: ["--output", "REPORT"],
  forget: ["router", "--yes", "--backup", "BACKUP"],
};
const names = Object.keys(verbs);
/** Those that ask hosts. `forget` is for hosts that are gone, and `diagram` draws without them. */
const asking = names.filter((name) => name !== "forget");

/** A verb with what it needs, its files in the test's folder. */
const wordsOf = (verb: string, ...more: string[]): string[] => [
  verb,
  ...(verbs[verb] ?? []).map((word) => (/^[A-Z]+$/.test(word) ? join(folder(), word) : word)),
  ...more,
];

/** A verb, of a stack whose state is that, in this process. */
function extrude(words: readonly string[], state: StackState | string): Promise<Said> {
  writeFileSync(join(folder(), "state"), typeof state === "string" ? state : JSON.stringify(state));
  writePulumi(folder(), `case $* in *export*) cat '${folder()}/state' ;; esac`);
  return extrudeHere(folder(), words);
}

/** Where nobody answers. */
async function closedPort(): Promise<Connection> {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return { host: "127.0.0.1", port, user: "admin", privateKey: keys.user.private };
}

/** What the doctor's page gives for something that is wrong, and all others' for a host that could not be asked. */
const codeOfSilence = (verb: string): number => (verb === "doctor" ? 1 : 3);

const remedy = (verb: string): RegExp =>
  verb === "doctor" ? /\n {2}fix: \w/ : /'extrude doctor (rack|router)' says what mends it\./;

describe.each(asking)("extrude %s", (verb) => {
  test("of hosts that cannot be reached says so, and what to do", async () => {
    const place = await closedPort();
    const { code, stdout, stderr } = await extrude(wordsOf(verb), exampleState(true, place));
    expect(stdout + stderr).toContain(`127.0.0.1, port ${place.port ?? 0} cannot be reached by SSH (`);
    expect(stdout + stderr).toMatch(remedy(verb));
    expect(code).toBe(codeOfSilence(verb));
  });

  test.each([
    ["log in", () => sshServer(() => ({ code: 0 })), { privateKey: keys.other.private }, "does not let admin in"],
    [
      "become root",
      () => sshServer(() => ({ code: unasked.withoutRoot })),
      {},
      "may not become root without a password.",
    ],
  ])("of hosts on which it may not %s says so, and what to do", async (_, server, other, sentence) => {
    const place = { ...(await server()), ...other };
    const { code, stdout, stderr } = await extrude(wordsOf(verb), exampleState(true, place));
    expect(stdout + stderr).toContain(sentence);
    expect(stdout + stderr).toMatch(remedy(verb));
    expect(code).toBe(codeOfSilence(verb));
  });
});

test("forget and diagram do not need the hosts", async () => {
  const state = exampleState(true, await closedPort());
  expect(await extrude(wordsOf("forget"), state)).toMatchObject({ code: 0, stderr: "" });
  const { code, stdout } = await extrude(["diagram", "--format", "mermaid"], state);
  expect([code, stdout.includes("office")]).toEqual([0, true]);
});

describe.each(names)("extrude %s", (verb) => {
  test("of a stack that is not there passes on what Pulumi says, with the remedy", async () => {
    writePulumi(folder(), "echo \"error: no stack named 'prd' found\" >&2; exit 255");
    const { code, stdout, stderr } = await extrudeHere(folder(), wordsOf(verb, "--stack", "prd"));
    expect(stderr).toMatch(
      /^extrude: 'pulumi stack export .*--stack prd' failed: error: no stack named 'prd' found\n'pulumi stack ls' lists the stacks that there are; --stack chooses one\.\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });

  test("tells a directory that is not there from a Pulumi that is not", async () => {
    const nowhere = join(folder(), "nowhere");
    writePulumi(folder(), "exit 0");
    const without = await extrudeHere(folder(), wordsOf(verb, "--cwd", nowhere));
    expect(without.stderr).toBe(
      `extrude: There is no directory ${nowhere}. Give --cwd the directory that Pulumi.yaml is in.\n`,
    );
    const { code, stderr } = await extrudeHere(join(folder(), "empty"), wordsOf(verb, "--cwd", folder()));
    expect(stderr).toMatch(/^extrude: pulumi could not be started: it is not on PATH\. Install it \(https:/);
    expect([without.code, code]).toEqual([3, 3]);
  });

  test.each([
    ["nothing", JSON.stringify({ deployment: null })],
    [
      "the stack alone",
      JSON.stringify({ deployment: { resources: exampleState().deployment?.resources?.slice(0, 1) } }),
    ],
  ])("of a stack of which %s is built says what to do first", async (_, state) => {
    const { code, stderr } = await extrude(wordsOf(verb), state);
    // Of nothing there is nothing to forget.
    const [expected, sentence] =
      verb === "forget"
        ? [2, `The stack's state knows no host "router". Nothing has changed.`]
        : [3, "The stack's state knows no host. Run pulumi up first."];
    expect(stderr).toBe(`extrude: ${sentence}\n`);
    expect(code).toBe(expected);
  });
});

/** As `pulumi up` leaves it that was cut off after the hosts: no colo, no line, no site. */
function onlyHosts(place: Connection): StackState {
  const state = exampleState(true, place);
  const resources = state.deployment?.resources?.filter(({ urn }) => /Stack::|:Host(::|\$)/.test(urn)) ?? [];
  return { ...state, deployment: { ...state.deployment, resources } };
}

describe("of a stack whose hosts alone are built", () => {
  test.each([
    ["status", 0, /^The stack has no line yet: pulumi up builds what the program describes\.\n$/],
    ["doctor", 1, /fix: \w/],
    ["drift", 1, /^rack: \S+\/host\/rack: is in the state, but not on the host\nrouter: .*\n$/],
    ["repair", 1, /^rack: remains: .*\n {2}fix: extrude forget rack && pulumi up\nrouter: /],
    ["trace", 2, /^extrude: The stack has no site "office"\. It has none yet: run pulumi up first\.\n$/],
    ["capture", 2, /^extrude: The stack has no site "office"\. It has none yet: run pulumi up first\.\n$/],
  ])("extrude %s exits with %d and says what there is", async (verb, expected, sentence) => {
    const place = await sshServer(() => ({ stdout: "clock 5\nagent 0.1.0\n", code: 0 }));
    const { code, stdout, stderr } = await extrude(wordsOf(verb), onlyHosts(place));
    expect(stdout + stderr).toMatch(sentence);
    expect(code).toBe(expected);
  });
});

describe("where its file cannot be written", () => {
  test.each([
    [
      "diagram",
      ["diagram", "--output", "FILE.svg"],
      /^extrude: The diagram cannot be written: .* Choose another place: --output FILE\n$/,
    ],
    [
      "report",
      ["report", "--output", "FILE"],
      /^extrude: .* cannot be written: there is no directory .* Choose another place: --output FILE\n$/,
    ],
    ["forget", ["forget", "router", "--yes", "--backup", "FILE"], /so nothing has changed/],
  ])("extrude %s says so, and where to go", async (_, words, sentence) => {
    const place = await closedPort();
    const file = join(folder(), "nowhere", "file.svg");
    const { code, stderr } = await extrude(
      words.map((word) => (word.startsWith("FILE") ? file : word)),
      exampleState(true, place),
    );
    expect(stderr).toMatch(sentence);
    expect([code, existsSync(file)]).toEqual([1, false]);
  });
});

test("whoever stops reading ends any verb without a complaint", async () => {
  const state = exampleState(true, await closedPort());
  writeFileSync(join(folder(), "state"), JSON.stringify(state));
  writePulumi(folder(), `case $* in *export*) cat '${folder()}/state' ;; esac`);
  const tsx = join(packageRoot, "node_modules", ".bin", "tsx");
  const path = [folder(), join(packageRoot, "node_modules", ".bin"), "/usr/bin", "/bin"].join(":");
  const ended = [...names, "completion"].map(async (verb) => {
    const words = verb === "completion" ? [verb, "bash"] : verb === "diagram" ? [verb] : wordsOf(verb);
    const child = spawn(tsx, [join(packageRoot, "cli", "main.ts"), ...words], {
      ...{ cwd: folder(), env: { PATH: path }, stdio: ["ignore", "pipe", "pipe"] },
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { verb, code, stderr };
  });
  // Of the trace only its failure would be printed, which nobody hinders.
  const all = (await Promise.all(ended)).filter(({ verb }) => verb !== "trace");
  expect(all.filter(({ stderr }) => stderr !== "")).toEqual([]);
  expect(all.filter(({ code }) => code !== 0).map(({ verb }) => verb)).toEqual([]);
});
