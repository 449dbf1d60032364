import { createHash } from "node:crypto";
import { type CustomResourceOptions, type Output, output, type ResourceTransformation, runtime } from "@pulumi/pulumi";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime";

export const secrets = { privateKey: "PRIVATE-KEY-TEXT", password: "PASS-WORD-TEXT" };
export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOFFICE";

/** What was registered with the engine, by logical name. */
export class Registered {
  public readonly resources = new Map<string, MockResourceArgs>();
  public readonly options = new Map<string, CustomResourceOptions>();

  /** Notes the options of a component's children, which an engine's mock does not get to see. */
  public readonly transformation: ResourceTransformation = ({ name, opts }) => {
    this.options.set(name, opts);
    return undefined;
  };

  public command(name: string): CommandInputs {
    return this.inputs("command:remote:Command", name) as unknown as CommandInputs;
  }

  public component(type: string, name: string): Record<string, unknown> {
    return this.inputs(`extrude:index:${type}`, name);
  }

  public get names(): string[] {
    return [...this.resources.values()].map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`);
  }

  /** The names of the resources that have to be there before this one. */
  public async before(name: string): Promise<string[]> {
    const { dependsOn } = this.options.get(name) ?? {};
    const found = await valueOf(output(dependsOn));
    if (!Array.isArray(found)) throw new Error(`${name} has no list of dependencies`);
    return found.map((one) => (one as { __name?: string }).__name ?? "?");
  }

  public inputs(type: string, name: string): Record<string, unknown> {
    const found = this.resources.get(`${type} ${name}`);
    if (found === undefined) throw new Error(`There is no ${type} ${name}; there are ${this.names.join(", ")}.`);
    return found.inputs as Record<string, unknown>;
  }
}

export interface CommandInputs {
  readonly create: string;
  readonly delete: string;
  readonly update?: string;
  readonly stdin?: string;
  readonly triggers: unknown;
  readonly addPreviousOutputInEnv: boolean;
  readonly logging: string;
  readonly connection: unknown;
}

/** Runs a program against an engine that takes everything, and notes it. */
export async function program(
  write: (registered: Registered) => unknown,
  preview = false,
  outputs: Readonly<Record<string, unknown>> = {},
): Promise<Registered> {
  const registered = new Registered();
  await runtime.setMocks(
    {
      newResource: (args) => {
        registered.resources.set(`${args.type} ${args.name}`, args);
        return {
          id: `${args.name}-id`,
          state: { ...(args.inputs as Record<string, unknown>), ...generated(args, outputs) },
        };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "net",
    "prod",
    preview,
    "acme",
  );
  await write(registered);
  await runtime.disconnect();
  return registered;
}

/** What the engine makes up: other stacks' outputs, and random bytes, which here follow from the resource's name. */
function generated({ type, name }: MockResourceArgs, outputs: object): Record<string, unknown> {
  if (type === "pulumi:pulumi:StackReference") return { name, outputs };
  if (type !== "random:index/randomBytes:RandomBytes") return {};
  return { base64: createHash("sha256").update(name).digest("base64") };
}

const signature = "4dabf18193072939515e22adb298388d";

/** A secret as the engine gets it: marked, with the value inside. */
export function reveal(value: unknown): Record<string, unknown> {
  const marked = value as Record<string, unknown>;
  if (marked[signature] !== "1b47061264138c4ac30d75fd1eb44270") throw new Error("this is no secret");
  return marked.value as Record<string, unknown>;
}

/** An object without one of its fields. */
export function without(field: string, found: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(found as object).filter(([key]) => key !== field));
}

/** The value of an output, for tests. */
export function valueOf<T>(found: Output<T>): Promise<T> {
  return (found as unknown as { promise: () => Promise<T> }).promise();
}
