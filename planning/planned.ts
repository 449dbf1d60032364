import type { Problem } from "./problems";

/**
 * The outcome of planning one component: what is wrong with its arguments, or the plan and the sentences that a
 * preview shows of it.
 */
export type Planned<Plan> =
  | { readonly problems: readonly [Problem, ...Problem[]] }
  | { readonly problems: readonly []; readonly plan: Plan; readonly sentences: readonly string[] };

/** A plan from what was found, built only if nothing is wrong. */
export function planned<Plan>(
  problems: readonly Problem[],
  build: () => { plan: Plan; sentences: string[] },
): Planned<Plan> {
  const [first, ...others] = problems;
  return first === undefined ? { problems: [], ...build() } : { problems: [first, ...others] };
}
