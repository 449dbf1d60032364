import { AgentHost, unitText } from "./agent-host";
import { type Outcome, run, shellNames, shells, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const office = "acme/net/prod/bond/office";
const ip = (...lines: string[]): string => unitText("bond/office", "[ip]", ...lines);
const proofs = "The connection still carries data, first proof.\nThe connection still carries data, second proof.\n";

describe.each(shellNames)("in %s, a change that came by SSH", (name) => {
  const host = (): AgentHost => new AgentHost(folder(), name).holding(ip("rule add 1"));
  const socket = "77";

  test("is confirmed when what is sent after it is acknowledged", () => {
    const agent = host();
    expect(agent.apply(ip("rule add 2"), "", socket)).toEqual({ status: 0, stdout: `${proofs}applied\n`, stderr: "" });
    expect(agent.kernel()).toEqual(["rule add 2"]);
  });

  test("says the same each time, since its words are kept in Pulumi's state", () => {
    const agent = host();
    const once = agent.apply(ip("rule add 2"), "", socket).stdout;
    expect(agent.apply(ip("rule add 3"), "", socket).stdout).toBe(once);
  });

  const cutting = (agent: AgentHost): void => {
    agent.write("cut", "");
    // A clock that goes on by a second whenever somebody sleeps.
    agent.write(
      "bin/sleep",
      `#!/bin/sh\nread -r up _ <'${folder()}/proc-uptime'\necho "$((\${up%.*} + 1)).5 1" >'${folder()}/proc-uptime'\n`,
    );
  };

  test("and cuts the connection is taken back, and says so", () => {
    const agent = host();
    cutting(agent);
    const { status, stderr } = agent.apply(ip("rule add 2"), "", socket);
    expect(stderr).toBe(
      [
        `extrude: rack could not take ${office}; it is as it was before:`,
        "  - it cuts the SSH connection by which it came. Reach the host in a way that does not depend on what is being changed.",
        "",
      ].join("\n"),
    );
    expect(status).toBe(1);
    expect(agent.kernel()).toEqual(["rule add 1"]);
    expect(agent.read(`state/units/${office}`)).toContain("rule add 1");
    expect(agent.done()).toContain("systemctl -q stop extrude-rollback.timer");
  });

  test("and removes what the connection needs is taken back too", () => {
    const agent = host().holding(unitText("colo/keep"));
    cutting(agent);
    const { status, stderr } = agent.call(["remove", office, "--as", "rack"], "", socket);
    expect(stderr).toMatch(
      /^extrude: rack could not remove .*; it is as it was before:\n {2}- it cuts the SSH connection/,
    );
    expect(status).toBe(1);
    expect(agent.kernel()).toEqual(["rule add 1"]);
    expect(agent.call(["status"]).stdout).toContain(`unit ${office} `);
    expect(agent.files("state")).not.toContain("leaving");
  });

  test("of a connection that is gone altogether is taken back", () => {
    const agent = host();
    const { status } = agent.apply(ip("rule add 2"), "", "99");
    expect(status).toBe(1);
    expect(agent.kernel()).toEqual(["rule add 1"]);
  });

  const redirected = (agent: AgentHost, redirections: string): Outcome =>
    run(
      ["sh", "-c", `exec "$@" ${redirections}`, "sh", ...shells[name](), agent.program, "apply", office],
      ip("rule add 2"),
      {
        EXTRUDE_SERVICE: "extrude-change-1.service",
        EXTRUDE_SOCKET: socket,
      },
    );

  test("and whose output goes elsewhere is proved by way of its errors", () => {
    const agent = host();
    expect(redirected(agent, ">/dev/null")).toEqual({ status: 0, stdout: "", stderr: proofs });
    expect(agent.kernel()).toEqual(["rule add 2"]);
  });

  test("and that sends nothing to the other end is refused before anything changes", () => {
    const agent = host();
    agent.done();
    expect(redirected(agent, `>/dev/null 2>'${folder()}/errors'`).status).toBe(1);
    expect(agent.read("errors")).toMatch(/^extrude: nothing has changed: .*Do not redirect/);
    expect(agent.done()).toEqual([]);
    expect(agent.kernel()).toEqual(["rule add 1"]);
  });

  test("that changes nothing needs no proof and no timer", () => {
    const agent = host();
    agent.done();
    cutting(agent);
    expect(agent.apply(ip("rule add 1"), "", socket)).toEqual({ status: 0, stdout: "unchanged\n", stderr: "" });
    expect(agent.done()).toEqual([]);
  });
});

describe.each(shellNames)("in %s, the timer", (name) => {
  const host = (): AgentHost => new AgentHost(folder(), name).holding(ip("rule add 1"));

  test("is set before anything changes; if it cannot be, nothing does", () => {
    const agent = host();
    agent.done();
    agent.write("fail.timer", "");
    const { status, stderr } = agent.apply(ip("rule add 2"));
    expect(stderr).toBe(
      "extrude: the timer that would take the change back cannot be set, so nothing has changed: Failed to connect to bus\n",
    );
    expect(status).toBe(1);
    expect(agent.done()).toEqual(["timer --on-active=30"]);
    expect(agent.kernel()).toEqual(["rule add 1"]);
    expect(agent.files("state")).not.toContain("staged");
  });

  test("takes back a change that is not confirmed, and ends the program that makes it", () => {
    const agent = host();
    agent.write("state/staged", ip("rule add 2"));
    agent.write("kernel", "rule add 1\nrule add 2\n");
    agent.write("run/changer", "extrude-change-5.service\n");
    agent.done();
    const { status, stdout } = agent.call(["rollback"]);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "a change was not confirmed within 30 s: it is taken back\n",
    });
    expect(agent.done()).toEqual([
      "systemctl -q kill --signal=KILL extrude-change-5.service",
      "ip rule del 2",
      "systemctl -q stop extrude-rollback.timer",
    ]);
    expect(agent.files("state")).not.toContain("staged");
  });

  test("puts back a unit whose removal was cut off, whatever of it is gone", () => {
    const agent = new AgentHost(folder(), name).holding(ip("rule add 1", "rule add 2", "rule add 3"));
    agent.write("state/leaving", `${office}\n`);
    agent.write("kernel", "rule add 2\n");
    agent.call(["rollback"]);
    expect([...agent.kernel()].sort()).toEqual(["rule add 1", "rule add 2", "rule add 3"]);
    expect(agent.files("state")).not.toContain("leaving");
  });

  test.each(["staged", "leaving"])("makes nothing of a file %s that a power cut has left empty", (file) => {
    const agent = host();
    agent.write(`state/${file}`, "");
    expect(agent.call(["restore"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(agent.files("state")).not.toContain(file);
    expect(agent.call(["status"])).toEqual({ status: 0, stdout: `unit ${office} host rack\n`, stderr: "" });
    expect(agent.kernel()).toEqual(["rule add 1"]);
  });

  test("leaves alone what was confirmed a moment before", () => {
    const agent = host();
    agent.done();
    expect(agent.call(["rollback"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(agent.done()).toEqual([]);
  });
});

describe.each(shellNames)("in %s, what cannot be taken back", (name) => {
  const broken = (): AgentHost => {
    const agent = new AgentHost(folder(), name).holding(ip("link add x-a type gre ttl 1", "rule add 1"));
    // The new link is refused, and then the old one too.
    agent.write("fail.ip", "ttl");
    const { status, stderr } = agent.apply(ip("link add x-a type gre ttl 2", "rule add 1"));
    expect(status).toBe(1);
    expect(stderr).toContain("AND IT COULD NOT BE TAKEN BACK WHOLE");
    expect(stderr).toContain(`  - ${office}: [ip] 'link add x-a type gre ttl 1'`);
    return agent;
  };

  test("is said at once, and by the status until the unit is whole again", () => {
    const agent = broken();
    const said = (): { status: number | null; line: string | undefined } => {
      const { status, stdout } = agent.call(["status"]);
      return { status, line: stdout.split("\n").find((line) => line.startsWith("BROKEN")) };
    };
    expect(said().status).toBe(1);
    expect(said().line).toMatch(
      /^BROKEN, since a change could not be taken back: acme\/net\/prod\/bond\/office: \[ip\] 'link add x-a type gre ttl 1'/,
    );
    agent.holding(unitText("colo/other"));
    expect(said().status).toBe(1);
    agent.write("fail.ip", "");
    expect(agent.apply(ip("link add x-a type gre ttl 1", "rule add 1")).stdout).toBe("unchanged\n");
    expect(said()).toEqual({ status: 0, line: undefined });
  });
});

describe.each(shellNames)("in %s, a first unit that fails", (name) => {
  test("takes the agent along, and everything that it kept", () => {
    const agent = new AgentHost(folder(), name);
    agent.write("fail.ip", "rule add 1");
    expect(agent.call(["install"], ip("rule add 1")).status).toBe(1);
    for (const place of ["state", "run", "systemd", "extrudectl"]) expect(agent.files(place)).toEqual([]);
    expect(agent.read("extrudectl")).toBe("");
  });

  test("on a full disk is refused before anything has changed", () => {
    const agent = new AgentHost(folder(), name);
    agent.write("free", "1023\n");
    expect(agent.apply(ip("rule add 1")).stderr).toContain(`extrude: rack refuses ${office}; nothing has changed:\n`);
    expect(agent.apply(ip("rule add 1")).stderr).toMatch(/ {2}- only 1023 KiB are free for .*; 1024 are needed\.\n/);
    agent.write("free", "1024\n");
    expect(agent.apply(ip("rule add 1")).status).toBe(0);
  });
});
