import { newKey } from "./support/keys";
import { type Traffic, SshServer, ofUnit } from "./support/sshServer";
import { type Operation, Stacks, type StoredResource } from "./support/stack";
import { type Args, during, units, verbs } from "./support/units";

jest.setTimeout(900_000);

/**
 * One life of many units: previewed, created, left alone, changed, destroyed. Each test looks at one rule of the
 * command plugin in what happened.
 */
const large = "0123456789abcdef\n".repeat(16384);
const first: Record<string, Args> = {
  stdin: verbs("stdin"),
  create: verbs("create"),
  delete: verbs("delete"),
  logging: verbs("logging"),
  connection: verbs("connection"),
  unchanged: verbs("unchanged"),
  noUpdate: { create: "create noUpdate", stdin: "one" },
  noCreate: { delete: "delete noCreate", stdin: "payload" },
  noDelete: { create: "create noDelete" },
  triggers: { ...verbs("triggers"), triggers: ["a"] },
  newlines: { create: "create newlines" },
  large: { create: "create large", stdin: large },
};

let stacks: Stacks;
let server: SshServer;
let previewed: Operation & { traffic: Traffic };
let created: Operation & { traffic: Traffic };
let createdState: Record<string, StoredResource>;
let changedState: Record<string, StoredResource>;
let repeated: Operation & { traffic: Traffic };
let changePreviewed: Operation & { traffic: Traffic };
let changed: Operation & { traffic: Traffic };
let destroyed: Operation & { traffic: Traffic };
const seenAtPreview: unknown[] = [];

beforeAll(async () => {
  const key = newKey();
  server = await SshServer.start({ authorizedKeys: [key.public] });
  server.behaviour.answer = ({ command }) =>
    command === "create newlines"
      ? { stdout: " one\ntwo\n\n", stderr: "\twarning\n" }
      : { stdout: `did ${command}\n`, stderr: "" };
  const connection = { host: "127.0.0.1", port: server.port, privateKey: key.private };
  const second: Record<string, Args> = {
    ...first,
    stdin: { ...verbs("stdin"), stdin: "other payload" },
    create: { ...verbs("create"), create: "create anew create" },
    delete: { ...verbs("delete"), delete: "delete anew delete" },
    logging: { ...verbs("logging"), logging: "none" },
    connection: { ...verbs("connection"), connection: { ...connection, user: "admin" } },
    noUpdate: { create: "create noUpdate", stdin: "two" },
    noCreate: { ...first["noCreate"], update: "update noCreate" },
    triggers: { ...verbs("triggers"), stdin: "new", triggers: ["b"], connection: { ...connection, user: "admin" } },
  };
  stacks = await Stacks.open();
  const stack = await stacks.create();
  const observed = () => {
    const commands = units(second, connection)();
    commands["stdin"]?.stdout.apply((value) => seenAtPreview.push(value));
    commands["unchanged"]?.stdout.apply((value) => seenAtPreview.push(value));
    return commands;
  };
  previewed = await during(server, () => stack.preview(units(first, connection)));
  created = await during(server, () => stack.up(units(first, connection)));
  createdState = await stack.resources();
  repeated = await during(server, () => stack.up(units(first, connection)));
  changePreviewed = await during(server, () => stack.preview(observed));
  changed = await during(server, () => stack.up(units(second, connection)));
  changedState = await stack.resources();
  destroyed = await during(server, () => stack.destroy());
});
afterAll(async () => {
  stacks.close();
  await server.stop();
});

test("a preview plans to create, and contacts no host", () => {
  expect(previewed.steps["stdin"]).toEqual(["create"]);
  expect(previewed.traffic.dials).toEqual([]);
});

test("create runs once, with stdin, and its output is known", () => {
  expect(ofUnit(created.traffic, "stdin")).toEqual([
    { user: "root", command: "create stdin", stdin: "payload of stdin", environment: {} },
  ]);
  expect(createdState["stdin"]?.outputs).toMatchObject({ stdout: "did create stdin", stderr: "" });
});

test("each command has a connection of its own", () => {
  expect(created.traffic.dials.length).toBe(created.traffic.executions.length);
});

test("stdout and stderr lose one final newline and nothing else", () => {
  expect(createdState["newlines"]?.outputs).toMatchObject({ stdout: " one\ntwo\n", stderr: "\twarning" });
});

test("a quarter of a megabyte of stdin arrives whole", () => {
  expect(ofUnit(created.traffic, "large")[0]?.stdin === large).toBe(true);
});

test("the same program again changes nothing and contacts no host", () => {
  expect(new Set(Object.values(repeated.steps).flat())).toEqual(new Set(["same"]));
  expect(repeated.traffic.dials).toEqual([]);
});

test("the preview of a change contacts no host, and does not know the new output", () => {
  expect(changePreviewed.steps).toMatchObject({ stdin: ["update"], unchanged: ["same"] });
  expect(changePreviewed.traffic.dials).toEqual([]);
  expect(seenAtPreview).toEqual(["did create unchanged"]);
});

test.each(["stdin", "create", "delete", "logging"])("a changed %s runs update, with stdin", (unit) => {
  const stdin = unit === "stdin" ? "other payload" : `payload of ${unit}`;
  expect(changed.steps[unit]).toEqual(["update"]);
  expect(ofUnit(changed.traffic, unit)).toMatchObject([{ command: `update ${unit}`, stdin }]);
  expect(changedState[unit]?.outputs).toMatchObject({ stdout: `did update ${unit}`, stderr: "" });
});

test("a changed connection runs update, through the new connection", () => {
  expect(ofUnit(changed.traffic, "connection")).toMatchObject([{ user: "admin", command: "update connection" }]);
});

test("what did not change is left alone", () => {
  expect(changed.steps["unchanged"]).toEqual(["same"]);
  expect(ofUnit(changed.traffic, "unchanged")).toEqual([]);
});

test("create runs again where there is no update", () => {
  expect(ofUnit(changed.traffic, "noUpdate")).toMatchObject([{ command: "create noUpdate", stdin: "two" }]);
});

test("without create nothing runs at first, and a later update does", () => {
  expect(ofUnit(created.traffic, "noCreate")).toEqual([]);
  expect(ofUnit(changed.traffic, "noCreate")).toMatchObject([{ command: "update noCreate" }]);
});

test("triggers replace: create first, then delete through the stored connection with the stored stdin", () => {
  expect(changed.steps["triggers"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
  expect(ofUnit(changed.traffic, "triggers")).toMatchObject([
    { user: "admin", command: "create triggers", stdin: "new" },
    { user: "root", command: "delete triggers", stdin: "payload of triggers" },
  ]);
});

test("destroy runs the stored delete through the stored connection, with stdin", () => {
  expect(ofUnit(destroyed.traffic, "stdin")).toMatchObject([{ command: "delete stdin", stdin: "other payload" }]);
  expect(ofUnit(destroyed.traffic, "delete")).toMatchObject([{ command: "delete anew delete" }]);
  expect(ofUnit(destroyed.traffic, "connection")).toMatchObject([{ user: "admin" }]);
});

test("destroy contacts no host where there is no delete", () => {
  expect(destroyed.succeeded).toBe(true);
  expect(ofUnit(destroyed.traffic, "noDelete")).toEqual([]);
  expect(destroyed.traffic.dials.length).toBe(destroyed.traffic.executions.length);
});
