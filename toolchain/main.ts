/** Provides the toolchain and prints it: what is used and from where, or with --shell lines for a shell's `eval`. */
import { ToolchainError, describeTool, provideToolchain } from ".";

async function main(args: readonly string[]): Promise<void> {
  const toolchain = await provideToolchain({
    onProgress: (message) => {
      process.stderr.write(`${message}\n`);
    },
  });
  if (args.includes("--json")) {
    print(JSON.stringify(toolchain, null, 2));
  } else if (args.includes("--shell")) {
    for (const [name, value] of Object.entries(toolchain.environment)) print(`export ${name}=${quote(value)}`);
  } else {
    for (const tool of toolchain.tools) print(describeTool(tool));
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof ToolchainError ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
