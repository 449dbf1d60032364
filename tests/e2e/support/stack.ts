import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  type OpMap,
  PulumiCommand,
  type PulumiFn,
  type Stack as AutomationStack,
} from "@pulumi/pulumi/automation";
import { provideToolchain } from "../../../toolchain";

/** What one run of the engine did. */
export interface Run {
  /** Number of resources by operation: create, update, same, delete, replace. */
  readonly changes: OpMap;
  /** Names of the commands that were created, updated or deleted. */
  readonly changed: readonly string[];
  readonly seconds: number;
  readonly output: string;
}

/** A stack of the real engine whose program is a function of the test, kept in a backend of its own. */
export class TestStack {
  private constructor(
    private readonly stack: AutomationStack,
    private readonly directory: string,
  ) {}

  public static async create(name: string, program: PulumiFn, project = "e2e"): Promise<TestStack> {
    const toolchain = await provideToolchain();
    const directory = mkdtempSync(join(tmpdir(), "extrude-e2e-"));
    const stack = await LocalWorkspace.createStack(
      { stackName: name, projectName: project, program },
      {
        workDir: directory,
        pulumiCommand: await PulumiCommand.get({ root: join(toolchain.pulumi, "..", "..") }),
        projectSettings: { name: project, runtime: "nodejs", backend: { url: `file://${directory}` } },
        envVars: { ...toolchain.environment, PULUMI_CONFIG_PASSPHRASE: "test" },
      },
    );
    return new TestStack(stack, directory);
  }

  public async up(program?: PulumiFn): Promise<Run> {
    return this.run((onEvent) => this.stack.up({ onEvent, ...(program === undefined ? {} : { program }) }));
  }

  public async preview(program?: PulumiFn): Promise<Run> {
    return this.run((onEvent) => this.stack.preview({ onEvent, ...(program === undefined ? {} : { program }) }));
  }

  public async destroy(): Promise<Run> {
    return this.run((onEvent) => this.stack.destroy({ onEvent }));
  }

  /** Forgets the stack; what is on hosts stays. */
  public dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async run(operation: (onEvent: (event: EngineEvent) => void) => Promise<{ stdout: string }>): Promise<Run> {
    const started = Date.now();
    const changed: string[] = [];
    let changes: OpMap = {};
    const { stdout } = await operation((event) => {
      const metadata = event.resourcePreEvent?.metadata;
      if (metadata?.type === "command:remote:Command" && metadata.op !== "same") {
        changed.push(`${metadata.op} ${metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2)}`);
      }
      changes = event.summaryEvent?.resourceChanges ?? changes;
    });
    const seconds = (Date.now() - started) / 1000;
    process.stderr.write(`  ${new Date().toISOString()} ${JSON.stringify(changes)} in ${seconds} s\n`);
    return { changes, changed: changed.sort(), seconds, output: stdout };
  }
}
