/**
 * What `extrude status` takes for forty sites, as a ratio to one, in the same run: the command line as a process, a Pulumi
 * that hands over a state at once, and hosts that answer by SSH at once, so that what is left is extrude's own.
 *
 *     npm run bench:status
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../lab/paths";
import { newKey } from "../tests/toolchain/support/keys";
import { SshServer } from "../tests/toolchain/support/sshServer";
import { commandsOfSite } from "./scale-sites";

const rounds = 3;

interface Place {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  readonly privateKey: string;
}

/** A state as Pulumi exports it, with the units of so many sites and how their hosts are reached. */
function stateOf(sites: number, connection: Place): string {
  const commands = Array.from({ length: sites }, (_, index) => commandsOfSite(index)).flat();
  const resources = commands.map((create, index) => ({
    urn: `urn:pulumi:dev::scale::command:remote:Command::unit${index}`,
    type: "command:remote:Command",
    inputs: { create, connection },
  }));
  return JSON.stringify({ version: 3, deployment: { manifest: {}, resources } });
}

/** Seconds until the view is there. */
async function timed(folder: string, state: string): Promise<number> {
  writeFileSync(join(folder, "state"), state);
  const node = [join(packageRoot, "node_modules", "node", "bin"), "/usr/bin", "/bin"];
  const env = { PATH: [folder, ...node].join(":") };
  const start = performance.now();
  const child = spawn("node", [join(packageRoot, "dist", "cli", "main.js"), "status"], { env, stdio: "ignore" });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  // Lines of hosts that say nothing of them are not up.
  if (code !== 1) throw new Error(`extrude status ended with ${code ?? "a signal"}: run npm run build first.`);
  return (performance.now() - start) / 1000;
}

async function main(): Promise<void> {
  const key = newKey();
  const host = await SshServer.start({ authorizedKeys: [key.public] });
  const folder = mkdtempSync(join(tmpdir(), "extrude-bench-"));
  try {
    writeFileSync(join(folder, "pulumi"), `#!/bin/sh\ncat '${folder}/state'\n`);
    chmodSync(join(folder, "pulumi"), 0o755);
    const place = { host: "127.0.0.1", port: host.port, hostKey: host.hostKey.public, privateKey: key.private };
    const best = { one: Infinity, forty: Infinity };
    for (let round = 0; round < rounds; round += 1) {
      best.one = Math.min(best.one, await timed(folder, stateOf(1, place)));
      best.forty = Math.min(best.forty, await timed(folder, stateOf(40, place)));
    }
    const ratio = (best.forty / best.one).toFixed(1);
    process.stdout.write(
      `extrude status, the best of ${rounds}: 1 site ${best.one.toFixed(2)} s, 40 sites ${best.forty.toFixed(2)} s: ${ratio} times as long.\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await host.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
