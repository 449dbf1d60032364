import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/paths";
import { extrudeHere } from "./cli-here";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();
const cache = process.env["XDG_CACHE_HOME"];

/** Labs are kept there. */
function keepLabsIn(place: string | undefined): void {
  if (place === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = place;
}

beforeEach(() => {
  keepLabsIn(folder());
});
afterEach(() => {
  keepLabsIn(cache);
});

const onRunning: Readonly<Record<string, readonly string[]>> = {
  down: [],
  status: [],
  ssh: ["router", "true"],
  link: ["dsl", "loss=2%"],
};

describe.each(Object.entries(onRunning))("extrude lab %s", (verb, words) => {
  test("of a lab that does not run says how to start it", async () => {
    expect(await extrudeHere(folder(), ["lab", verb, "--name", "mine", ...words])).toEqual({
      code: 1,
      stdout: "",
      stderr: 'extrude: There is no running lab "mine". Start it: extrude lab up --name mine\n',
    });
  });
});

describe.each([...Object.entries(onRunning), ["up", []] as const])("extrude lab %s", (verb, words) => {
  test.each(["../mine", "Mine", "", "a".repeat(32), "$(reboot)"])("takes no name such as %j", async (name) => {
    const { code, stdout, stderr } = await extrudeHere(folder(), ["lab", verb, "--name", name, ...words]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`${JSON.stringify(name)} cannot name a lab: use up to 31 lower-case letters`);
  });
});

test.each([
  [["up", "--topology", "three-lines"], /two-lines/],
  [["up", "--release", "11"], /12.*13/],
  [["link"], /missing required argument 'link'/],
  [["ssh"], /missing required argument 'host'/],
  [["boot"], /unknown command 'boot'/],
])("extrude lab %j is wrong usage, and says what there is", async (words, said) => {
  const { code, stdout, stderr } = await extrudeHere(folder(), ["lab", ...words]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(said);
});

/** As a process of its own, whose PATH has nothing that the lab needs. */
function up(environment: Readonly<Record<string, string>>): { code: number | null; stderr: string } {
  const tsx = join(packageRoot, "node_modules", "tsx", "dist", "cli.mjs");
  const { status, stderr } = spawnSync(process.execPath, [tsx, join(packageRoot, "cli", "main.ts"), "lab", "up"], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, XDG_CACHE_HOME: folder(), ...environment },
  });
  return { code: status, stderr };
}

test("extrude lab up on a machine without QEMU names the packages that it needs", () => {
  for (const program of ["flock", "sh", "cat"]) symlinkSync(join("/usr/bin", program), join(folder(), program));
  const { code, stderr } = up({ PATH: folder() });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^extrude: The lab needs .*qemu-.* on this machine\. Install: apt-get install .*qemu-\S+/);
});

test("extrude lab up where nothing can be kept says so, and where else", () => {
  const { code, stderr } = up({ XDG_CACHE_HOME: "/dev/null/cache" });
  expect(code).toBe(1);
  expect(stderr).toMatch(/\/dev\/null\/cache\/extrude\/lab\S* cannot be made: .*XDG_CACHE_HOME/);
});
