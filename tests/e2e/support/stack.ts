import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";
import type { StackEntries } from "../../../config/schema";
import { packageRoot } from "../../../lab/paths";
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

/** What a verb of the command line said. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/**
 * A stack of the repository's own program (index.ts), with a configuration of the test's, run as users run it: by the
 * real engine, and in a process of the language host's. It is kept in a backend of its own.
 */
export class TestStack {
  private constructor(
    private readonly name: string,
    private readonly directory: string,
    private readonly pulumi: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  public static async create(name: string, config: StackEntries, project = "e2e"): Promise<TestStack> {
    const made = await TestStack.in(newFolder(), name, project);
    await made.pulumiSucceeds("stack", "init");
    made.configure(config);
    return made;
  }

  /** A stack of one of the test programs, kept in a folder's backend with others, and told facts in a file. */
  public static async ofProgram(program: string, project: string, backend: string, facts: object): Promise<TestStack> {
    const made = await TestStack.in(newFolder(), "dev", project, { backend, program });
    made.tell(facts);
    await made.pulumiSucceeds("stack", "init");
    return made;
  }

  /** A stack as it was when it was kept in a folder. */
  public static async from(kept: string, name: string): Promise<TestStack> {
    const directory = newFolder();
    cpSync(kept, directory, { recursive: true });
    return TestStack.in(directory, name, "e2e");
  }

  private static async in(
    directory: string,
    name: string,
    project: string,
    { backend = directory, program = 'export { addresses, tunnelMtu } from "../../index";\n' } = {},
  ): Promise<TestStack> {
    const toolchain = await provideToolchain();
    const write = (file: string, value: unknown): void => {
      writeFileSync(join(directory, file), JSON.stringify(value));
    };
    const url = `file://${backend}`;
    write("Pulumi.yaml", { name: project, runtime: "nodejs", main: "index.ts", backend: { url } });
    writeFileSync(join(directory, "index.ts"), program);
    // Without rootDir TypeScript 6 refuses to compile one file at a time.
    write("tsconfig.json", { extends: "../../tsconfig.json", compilerOptions: { rootDir: "../.." } });
    return new TestStack(name, directory, toolchain.pulumi, {
      ...toolchain.environment,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: join(directory, "tsconfig.json"),
      // Only with it Pulumi knows --event-log.
      PULUMI_DEBUG_COMMANDS: "true",
    });
  }

  /** Keeps the stack as it is now in a folder, for `from`. */
  public keep(folder: string): void {
    cpSync(this.directory, folder, { recursive: true });
  }

  /** What the stack is from now on. YAML, and so Pulumi, reads JSON. */
  public configure(config: StackEntries): void {
    const file = join(this.directory, `Pulumi.${this.name}.yaml`);
    // Pulumi's own line, or ours.
    const salt = /"?encryptionsalt"?: *"?([^"\n,]+)/.exec(readFileSync(file, "utf8"))?.[1];
    const sections = Object.fromEntries(Object.entries(config).map(([key, value]) => [`extrude:${key}`, value]));
    writeFileSync(file, JSON.stringify({ encryptionsalt: salt, config: sections }));
  }

  /** What a test program reads. */
  public tell(facts: object): void {
    writeFileSync(join(this.directory, "facts.json"), JSON.stringify(facts));
  }

  public async up(config?: StackEntries, ...words: string[]): Promise<Run> {
    if (config !== undefined) this.configure(config);
    return this.run("up", ...words);
  }

  public async destroy(): Promise<Run> {
    return this.run("destroy");
  }

  /** Pulumi's own program on this stack, with its words. */
  public start(...words: string[]): ChildProcess {
    return spawn(this.pulumi, [...words, "--stack", this.name, "--non-interactive"], {
      cwd: this.directory,
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /**
   * Gives up what a killed Pulumi was doing. A backend of files can be left with an empty file of attributes, which it
   * cannot read afterwards (gocloud.dev/blob/fileblob writes them in place); docs/errors.md tells users of it.
   */
  public async cancel(): Promise<void> {
    const folder = join(this.directory, ".pulumi");
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const file = join(folder, name);
      if (file.endsWith(".attrs") && statSync(file).size === 0) rmSync(file);
    }
    await this.pulumiSucceeds("cancel", "--yes");
  }

  /** The state as it is stored. */
  public stored(): string {
    const folder = join(this.directory, ".pulumi", "stacks");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return readFileSync(join(folder, files.find((file) => file.endsWith(`${this.name}.json`)) ?? ""), "utf8");
  }

  /** Runs a verb of the command line on this stack, as its users do. */
  public async extrude(...words: string[]): Promise<Said> {
    const started = Date.now();
    const tsx = join(packageRoot, "node_modules", ".bin", "tsx");
    const choice = ["--stack", this.name, "--cwd", this.directory];
    const child = spawn(tsx, [join(packageRoot, "cli", "main.ts"), ...words, ...choice], {
      cwd: this.directory,
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = await finished(child);
    const seconds = (Date.now() - started) / 1000;
    process.stderr.write(
      `  extrude ${words.join(" ")}: exit code ${String(said.code)} after ${seconds.toFixed(1)} s\n`,
    );
    return { ...said, seconds };
  }

  /** Forgets the stack; what is on hosts stays. */
  public dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Pulumi's own program to its end; fails with all that it has said. */
  private async pulumiSucceeds(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await finished(this.start(...words));
    if (code !== 0) throw new Error(`pulumi ${words.join(" ")}: exit code ${String(code)}\n${stdout}${stderr}`);
    return stdout;
  }

  private async run(verb: "up" | "destroy", ...words: string[]): Promise<Run> {
    const started = Date.now();
    const log = join(this.directory, "events.json");
    rmSync(log, { force: true });
    const output = await this.pulumiSucceeds(verb, ...words, "--yes", "--skip-preview", "--event-log", log);
    const seconds = (Date.now() - started) / 1000;
    const lines = readFileSync(log, "utf8").split("\n").filter(Boolean);
    const events = lines.map((line) => JSON.parse(line) as EngineEvent);
    const changed = events.flatMap(({ resourcePreEvent }) => {
      const metadata = resourcePreEvent?.metadata;
      if (metadata?.type !== "command:remote:Command" || metadata.op === "same") return [];
      return [`${metadata.op} ${metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2)}`];
    });
    const changes = events.find(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {};
    process.stderr.write(`  ${new Date().toISOString()} ${JSON.stringify(changes)} in ${seconds} s\n`);
    return { changes, changed: changed.sort(), seconds, output };
  }
}

/** Inside the repository, where the program finds its packages. */
function newFolder(): string {
  mkdirSync(join(packageRoot, ".lab"), { recursive: true, mode: 0o700 });
  return mkdtempSync(join(packageRoot, ".lab", "e2e-"));
}

/** What a program says, until it has ended. */
export async function finished(child: ChildProcess): Promise<Omit<Said, "seconds">> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}
