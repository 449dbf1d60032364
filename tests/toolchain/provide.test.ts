import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  type Tool,
  type Toolchain,
  ToolchainError,
  missingPackagesIn,
  provideIn,
  provideToolchain,
} from "../../toolchain";
import { Machine } from "./support/machine";

jest.setTimeout(60_000);

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => {
  machine.stop();
});

const PLUGINS = ["pulumi-resource-command", "pulumi-resource-random"];

function sources({ tools }: Toolchain): Record<string, Tool["source"]> {
  return Object.fromEntries(tools.map(({ name, source }) => [name, source]));
}

function pathOf({ tools }: Toolchain, name: string): string | undefined {
  return tools.find((tool) => tool.name === name)?.path;
}

function installEverything(folder: string): void {
  machine.installCli(`${folder}/pulumi`);
  for (const name of ["pulumi-language-nodejs", ...PLUGINS]) machine.install(`${folder}/${name}`, "");
}

describe("what is installed", () => {
  test("is used as it is: nothing is downloaded or built", async () => {
    installEverything("bin");
    const toolchain = await provideIn(machine.around());
    expect(new Set(Object.values(sources(toolchain)))).toEqual(new Set(["installed"]));
    expect(toolchain.tools.map(({ version }) => version)).toEqual(["3.259.0", "3.259.0", "1.2.1", "4.21.2"]);
    expect(machine.said).toEqual([]);
  });

  test("the plugin folder goes before PATH, and PATH before Pulumi's own folder", async () => {
    installEverything("bin");
    machine.install("home/.pulumi/plugins/resource-command-v1.2.1/pulumi-resource-command", "");
    machine.install("given/pulumi-resource-random", "");
    const toolchain = await provideIn(machine.around({ pluginDirectory: join(machine.folder, "given") }));
    expect(pathOf(toolchain, "pulumi-resource-random")).toBe(join(machine.folder, "given/pulumi-resource-random"));
    expect(pathOf(toolchain, "pulumi-resource-command")).toBe(join(machine.bin, "pulumi-resource-command"));
  });

  test("plugins of the wanted version are taken from Pulumi's own folder, others are not", async () => {
    machine.installCli("bin/pulumi");
    machine.install("bin/pulumi-language-nodejs", "");
    machine.installGo();
    machine.install("home/.pulumi/plugins/resource-command-v1.2.1/pulumi-resource-command", "");
    machine.install("home/.pulumi/plugins/resource-random-v4.0.0/pulumi-resource-random", "");
    const toolchain = await provideIn(machine.around());
    expect(sources(toolchain)).toMatchObject({
      "pulumi-resource-command": "installed",
      "pulumi-resource-random": "stand-in, built from Go modules",
    });
  });

  test("a plugin folder in Pulumi's own layout is understood", async () => {
    installEverything("bin");
    const nested = machine.install("given/resource-random-v4.21.2/pulumi-resource-random", "");
    const toolchain = await provideIn(machine.around({ pluginDirectory: join(machine.folder, "given") }));
    expect(pathOf(toolchain, "pulumi-resource-random")).toBe(nested);
  });

  test("a CLI that is too old is named and not used; a newer one further down PATH is", async () => {
    installEverything("bin");
    machine.installCli("bin/pulumi", "3.258.9");
    const newer = machine.installCli("more/pulumi", "3.300.1");
    const around = machine.around();
    const path = [around.environment["PATH"], join(machine.folder, "more")].join(delimiter);
    const toolchain = await provideIn({ ...around, environment: { ...around.environment, PATH: path } });
    expect(toolchain.tools[0]).toEqual({ name: "pulumi", version: "3.300.1", source: "installed", path: newer });
    expect(machine.said).toEqual([`not using ${machine.bin}/pulumi: it is Pulumi 3.258.9, and 3.259.0 is needed`]);
  });

  test("npm's lazy installer and this toolchain's own results are not taken for an installation", async () => {
    machine.installGo();
    machine.installCli("node_modules/.bin/pulumi");
    const around = machine.around();
    const first = await provideIn(around);
    const path = [first.environment["PATH"], join(machine.folder, "node_modules/.bin"), machine.bin].join(delimiter);
    const environment = { ...around.environment, ...first.environment, PATH: path };
    const second = await provideIn({ ...around, environment });
    expect(second.pulumi).toBe(first.pulumi);
    expect(sources(second)["pulumi"]).toBe("built from Go modules");
  });

  test("a plugin folder that does not exist is an error", async () => {
    await expect(provideToolchain({ pluginDirectory: join(machine.folder, "missing") })).rejects.toThrow(
      /The plugin folder .*missing does not exist/,
    );
  });

  test("something that is installed later replaces what was built", async () => {
    machine.installGo();
    await provideIn(machine.around());
    machine.install("bin/pulumi-resource-random", "");
    const toolchain = await provideIn(machine.around());
    expect(sources(toolchain)).toMatchObject({
      pulumi: "built from Go modules",
      "pulumi-resource-random": "installed",
    });
    expect(machine.built).toHaveLength(4);
  });
});

