/** Writes plugin/schema.json anew, as Pulumi reads it out of plugin/. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../lab/paths";
import { Installed } from "../tests/engine/support/installed";
import { provideToolchain } from "../toolchain";

async function main(): Promise<void> {
  const { environment, pulumi } = await provideToolchain();
  const installed = new Installed();
  try {
    const env = { ...process.env, ...environment };
    const words = ["package", "get-schema", installed.plugin()];
    const schema = execFileSync(pulumi, words, { cwd: installed.folder, encoding: "utf8", env });
    writeFileSync(join(packageRoot, "plugin", "schema.json"), schema);
  } finally {
    installed.remove();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
