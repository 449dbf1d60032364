import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, unitText } from "./agent-host";
import { countSteps, killAt } from "./agent-steps";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();
const office = "acme/net/prod/bond/office";
const ip = (...lines: string[]): string => unitText("bond/office", "[ip]", ...lines);

describe("[F29] after a program was killed,", () => {
  test("a new unit that was about to be confirmed is listed once when it is applied again", () => {
    const agent = new AgentHost(folder()).holding(unitText("colo/keep"));
    const protocol = ["[bird]", "protocol static x_office {", "}"];
    // Between the name in the order and the rename of the file.
    agent.write("state/order", `${agent.read("state/order")}${office}\n`);
    agent.write("state/staged", unitText("bond/office", ...protocol));
    agent.holding(unitText("bond/office", ...protocol));
    expect(agent.call(["status"]).stdout.match(/^unit .*office/gm)).toHaveLength(1);
    agent.holding(unitText("bond/other", "[bird]", "protocol static x_other {", "}"));
    expect(agent.read("bird.running").match(/protocol static x_office/g)).toHaveLength(1);
  });

  /** What is synced, in order. */
  const synced = (agent: AgentHost): string[] => {
    agent.write("bin/sync", `#!/bin/sh\nprintf 'sync %s\\n' "$@" >>'${folder()}/log'\n`);
    return agent.done();
  };

  test("a unit that it had renamed and not synced yet is synced before it is called unchanged", () => {
    const agent = new AgentHost(folder()).holding(ip("rule add 1"));
    synced(agent);
    expect(agent.apply(ip("rule add 1")).stdout).toBe("unchanged\n");
    expect(agent.done()).toContain(`sync ${folder()}/state/units/acme/net/prod/bond`);
  });

  test("a unit whose file it had removed and not synced yet is synced before it is called gone already", () => {
    const agent = new AgentHost(folder()).holding(ip("rule add 1"), unitText("colo/keep"));
    expect(agent.remove(office).stdout).toBe("removed\n");
    synced(agent);
    expect(agent.remove(office).stdout).toBe("gone already\n");
    expect(agent.done()).toContain(`sync ${folder()}/state`);
  });

  /** Whether the watcher looks around when the kernel reports something; `status` is what that look exits with. */
  const looks = (agent: AgentHost, status = 0): boolean => {
    agent.write("events", "Deleted 5: x-a@NONE: <NOARP> mtu 1476\n");
    const program = `#!/bin/sh\necho "agent $*" >>'${folder()}/log'\nexit ${status}\n`;
    writeFileSync(join(folder(), "extrudectl"), program, { mode: 0o755 });
    agent.call(["watch"]);
    // One look is that with which it begins.
    return agent.done().filter((line) => line === "agent heal").length > 1;
  };

  test("the watcher heals, although the change's name was left behind", () => {
    const agent = new AgentHost(folder()).holding(ip("rule add 1"));
    // Another program has its number by now.
    agent.write("run/changer", `extrude-change-5.service ${process.pid} 1\n`);
    expect(looks(agent)).toBe(true);
  });

  test("the watcher looks again after a look that failed, such as one that waited for the lock in vain", () => {
    const agent = new AgentHost(folder()).holding(ip("rule add 1"));
    expect(looks(agent, 1)).toBe(true);
    expect(agent.files("run")).not.toContain("heal.soon");
  });

  test("the watcher leaves alone what a change does that is still going on", () => {
    const agent = new AgentHost(folder()).holding(ip("rule add 1"));
    // By the number and the start of its program, of which this one takes the place.
    const startTime = readFileSync("/proc/self/stat", "utf8").replace(/.*\) /, "").split(" ")[19] ?? "";
    agent.write("run/changer", `extrude-change-5.service ${process.pid} ${startTime}\n`);
    expect(looks(agent)).toBe(false);
  });

  test("while it took back a refused change, what was somebody else's still stays", () => {
    for (let step = 1; ; step += 1) {
      const agent = new AgentHost(join(folder(), String(step))).holding(ip("rule add 1"));
      // Somebody else's rule 2 was in the way, so nothing of the change was added.
      agent.write("kernel", "rule add 1\nrule add 2\n");
      agent.write("state/staged", ip("rule add 1", "rule add 2"));
      agent.write("state/nothing-added", "");
      countSteps(agent);
      const isStruck = killAt(agent, step, ["restore"], "");
      agent.call(["restore"]);
      expect({ step, kernel: agent.kernel() }).toEqual({ step, kernel: ["rule add 1", "rule add 2"] });
      if (!isStruck) break;
    }
  });
});
