import { agentProgram } from "../../agent/program";
import { AgentHost } from "./agent-host";
import { run, shellNames, shells, temporaryFolder, tool } from "./tools";

const program = agentProgram();

test("the agent is one POSIX shell program in which shellcheck finds nothing to say", () => {
  const { status, stdout } = run([tool("shellcheck"), "-s", "sh", "-"], program);
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

test.each(shellNames)("the agent parses in %s", (name) => {
  expect(run([...shells[name](), "-n"], program)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("the agent stops at the first failure and at the first unset variable, and lets nobody else read its files", () => {
  expect(program.startsWith("#!/bin/sh\n")).toBe(true);
  expect(program).toMatch(/^set -eu$/m);
  expect(program).toMatch(/^umask 077$/m);
});

test("the agent makes no program of text that it was given", () => {
  const code = program.split("\n").filter((line) => !/^\s*#/.test(line));
  expect(code.filter((line) => /\beval\b|\bsource\b/.test(line))).toEqual([]);
  // A shell's own text has to be a constant.
  expect(code.filter((line) => /\bsh -c (?!')/.test(line))).toEqual([]);
});

test("no function of the agent is longer than 60 lines", () => {
  const functions = [...program.matchAll(/^(\w+)\(\) \{\n([\s\S]*?)^\}$/gm)];
  expect(functions.length).toBeGreaterThan(30);
  const long = functions.filter(([, , body = ""]) => body.split("\n").length > 60).map(([, name]) => name);
  expect(long).toEqual([]);
});

test("no two functions of the agent have one name", () => {
  const names = [...program.matchAll(/^(\w+)\(\) \{/gm)].map(([, name]) => name);
  expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
});

test("a read of the program gives the same text each time, its files in the order of their numbers", () => {
  expect(agentProgram()).toBe(program);
  const subjects = ["STATE=", "check_unit_name()", "preflight()", "add_ip()", "apply_sysctl()", "nft_transaction()"];
  const later = ["compose_bird()", "check_guards()", "announce()", "transact()", "main()"];
  const places = [...subjects, ...later].map((text) => program.indexOf(`\n${text}`));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(Math.min(...places)).toBeGreaterThan(0);
});

const folder = temporaryFolder();

describe.each(shellNames)("called in %s", (name) => {
  const main = (words: string[]): ReturnType<AgentHost["call"]> => new AgentHost(folder(), name).call(words);

  test("the agent says its version and the newest protocol it speaks", () => {
    const { status, stdout } = main(["version"]);
    expect(stdout).toMatch(/^extrudectl \d+\.\d+\.\d+ protocol \d+\n$/);
    expect(status).toBe(0);
  });

  test("the agent shows its verbs where it is asked for help, or for nothing", () => {
    const asked = [[], ["help"], ["--help"], ["-h"]].map((words) => main(words));
    expect(asked[0]?.stdout).toMatchSnapshot("usage");
    for (const one of asked) expect(one).toEqual({ status: 0, stdout: asked[0]?.stdout, stderr: "" });
  });

  test.each([["apply"], ["frobnicate"], ["remove", "a/b/c/d/e"], ["remove", "a/b/c/d/e", "rack"]].map((one) => [one]))(
    "the agent refuses %j as wrongly used",
    (words) => {
      const { status, stdout, stderr } = main(words);
      expect(stdout).toBe("");
      expect(stderr).toContain("usage: extrudectl VERB");
      expect(status).toBe(2);
    },
  );

  test("the agent does nothing for anybody but root", () => {
    const host = new AgentHost(folder(), name);
    host.write("bin/id", "#!/bin/sh\necho 1000\n");
    const { status, stderr } = host.call(["restore"]);
    expect(stderr).toBe("extrude: this needs root.\n");
    expect(status).toBe(1);
  });

  test.each([
    "",
    "a/b/c/d",
    "a/b/c/d/e/f",
    "a/b/c/d/",
    "/a/b/c/d/e",
    "a/b/../d/e",
    "../a/b/c/d",
    "a/b/c/d/.e",
    "a/b/c/d/-e",
    "a/b/c/d/e f",
    " a/b/c/d/e",
    "a/b/c/d/e\n",
    "a/b/c/d/e\n/../../../../../x",
    "x\na/b/c/d/e",
    "a/b/c/d/e\nf/g/h/i/j",
    "a/b/c/d/$(id)",
    "a/b/c/d/e;id",
    "a/b/c/d/*",
    "a/b/c/d/é",
    "a//c/d/e",
  ])("the agent neither applies nor removes a unit of the name %j", (unit) => {
    for (const words of [
      ["apply", unit],
      ["remove", unit, "--as", "rack"],
    ]) {
      const { status, stdout, stderr } = main(words);
      expect(stdout).toBe("");
      expect(stderr).toContain("is not a unit's name, ORGANIZATION/PROJECT/STACK/kind/name.");
      expect(status).toBe(1);
    }
  });
});
