import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { provideToolchain } from "../../../toolchain";

/** What a program returns is of no interest: the tests read the stored state. */
export type Program = () => object;

/** One resource as the state file has it. */
export interface StoredResource {
  readonly type: string;
  readonly urn: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly provider?: string;
  readonly customTimeouts?: Record<string, number>;
}

/** What an operation did, by the names of the resources. */
export interface Operation {
  readonly succeeded: boolean;
  /** What the engine did with each resource, in order: "create", "update", "same", "create-replacement" ... */
  readonly steps: Readonly<Record<string, string[]>>;
  readonly errors: Readonly<Record<string, string>>;
  readonly warnings: Readonly<Record<string, string>>;
  /** The lines that appear while the resource is worked on. */
  readonly log: Readonly<Record<string, string[]>>;
  /** Everything that the engine said. */
  readonly text: string;
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

const PASSPHRASE = "only for tests";

/** Stacks of a real engine, with their state in a temporary folder. */
export class Stacks {
  private count = 0;

  private constructor(
    private readonly command: PulumiCommand,
    /** For whoever runs Pulumi on these stacks. */
    readonly environment: Record<string, string>,
    private readonly folder: string,
    private readonly pulumi: string,
  ) {}

  static async open(environment: Record<string, string> = {}): Promise<Stacks> {
    const onProgress = (message: string): void => {
      process.stderr.write(`${message}\n`);
    };
    const toolchain = await provideToolchain({ onProgress });
    const command = await PulumiCommand.get({ root: dirname(dirname(toolchain.pulumi)) });
    const folder = mkdtempSync(join(tmpdir(), "extrude-stacks-"));
    return new Stacks(
      command,
      {
        ...toolchain.environment,
        PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        SSH_AUTH_SOCK: "",
        ...environment,
      },
      folder,
      toolchain.pulumi,
    );
  }

  /** Previews a program of its own process, as a user would, and returns what is printed. */
  previewFolder(
    cwd: string,
    environment: Record<string, string>,
  ): { readonly code: number | null; readonly text: string } {
    const env = { ...process.env, ...this.environment, ...environment };
    const options = { cwd, encoding: "utf8", env } as const;
    const name = `folder${++this.count}`;
    const choice = ["--stack", name, "--config-file", join(this.folder, `${name}.yaml`), "--non-interactive"];
    execFileSync(this.pulumi, ["stack", "init", name, "--no-select", "--non-interactive"], {
      ...options,
      stdio: "pipe",
    });
    rmSync(join(cwd, `Pulumi.${name}.yaml`), { force: true });
    const { status, stdout, stderr } = spawnSync(this.pulumi, ["preview", ...choice, "--color=never"], options);
    return { code: status, text: stdout + stderr };
  }

  /** The size of a stack's file, with its secrets encrypted. */
  stateBytes({ name }: TestStack): number {
    const [, project = "", stack = ""] = name.split("/");
    return statSync(join(this.folder, ".pulumi", "stacks", project, `${stack}.json`)).size;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A stack of a program of its own, which Pulumi runs as it runs a user's. Its config is that of a Pulumi.STACK.yaml. */
  async createIn(
    workDir: string,
    config: Readonly<Record<string, unknown>>,
    name = `test${++this.count}`,
  ): Promise<TestStack> {
    writeFileSync(join(workDir, `Pulumi.${name}.yaml`), JSON.stringify({ config }));
    const stack = await LocalWorkspace.createStack(
      { stackName: name, workDir },
      { pulumiCommand: this.command, envVars: this.environment },
    );
    return new TestStack(stack);
  }

  async create(): Promise<TestStack> {
    const stack = await LocalWorkspace.createStack(
      { stackName: `test${++this.count}`, projectName: "toolchain", program: () => Promise.resolve() },
      {
        pulumiCommand: this.command,
        envVars: this.environment,
        projectSettings: { name: "toolchain", runtime: "nodejs", backend: { url: `file://${this.folder}` } },
      },
    );
    return new TestStack(stack);
  }
}

export class TestStack {
  /** As a StackReference names it. */
  get name(): string {
    return `organization/toolchain/${this.stack.name}`;
  }

  /** The tests look at events and state: what the API would ask the CLI for after each operation only costs time. */
  constructor(private readonly stack: Stack) {
    stack.outputs = () => Promise.resolve({});
    stack.info = () => Promise.resolve(undefined);
  }

