import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { files, readIfThere } from "./files";

/** The part of Pulumi's state file that the demo reads. */
const checkpointSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z.array(z.object({ urn: z.string() })).optional(),
        pending_operations: z.array(z.unknown()).nullish(),
      })
      .nullish(),
  }),
});

export interface KnownState {
  /** Names of the resources that Pulumi believes to exist. */
  readonly resources: readonly string[];
  /** An earlier run was cut off in the middle of something. */
  readonly hasPending: boolean;
  /** An earlier run was cut off without giving its lock back. */
  readonly isLocked: boolean;
}

const stackFile = join(files.state, ".pulumi", "stacks", "extrude", "dev.json");
const lockFolder = join(files.state, ".pulumi", "locks", "organization", "extrude", "dev");

/** What the state says, read without Pulumi, which would take a second; "unreadable" if it was cut off while written. */
export function readState(): KnownState | "none" | "unreadable" {
  const text = readIfThere(stackFile);
  if (text === undefined || !existsSync(join(files.project, "Pulumi.dev.yaml"))) return "none";
  const isLocked = existsSync(lockFolder) && readdirSync(lockFolder).length > 0;
  try {
    const { latest } = checkpointSchema.parse(JSON.parse(text)).checkpoint;
    const resources = (latest?.resources ?? []).map(({ urn }) => urn.slice(urn.lastIndexOf("::") + 2));
    return { resources, hasPending: (latest?.pending_operations ?? []).length > 0, isLocked };
  } catch {
    return "unreadable";
  }
}
