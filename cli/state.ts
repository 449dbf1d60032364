import { z } from "zod";
import { readUnit, type UnitReading } from "../rendering/reading";
import { unitTextOf } from "../rendering/unit";
import { exitCodes, Failure } from "./failure";

const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  parent: z.string().optional(),
  protect: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});
const exported = z.looseObject({
  deployment: z
    .looseObject({
      resources: z.array(resource).nullish(),
      pending_operations: z.array(z.looseObject({ resource })).nullish(),
    })
    .nullable(),
});

export type StateResource = z.infer<typeof resource>;
/** What `pulumi stack export` prints. */
export type StackState = z.infer<typeof exported>;

const endpoint = z.object({
  host: z.string(),
  port: z.number().optional(),
  user: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  password: z.string().optional(),
  agentSocketPath: z.string().optional(),
  hostKey: z.string().optional(),
});
const connection = endpoint.extend({ proxy: endpoint.optional() });

export type Endpoint = z.infer<typeof endpoint>;
export type Connection = z.infer<typeof connection>;

/** A host as the state knows it. */
export interface StackHost {
  readonly name: string;
  readonly connection: Connection;
  readonly units: readonly UnitReading[];
}

/** Node quotes what it cannot parse, which may be a secret; zod names places only. */
export function parseState(text: string): StackState {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Failure("What Pulumi exports is no JSON: run pulumi stack export to see why.", exitCodes.unasked);
  }
  const { data, error } = exported.safeParse(parsed);
  if (data !== undefined) return data;
  throw new Failure(
    `What Pulumi exports is no state that extrude can read: ${z.prettifyError(error)}`,
    exitCodes.unasked,
  );
}

export function resourcesOf(state: StackState): readonly StateResource[] {
  return state.deployment?.resources ?? [];
}

export const secretMark = "4dabf18193072939515e22adb298388d";

/** A value of a state that was exported with its secrets. */
function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value && "plaintext" in value && typeof value.plaintext === "string") {
    return reveal(JSON.parse(value.plaintext));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

/** The unit that a resource keeps on a host, if it keeps one. */
export function unitOf(resource: StateResource): UnitReading | undefined {
  if (resource.type !== "command:remote:Command") return undefined;
  const create = reveal(resource.inputs?.["create"]);
  const text = typeof create === "string" ? unitTextOf(create) : undefined;
  return text === undefined ? undefined : readUnit(text);
}

/** The hosts on which the stack keeps units, by name. Several stacks may share a host, so no Host has to be among them. */
export function hostsOf(state: StackState): StackHost[] {
  const found = new Map<string, { connection: Connection; units: UnitReading[] }>();
  for (const each of resourcesOf(state)) {
    const unit = unitOf(each);
    const reached = connection.safeParse(reveal(each.inputs?.["connection"]));
    if (unit === undefined || !reached.success) continue;
    const host = found.get(unit.host) ?? { connection: reached.data, units: [] };
    host.units.push(unit);
    found.set(unit.host, host);
  }
  return [...found].map(([name, host]) => ({ name, ...host })).sort((one, two) => one.name.localeCompare(two.name));
}

/** Those hosts that were asked for; all, if none was. */
export function chooseHosts(hosts: readonly StackHost[], names: readonly string[]): readonly StackHost[] {
  const known = hosts.map(({ name }) => name);
  if (known.length === 0) throw new Failure("The stack's state knows no host. Run pulumi up first.", exitCodes.unasked);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new Failure(`The stack has no host "${wrong}". It has: ${known.join(", ")}.`, exitCodes.usage);
  }
  return names.length === 0 ? hosts : hosts.filter(({ name }) => names.includes(name));
}
