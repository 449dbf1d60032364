import fc from "fast-check";
import { z } from "zod";
import { schemaAt, valueAt } from "../../config/problems";
import { sections, stackSchema } from "../../config/schema";
import { check, example, problemsAfter } from "./config-fixture";

/** Every mapping in the schema with fixed keys, by a path of the example's. */
const mappings = [
  [],
  ["hosts", "rack"],
  ["hosts", "rack", "proxy"],
  ["colos", "toronto"],
  ["addresses", "vpn"],
  ["uplinks", "dsl"],
  ["uplinks", "dsl", "detection"],
  ["sites", "office"],
  ["sites", "office", "uplinks", "dsl"],
];
const keys = mappings.flatMap((path) => {
  const found = schemaAt(stackSchema, path);
  return found instanceof z.ZodObject ? Object.keys(found.shape).map((key) => ({ path, key })) : [];
});

test("a key that lacks any one character is named in full, with the key that was meant", () => {
  expect(keys.length).toBeGreaterThan(50);
  const deletion = fc
    .constantFrom(...keys)
    .chain(({ path, key }) =>
      fc.record({ path: fc.constant(path), key: fc.constant(key), at: fc.nat(key.length - 1) }),
    );
  fc.assert(
    fc.property(deletion, ({ path, key, at }) => {
      const misspelt = key.slice(0, at) + key.slice(at + 1);
      const wasThere = valueAt(example(), [...path, key]) !== undefined;
      const found = problemsAfter((config) => {
        let parent: Record<string, unknown> = config;
        for (const part of path) parent = (parent[part] ??= {}) as Record<string, unknown>;
        parent[misspelt] = parent[key] ?? "x";
        Reflect.deleteProperty(parent, key);
      });
      const meant = path.length === 0 ? `extrude:${key}` : key;
      const sentence = `extrude:${[...path, misspelt].join(".")} is not a known key; did you mean ${meant}?`;
      // One mistake, one sentence, wherever the rest of the example stays right.
      if (wasThere) expect(found).toEqual([sentence]);
      else expect(found).toContain(sentence);
    }),
    { numRuns: 500 },
  );
});

test("no config whatsoever makes the check itself fail", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...sections, "x"), fc.jsonValue({ maxDepth: 4 })), (raw) => {
      const checked = check(raw);
      expect("config" in checked || checked.problems.length > 0).toBe(true);
    }),
  );
});

test("no mutation of the example makes the check itself fail", () => {
  const paths = (value: unknown, path: string[] = []): string[][] =>
    typeof value === "object" && value !== null
      ? [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))]
      : [path];
  const all = paths(example()).filter((path) => path.length > 0);
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
      problemsAfter((config) => {
        const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], config);
        (parent as Record<string, unknown>)[path.at(-1) ?? ""] = value;
      });
    }),
    { numRuns: 500 },
  );
});
