import {
  type Alias,
  getOrganization,
  getProject,
  getStack,
  type Input,
  type Output,
  output,
  type Resource,
  type ResourceOptions,
  runtime,
  type URN,
} from "@pulumi/pulumi";
import { continueUnit, formatUnitName, type UnitKind, type UnitName } from "../planning/names";

/** Where a resource has been before, as its aliases tell. */
interface Former {
  readonly project: string;
  readonly stack: string;
  readonly name: string;
}

/** What the SDK keeps of a resource, and needs for its own aliases too. */
interface Known extends Resource {
  readonly __name?: string;
  readonly __aliases?: readonly Input<URN>[];
  readonly __parentResource?: Known;
}

/**
 * The unit that a component of this program owns. Its name is the component's, and stays what it was when the component is
 * renamed with an alias, or one that it is part of: the hosts then notice nothing.
 */
export function componentUnit(
  kind: UnitKind,
  name: string,
  options: ResourceOptions | undefined,
  given: Input<string | undefined>,
): Output<UnitName> {
  const own = { organization: getOrganization(), project: getProject(), stack: getStack(), kind, name };
  const former = valueAlone(formerOf(name, options?.aliases ?? [], options?.parent));
  const isTaken = takenUnits();
  return output({ former, given }).apply((known) => {
    const before = known.former.map((one) => ({ ...own, ...one }));
    const unit = continueUnit(own, before, known.given);
    return isTaken(formatUnitName(unit)) ? { ...unit, taken: true } : unit;
  });
}

/**
 * A value without what it depends on. An alias's URN depends on the stack and on parents, and what depends on a component
 * waits for all that is in it: this very component too, for ever.
 */
function valueAlone<T>(value: Output<T>): Output<T> {
  const alone = new Promise<T>((resolve) => {
    value.apply(resolve);
  });
  return output(alone) as Output<T>;
}

function formerOf(name: string, aliases: readonly Input<URN | Alias>[], parent: Known | undefined): Output<Former[]> {
  const own = output(aliases.map((alias) => output(alias).apply((found) => formerBy(found as URN | Alias, name))));
  const parentName = parent?.__name;
  if (parent === undefined || parentName === undefined) return own;
  const inherited = formerOf(parentName, parent.__aliases ?? [], parent.__parentResource);
  return output([own, inherited]).apply(([direct = [], above = []]) => [
    ...direct,
    ...above.flatMap((former) =>
      [name, ...direct.map((one) => one.name)].map((child) => ({
        ...former,
        name: childOf(former, child, parentName),
      })),
    ),
  ]);
}

/** As the engine has it: a child whose name begins with its parent's is renamed along with it. */
function childOf(former: Former, child: string, parentName: string): string {
  return child.startsWith(parentName) ? former.name + child.slice(parentName.length) : child;
}

function formerBy(alias: URN | Alias, name: string): Former {
  if (typeof alias === "string") {
    const [stack = "", project = "", , ...rest] = alias.replace(/^urn:pulumi:/, "").split("::");
    return { stack, project, name: rest.join("::") };
  }
  // The caller has unwrapped them.
  const { name: before, project, stack } = alias as Partial<Former>;
  return { name: before ?? name, project: project ?? getProject(), stack: stack ?? getStack() };
}

const unitsOfPrograms = new WeakMap<object, Set<string>>();

/** Whether a unit's name has been asked for before, by this run of this program: several may share a process. */
function takenUnits(): (unit: string) => boolean {
  const program = runtime.getStackResource();
  if (program === undefined) return () => false;
  const units = unitsOfPrograms.get(program) ?? new Set();
  unitsOfPrograms.set(program, units);
  return (unit) => units.size === units.add(unit).size;
}
