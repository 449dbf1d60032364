import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { renderHostCommands, renderUnit, renderUnitCommands, type Unit } from "../../rendering/unit";
import { hostile, rendered, unitsOnHost } from "./fixtures";
import { type Outcome, run, searchPath, shellNames, shells, temporaryFolder, tool } from "./tools";

const office = rendered.bond()[1] as Unit;
const rack = rendered.host()[0] as Unit;

test.each(["root", "admin"])("a unit's commands as %s", (user) => {
  const { create, delete: remove } = renderUnitCommands(rendered.address()[0] as Unit, user);
  expect(create).toMatchSnapshot();
  expect(remove).toMatchSnapshot();
});

test.each(["root", "admin"])("a host's commands as %s", (user) => {
  const { create, delete: remove } = renderHostCommands(rack, user);
  expect(create).toMatchSnapshot();
  expect(remove).toMatchSnapshot();
});

const folder = temporaryFolder();
const agent = "/usr/local/sbin/extrudectl";

/** An agent that notes how it was called, and a sudo that notes that it was. */
function stubs(): { readonly agent: string; readonly environment: NodeJS.ProcessEnv } {
  const bin = join(folder(), "bin");
  const stub = join(folder(), "agent stub");
  mkdirSync(bin);
  writeFileSync(
    stub,
    `#!/bin/sh\nprintf '%s\\0' "$@" >'${folder()}/arguments'\ncat >'${folder()}/stdin'\necho "agent says so"\nexit 7\n`,
  );
  writeFileSync(
    join(bin, "sudo"),
    `#!/bin/sh\n[ "$1" = -n ] || exit 99\nshift\necho "$1" >>'${folder()}/sudo'\n[ ! -e '${folder()}/nosudo' ] || exit 1\nexec "$@"\n`,
  );
  for (const file of [stub, join(bin, "sudo")]) chmodSync(file, 0o755);
  return { agent: stub, environment: { PATH: `${bin}:${searchPath}`, TMPDIR: folder() } };
}

const noted = (file: "arguments" | "stdin" | "sudo"): string => readFileSync(join(folder(), file), "utf8");
const calledWith = (): string[] => noted("arguments").split("\0").slice(0, -1);

describe.each([...shellNames, "bash"] as const)("through the login shell %s", (name) => {
  const shell = (): string[] => (name === "bash" ? [tool("bash"), "--norc"] : shells[name]());

  function perform(text: string, input: string): Outcome {
    const { agent: stub, environment } = stubs();
    return run([...shell(), "-c", text.replaceAll(agent, `'${stub}'`)], input, environment);
  }

  test("the agent gets the unit's text, then the secrets, and its exit status is the command's", () => {
    const { status, stdout, stderr } = perform(renderUnitCommands(office, "root").create, "psk 's3cr$t`\n");
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "agent says so\n", stderr: "" });
    expect(calledWith()).toEqual(["apply", office.name]);
    expect(noted("stdin")).toBe(`${renderUnit(office)}psk 's3cr$t\`\n`);
  });

  test("an administrator becomes root by sudo, without being asked for a password", () => {
    perform(renderUnitCommands(office, "admin").create, "");
    expect(noted("sudo")).toContain("agent stub");
    expect(noted("stdin")).toBe(renderUnit(office));
  });

  test("a removal names the unit and whose it is, and reads what is sent to it", () => {
    const { status } = perform(renderUnitCommands(office, "admin").delete, "x".repeat(3_000_000));
    expect(status).toBe(7);
    expect(calledWith()).toEqual(["remove", office.name, "--as", office.host]);
    expect(noted("stdin")).toBe("");
    expect(noted("sudo")).toContain("agent stub");
  });

  test("a large secret is read to its end", () => {
    const secret = "0123456789abcdef\n".repeat(180_000);
    perform(renderUnitCommands(office, "root").create, secret);
    expect(noted("stdin")).toBe(renderUnit(office) + secret);
  });

  test("a host's program arrives as it is, with the unit on its stdin, and leaves no file behind", () => {
    const program = [
      "#!/bin/sh",
      `printf '%s\\0' "$@" >'${folder()}/arguments'`,
      `cat >'${folder()}/stdin'`,
      `cp "$0" '${folder()}/program'`,
      `ls '${folder()}' | grep ^tmp`,
      "exit 5 # it's `$(not)` ${run}",
      "",
    ].join("\n");
    const { status, stdout } = perform(renderHostCommands(rack, "admin").create, program);
    expect(status).toBe(5);
    expect(stdout).toMatch(/^tmp\.\w+\n$/);
    expect(calledWith()).toEqual(["install"]);
    expect(noted("stdin")).toBe(renderUnit(rack));
    expect(readFileSync(join(folder(), "program"), "utf8")).toBe(program);
    expect(noted("sudo")).toBe("true\nsh\n");
    expect(run(["/bin/sh", "-c", `ls '${folder()}' | grep ^tmp`], "").stdout).toBe("");
  });

  test("somebody who may not become root is told how to allow it, before anything happens", () => {
    writeFileSync(join(folder(), "nosudo"), "");
    const { status, stderr } = perform(renderHostCommands(rack, "admin").create, "exit 0\n");
    expect(status).toBe(1);
    expect(stderr).toBe(
      "extrude: admin on rack may not become root without a password. Allow it with a line 'admin ALL=(ALL) NOPASSWD: ALL' under /etc/sudoers.d, or connect as root. Nothing has changed.\n",
    );
  });

  test("a host without an agent has nothing to remove", () => {
    const text = renderHostCommands(rack, "root").delete.replaceAll(agent, join(folder(), "gone"));
    expect(run([...shell(), "-c", text], "ignored")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("a host's removal names its unit and whose it is", () => {
    expect(perform(renderHostCommands(rack, "root").delete, "ignored").status).toBe(7);
    expect(calledWith()).toEqual(["remove", rack.name, "--as", "rack"]);
  });
});

test("a unit's name and host arrive at the agent literally, whatever they are", () => {
  const { agent: stub, environment } = stubs();
  const word = hostile.map((text) => text.replaceAll("\0", ""));
  fc.assert(
    fc.property(word, word, (name, host) => {
      const text = renderUnitCommands({ ...office, name, host }, "admin").delete;
      run(["/bin/sh", "-c", text.replaceAll(agent, `'${stub}'`)], "", environment);
      expect(calledWith()).toEqual(["remove", name, "--as", host]);
    }),
    { numRuns: 80 },
  );
});

test("a unit's lines arrive at the agent literally, whatever they are", () => {
  const { agent: stub, environment } = stubs();
  const line = hostile.map((text) => `claim ${text.replaceAll(/[\0\n]/g, "")}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const unit: Unit = { name: "a/b/c/bond/d", host: "rack", header: lines, sections: { ip: lines } };
      const { create } = renderUnitCommands(unit, "root");
      run(["/bin/sh", "-c", create.replaceAll(agent, `'${stub}'`)], "secret", environment);
      expect(noted("stdin")).toBe(`${renderUnit(unit)}secret`);
    }),
    { numRuns: 80 },
  );
});

test("a user's name in the advice is quoted", () => {
  const { create } = renderHostCommands({ ...rack, host: "it's" }, "o'brien");
  const { stderr } = run(["/bin/sh", "-c", create], "", { PATH: "/nowhere" });
  expect(stderr).toContain("extrude: o'brien on it's may not become root");
});

test("no command is longer than a host's limit on one argument", () => {
  for (const unit of [...unitsOnHost("rack"), ...unitsOnHost("router")]) {
    expect(renderUnitCommands(unit, "admin").create.length).toBeLessThan(131_072);
  }
});
