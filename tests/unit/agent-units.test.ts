import { statSync } from "node:fs";
import { join } from "node:path";
import { renderUnit } from "../../rendering/unit";
import { AgentHost, unitText } from "./agent-host";
import { unitsOnHost } from "./fixtures";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const office = "acme/net/prod/bond/office";
const upgrade =
  "Upgrade the agent: run `pulumi up` of the stack that has this machine's Host, with the release of extrude that made the unit, or a newer one.\n";

describe.each(shellNames)("in %s, a unit", (name) => {
  const host = (): AgentHost => new AgentHost(folder(), name);
  const untouched = (agent: AgentHost): void => {
    expect(agent.kernel()).toEqual([]);
    expect(agent.files("state/units")).toEqual([]);
    expect(agent.done().filter((line) => /^(ip|nft|systemctl|birdc)\b/.test(line))).toEqual([]);
  };

  test("is kept as it arrived, with its secrets, and only its owner may read it", () => {
    const text = unitText("bond/office", "claim link a", "[ip]", "rule add priority 1");
    const secrets = "psk s3cr$t\n[ip]\nrule add priority 2\n\n[end]\n'\"`$(id)\\n\n";
    const agent = host();
    expect(agent.apply(text, secrets)).toEqual({ status: 0, stdout: "applied\n", stderr: "" });
    expect(agent.read(`state/units/${office}`)).toBe(text + secrets);
    expect(agent.kernel()).toEqual(["rule add priority 1"]);
    for (const file of agent.files()) expect(statSync(join(folder(), "state", file)).mode & 0o077).toBe(0);
    expect(statSync(join(folder(), "state")).mode & 0o777).toBe(0o700);
  });

  test("leaves its secrets nowhere else", () => {
    const agent = host();
    agent.apply(unitText("bond/office", "[ip]", "rule add priority 1"), "psk SECRET-TEXT\n");
    const holders = agent.files("").filter((file) => agent.read(file).includes("SECRET-TEXT"));
    expect(holders).toEqual([`state/units/${office}`]);
  });

  test("is said to be the host's", () => {
    const agent = host().holding(unitText("bond/office"), unitText("colo/toronto"));
    expect(agent.call(["status"]).stdout).toBe(`unit ${office} host rack\nunit acme/net/prod/colo/toronto host rack\n`);
  });

  test("that was rendered is taken, on either host", () => {
    const agent = host();
    agent.write("addresses.eth0", "2: eth0    inet 77.1.2.2/24 scope global eth0\n");
    agent.holding(...unitsOnHost("rack"));
    expect(agent.files("state/units")).toEqual(
      unitsOnHost("rack")
        .map((unit) => unit.name)
        .sort(),
    );
    for (const unit of unitsOnHost("rack")) expect(agent.read(`state/units/${unit.name}`)).toBe(renderUnit(unit));
  });

  test.each([
    ["in its header", "extrude unit 1\nunit acme/net/prod/bond/office\n"],
    ["within a section", unitText("bond/office", "[ip]", "rule add 1").replace("[end]\n", "")],
    ["within the end line", unitText("bond/office", "[ip]", "rule add 1").replace("[end]\n", "[en")],
    ["to nothing", ""],
  ])("that was cut off %s is refused", (_, text) => {
    const agent = host();
    const { status, stdout, stderr } = agent.call(["apply", office], text);
    expect(stderr).toBe("extrude: the unit arrived cut off. Nothing has changed; run the command again.\n");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    untouched(agent);
  });

  const unknownSection = (section: string): void => {
    const agent = host();
    const { status, stderr } = agent.apply(unitText("bond/office", `[${section}]`, "x", "[ip]", "rule add 1"));
    expect(stderr).toContain(`extrude: the unit has a section [${section}] that this agent`);
    expect(stderr).toContain("does not know. ");
    expect(stderr.endsWith(upgrade)).toBe(true);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
    untouched(agent);
  };

  test.each(["snmp", "Bird", "bird2", "", "secrets", "."])(
    "with a section [%s] that this agent does not know is refused, naming the section",
    unknownSection,
  );

  test.each(["ip nft", "header"])("with a section [%s] is refused for that alone", unknownSection);

  test.each(["2", "10", "0", "-1", "", "one", "1 2", "1.5", "99999999999999999999"])(
    "of the protocol '%s' is refused",
    (protocol) => {
      const agent = host();
      const { status, stderr } = agent.apply(unitText("bond/office").replace("unit 1", `unit ${protocol}`));
      expect(stderr).toMatch(/^extrude: the unit speaks protocol '.*', this agent \([\d.]+\) up to 1\. /);
      expect(stderr.endsWith(upgrade)).toBe(true);
      expect(status).toBe(1);
      untouched(agent);
    },
  );

  test("of no protocol is refused", () => {
    const { status, stderr } = host().apply(unitText("bond/office").replace("extrude unit 1\n", ""));
    expect(stderr).toContain("the unit speaks protocol ''");
    expect(status).toBe(1);
  });

  test("of another name than the command's is refused", () => {
    const agent = host();
    const { status, stderr } = agent.call(["apply", office], unitText("bond/other", "[ip]", "rule add 1"));
    expect(stderr).toBe(`extrude: the unit on stdin is acme/net/prod/bond/other, not ${office}.\n`);
    expect(status).toBe(1);
    untouched(agent);
  });

  test.each(["", "../../../../etc", "a/b/c/d/../../../../e", "a/b/c/d/e f", "a/b/c/d", "a/b/c/d/$(id)"])(
    "that calls itself %j is refused",
    (unit) => {
      const agent = host();
      const text = unitText("bond/office", "[ip]", "rule add 1").replace(office, unit);
      const { status, stderr } = agent.call(["install"], text);
      expect(stderr).toContain(`'${unit}' is not a unit's name`);
      expect(status).toBe(1);
      untouched(agent);
    },
  );

  describe("is refused", () => {
    const refusal = (agent: AgentHost, ...lines: string[]): string => {
      const { status, stdout, stderr } = agent.apply(unitText("bond/office", ...lines, "[ip]", "rule add priority 9"));
      expect(stdout).toBe("");
      expect(status).toBe(1);
      expect(agent.kernel()).not.toContain("rule add priority 9");
      expect(agent.read(`state/units/${office}`)).toBe("");
      return stderr;
    };
    const renamed = (name: string): string =>
      ` If that is the same component under its earlier name, give it the option aliases: [{ name: "${name}" }].`;
    const refuses = `extrude: rack refuses ${office}; nothing has changed:\n`;

    test("where it claims what others claim, naming each claim and whose it is", () => {
      const agent = host().holding(
        unitText("bond/a", "claim address 77.1.2.3", "claim link x-a", "claim table 5"),
        unitText("bond/b", "claim address 77.1.2.4", "claim default-route"),
      );
      const wanted = ["claim address 77.1.2.3", "claim address 77.1.2.5", "claim default-route", "claim table 55"];
      expect(refusal(agent, ...wanted)).toBe(
        `${refuses}  - address 77.1.2.3 is claimed by acme/net/prod/bond/a.${renamed("a")}\n  - default-route is claimed by acme/net/prod/bond/b.${renamed("b")}\n`,
      );
    });

    test("naming the alias that is missing, where it may be a component under its earlier name", () => {
      const agent = host().holding(unitText("bond/a@2", "claim link x-a"), unitText("colo/b", "claim link x-b"));
      expect(refusal(agent, "claim link x-a", "claim link x-b")).toBe(
        `${refuses}  - link x-a is claimed by acme/net/prod/bond/a@2.${renamed("a")}\n  - link x-b is claimed by acme/net/prod/colo/b.\n`,
      );
    });

    test("where it claims what another stack of another organization claims", () => {
      const agent = host().holding(unitText("bond/a", "claim link x-a").replace("acme/net/prod", "other/net/dev"));
      expect(refusal(agent, "claim link x-a")).toBe(`${refuses}  - link x-a is claimed by other/net/dev/bond/a.\n`);
    });

    test("where it needs a unit which is not there", () => {
      const agent = host().holding(unitText("colo/here"));
      expect(refusal(agent, "need acme/net/prod/colo/here", "need acme/net/prod/colo/gone")).toBe(
        `${refuses}  - it needs acme/net/prod/colo/gone, which is not on this host.\n`,
      );
    });

    test("for everything that is wrong at once, with the packages that are missing", () => {
      const agent = host();
      agent.write("addresses.eth7", "2: eth7    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth7\n");
      const stderr = refusal(
        agent,
        "require command sh dash",
        "require command no-such-command zzz",
        "require command no-such-other aaa",
        "require module no_such_module",
        "require module present_elsewhere",
        "require link no-such-link",
        "require link eth0",
        "require address 55.1.2.3 dev eth7",
        "require phase of the moon",
        "need acme/net/prod/colo/gone",
      );
      const [first, ...reasons] = stderr.trimEnd().split("\n");
      expect(`${first ?? ""}\n`).toBe(refuses);
      expect(reasons).toHaveLength(6);
      expect(reasons.every((line) => line.startsWith("  - "))).toBe(true);
      expect(stderr).toMatch(
        / {2}- .*missing; install them with: apt-get install (zzz aaa|aaa zzz) \(or set installPackages: true\)\.\n/,
      );
      expect(stderr).toMatch(/ {2}- the kernel module no_such_module is missing \(kernel .+\)\.\n/);
      expect(stderr).toContain("  - there is no interface no-such-link here.\n");
      expect(stderr).toContain("  - eth7 does not hold 55.1.2.3; it holds 10.0.0.1/24.\n");
      expect(stderr).toMatch(/ {2}- this agent \([\d.]+\) cannot check 'require phase'\. Upgrade the agent: /);
      expect(stderr).toContain("  - it needs acme/net/prod/colo/gone, which is not on this host.\n");
    });

    test.each([
      ["77.1.2.2/29", "77.1.2.2/24", "77.1.2.2/24"],
      ["7.1.2.2", "77.1.2.2/24", "77.1.2.2/24"],
      ["77.1.2", "77.1.2.2/24", "77.1.2.2/24"],
      ["77.1.2.2", undefined, "no IPv4 address"],
    ])("where the interface does not hold %s", (wanted, held, said) => {
      const agent = host();
      if (held !== undefined) agent.write("addresses.eth0", `2: eth0    inet ${held} scope global eth0\n`);
      expect(refusal(agent, `require address ${wanted} dev eth0`)).toBe(
        `${refuses}  - eth0 does not hold ${wanted}; it holds ${said}.\n`,
      );
    });

    test("for each unit that it needs, in the order in which it names them", () => {
      const needs = ["d", "a", "c", "e", "b"].map((one) => `acme/net/prod/uplink/${one}`);
      expect(refusal(host(), ...needs.map((one) => `need ${one}`))).toBe(
        `${refuses}${needs.map((one) => `  - it needs ${one}, which is not on this host.\n`).join("")}`,
      );
    });
  });

  test.each(["77.1.2.2", "77.1.2.2/24", "10.0.0.1"])("is taken where the interface holds %s", (wanted) => {
    const agent = host();
    const lines = ["10.0.0.1/8", "77.1.2.2/24"].map((held) => `2: eth0    inet ${held} scope global eth0\n`);
    agent.write("addresses.eth0", lines.join(""));
    expect(agent.apply(unitText("colo/x", `require address ${wanted} dev eth0`)).stdout).toBe("applied\n");
  });

  test("does not stand in its own way", () => {
    const agent = host().holding(unitText("bond/office", "claim address 77.1.2.3"));
    expect(agent.apply(unitText("bond/office", "claim address 77.1.2.3", "claim link x")).stdout).toBe("applied\n");
  });

  test("brings the packages that it lacks where that was asked for", () => {
    const agent = host();
    const text = unitText("host/rack", "install-packages yes", "require command no-such-command zzz");
    expect(agent.apply(text).stdout).toBe("applied\n");
    expect(agent.done().filter((line) => line.startsWith("apt-get"))).toEqual([
      expect.stringMatching(/^apt-get install .* zzz$/),
    ]);
  });

  test("brings them for any unit once the host's own unit has asked for it", () => {
    const unit = unitText("uplink/a", "require command no-such-command zzz");
    const agent = host();
    expect(agent.apply(unit).stderr).toContain("packages are missing; install them with: apt-get install zzz");
    agent.holding(unitText("host/rack", "install-packages yes"));
    agent.done();
    expect(agent.apply(unit).stdout).toBe("applied\n");
    expect(agent.done().filter((line) => line.startsWith("apt-get"))).toHaveLength(1);
  });
});