  /** One failing resource does not stop the others, so that one `up` can show many failures; unless it is told to. */
  up(program?: Program, { continueOnError = true } = {}): Promise<Operation> {
    return observe((onEvent) => this.stack.up({ ...inlined(program), onEvent, color: "never", continueOnError }));
  }

  /** As `up`, with what the program returns as the stack's outputs. */
  publish(program: () => Record<string, unknown>): Promise<Operation> {
    return observe((onEvent) =>
      this.stack.up({ program: () => Promise.resolve(program()), onEvent, color: "never", continueOnError: true }),
    );
  }

  preview(program?: Program): Promise<Operation> {
    return observe((onEvent) => this.stack.preview({ ...inlined(program), onEvent, color: "never" }));
  }

  destroy(): Promise<Operation> {
    return observe((onEvent) => this.stack.destroy({ onEvent, color: "never", continueOnError: true }));
  }

  refresh(): Promise<Operation> {
    return observe((onEvent) => this.stack.refresh({ onEvent, color: "never" }));
  }

  /** Changes the stored outputs of resources, as another plugin might have written them. */
  async rewriteOutputs(change: (name: string, outputs: Record<string, unknown>) => void): Promise<void> {
    const exported = await this.stack.exportStack();
    const { resources = [] } = exported.deployment as { resources?: StoredResource[] };
    for (const { type, urn, outputs } of resources) {
      if (!type.startsWith("pulumi:") && outputs !== undefined) change(nameIn(urn), outputs);
    }
    await this.stack.importStack(exported);
  }

  /** The stack's outputs as they are stored. */
  async outputs(): Promise<Record<string, { readonly value: unknown; readonly secret: boolean }>> {
    return this.stack.workspace.stackOutputs(this.stack.name);
  }

  /** The stored resources by name, without the stack and the providers. */
  async resources(): Promise<Record<string, StoredResource>> {
    const exported = await this.stack.exportStack();
    const { resources = [] } = exported.deployment as { resources?: StoredResource[] };
    const ours = resources.filter(({ type }) => !type.startsWith("pulumi:"));
    return Object.fromEntries(ours.map((resource) => [nameIn(resource.urn), resource]));
  }
}

/** None for a stack whose program is a folder. */
function inlined(program: Program | undefined): { program?: () => Promise<undefined> } {
  if (program === undefined) return {};
  return {
    program: () => {
      program();
      return Promise.resolve(undefined);
    },
  };
}

async function observe(operate: (onEvent: (event: EngineEvent) => void) => Promise<Run>): Promise<Operation> {
  const events: EngineEvent[] = [];
  const onEvent = (event: EngineEvent): void => {
    events.push(event);
  };
  const result = await operate(onEvent).catch((error: unknown) => ({ stdout: "", stderr: String(error) }));
  const succeeded = result.stdout !== "";
  return {
    succeeded,
    steps: byName(
      events.map(({ resourcePreEvent }) => [resourcePreEvent?.metadata.urn, resourcePreEvent?.metadata.op]),
    ),
    errors: joined(diagnostics(events, (severity) => severity === "error")),
    warnings: joined(diagnostics(events, (severity) => severity === "warning")),
    log: diagnostics(events, (severity, ephemeral) => severity === "info" && ephemeral),
    text: [result.stdout, result.stderr, JSON.stringify(events)].join("\n"),
  };
}

function diagnostics(events: readonly EngineEvent[], wanted: (severity: string, ephemeral: boolean) => boolean) {
  const found = events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? []);
  return byName(
    found
      .filter(({ severity, ephemeral }) => wanted(severity, ephemeral ?? false))
      .map(({ urn, message }) => [urn ?? "", message.replace(/<\{%[^%]*%\}>/g, "").trimEnd()]),
  );
}

function byName(pairs: readonly (readonly [string | undefined, string | undefined])[]): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [urn, value] of pairs) {
    if (urn !== undefined && value !== undefined) (result[nameIn(urn)] ??= []).push(value);
  }
  return result;
}

function joined(lists: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.join("\n")]));
}

function nameIn(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/** Pulumi marks a secret in a state file by an object with this signature. */
const SECRET = "4dabf18193072939515e22adb298388d";

export function isStoredSecret(value: unknown): value is { plaintext: string } {
  return typeof value === "object" && value !== null && SECRET in value;
}

/** The text in a stored secret: an export by the stack's owner decrypts it to JSON. */
export function secretText(value: unknown): string {
  return isStoredSecret(value) ? String(JSON.parse(value.plaintext)) : "";
}
