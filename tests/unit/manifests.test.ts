import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { agentVersion } from "../../agent/program";
import { packageRoot } from "../../lab/paths";

interface Manifest {
  readonly version?: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const read = (path: string): Manifest => JSON.parse(readFileSync(join(packageRoot, path), "utf8")) as Manifest;

const own = read("package.json");
const manifests = globSync("{plugin,examples/**,templates/*}/package.json", { cwd: packageRoot });

test.each(manifests)("%s asks for this release, and for what it was tested with", (path) => {
  const { version = own.version, dependencies, devDependencies } = read(path);
  const known: Record<string, string | undefined> = {
    ...own.devDependencies,
    ...own.dependencies,
    "pulumi-extrude": own.version,
  };
  expect(version).toBe(own.version);
  for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect([name, wanted]).toEqual([name, known[name]]);
  }
});

test("there are such manifests", () => {
  expect(manifests.length).toBeGreaterThan(8);
});

test("the agent is of this release, by which hosts tell an older one from a newer", () => {
  expect(agentVersion()).toBe(own.version);
});
