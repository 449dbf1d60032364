import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { packageRoot } from "../../lab/paths";

jest.setTimeout(600_000);

/** The package as npm would publish it, unpacked as npm would install it. */
let folder: string;
let tarball: string;
let files: string[];
let installed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "extrude-package-"));
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: packageRoot, encoding: "utf8" }),
  ) as [{ filename: string; files: { path: string }[] }];
  files = packed.files.map(({ path }) => path);
  tarball = join(folder, packed.filename);
  installed = join(folder, "node_modules", "pulumi-extrude");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  // What it declares is there, and nothing else of what this repository has installed.
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(join(packageRoot, "node_modules", name), join(folder, "node_modules", name));
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const program = `
declare const console: { log(text: string): void };
const seen: string[] = [];
void (async () => {
  await runtime.setMocks({
    newResource: ({ name, inputs }) => (seen.push(name), { id: name, state: inputs }),
    call: ({ inputs }) => inputs,
  }, "net", "prod", false, "acme");
  const connection = { host: "192.0.2.1", password: "none", verifyHostKey: false };
  const host = new Host("rack", { connection });
  const colo: ColoReference = new ColoEndpoint("toronto", { host, address: "77.1.2.2", interface: "eth0" });
  new ExtrudedAddress("vpn", { colo, address: "77.1.2.3" });
  const contract = await new Promise((resolve) => exportColo(colo).apply(resolve));
  await runtime.disconnect();
  console.log(JSON.stringify({ seen: seen.sort(), contract }));
})();
`;
const imports = `import { runtime } from "@pulumi/pulumi";
import { ColoEndpoint, type ColoReference, exportColo, ExtrudedAddress, Host } from "pulumi-extrude";
`;

test.each([
  ["CommonJS", "commonjs"],
  ["an ES module", "module"],
])("a program that is %s compiles against it, and runs", (_, type) => {
  const consumer = join(folder, type);
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ type }));
  writeFileSync(join(consumer, "index.ts"), imports + program);
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    types: [],
    rootDir: ".",
    skipLibCheck: true,
  };
  writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const tsc = join(packageRoot, "node_modules", "typescript", "bin", "tsc");
  const compiled = spawnSync(process.execPath, [tsc, "-p", consumer], { encoding: "utf8" });
  expect(compiled.stdout).toBe("");
  const ran = spawnSync(process.execPath, [join(consumer, "index.js")], { encoding: "utf8" });
  expect(ran.stderr).toBe("");
  expect(JSON.parse(ran.stdout)).toMatchObject({
    seen: ["rack", "rack-agent", "toronto", "toronto-colo", "vpn", "vpn-colo"],
    contract: { extrude: "colo", version: 1, host: "rack" },
  });
});

test("both module systems get the same names, of one copy", () => {
  const code = `import * as esm from "pulumi-extrude"; import { createRequire } from "node:module";
    const cjs = createRequire(import.meta.url)("pulumi-extrude");
    console.log(JSON.stringify(Object.keys(cjs).map((name) => [name, esm[name] === cjs[name]])));`;
  writeFileSync(join(folder, "same.mjs"), code);
  const found = JSON.parse(execFileSync(process.execPath, [join(folder, "same.mjs")], { encoding: "utf8" })) as unknown;
  const names = ["BondedSite", "ColoEndpoint", "ExtrudedAddress", "Host", "SiteUplink", "coloFrom", "exportColo"];
  expect(found).toEqual(expect.arrayContaining(names.map((name) => [name, true])));
  expect(found).toHaveLength(names.length);
});

test("its command line starts", () => {
  const cli = join(installed, "dist", "cli", "main.js");
  expect(execFileSync(process.execPath, [cli, "--help"], { encoding: "utf8" })).toContain("Usage: extrude");
});

test("it has what its users need, and nothing of this repository's own", () => {
  const folders = new Set(files.map((path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : path)));
  expect([...folders].sort()).toEqual(
    [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "agent",
      "dist",
      "docs",
      "lab",
      "monitoring",
      "package.json",
      "toolchain",
    ].sort(),
  );
  expect(files.filter((path) => /\.test\.|\.map$|\.tsbuildinfo$|(^|\/)tests?\//.test(path))).toEqual([]);
  expect(files.filter((path) => /\.m?ts$/.test(path) && !/\.d\.m?ts$/.test(path))).toEqual([]);
  for (const source of readdirSync(join(packageRoot, "agent")).filter((name) => name.endsWith(".sh"))) {
    expect(files).toContain(`dist/agent/${source}`);
  }
});

/** What a judge says, that is an ES module, which Jest cannot load; `target` is its first argument. */
function judge(code: string, target: string): unknown {
  const words = ["--input-type=module", "--eval", code, target];
  return JSON.parse(execFileSync(process.execPath, words, { cwd: packageRoot, encoding: "utf8" }));
}

test("publint finds nothing", () => {
  const code = `import { publint } from "publint"; import { formatMessage } from "publint/utils";
    const { messages, pkg } = await publint({ pkgDir: process.argv[1], strict: true, pack: false });
    console.log(JSON.stringify(messages.map((message) => formatMessage(message, pkg))));`;
  expect(judge(code, installed)).toEqual([]);
});

test("are the types wrong? They are not", () => {
  const code = `import { readFileSync } from "node:fs";
    import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
    const { types, problems } = await checkPackage(createPackageFromTarballData(readFileSync(process.argv[1])));
    console.log(JSON.stringify({ typed: types !== false, problems }));`;
  expect(judge(code, tarball)).toEqual({ typed: true, problems: [] });
});

test("api/pulumi-extrude.api.md is the interface as it is: after a change, npm run api and look at the difference", () => {
  const config = ExtractorConfig.loadFileAndPrepare(join(packageRoot, "api-extractor.json"));
  const said: string[] = [];
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: false,
    messageCallback: (message) => {
      message.handled = true;
      if ([ExtractorLogLevel.Error, ExtractorLogLevel.Warning].includes(message.logLevel)) said.push(message.text);
    },
  });
  expect(said).toEqual([]);
  expect({ succeeded, apiReportChanged }).toEqual({ succeeded: true, apiReportChanged: false });
});
