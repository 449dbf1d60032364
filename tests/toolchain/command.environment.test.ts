import { newKey } from "./support/keys";
import { type Traffic, SshServer, ofUnit } from "./support/sshServer";
import { type Operation, Stacks, type StoredResource, isStoredSecret } from "./support/stack";
import { type Args, during, units, verbs } from "./support/units";

jest.setTimeout(900_000);

/** What a command gets besides its stdin, what appears of its output while it runs, and what is stored of it. */
const first: Record<string, Args> = {
  previous: verbs("previous"),
  without: { ...verbs("without"), addPreviousOutputInEnv: false },
  quiet: verbs("quiet"),
  given: { ...verbs("given"), environment: { LANG: "C", EMPTY: "" } },
  logsBoth: { create: "create logsBoth", logging: "stdoutAndStderr" },
  logsStdout: { create: "create logsStdout", logging: "stdout" },
  logsStderr: { create: "create logsStderr", logging: "stderr" },
  logsNothing: { create: "create logsNothing", logging: "none" },
};
const again = (unit: string): Args => ({ ...first[unit], stdin: "changed" });

let stacks: Stacks;
let open: SshServer;
let closed: SshServer;
let created: Operation & { traffic: Traffic };
let changed: Operation & { traffic: Traffic };
let destroyed: Operation & { traffic: Traffic };
let closedTraffic: Traffic;
let stored: Record<string, StoredResource>;

beforeAll(async () => {
  const key = newKey();
  const authorizedKeys = [key.public];
  const answer = ({ command }: { command: string }) =>
    command.endsWith(" quiet") ? {} : { stdout: `out of ${command}\n`, stderr: `err of ${command}\n` };
  open = await SshServer.start({ authorizedKeys, answer });
  closed = await SshServer.start({ authorizedKeys, answer, acceptsEnvironment: false });
  const connection = { host: "127.0.0.1", port: open.port, privateKey: key.private };
  const toClosed = { ...connection, port: closed.port };
  const refused = { ...verbs("refused"), connection: toClosed };
  const refusedGiven = { ...verbs("refusedGiven"), connection: toClosed, environment: { LANG: "C" } };
  stacks = await Stacks.open();
  const stack = await stacks.create();
  const changes = Object.fromEntries(["previous", "without", "quiet"].map((unit) => [unit, again(unit)]));
  created = await during(open, () => stack.up(units({ ...first, refused, refusedGiven }, connection)));
  stored = await stack.resources();
  closed.take();
  changed = await during(open, () =>
    stack.up(units({ ...first, ...changes, refused: { ...refused, stdin: "changed" } }, connection)),
  );
  closedTraffic = closed.take();
  destroyed = await during(open, () => stack.destroy());
});
afterAll(async () => {
  stacks.close();
  await open.stop();
  await closed.stop();
});

test("update and delete get the previous output in their environment", () => {
  expect(ofUnit(created.traffic, "previous")[0]?.environment).toEqual({});
  expect(ofUnit(changed.traffic, "previous")[0]?.environment).toEqual({
    PULUMI_COMMAND_STDOUT: "out of create previous",
    PULUMI_COMMAND_STDERR: "err of create previous",
  });
  expect(ofUnit(destroyed.traffic, "previous")[0]?.environment).toEqual({
    PULUMI_COMMAND_STDOUT: "out of update previous",
    PULUMI_COMMAND_STDERR: "err of update previous",
  });
});

test("addPreviousOutputInEnv false keeps the previous output out", () => {
  expect(ofUnit(changed.traffic, "without")[0]?.environment).toEqual({});
  expect(ofUnit(destroyed.traffic, "without")[0]?.environment).toEqual({});
});

test("empty previous output is not passed on", () => {
  expect(ofUnit(changed.traffic, "quiet")[0]?.environment).toEqual({});
});

test("environment is passed on", () => {
  expect(ofUnit(created.traffic, "given")[0]?.environment).toEqual({ LANG: "C", EMPTY: "" });
});

test("a host that refuses the previous output still gets the command, with a warning for each variable", () => {
  expect(closedTraffic.executions).toMatchObject([{ command: "update refused", environment: {} }]);
  expect(changed.steps["refused"]).toEqual(["update"]);
  expect(changed.warnings["refused"]).toMatch(/PULUMI_COMMAND_STDOUT[^]*PULUMI_COMMAND_STDERR/);
});

test("a host that refuses a variable of environment does not get the command", () => {
  expect(created.errors["refusedGiven"]).toContain('"LANG"');
  expect(stored["refusedGiven"]).toBeUndefined();
});

test.each([
  ["logsBoth", ["err of create logsBoth", "out of create logsBoth"]],
  ["logsStdout", ["out of create logsStdout"]],
  ["logsStderr", ["err of create logsStderr"]],
  ["previous", ["err of create previous", "out of create previous"]],
])("%s: the wanted output appears while the command runs", (unit, lines) => {
  expect([...(created.log[unit] ?? [])].filter((line) => line.includes(" of ")).sort()).toEqual(lines);
});

test("logging none shows nothing, and the output is still known", () => {
  expect(created.log["logsNothing"] ?? []).toEqual([]);
  expect(stored["logsNothing"]?.outputs).toMatchObject({
    stdout: "out of create logsNothing",
    stderr: "err of create logsNothing",
  });
});

test("the connection is stored as a secret; commands, stdin and outputs are stored as given", () => {
  const { inputs = {}, outputs = {} } = stored["previous"] ?? {};
  expect(isStoredSecret(inputs["connection"])).toBe(true);
  expect(isStoredSecret(outputs["connection"])).toBe(true);
  expect(inputs).toMatchObject(verbs("previous"));
  expect(outputs).toMatchObject({ ...verbs("previous"), stdout: "out of create previous" });
});
