import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Surroundings } from "../../../toolchain/surroundings";

const SYSTEM_PROGRAMS = ["sh", "cp", "mkdir", "cat", "chmod", "sleep", "tar", "gzip", "echo"];

/** A machine that has nothing but what a test gives it, in a temporary folder. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "extrude-machine-"));
  readonly bin = join(this.folder, "bin");
  readonly cache = join(this.folder, "cache");
  readonly home = join(this.folder, "home");
  /** Everything that the toolchain said. */
  readonly said: string[] = [];
  /** Nothing listens there, until a test starts a download site. */
  releases = "http://127.0.0.1:1/releases";
  private site: Server | undefined;
  readonly requests: string[] = [];

  constructor() {
    const system = join(this.folder, "system");
    for (const folder of [this.bin, this.home, system]) mkdirSync(folder);
    for (const program of SYSTEM_PROGRAMS) symlinkSync(which(program), join(system, program));
  }

  around(more: Partial<Surroundings> = {}): Surroundings {
    return {
      environment: { PATH: [this.bin, join(this.folder, "system")].join(delimiter), HOME: this.home },
      cacheDirectory: this.cache,
      pluginDirectory: undefined,
      releases: this.releases,
      goSources: resolve(__dirname, "../../../toolchain/go"),
      say: (message) => this.said.push(message),
      ...more,
    };
  }

  /** Writes a shell script. */
  install(path: string, script: string): string {
    const file = resolve(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  installCli(path: string, version = "3.259.0"): string {
    return this.install(path, cliScript(version));
  }

  /** A Go compiler that takes `seconds` to build and whose result is a script; it logs how it was called. */
  installGo(version = "1.26.8", seconds = 0, folder = "bin"): void {
    const log = join(this.folder, "go.log");
    const fetched = join(this.folder, "fetched");
    this.install(
      `${folder}/go`,
      `echo "$1 $2" >> '${log}'
case "$1" in
version) echo 'go version go${version} linux/amd64' ;;
mod) [ -d '${fetched}' ] || { echo 'no such module' >&2; exit 1; }; echo '{ "Dir": "${fetched}" }' ;;
build)
  while [ "$1" != -o ]; do shift; done
  echo "$2" >> '${this.folder}/built.log'
  echo $$ > '${this.folder}/go.pid'
  sleep ${seconds}
  cat > "$2" <<'.end.'
#!/bin/sh
${cliScript("3.259.0")}
.end.
  chmod 755 "$2" ;;
esac`,
    );
  }

  /** The names of the programs that Go has built, in order. */
  get built(): string[] {
    return this.lines("built.log").map((path) => path.split("/").at(-1) ?? path);
  }

  lines(name: string): string[] {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  }

  async until(name: string): Promise<void> {
    while (!existsSync(join(this.folder, name))) await pause(20);
  }

  /** Starts a download site; `answer` says how it treats an archive, whose content is a program per name in it. */
  async startSite(answer: (response: ServerResponse, archive: Buffer) => void): Promise<void> {
    this.site = createServer((request, response) => {
      const path = request.url ?? "";
      this.requests.push(`${request.method ?? ""} ${path}`);
      answer(response, request.method === "HEAD" ? Buffer.alloc(0) : this.archive(path));
    });
    await new Promise<void>((resolve) => {
      this.site?.listen(0, "127.0.0.1", resolve);
    });
    this.releases = `http://127.0.0.1:${(this.site.address() as AddressInfo).port}/releases`;
  }

  private archive(path: string): Buffer {
    const plugin = /pulumi-resource-[a-z]+/.exec(path)?.[0];
    const folder = join(this.folder, "archives", plugin ?? "sdk");
    if (plugin === undefined) {
      this.installCli(join(folder, "pulumi", "pulumi"));
      this.install(join(folder, "pulumi", "pulumi-language-nodejs"), "");
    } else this.install(join(folder, plugin), "");
    return execFileSync("tar", ["-czf", "-", "-C", folder, "."]);
  }

  stop(): void {
    this.site?.closeAllConnections();
    this.site?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the toolchain needs of a CLI: its version, and to install a plugin from a file. */
function cliScript(version: string): string {
  return `case "$1" in
version) echo 'v${version}' ;;
plugin) mkdir -p "$PULUMI_HOME/plugins/resource-$4-$5" && cp "$7" "$PULUMI_HOME/plugins/resource-$4-$5/pulumi-resource-$4" ;;
esac`;
}

function which(program: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder !== "" && existsSync(join(folder, program))) return join(folder, program);
  }
  throw new Error(`This test needs ${program}.`);
}
