import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { files, forgetState, readIfThere, root } from "./files";
import type { Progress } from "./progress";
import { PulumiFailure, type Pulumi } from "./pulumi";
import { readState } from "./state";
import { isColourful } from "./style";

const stackConfig = join(files.project, "Pulumi.dev.yaml");

/** The stack dev of this project, with the hosts of the lab. */
export class DemoStack {
  constructor(
    private readonly pulumi: Pulumi,
    private readonly progress: Progress,
  ) {}

  /** Makes the stack where there is none, and clears up what an interrupted run has left. */
  async prepare(say: (sentence: string) => void): Promise<void> {
    let state = readState();
    if (state === "unreadable") {
      say("the state was cut off while it was written: starting with an empty one");
      forgetState();
      state = "none";
    }
    if (state === "none") await this.create();
    this.writeConfig();
    if (state === "none") return;
    if (state.isLocked) {
      say("an earlier run was cut off and has left its lock: releasing it");
      await this.pulumi.run(["cancel", "--stack", "dev", "--yes"]);
    }
    if (state.hasPending) {
      // Whether a unit had arrived does not matter: applying it again changes nothing.
      say("an earlier run was cut off in the middle of a change: that change is made again");
      const exported = JSON.parse(await this.pulumi.run(["stack", "export", "--stack", "dev"])) as {
        deployment: Record<string, unknown>;
      };
      exported.deployment["pending_operations"] = [];
      await this.pulumi.run(["stack", "import", "--stack", "dev"], { input: JSON.stringify(exported) });
    }
  }

  async up(): Promise<void> {
    await this.change(["up", "--skip-preview", "--suppress-outputs", "--suppress-progress"]);
  }

  async destroy(): Promise<void> {
    await this.change(["destroy", "--skip-preview", "--suppress-outputs", "--suppress-progress"]);
  }

  private async create(): Promise<void> {
    forgetState();
    mkdirSync(files.project, { recursive: true });
    writeFileSync(join(files.project, "Pulumi.yaml"), "name: extrude\nruntime: nodejs\n");
    await this.pulumi.run(["stack", "init", "dev", "--no-select"], { cwd: files.project });
  }

  /** The committed configuration, and the salt that Pulumi has drawn for this state. */
  private writeConfig(): void {
    const salt = /^encryptionsalt:.*$/m.exec(readIfThere(stackConfig) ?? "")?.[0] ?? "";
    const committed = readFileSync(join(root, "Pulumi.dev.yaml"), "utf8").replace(/^encryptionsalt:.*\n/m, "");
    writeFileSync(files.config, `${committed}${salt}\n`);
    // Without rootDir TypeScript 6 refuses to compile one file at a time.
    const compiler = { extends: "../tsconfig.json", compilerOptions: { rootDir: ".." } };
    writeFileSync(files.tsconfig, JSON.stringify(compiler));
  }

  /** Shows Pulumi's own lines, but for those that only say that something has begun: the progress line has these. */
  private async change(command: readonly string[]): Promise<void> {
    const busy = new Set<string>();
    const onLine = (line: string): void => {
      const plain = stripVTControlCharacters(line);
      const [, name, begun, ended] =
        /^ *[-+~]+ +command:remote:Command (\S+) (?:(creating|updating|deleting|replacing)|(\S+))/.exec(plain) ?? [];
      if (name !== undefined && begun !== undefined && !plain.includes("failed")) busy.add(name);
      if (name !== undefined && ended !== undefined) busy.delete(name);
      this.progress.detail([...busy].join(", "));
      const isBeginning = /(creating|updating|deleting|replacing) \(\d+s\) *$/.test(plain);
      if (plain.trim() !== "" && !isBeginning) this.progress.say(`  ${line.trimEnd()}`);
    };
    const colour = isColourful() ? "always" : "never";
    const [verb = "", ...flags] = command;
    const args = [verb, "--stack", "dev", "--yes", "--config-file", files.config, "--color", colour, ...flags];
    try {
      await this.pulumi.run(args, { onLine });
    } catch (error) {
      // Its words stand above already.
      if (error instanceof PulumiFailure) throw new PulumiFailure(`pulumi ${verb} failed; its own words stand above.`);
      throw error;
    }
  }
}
