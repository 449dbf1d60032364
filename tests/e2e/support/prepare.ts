/** Makes what end-to-end tests need and this machine has not yet: Pulumi, and the snapshot of the lab's hosts. */
import { ensureSnapshot } from "../../../lab/snapshot";
import { topologyNamed } from "../../../lab/topologies";
import { describeTool, provideToolchain } from "../../../toolchain";
import { testRelease } from "./lab";

async function main(): Promise<void> {
  const say = (sentence: string): void => {
    process.stdout.write(`${sentence}\n`);
  };
  const [{ tools }] = await Promise.all([
    provideToolchain({ onProgress: say }),
    ensureSnapshot(topologyNamed("two-lines"), testRelease(), say),
  ]);
  for (const tool of tools) say(describeTool(tool));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
