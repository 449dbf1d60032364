import { type Resource, ResourceError } from "@pulumi/pulumi";
import { formatUnitName, type UnitName } from "../planning/names";
import type { Planned } from "../planning/planned";
import { describeProblem } from "../planning/problems";

/**
 * The plan, or an error that names every problem of the component, each with its argument. Called where a unit's
 * command is made, so that one preview reports the problems of all components.
 */
export function planOrThrow<Plan>(unit: UnitName, planned: Planned<Plan>, resource: Resource): Plan {
  if ("plan" in planned) return planned.plan;
  const lines = planned.problems.map((found) => describeProblem(formatUnitName(unit), found));
  const error = new ResourceError(lines.join("\n"), resource, true);
  // Pulumi prints the stack of what is thrown after the program's last line, whatever it was told (cmd/run/index.ts).
  delete error.stack;
  throw error;
}

/** What a preview shows of a component: the plan in sentences, or that there is none. */
export function sentencesOf(planned: Planned<unknown>): readonly string[] {
  return "sentences" in planned ? planned.sentences : ["There is no plan: see the errors."];
}
