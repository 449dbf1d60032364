import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../lab/paths";

/** The repository, which is also the Pulumi project. */
export const root = packageRoot;

/** Everything the demo keeps; git ignores it. Pulumi.dev.yaml names the two connection files. */
export const files = {
  folder: join(root, ".lab"),
  lock: join(root, ".lab", "demo.lock"),
  /** Which hosts the state is about. */
  hosts: join(root, ".lab", "hosts"),
  rack: join(root, ".lab", "rack.json"),
  router: join(root, ".lab", "router.json"),
  state: join(root, ".lab", "state"),
  /** A project of the same name, in which the stack is made: Pulumi writes into its configuration, not into ours. */
  project: join(root, ".lab", "project"),
  config: join(root, ".lab", "Pulumi.dev.yaml"),
  tsconfig: join(root, ".lab", "tsconfig.json"),
  /** The Pulumi that runs, for a later run that finds it still there. */
  running: join(root, ".lab", "pulumi.json"),
} as const;

export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

export function forgetState(): void {
  for (const path of [files.state, files.project, files.config]) {
    rmSync(path, { recursive: true, force: true });
  }
}
