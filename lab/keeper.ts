import { LabOwner, type LabOptions } from "./owner";

/**
 * The process that owns a detached lab. Started by `startKeeper`, with the lab's options as argument; says on stdout,
 * one JSON line each, what it is doing, and at last `ready` or `error`. Ends when told to stop, and its machines with it.
 */
export type KeeperLine = { readonly say: string } | { readonly ready: true } | { readonly error: string };

function tell(line: KeeperLine): void {
  process.stdout.write(JSON.stringify(line) + "\n");
}

async function main(): Promise<void> {
  let ready = false;
  // Whoever started the keeper stops listening once the lab is ready; before that, its end is an order to give up.
  process.stdout.on("error", () => undefined);
  process.stdin.resume().on("end", () => {
    if (!ready) process.exit(1);
  });
  process.on("SIGHUP", () => undefined);
  const options = JSON.parse(process.argv[2] ?? "{}") as LabOptions;
  try {
    await LabOwner.start(
      options,
      (say) => {
        tell({ say });
      },
      () => process.exit(0),
    );
    ready = true;
    tell({ ready: true });
  } catch (error) {
    tell({ error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
}

void main();
