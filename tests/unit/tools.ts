import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Commands of the system that the tests need, with the Debian packages that bring them. */
const packages = {
  bash: "bash",
  bird: "bird2",
  busybox: "busybox",
  dash: "dash",
  flock: "util-linux",
  ip: "iproute2",
  nft: "nftables",
  openssl: "openssl",
  setsid: "util-linux",
  shellcheck: "shellcheck",
  unshare: "util-linux",
} as const;

export const searchPath = [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);

/** Where a command is. A test whose tool is missing fails, and says what to install. */
export function tool(name: keyof typeof packages): string {
  const folder = searchPath.split(delimiter).find((one) => one !== "" && existsSync(join(one, name)));
  if (folder === undefined) {
    throw new Error(`This test needs the command ${name}. Install it with: apt-get install ${packages[name]}`);
  }
  return join(folder, name);
}

/** The shells in which the agent runs, each as a command line to which options can be added. */
export const shells = {
  dash: (): string[] => [tool("dash")],
  busybox: (): string[] => [tool("busybox"), "sh"],
} as const;
export const shellNames = Object.keys(shells) as (keyof typeof shells)[];

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(command: readonly string[], input: string | Buffer, environment: NodeJS.ProcessEnv = {}): Outcome {
  const [file, ...words] = command;
  if (file === undefined) throw new Error("There is no command to run.");
  const { status, stdout, stderr, error } = spawnSync(file, words, {
    input,
    encoding: "utf8",
    env: { PATH: searchPath, LC_ALL: "C", ...environment },
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** A folder for all tests of a file, gone afterwards. */
export function commonFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "extrude-unit-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A folder of its own for every test of a file, gone afterwards. */
export function temporaryFolder(): () => string {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "extrude-unit-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
