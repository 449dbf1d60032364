import * as fc from "fast-check";
import { contractVersion, readColoContract, writeColoContract } from "../../planning/contract";
import { toronto } from "./fixtures";

const source = { stack: "acme/net/prod", output: "toronto" };
const contract = writeColoContract({ ...toronto, prefix: "77.1.2.0/24" });

/** What is said of a contract, by code. */
function refusals(found: unknown, stack = source.stack): string[] {
  return readColoContract({ ...source, stack }, found).problems.map(({ code, text }) => `${code} ${text}`);
}

test("a contract gives back the colo that it was made of, also after a way through JSON", () => {
  const read = readColoContract(source, JSON.parse(JSON.stringify(contract)));
  expect(read).toMatchObject({ problems: [], plan: { ...toronto, prefix: "77.1.2.0/24" } });
});

test("a contract says what it is, and of which version", () => {
  expect(contract).toEqual({ extrude: "colo", version: contractVersion, ...toronto, prefix: "77.1.2.0/24" });
});

test.each([undefined, null])("an output that is %s is missing", (nothing) => {
  expect(refusals(nothing)).toEqual(["contract-missing is not there."]);
});

test.each([0, 2, 1.5, -1])("a contract of version %s is refused, naming both", (version) => {
  expect(refusals({ ...contract, version })).toEqual([
    `contract-version is a contract of version ${version}, and this program's release reads version 1.`,
  ]);
});

test.each(["77.1.2.3", 5, true, [], {}, { ...contract, extrude: "site" }, { ...contract, version: "1" }])(
  "%j is no contract",
  (found) => {
    expect(refusals(found)).toEqual([expect.stringMatching(/^contract-invalid .* is no contract of a colo's\.$/)]);
  },
);

test.each([
  ["unit", undefined],
  ["host", 7],
  ["address", ["77.1.2.2"]],
  ["interface", null],
  ["prefix", {}],
  ["gateway", false],
])("a contract whose %s is %j is refused", (name, value) => {
  expect(refusals({ ...contract, [name]: value })).toEqual([
    `contract-invalid its ${name} is ${value === undefined ? "undefined" : JSON.stringify(value)}.`,
  ]);
});

test.each([
  ["unit", "acme/net/prod/bond/toronto"],
  ["unit", "acme/net/prod/colo/../../x"],
  ["host", "rack; reboot"],
  ["address", "77.1.2.256"],
  ["interface", "eth0\nclaim address 1.2.3.4"],
  ["prefix", "10.0.0.0/24"],
  ["gateway", "$(reboot)"],
])("a contract whose %s was made up, %j, is refused", (name, value) => {
  expect(refusals({ ...contract, [name]: value })).toEqual([
    expect.stringMatching(new RegExp(`^contract-invalid contract\\.${name === "prefix" ? "address" : name}: `)),
  ]);
});

test.each([
  ["acme/net/prod", true],
  ["net/prod", true],
  ["prod", true],
  ["acme/net/dev", false],
  ["evil/net/prod", false],
  ["rod", false],
])("the stack %s is one that may tell of acme/net/prod's colo: %s", (stack, may) => {
  expect(refusals(contract, stack)).toEqual(
    may ? [] : ["contract-invalid it tells of a colo of acme/net/prod, another stack."],
  );
});

test("whatever an output holds, it is read or refused in sentences", () => {
  fc.assert(
    fc.property(fc.anything(), (found) => {
      const read = readColoContract(source, found);
      expect("plan" in read).toBe(read.problems.length === 0);
    }),
  );
  const field = fc.constantFrom(...Object.keys(contract));
  fc.assert(
    fc.property(field, fc.anything(), (name, value) => {
      const { problems } = readColoContract(source, { ...contract, [name]: value });
      for (const { text } of problems) expect(text).not.toContain("\n");
    }),
  );
});
