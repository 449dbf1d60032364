import fc from "fast-check";
import { quote } from "../../rendering/shell";
import { hostile } from "./fixtures";
import { run, shellNames, shells, tool } from "./tools";

const word = fc.oneof(
  hostile,
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "binary-ascii", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("'", "\\", '"', "$", "`", "\n", " ", "!"), maxLength: 40 }),
);
/** Many words for one process, since a process is what costs. */
const words = fc.array(
  word.map((one) => one.replaceAll("\0", "")),
  { minLength: 1, maxLength: 60 },
);

const readers = {
  ...shells,
  bash: (): string[] => [tool("bash"), "--norc"],
  sh: (): string[] => ["/bin/sh"],
};

describe.each([...shellNames, "bash", "sh"] as const)("a quoted word read by %s", (name) => {
  test("is the same bytes again, from standard input", () => {
    fc.assert(
      fc.property(words, (list) => {
        const { status, stdout, stderr } = run(readers[name](), `printf '%s\\0' ${list.map(quote).join(" ")}\n`);
        expect(stderr).toBe("");
        expect(status).toBe(0);
        expect(stdout.split("\0").slice(0, -1)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });

  test("is the same bytes again, as the text of a command", () => {
    fc.assert(
      fc.property(words, (list) => {
        const { status, stdout } = run([...readers[name](), "-c", `printf '%s\\0' ${list.map(quote).join(" ")}`], "");
        expect(status).toBe(0);
        expect(stdout.split("\0").slice(0, -1)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });
});

test("every single byte of ASCII but null survives on its own, at the start, in the middle and at the end", () => {
  const bytes = Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1));
  const list = bytes.flatMap((byte) => [byte, `${byte}a`, `a${byte}b`, `a${byte}`]);
  const { stdout } = run(readers.sh(), `printf '%s\\0' ${list.map(quote).join(" ")}\n`);
  expect(stdout.split("\0").slice(0, -1)).toEqual(list);
});

test("a word that needs no quotes has none, so that commands stay readable", () => {
  for (const plain of ["rack", "acme/net/prod/bond/office", "a_b@c%d+e:f,g.h/i-9"]) expect(quote(plain)).toBe(plain);
});

test("any other word is in single quotes", () => {
  expect(quote("")).toBe("''");
  expect(quote("a b")).toBe("'a b'");
  expect(quote("it's")).toBe(String.raw`'it'\''s'`);
  expect(quote("''")).toBe(String.raw`''\'''\'''`);
  for (const special of '~*?[]{}()<>|&;#!$`"\\=^ \t\n') expect(quote(`a${special}`)).toBe(`'a${special}'`);
});

test("a word with a null character, which no command can take, is refused", () => {
  expect(() => quote("a\0b")).toThrow(new RangeError("A shell word cannot hold a null character."));
});
