import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentProgram } from "../../agent/program";
import { renderUnit } from "../../rendering/unit";
import { AgentHost, unitText } from "./agent-host";
import { alpha, askToApply, CustomersUnits, hostWithCustomers } from "./customer-fixture";
import { unitsOnHost } from "./fixtures";
import { type Outcome, shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const upgrade =
  "Upgrade the agent: run `pulumi up` of the stack that has this machine's Host, with the release of extrude that made the unit, or a newer one.\n";

/** A program of some release's that uses a host: it brings the agent of its release, and units of its protocol. */
class Program {
  private readonly file: string;

  public constructor(
    private readonly agent: AgentHost,
    private readonly organization: string,
    public readonly release: string,
    private readonly protocol = 1,
  ) {
    this.file = join(agent.folder, `agent-${release}`);
    const text = agentProgram()
      .replace(/^VERSION=.*$/m, `VERSION=${release}`)
      .replace(/^PROTOCOL=.*$/m, `PROTOCOL=${protocol}`)
      .replace('say "applied"', `say "applied by ${release}"`);
    writeFileSync(this.file, agent.moved(text));
  }

  public name(unit: string): string {
    return `${this.organization}/net/prod/${unit}`;
  }

  public unit(name: string, ...lines: string[]): string {
    const text = unitText(name, ...lines).replace("extrude unit 1", `extrude unit ${this.protocol}`);
    return text.replaceAll("acme/net/prod", `${this.organization}/net/prod`);
  }

  public install(text = this.unit("host/rack")): Outcome {
    return this.agent.callIn(this.file, ["install"], text);
  }

  public apply(name: string, ...lines: string[]): Outcome {
    const words = ["apply", this.name(name)];
    return this.agent.callIn(join(this.agent.folder, "extrudectl"), words, this.unit(name, ...lines));
  }

  public remove(name: string): Outcome {
    const words = ["remove", this.name(name), "--as", "rack"];
    return this.agent.callIn(join(this.agent.folder, "extrudectl"), words);
  }
}

const said = (stdout: string): Outcome => ({ status: 0, stdout, stderr: "" });
const version = (agent: AgentHost): string => agent.callIn(join(agent.folder, "extrudectl"), ["version"]).stdout;

describe.each(shellNames)("in %s", (shell) => {
  const host = (): AgentHost => new AgentHost(folder(), shell);

  test.each([
    ["0.1.0", "0.2.0"],
    ["0.2.0", "0.1.0"],
    ["0.9.0", "0.10.0"],
    ["0.10.0", "0.9.0"],
  ])("a program of release %s and then one of %s use one host, and neither loses anything", (one, other) => {
    const agent = host();
    const programs = [new Program(agent, "one", one), new Program(agent, "other", other)] as const;
    const [newest = ""] = [one, other].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    let running = "";
    for (const program of programs) {
      running = program.release === newest ? newest : running === "" ? program.release : running;
      expect(program.install()).toEqual(said(`applied by ${running}\n`));
      expect(version(agent)).toBe(`extrudectl ${running} protocol 1\n`);
      const rule = `rule add priority 1 from ${program.release}`;
      expect(program.apply("bond/office", "[ip]", rule)).toEqual(said(`applied by ${running}\n`));
    }
    // From now on both change what they have, as often as they like.
    for (const program of [...programs, ...programs]) {
      expect(program.install()).toEqual(said("unchanged\n"));
      expect(program.apply("bond/office", "[ip]", `rule add priority 1 from ${program.release}`).stdout).toBe(
        "unchanged\n",
      );
      expect(version(agent)).toBe(`extrudectl ${newest} protocol 1\n`);
    }
    expect(agent.kernel()).toEqual([`rule add priority 1 from ${one}`, `rule add priority 1 from ${other}`]);
    for (const program of programs) {
      for (const unit of ["bond/office", "host/rack"]) expect(program.remove(unit)).toEqual(said("removed\n"));
    }
    expect([...agent.kernel(), ...agent.files("state"), ...agent.files("extrudectl")]).toEqual([]);
  });

  test("an older program has the newer agent do its work, since only that knows what the other's units hold", () => {
    const agent = host();
    const [older, newer] = [new Program(agent, "older", "0.1.0"), new Program(agent, "newer", "0.2.0", 2)];
    newer.install();
    // The newer one's change was cut off when its agent was killed.
    agent.write("state/staged", newer.unit("bond/office", "[ip]", "rule add 1"));
    agent.write("kernel", "rule add 1\n");
    expect(older.install()).toEqual(said("applied by 0.2.0\n"));
    expect(agent.kernel()).toEqual([]);
    expect(agent.files("state/units")).toEqual(["newer/net/prod/host/rack", "older/net/prod/host/rack"]);
  });

  test("an upgrade changes the agent and its services, and nothing that carries traffic", () => {
    const agent = host();
    agent.write("addresses.eth0", "2: eth0    inet 77.1.2.2/24 scope global eth0\n");
    const older = new Program(agent, "acme", "0.1.0");
    older.install();
    agent.holding(...unitsOnHost("rack").filter(({ name }) => !name.includes("/host/")));
    const before = [agent.kernel(), agent.read("tables"), agent.read("bird.running"), agent.read("elements")];
    agent.done();
    expect(new Program(agent, "acme", "0.2.0", 2).install(older.unit("host/rack"))).toEqual(said("unchanged\n"));
    expect(version(agent)).toBe("extrudectl 0.2.0 protocol 2\n");
    expect([agent.kernel(), agent.read("tables"), agent.read("bird.running"), agent.read("elements")]).toEqual(before);
    expect(agent.done()).toEqual([
      "systemctl daemon-reload",
      "systemctl -q --no-reload enable extrude.service extrude-watch.service",
      "systemctl restart extrude-watch.service",
    ]);
  });

  test("what is there and is no agent, or none that works, is replaced", () => {
    const agent = host();
    for (const text of ["garbage", "#!/bin/sh\necho something else\n", "#!/bin/sh\nexit 1\n", ""]) {
      writeFileSync(join(folder(), "extrudectl"), text, { mode: 0o755 });
      expect(agent.call(["install"], unitText("host/rack")).status).toBe(0);
      expect(agent.read("extrudectl")).toBe(agent.read("program.sh"));
    }
  });

  test("a unit of a newer protocol is refused by an older agent, which says what to upgrade, and taken after that", () => {
    const agent = host();
    const newer = new Program(agent, "newer", "0.2.0", 2);
    new Program(agent, "older", "0.1.0").install();
    agent.done();
    expect(newer.apply("bond/office", "[ip]", "rule add 1")).toEqual({
      status: 1,
      stdout: "",
      stderr: `extrude: the unit speaks protocol '2', this agent (0.1.0) up to 1. ${upgrade}`,
    });
    expect([...agent.kernel(), ...agent.done()]).toEqual([]);
    expect(agent.files("state/units")).toEqual(["older/net/prod/host/rack"]);
    newer.install();
    expect(newer.apply("bond/office", "[ip]", "rule add 1").stdout).toBe("applied by 0.2.0\n");
  });
});

test("a customer whose release is newer than the colo's is told what the colo's stack has to do", () => {
  const agent = hostWithCustomers(folder(), "dash");
  const own = new CustomersUnits(alpha);
  const newer = renderUnit(own.address()).replace("extrude unit 1", "extrude unit 2");
  const { status, stdout, stderr } = askToApply(agent, alpha, newer);
  expect(stderr).toMatch(/^extrude: the unit speaks protocol '2', this agent \([\d.]+\) up to 1\. /);
  expect(stderr.endsWith(upgrade)).toBe(true);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(agent.files("state/units").filter((unit) => unit.startsWith("alpha/"))).toEqual([]);
});
