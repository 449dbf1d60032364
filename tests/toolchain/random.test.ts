import * as random from "@pulumi/random";
import { type Operation, Stacks, type StoredResource, isStoredSecret, secretText } from "./support/stack";

jest.setTimeout(900_000);

/** Values are generated once, kept, and generated anew only when an argument changes. */
type Step = Operation & { stored: Record<string, StoredResource> };
let stacks: Stacks;
let created: Step;
let repeated: Step;
let changePreviewed: Operation;
let changed: Step;
let refreshed: Step;
let foreign: Step;
let noBytes: Operation;
let shortPassword: Operation;
const known: unknown[] = [];

interface Arguments {
  readonly keeper: string;
  readonly length: number;
  readonly writeDefaults?: boolean;
}

function program({ keeper, length, writeDefaults = false }: Arguments) {
  return () => {
    const defaults = { lower: true, upper: true, numeric: true, special: true, minLower: 0 };
    return [
      new random.RandomBytes("bytes", { length: 32 }),
      new random.RandomBytes("keptBytes", { length: 16, keepers: { generation: keeper } }),
      new random.RandomBytes("longerBytes", { length }),
      new random.RandomPassword("password", { length: 24, ...(writeDefaults && defaults) }),
      new random.RandomPassword("keptPassword", { length: 24, keepers: { generation: keeper } }),
      new random.RandomPassword("longerPassword", { length }),
      new random.RandomPassword("plainPassword", { length: 64, special: false, upper: false }),
      new random.RandomPassword("mixedPassword", {
        ...{ length: 8, minLower: 2, minUpper: 2, minNumeric: 2, minSpecial: 2, overrideSpecial: "_" },
      }),
    ];
  };
}

beforeAll(async () => {
  stacks = await Stacks.open();
  const stack = await stacks.create();
  const step = async (operation: Promise<Operation>): Promise<Step> => ({
    ...(await operation),
    stored: await stack.resources(),
  });
  created = await step(stack.up(program({ keeper: "one", length: 20 })));
  repeated = await step(stack.up(program({ keeper: "one", length: 20, writeDefaults: true })));
  changePreviewed = await stack.preview(() => {
    const resources = program({ keeper: "two", length: 21 })();
    for (const resource of resources) {
      const value = resource instanceof random.RandomBytes ? resource.hex : resource.result;
      value.apply((text) => known.push(text));
    }
    return resources;
  });
  changed = await step(stack.up(program({ keeper: "two", length: 21 })));
  // The official plugin keeps notes in the state, which the stand-in must bear and must not lose.
  await stack.rewriteOutputs((name, outputs) => {
    outputs["__pulumi_raw_state_delta"] ??= { obj: {} };
    if (name.endsWith("assword")) outputs["id"] ??= "none";
  });
  refreshed = await step(stack.refresh());
  foreign = await step(stack.up(program({ keeper: "two", length: 21 })));
  noBytes = await stack.preview(() => [new random.RandomBytes("noBytes", { length: 0 })]);
  shortPassword = await stack.preview(() => [
    new random.RandomPassword("shortPassword", { length: 3, minLower: 2, minUpper: 2 }),
  ]);
});
afterAll(() => {
  stacks.close();
});

function text(step: Step, name: string, property: string): string {
  return secretText(step.stored[name]?.outputs?.[property]);
}

test("RandomBytes gives as many bytes as asked for, as hex and as base64", () => {
  const hex = text(created, "bytes", "hex");
  expect(hex).toMatch(/^[0-9a-f]{64}$/);
  expect(Buffer.from(hex, "hex").toString("base64")).toBe(text(created, "bytes", "base64"));
  expect(text(created, "keptBytes", "hex")).toHaveLength(32);
});

test("RandomPassword has the wanted length and characters", () => {
  expect(text(created, "password", "result")).toHaveLength(24);
  expect(text(created, "plainPassword", "result")).toMatch(/^[a-z0-9]{64}$/);
  const mixed = text(created, "mixedPassword", "result");
  for (const characters of [/[a-z]/g, /[A-Z]/g, /[0-9]/g, /_/g]) expect(mixed.match(characters)).toHaveLength(2);
});

test("everything generated is secret in state, and nothing else is", () => {
  for (const [name, { outputs = {} }] of Object.entries(created.stored)) {
    const secrets = Object.keys(outputs).filter((property) => isStoredSecret(outputs[property]));
    expect(secrets.sort()).toEqual(
      name.endsWith("Bytes") || name === "bytes" ? ["base64", "hex"] : ["bcryptHash", "result"],
    );
  }
});

test("a password never appears outside its secrets; random bytes do, as the id of their resource", () => {
  expect(created.stored["password"]?.id).toBe("none");
  expect(created.stored["bytes"]?.id).toBe(text(created, "bytes", "base64"));
});

test("the state has the official plugin's properties", () => {
  expect(created.stored["bytes"]?.inputs).toEqual({ length: 32 });
  expect(created.stored["password"]?.outputs).toMatchObject({
    length: 24,
    ...{ lower: true, upper: true, number: true, numeric: true, special: true },
    ...{ minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 },
    __meta: '{"schema_version":"3"}',
  });
  expect(text(created, "password", "bcryptHash")).toMatch(/^\$2a\$10\$/);
});

test("the same program again generates nothing, also when it writes the defaults out", () => {
  expect(repeated.succeeded).toBe(true);
  for (const name of Object.keys(created.stored)) {
    expect(repeated.stored[name]?.id).toBe(created.stored[name]?.id);
    const property = name.toLowerCase().endsWith("bytes") ? "hex" : "result";
    expect(text(repeated, name, property)).toBe(text(created, name, property));
  }
});

test.each(["keptBytes", "longerBytes", "keptPassword", "longerPassword"])("%s is replaced when it changes", (name) => {
  const property = name.endsWith("Bytes") ? "hex" : "result";
  expect(changePreviewed.steps[name]).toContain("replace");
  expect(changed.steps[name]).toEqual(["create-replacement", "replace", "delete-replaced"]);
  expect(text(changed, name, property)).not.toBe(text(created, name, property));
});

test("what has not changed is kept while others are replaced", () => {
  expect(changed.steps["bytes"]).toEqual(["same"]);
  expect(text(changed, "bytes", "hex")).toBe(text(created, "bytes", "hex"));
});

test("a preview knows the kept values, and not those to come", () => {
  expect(known.sort()).toEqual(
    ["bytes:hex", "password:result", "plainPassword:result", "mixedPassword:result"]
      .map((which) => which.split(":") as [string, string])
      .map(([name, property]) => text(created, name, property))
      .sort(),
  );
});

test("state with the official plugin's notes is refreshed and left alone, notes included", () => {
  expect(refreshed.errors).toEqual({});
  expect(foreign.succeeded).toBe(true);
  for (const [name, steps] of Object.entries(foreign.steps)) expect([name, ...steps]).toEqual([name, "same"]);
  for (const name of Object.keys(changed.stored)) {
    expect(foreign.stored[name]?.outputs).toMatchObject(changed.stored[name]?.outputs ?? {});
    expect(foreign.stored[name]?.outputs?.["__pulumi_raw_state_delta"]).toBeDefined();
  }
});

test("a length that cannot be is refused at preview", () => {
  expect(noBytes.errors["noBytes"]).toContain("length");
  expect(shortPassword.errors["shortPassword"]).toContain("length");
});
