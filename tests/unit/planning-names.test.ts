import fc from "fast-check";
import {
  checkInterface,
  checkName,
  checkUnitName,
  checkUnitReference,
  formatUnitName,
  interfaceName,
  symbol,
  tableId,
  type UnitKind,
} from "../../planning/names";
import { unitOf } from "./fixtures";

const letter = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const name = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...Array.from(letter)), minLength: 1, maxLength: 1 }),
    fc.string({ unit: fc.constantFrom(...Array.from(letter), ".", "_", "-"), maxLength: 63 }),
  )
  .map(([first, rest]) => first + rest);
const kind = fc.constantFrom<UnitKind>("host", "colo", "address", "uplink", "bond");
const unit = fc
  .record({ organization: name, project: name, stack: name, kind, name })
  .map((parts) => ({ parts, text: formatUnitName(parts) }));

/** A large sample of units as real programs have them: few stacks, many names. */
const sample = Array.from({ length: 20_000 }, (_, index) =>
  formatUnitName({ ...unitOf(index % 2 === 0 ? "uplink" : "bond", `line${index >> 1}`), stack: `s${index % 7}` }),
);

test("a unit's name is its five parts, joined by slashes", () => {
  expect(formatUnitName(unitOf("bond", "office"))).toBe("acme/net/prod/bond/office");
});

test("every part of a unit's name may be 1 to 64 letters, digits, dots, dashes and underscores", () => {
  fc.assert(fc.property(unit, ({ parts }) => checkUnitName(parts).length === 0));
});

describe("a name", () => {
  test.each(["a", "Z", "0", "a.b-c_d", "a".repeat(64), "a..", "9-"])("may be %j", (text) => {
    expect(checkName("name", text)).toEqual([]);
  });

  test.each(["", ".", "..", ".a", "-a", "_a", "a".repeat(65), "a/b", "a b", "a\n", "\na", "é", "a\0", "a:b", "a$"])(
    "may not be %j",
    (text) => {
      expect(checkName("stack", text)).toEqual([
        {
          code: "name-invalid",
          argument: "stack",
          text: `${JSON.stringify(text)} cannot be a name here.`,
        },
      ]);
    },
  );

  test("is checked in the organization, the project, the stack and the name, each named", () => {
    const found = checkUnitName({ organization: "a b", project: "", stack: "../x", kind: "bond", name: "-" });
    expect(found.map(({ argument }) => argument)).toEqual(["organization", "project", "stack", "name"]);
  });
});

describe("a reference to another component's unit", () => {
  test("is the name of a unit of the right kind", () => {
    fc.assert(fc.property(unit, ({ parts, text }) => checkUnitReference("colo.unit", text, parts.kind).length === 0));
  });

  test.each([
    "",
    "toronto",
    "acme/net/prod/bond/toronto",
    "acme/net/prod/colo",
    "acme/net/prod/colo/",
    "acme/net/prod/colo/toronto/",
    "acme/net/prod/colo/toronto/x",
    "acme//prod/colo/toronto",
    "acme/net/prod/colo/..",
    "../net/prod/colo/toronto",
    "acme/net/prod/colo/toronto\n",
    "acme/net/prod/colo/tor onto",
  ])("is not %j", (text) => {
    expect(checkUnitReference("colo.unit", text, "colo")).toEqual([
      {
        code: "reference-invalid",
        argument: "colo.unit",
        text: `${JSON.stringify(text)} is not the name of a unit of kind colo.`,
      },
    ]);
  });
});

