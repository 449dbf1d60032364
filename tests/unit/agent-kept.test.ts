import { rmSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, unitText } from "./agent-host";
import { alpha, askToApply, beta, CustomersUnits, hostWithSites } from "./customer-fixture";
import { unitsOnHost } from "./fixtures";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const kept = "acme/net/prod/bond/kept";
const other = "acme/net/prod/bond/other";
const text = unitText("bond/kept", "claim link x-a", "[ip]", "rule add 1", "rule add 2", "[bird]", "one");
const file = `state/units/${kept}`;

/** What somebody, or a failing disk, may do to what the agent keeps. */
const damages: Record<string, (agent: AgentHost) => void> = {
  "cut off": (agent) => {
    agent.write(file, text.slice(0, text.indexOf("rule add 2")));
  },
  "cut off to nothing": (agent) => {
    agent.write(file, "");
  },
  garbage: (agent) => {
    agent.write(file, "\u0000\u0001garbage\n\n][");
  },
  "edited, and as whole as before": (agent) => {
    agent.write(file, text.replace("rule add 2", "rule add 3"));
  },
  "another unit's": (agent) => {
    agent.write(file, agent.read(`state/units/${other}`));
  },
  "not in the list of units, which was cut off": (agent) => {
    agent.write("state/order", `${other}\n`);
  },
  "not in the list of units, which is gone": (agent) => {
    agent.write("state/order", "");
  },
};

describe.each(shellNames)("in %s, a unit that is", (shell) => {
  const host = (): AgentHost => {
    const agent = new AgentHost(folder(), shell).holding(text, unitText("bond/other", "[ip]", "rule add 9"));
    agent.done();
    return agent;
  };
  const running = (agent: AgentHost): unknown => [
    agent.kernel(),
    agent.read("bird.running"),
    agent.files("state/units"),
  ];

  describe.each(Object.entries(damages))("%s", (_, damage) => {
    test("stops every change of the host with one sentence, and nothing changes", () => {
      const agent = host();
      damage(agent);
      const before = running(agent);
      const sentence = `extrude: nothing has changed: ${folder()}/${file} is not as it was confirmed: it was edited or cut off. Put it back from a backup, or have its stack apply it again, as it was: \`extrude forget\` of this host, then \`pulumi up\`.\n`;
      const refused = [
        agent.apply(unitText("bond/other", "[ip]", "rule add 8")),
        agent.apply(text.replace("rule add 2", "rule add 4")),
        agent.apply(unitText("bond/new", "[ip]", "rule add 7")),
        agent.remove(other),
        agent.remove(kept),
        agent.call(["restore"]),
        agent.call(["heal"]),
      ];
      for (const { status, stdout, stderr } of refused) {
        expect(stderr).toContain(sentence.slice(0, -1));
        expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      }
      expect(running(agent)).toEqual(before);
      expect(agent.done().filter((line) => /^(ip|nft|systemctl|birdc)\b/.test(line))).toEqual([]);
    });

    test("is told by status and drift", () => {
      const agent = host();
      damage(agent);
      for (const verb of ["status", "drift"]) {
        const { status, stdout } = agent.call([verb]);
        expect(stdout).toContain(`${file} is not as it was confirmed`);
        expect(status).toBe(1);
      }
    });

    test("is mended when its stack applies all that it has there again", () => {
      const agent = host();
      damage(agent);
      const before = agent.kernel();
      agent.write("kernel", agent.read("kernel").replace("rule add 2\n", ""));
      for (const unit of [unitText("bond/other", "[ip]", "rule add 9"), text]) {
        expect(agent.apply(unit)).toEqual({ status: 0, stdout: "unchanged\n", stderr: "" });
      }
      expect(agent.read(file)).toBe(text);
      if (!agent.read("state/order").includes(other)) agent.holding(unitText("bond/other", "[ip]", "rule add 9"));
      expect(agent.kernel().sort()).toEqual(before.sort());
      expect(agent.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
      for (const unit of [kept, other]) expect(agent.remove(unit).stdout).toBe("removed\n");
      expect([...agent.kernel(), ...agent.files("state")]).toEqual([]);
    });
  });

  test("damaged is passed over at a boot, and the others come up", () => {
    const agent = host();
    agent.write(file, "");
    agent.write("kernel", "");
    agent.write("run/bird.pid", "");
    const { status, stderr } = agent.call(["restore"]);
    expect(stderr).toContain("extrude: all else is restored: ");
    expect(status).toBe(1);
    expect(agent.kernel()).toEqual(["rule add 9"]);
  });
});

test("units of an agent that kept no digests yet are taken as they are, and known from then on", () => {
  const agent = new AgentHost(folder()).holding(text);
  const digests = agent.read("state/digests");
  rmSync(join(folder(), "state", "digests"));
  expect(agent.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(agent.read("state/digests")).toBe(digests);
  // A list that has lost them is no such case.
  agent.write("state/digests", "");
  expect(agent.call(["drift"]).stdout).toContain("is not as it was confirmed");
  expect(agent.apply(text).stdout).toBe("unchanged\n");
  expect(agent.read("state/digests")).toBe(digests);
});

test("a change and the way back leave what is kept of all units as it was", () => {
  const agent = new AgentHost(folder()).holding(text, unitText("bond/other", "[ip]", "rule add 9"));
  const digests = agent.read("state/digests");
  for (const unit of [text.replace("rule add 2", "rule add 3"), text])
    expect(agent.apply(unit).stdout).toBe("applied\n");
  expect(agent.read("state/digests")).toBe(digests);
});

test("what was found of sysctls and is cut off, and an empty list of metrics, do not keep units from leaving", () => {
  const agent = new AgentHost(folder());
  agent.write("addresses.eth0", "2: eth0    inet 77.1.2.2/24 scope global eth0\n");
  agent.holding(...unitsOnHost("rack"));
  agent.write("state/sysctl", agent.read("state/sysctl").replace(/ \S*\n$/, "\n"));
  agent.write("state/metrics", "");
  for (const { name } of unitsOnHost("rack").reverse()) expect(agent.remove(name).stdout).toBe("removed\n");
  expect(agent.files("state")).toEqual([]);
});

test("a customer is refused where another's unit is damaged, and hears neither whose nor which", () => {
  const agent = hostWithSites(folder(), "dash");
  const theirs = new CustomersUnits(beta).site()[0]?.name ?? "";
  agent.write(`state/units/${theirs}`, "");
  const own = new CustomersUnits(alpha);
  const second = own.address({ unit: own.unitName("address", "second"), address: "77.1.2.18" });
  expect(askToApply(agent, alpha, second)).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "extrude: nothing has changed: a unit that another stack has here is not as it was confirmed. Whoever owns this host has to put it back.\n",
  });
  expect(agent.ask(alpha.login, "drift")).toEqual({ status: 0, stdout: "", stderr: "" });
});
