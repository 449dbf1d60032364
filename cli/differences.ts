import type { UnitReading } from "../rendering/reading";
import type { Facts } from "./facts";
import type { StackHost } from "./state";

/** Something in which a host differs from what was confirmed. */
export interface Difference {
  readonly kind: "unit-missing" | "unit-differs" | "unit-unknown" | "drifted";
  /** Undefined where it is about more than one. */
  readonly unit: string | undefined;
  readonly text: string;
}

/** In which a host differs from the stack's state, and from its own confirmed units. */
export function differencesOf(host: StackHost, facts: Facts): Difference[] {
  const held = new Map(facts.units.map(({ name, digest }) => [name, digest]));
  const units = host.units.flatMap(({ name, digest }): Difference[] => {
    const there = held.get(name);
    if (there === undefined)
      return [{ kind: "unit-missing", unit: name, text: "is in the state, but not on the host" }];
    return there === digest
      ? []
      : [{ kind: "unit-differs", unit: name, text: "has another text on the host than in the state" }];
  });
  return [
    ...units,
    ...unknownUnits(host, facts),
    ...facts.drift.map((text) => ({ kind: "drifted" as const, unit: ownerOf(text, host.units), text })),
  ];
}

/** Units of this stack that its state does not know. Those of other stacks are none of its business. */
function unknownUnits({ units }: StackHost, facts: Facts): Difference[] {
  const stacks = new Set(units.map(({ name }) => stackOf(name)));
  const known = new Set(units.map(({ name }) => name));
  return facts.units
    .filter(({ name }) => stacks.has(stackOf(name)) && !known.has(name))
    .map(({ name }) => ({ kind: "unit-unknown", unit: name, text: "is on the host, but not in the state" }));
}

/** ORGANIZATION/PROJECT/STACK. */
export function stackOf(unit: string): string {
  return unit.split("/").slice(0, 3).join("/");
}

/** The unit that a line of `extrudectl drift` is about. */
function ownerOf(line: string, units: readonly UnitReading[]): string | undefined {
  const [, native = ""] = /^\[[a-z]+\] (?:missing: )?(.*)$/.exec(line) ?? [];
  const [, table] = /^(table \S+ \S+) (?:is gone|was changed)$/.exec(native) ?? [];
  const [, key] = /^(\S+) is .*, not /.exec(native) ?? [];
  const isOwner = ({ lines }: UnitReading): boolean =>
    lines.some(
      (each) =>
        each === native ||
        (table !== undefined && each.startsWith(`${table} `)) ||
        (key !== undefined && matches(each.split(" = ")[0] ?? "", key)),
    );
  return units.find(isOwner)?.name;
}

/** Whether a key of sysctl is the one that a unit names, where `*` stands for any interface. */
function matches(pattern: string, key: string): boolean {
  const [asked, found] = [pattern.split("/"), key.split("/")];
  return asked.length === found.length && asked.every((part, index) => part === "*" || part === found[index]);
}
