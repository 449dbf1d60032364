import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../cli/failure";
import { pulumiStack } from "../../cli/pulumi";
import { poll } from "../../lab/poll";
import { packageRoot } from "../../lab/paths";
import { exampleState, secretKey } from "./cli-fixture";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();
const verbs = ["status", "diagram", "trace", "capture", "report", "repair", "doctor", "drift", "forget"];

/** What a verb cannot do without. */
const needed: Readonly<Record<string, readonly string[]>> = {
  forget: ["router"],
  trace: ["office", "198.51.100.10"],
  capture: ["office", "dsl"],
};

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process, with a Pulumi that is a script, if one is given. */
async function extrude(words: readonly string[], pulumi?: string, typed?: string): Promise<Said> {
  if (pulumi !== undefined) writePulumi(pulumi);
  const tsx = join(packageRoot, "node_modules", ".bin", "tsx");
  const path = `${pulumi === undefined ? "" : `${folder()}:`}${join(packageRoot, "node_modules", ".bin")}:/usr/bin:/bin`;
  const command = [tsx, join(packageRoot, "cli", "main.ts"), ...words];
  // A terminal of its own, by util-linux.
  const onTerminal = ["script", "--quiet", "--return", "--command", command.join(" "), "/dev/null"];
  const [file = "", ...rest] = typed === undefined ? command : onTerminal;
  const child = spawn(file, rest, { cwd: folder(), env: { PATH: path }, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  if (typed === undefined) child.stdin.end();
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
    if (typed !== undefined && stdout.includes("Type its name: ")) child.stdin.write(`${typed}\n`);
  });
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

function writePulumi(script: string): void {
  writeFileSync(join(folder(), "pulumi"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder(), "pulumi"), 0o755);
}

/** Exports the example network's state, and keeps what is imported. */
function pulumiOfExample(importing = "cat >imported"): string {
  writeFileSync(join(folder(), "clear"), JSON.stringify(exampleState(true)));
  writeFileSync(join(folder(), "encrypted"), JSON.stringify(exampleState(false)));
  return [
    'echo "$*" >>calls',
    "case $* in",
    "*'export --show-secrets'*) cat clear ;;",
    "*export*) cat encrypted ;;",
    `*import*) ${importing} ;;`,
    "esac",
  ].join("\n");
}

const read = (name: string): string => readFileSync(join(folder(), name), "utf8");

describe.each(verbs)("extrude %s", (verb) => {
  test("--help says what it takes", async () => {
    const { code, stdout } = await extrude([verb, "--help"]);
    expect(stdout).toMatchSnapshot();
    expect(code).toBe(0);
  });

  test("has a page with its exit codes, those that its help has", async () => {
    const page = readFileSync(join(packageRoot, "docs", "cli", `${verb}.md`), "utf8");
    const [, table = ""] = page.split("## Exit codes");
    const codes = [...table.matchAll(/^\| (\d) /gm)].map(([, code]) => code);
    expect(codes).toEqual(["0", "1", "2", "3"]);
    const { stdout } = await extrude([verb, "--help"]);
    for (const code of codes) expect(stdout).toMatch(new RegExp(`Exit codes:.*\\b${code ?? ""} \\w`));
  });

  test("exits with 2 if it is used wrongly, and with 3 if there is no Pulumi or no stack", async () => {
    const host = needed[verb] ?? [];
    const wrong = await extrude([verb, ...host, "--nonsense"]);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    const without = await extrude([verb, ...host]);
    expect(without).toEqual({
      code: 3,
      stdout: "",
      stderr:
        "extrude: pulumi could not be started: it is not on PATH. Install it (https://www.pulumi.com/docs/install/) or add its directory to PATH.\n",
    });
    const failing = await extrude([verb, ...host], "echo 'error: no stack selected' >&2; exit 255");
    expect(failing.code).toBe(3);
    expect(failing.stderr).toMatch(
      /^extrude: 'pulumi stack export.*' failed: error: no stack selected\nChoose one: --stack NAME, or pulumi stack select\.\n$/,
    );
  });

  test("shows nothing of a state that it cannot read", async () => {
    for (const text of [
      `{"deployment": ${secretKey}`,
      JSON.stringify({ deployment: { resources: [{ urn: 5, key: secretKey }] } }),
    ]) {
      writeFileSync(join(folder(), "odd"), text);
      const { code, stderr } = await extrude([verb, ...(needed[verb] ?? [])], "cat odd");
      expect(stderr).toMatch(/^extrude: What Pulumi exports is no /);
      expect(stderr).not.toContain(secretKey);
      expect(code).toBe(3);
    }
  });

  test("exits with 2 where the stack has no such host or site", async () => {
    const [, ...more] = needed[verb] ?? [];
    const { code, stderr } = await extrude([verb, "nobody", ...more], pulumiOfExample());
    expect(code).toBe(2);
    expect(stderr).toMatch(/no (host|site) "nobody"/);
  });
});

describe("extrude forget", () => {
  test("shows what goes, keeps the state that was, and imports the rest, with its secrets as they were", async () => {
    const { code, stdout, stderr } = await extrude(["forget", "router", "--yes", "--stack", "prod"], pulumiOfExample());
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const backup = readdirSync(folder()).find((name) => name.startsWith("extrude-forget-router-")) ?? "";
    expect(stdout.replaceAll(join(folder(), backup), "BACKUP")).toMatchSnapshot();
    expect(read(backup)).toBe(read("encrypted"));
    expect(statSync(join(folder(), backup)).mode & 0o777).toBe(0o600);
    expect(read("imported")).not.toContain("dsl-router");
    expect(read("imported")).toContain("dsl-colo");
    for (const text of [read(backup), read("imported"), read("calls"), stdout]) expect(text).not.toContain(secretKey);
    expect(
      read("calls")
        .split("\n")
        .filter((call) => !call.endsWith("--stack prod")),
    ).toEqual([""]);
  });

  test("--json tells the same to programs", async () => {
    const { code, stdout } = await extrude(
      ["forget", "rack", "--yes", "--json", "--backup", "kept"],
      pulumiOfExample(),
    );
    const said = JSON.parse(stdout) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(said).toMatchObject({ host: "rack", backup: join(folder(), "kept") });
    expect(said["remaining"]).toContainEqual({ host: "router", unit: "acme/net/prod/bond/office" });
  });

  test("asks first; where nobody can be asked, nothing changes", async () => {
    const { code, stderr } = await extrude(["forget", "router"], pulumiOfExample());
    expect(stderr).toBe("extrude: Say --yes, since nobody can be asked here. Nothing has changed.\n");
    expect(code).toBe(2);
    expect(existsSync(join(folder(), "imported"))).toBe(false);
  });

  test.each([
    ["router", 0],
    ["yes", 1],
  ])("asks for the host's name on a terminal: %s", async (answer, expected) => {
    const pulumi = pulumiOfExample();
    const { code, stdout } = await extrude(["forget", "router"], pulumi, answer);
    expect(stdout).toContain("Forget router, 5 resources? Type its name: ");
    expect(code).toBe(expected);
    expect(existsSync(join(folder(), "imported"))).toBe(expected === 0);
  });

  test("never writes over an earlier backup", async () => {
    writeFileSync(join(folder(), "kept"), "precious");
    const { code, stderr } = await extrude(["forget", "router", "--yes", "--backup", "kept"], pulumiOfExample());
    expect(stderr).toContain("so nothing has changed");
    expect(code).toBe(1);
    expect(read("kept")).toBe("precious");
    expect(existsSync(join(folder(), "imported"))).toBe(false);
  });

  test("says how to go back where Pulumi does not take the new state", async () => {
    const script = pulumiOfExample("echo 'error: the stack is locked' >&2; exit 1");
    const { code, stderr } = await extrude(["forget", "router", "--yes", "--backup", "kept"], script);
    expect(stderr).toContain("error: the stack is locked");
    expect(stderr).toContain(`pulumi stack import --file ${join(folder(), "kept")}`);
    expect(code).toBe(1);
  });

  test("leaves a stack alone that changes between two looks, and a resource that is protected", async () => {
    const script = pulumiOfExample();
    writeFileSync(join(folder(), "encrypted"), JSON.stringify({ deployment: { resources: [] } }));
    expect((await extrude(["forget", "router", "--yes"], script)).stderr).toContain("is being changed at this moment");
    const protecting = JSON.stringify(exampleState(true)).replace('"custom":true', '"custom":true,"protect":true');
    const again = pulumiOfExample();
    writeFileSync(join(folder(), "clear"), protecting);
    const { code, stderr } = await extrude(["forget", "rack", "--yes"], again);
    expect(stderr).toMatch(/^extrude: A resource is protected: pulumi state unprotect 'urn:.*rack-agent'/);
    expect(code).toBe(1);
    expect(existsSync(join(folder(), "imported"))).toBe(false);
  });
});

test("[F36] a Pulumi that hangs is ended, with whatever it has started", async () => {
  writePulumi(`echo $$ >'${folder()}/pid'; sleep 60 & sleep 60`);
  const [path, started] = [process.env.PATH, Date.now()];
  process.env.PATH = `${folder()}:${path ?? ""}`;
  const ended = pulumiStack(["export"], { timeoutMs: 300 }).catch((error: unknown) => error);
  const error = await ended.finally(() => (process.env.PATH = path));
  expect(error).toBeInstanceOf(Failure);
  expect(String(error)).toContain("had not ended after 0.3 s");
  expect(Date.now() - started).toBeLessThan(15_000);
  await poll("Pulumi to be gone", () => !existsSync(`/proc/${read("pid").trim()}/exe`), { deadlineMs: 10_000 });
});

test("a verb below a verb exits with 2 if it is used wrongly", async () => {
  expect(await extrude(["lab", "up", "--release", "11"])).toMatchObject({ code: 2, stdout: "" });
});

test("whoever stops reading ends a verb without a complaint", async () => {
  const tsx = join(packageRoot, "node_modules", ".bin", "tsx");
  const main = join(packageRoot, "cli", "main.ts");
  const path = `${join(packageRoot, "node_modules", ".bin")}:/usr/bin:/bin`;
  const child = spawn(tsx, [main, "completion", "bash"], { env: { PATH: path }, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