describe("an interface of extrude's", () => {
  test("has a name of at most 15 characters that says whose it is", () => {
    expect(interfaceName("acme/net/prod/uplink/dsl")).toMatch(/^x-dsl-[a-z2-9]{6}$/);
    expect(interfaceName("acme/net/prod/uplink/Fibre-2.West")).toMatch(/^x-fibre2-[a-z2-9]{6}$/);
    expect(interfaceName("acme/net/prod/uplink/...")).toMatch(/^x-x-[a-z2-9]{6}$/);
  });

  test("has a name that extrude itself would accept for an interface", () => {
    fc.assert(
      fc.property(unit, ({ text }) => {
        expect(interfaceName(text)).toMatch(/^x-[a-z0-9]{1,6}-[a-km-np-z2-9]{6}$/);
        expect(checkInterface("interface", interfaceName(text))).toEqual([]);
      }),
    );
  });

  test("has another name in every unit of a large sample", () => {
    expect(new Set(sample.map(interfaceName)).size).toBe(sample.length);
  });
});

describe("a symbol", () => {
  test("is letters, digits and underscores, short enough for BIRD, and says whose it is", () => {
    expect(symbol("acme/net/prod/colo/toronto")).toMatch(/^x_toronto_[a-z2-9]{6}$/);
    expect(symbol("acme/net/prod/colo/Rack.One-Two_3")).toMatch(/^x_rackonetwo3_[a-z2-9]{6}$/);
    fc.assert(fc.property(unit, ({ text }) => /^x_[a-z0-9]{1,24}_[a-km-np-z2-9]{6}$/.test(symbol(text))));
  });

  test("keeps the first 24 letters and digits of a long name", () => {
    expect(symbol(`acme/net/prod/colo/${"a".repeat(30)}`)).toMatch(/^x_a{24}_[a-z2-9]{6}$/);
  });

  test("is another one in every unit of a large sample", () => {
    expect(new Set(sample.map(symbol)).size).toBe(sample.length);
  });
});

describe("a routing table", () => {
  test("has an id that no tool flushes and every tool prints alike", () => {
    fc.assert(
      fc.property(unit, ({ text }) => {
        const id = tableId(text);
        expect(Number.isInteger(id)).toBe(true);
        expect(id).toBeGreaterThanOrEqual(10_000);
        expect(id).toBeLessThan(2 ** 31);
      }),
    );
  });

  test("has another id in every unit of a large sample", () => {
    // 20,000 of 2 * 10^9 ids: two meet in one sample of ten, and this sample is always the same one.
    expect(new Set(sample.map(tableId)).size).toBe(sample.length);
  });

  test("has ids from the whole range", () => {
    const ids = sample.map(tableId);
    expect(Math.min(...ids)).toBeLessThan(1_000_000);
    expect(Math.max(...ids)).toBeGreaterThan(1_999_000_000);
  });
});

test("what a host calls a unit's things depends on the unit alone, and stays as it was in earlier versions", () => {
  const text = formatUnitName(unitOf("uplink", "dsl"));
  expect([interfaceName(text), symbol(text), tableId(text)]).toMatchSnapshot();
  fc.assert(
    fc.property(unit, unit, (one, other) => {
      expect(interfaceName(one.text) === interfaceName(other.text)).toBe(one.text === other.text);
    }),
  );
});

describe("an interface of the user's", () => {
  test.each(["e", "eth0", "ppp0", "enp3s0f1", "eth0.100", "br-lan", "wg_1", "a".repeat(15), "...", "0", "_x", ".a"])(
    "may be called %j",
    (text) => {
      expect(checkInterface("interface", text)).toEqual([]);
    },
  );

  test.each([
    "",
    ".",
    "..",
    "a".repeat(16),
    "eth0:1",
    "eth/0",
    "eth 0",
    "eth0\n",
    "\neth0",
    "-eth0",
    "eth*",
    "eth%d",
    'eth"',
    "eth'",
    "eth0\0",
    "eth$",
    "ethé",
    "eth{",
    "eth;",
    "eth+1",
  ])("may not be called %j", (text) => {
    expect(checkInterface("uplink", text)).toEqual([
      {
        code: "interface-invalid",
        argument: "uplink",
        text: `${JSON.stringify(text)} is not an interface name that a host can have.`,
      },
    ]);
  });

  test.each(["all", "default"])("may not be called %j, which is every interface to sysctl", (text) => {
    expect(checkInterface("interface", text)).toHaveLength(1);
  });
});