describe("downloads", () => {
  test("are used where the site answers, and the language host comes with the CLI", async () => {
    await machine.startSite((response, archive) => response.end(archive));
    const toolchain = await provideIn(machine.around());
    expect(new Set(Object.values(sources(toolchain)))).toEqual(new Set(["downloaded"]));
    expect(machine.requests).toEqual([
      expect.stringMatching(/^GET \/releases\/sdk\/pulumi-v3\.259\.0-(linux|darwin)-(x64|arm64)\.tar\.gz$/),
      expect.stringMatching(/^GET \/releases\/plugins\/pulumi-resource-command-v1\.2\.1-\w+-(amd64|arm64)\.tar\.gz$/),
      expect.stringMatching(/^GET \/releases\/plugins\/pulumi-resource-random-v4\.21\.2-\w+-(amd64|arm64)\.tar\.gz$/),
    ]);
  });

  test.each([
    ["refuses", (machine_: Machine) => machine_.startSite((response) => response.writeHead(403).end("no"))],
    ["sends rubbish", (machine_: Machine) => machine_.startSite((response) => response.end("no archive"))],
    ["cannot be reached", () => Promise.resolve()],
  ])("a site that %s is asked once, and the rest is built", async (_, prepare) => {
    await prepare(machine);
    machine.installGo();
    const toolchain = await provideIn(machine.around());
    expect(Object.values(sources(toolchain))).not.toContain("downloaded");
    expect(machine.requests.length).toBeLessThanOrEqual(1);
    expect(machine.said[1]).toMatch(/cannot be used .*: building instead/);
  });

  test("a site that never answers costs a few seconds", async () => {
    await machine.startSite(() => undefined);
    machine.installGo();
    const start = Date.now();
    await provideIn(machine.around());
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(machine.said[1]).toContain("no answer within 3 seconds");
  });
});

describe("builds", () => {
  test("are announced with how long they take, made once, and then found without Go or network", async () => {
    machine.installGo();
    const first = await provideIn(machine.around());
    expect(sources(first)).toEqual({
      pulumi: "built from Go modules",
      "pulumi-language-nodejs": "built from Go modules",
      "pulumi-resource-command": "stand-in, built from Go modules",
      "pulumi-resource-random": "stand-in, built from Go modules",
    });
    expect(machine.said).toContain("building the Pulumi CLI 3.259.0 from its Go module (about 3 minutes, once)");
    rmSync(join(machine.bin, "go"));
    machine.said.length = 0;
    await machine.startSite((response) => response.end());
    expect(await provideIn(machine.around())).toEqual(first);
    expect(machine.said).toEqual([]);
    expect(machine.requests).toEqual([]);
  });

  test("a failed build is an error with the compiler's words, and leaves nothing behind", async () => {
    machine.installGo();
    machine.install("bin/go", '[ "$1" = version ] && echo go1.26.8 || { echo "cannot find module" >&2; exit 1; }');
    await expect(provideIn(machine.around())).rejects.toThrow(
      /Go could not build the Pulumi CLI[^]*cannot find module/,
    );
    expect(readdirSync(join(machine.cache, "tmp"))).toEqual([]);
    machine.installGo();
    expect(sources(await provideIn(machine.around()))["pulumi"]).toBe("built from Go modules");
  });

  test("without Go the error says what to install, and missingSystemPackages names it", async () => {
    const failure = await provideIn(machine.around()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolchainError);
    expect(String(failure)).toContain("apt-get install golang-go");
    expect(await missingPackagesIn(machine.around())).toEqual(["golang-go"]);
  });

  test("no system package is missing where Go is, the site answers, or all is there already", async () => {
    await machine.startSite((response) => response.end());
    expect(await missingPackagesIn(machine.around())).toEqual([]);
    expect(await missingPackagesIn(machine.around({ releases: "http://127.0.0.1:1" }))).toEqual(["golang-go"]);
    machine.installGo();
    expect(await missingPackagesIn(machine.around({ releases: "http://127.0.0.1:1" }))).toEqual([]);
    rmSync(join(machine.bin, "go"));
    installEverything("bin");
    machine.installCli("bin/pulumi", "3.100.0");
    expect(await missingPackagesIn(machine.around({ releases: "http://127.0.0.1:1" }))).toEqual(["golang-go"]);
    machine.installCli("bin/pulumi");
    expect(await missingPackagesIn(machine.around({ releases: "http://127.0.0.1:1" }))).toEqual([]);
  });
});

describe("the result", () => {
  test("is an environment for Pulumi, without a word on state or passphrase", async () => {
    installEverything("bin");
    const { pulumi, environment } = await provideIn(machine.around());
    expect(Object.keys(environment).sort()).toEqual([
      "PATH",
      "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
      "PULUMI_HOME",
      "PULUMI_SKIP_UPDATE_CHECK",
    ]);
    const path = environment["PATH"]?.split(delimiter) ?? [];
    expect(join(path[0] ?? "", "pulumi")).toBe(pulumi);
    expect(existsSync(join(path[1] ?? "", "node"))).toBe(true);
    expect(path.at(2)).toBe(machine.bin);
    expect(environment["PULUMI_HOME"]?.startsWith(machine.cache)).toBe(true);
    expect(existsSync(join(machine.home, ".pulumi"))).toBe(false);
  });

  test.each([
    [
      "lost its CLI",
      (folder: string) => {
        rmSync(join(folder, "bin/pulumi"));
      },
    ],
    [
      "lost a plugin",
      (folder: string) => {
        rmSync(join(folder, "home/plugins"), { recursive: true });
      },
    ],
    [
      "has a broken list",
      (folder: string) => {
        writeFileSync(join(folder, "toolchain.json"), "[{");
      },
    ],
    [
      "has no list",
      (folder: string) => {
        rmSync(join(folder, "toolchain.json"));
      },
    ],
  ])("is put together again where it %s", async (_, damage) => {
    machine.installGo();
    const { pulumi, environment } = await provideIn(machine.around());
    const folder = join(pulumi, "../..");
    damage(folder);
    const again = await provideIn(machine.around());
    expect(again.environment).toEqual(environment);
    expect(existsSync(again.pulumi)).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, "toolchain.json"), "utf8"))).toEqual(again.tools);
    expect(machine.built).toHaveLength(4);
  });
});
