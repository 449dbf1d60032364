import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configCodes } from "../../config/codes";
import { planHost } from "../../planning/host";
import { catalogue, problem, type ProblemCode, quoteValue } from "../../planning/problems";
import { planUplink } from "../../planning/uplink";
import { hostArguments, unitOf, uplinkArguments } from "./fixtures";
import { mistakes } from "./mistakes";
import { refusals } from "./mistakes-fixture";

const codes = Object.keys(catalogue) as ProblemCode[];

test("every entry of the catalogue has a case that triggers it", () => {
  expect(Object.keys(mistakes).sort()).toEqual([...codes].sort());
});

test.each(codes)("%s is refused in one line that says where, what is wrong, and what to do", async (code) => {
  const { component, argument, value = "" } = mistakes[code];
  const messages = await refusals(mistakes[code]);
  expect(messages).toEqual([expect.any(String)]);
  const [message = ""] = messages;
  expect(message).toMatchSnapshot();
  const start = `${component}: ${argument}: `;
  const end = ` ${catalogue[code]} [${code}](docs/errors.md#${code})`;
  expect(message.split("\n")).toEqual([expect.any(String)]);
  expect([message.slice(0, start.length), message.slice(-end.length)]).toEqual([start, end]);
  expect(message.slice(start.length, -end.length)).toContain(value);
});

test("every remedy is a sentence", () => {
  for (const remedy of Object.values(catalogue)) expect(remedy).toMatch(/^[A-Z].*\.$/);
});

test("docs/errors.md has a section for every code, and for no other", () => {
  const text = readFileSync(join(__dirname, "../../docs/errors.md"), "utf8");
  const sections = [...text.matchAll(/^### (.+)$/gm)].map(([, code]) => code);
  expect(sections.sort()).toEqual([...codes, ...configCodes].sort());
});

test("all mistakes of one component are reported at once", () => {
  const found = planUplink({
    ...uplinkArguments(),
    unit: unitOf("uplink", ""),
    interface: "..",
    address: "nowhere",
    gateway: "neither",
    encapsulation: "x",
    mtu: 1.5,
    detection: { interval: 0, multiplier: 1 },
  });
  expect(found.problems.map(({ code, argument }) => `${code} ${argument}`)).toEqual([
    "name-invalid name",
    "address-invalid address",
    "interface-invalid interface",
    "address-invalid gateway",
    "choice-invalid encapsulation",
    "mtu-invalid mtu",
    "detection-invalid detection.interval",
    "detection-invalid detection.multiplier",
  ]);
});

test("a connection's mistakes are reported at once", () => {
  const connection = { host: "", port: 0, user: "", hasHostKey: false, hasCredential: false };
  const found = planHost(hostArguments({ connection }));
  expect(found.problems.map(({ code }) => code)).toEqual([
    "host-invalid",
    "port-invalid",
    "user-invalid",
    "host-key-missing",
    "credential-missing",
  ]);
});

test("a problem keeps its code, its argument and its text", () => {
  expect(problem("mtu-invalid", "mtu", "5 is not an MTU.")).toEqual({
    code: "mtu-invalid",
    argument: "mtu",
    text: "5 is not an MTU.",
  });
});

describe("a user's value in a sentence", () => {
  test("is quoted, so that control characters are visible", () => {
    expect(quoteValue("a\nb\u0007")).toBe(String.raw`"a\nb\u0007"`);
    expect(quoteValue(5)).toBe("5");
    expect(quoteValue(undefined)).toBe("undefined");
  });

  test("is shown whole up to 80 characters, quotes included", () => {
    expect(quoteValue("x".repeat(78))).toBe(`"${"x".repeat(78)}"`);
  });

  test("is cut to 80 characters beyond", () => {
    expect(quoteValue("x".repeat(79))).toBe(`"${"x".repeat(76)}...`);
    expect(quoteValue("x".repeat(5000))).toHaveLength(80);
  });

  test("that is no number is called so, and not null", () => {
    expect(quoteValue(NaN)).toBe("NaN");
    expect(quoteValue(Infinity)).toBe("Infinity");
  });
});
