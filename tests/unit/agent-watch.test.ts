import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const element = 'add element inet x_t sources { "x-a" . 77.1.2.3 }';
const table = ["[nft]", "table inet x_t {", "}", "[nft-elements]", element];
const links = ["[ip]", "link add x-a type gre", "link set x-a mtu 1476 up", "address add 1/32 dev x-a", "rule add 1"];

describe.each(shellNames)("in %s", (name) => {
  const host = (): AgentHost =>
    new AgentHost(folder(), name).holding(
      unitText("bond/a", ...links, ...table),
      unitText("uplink/b", "[sysctl]", "net/ipv4/conf/eth0/rp_filter = 2"),
    );
  const drift = (agent: AgentHost): string[] => agent.call(["drift"]).stdout.split("\n").slice(0, -1);
  const heal = (agent: AgentHost): string[] => agent.call(["heal"]).stdout.split("\n").slice(0, -1);

  test("where all is as it was confirmed, nothing differs and nothing is healed", () => {
    const agent = host();
    agent.done();
    expect(agent.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(agent.call(["heal"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(agent.done()).toEqual([]);
  });

  const damages: Record<string, { harm: (agent: AgentHost) => void; differs: string[]; says: string[] }> = {
    "a deleted rule": {
      harm: (agent) => {
        agent.write("kernel", agent.read("kernel").replace("rule add 1\n", ""));
      },
      differs: ["[ip] missing: rule add 1"],
      says: ["was missing, is back: [ip] rule add 1"],
    },
    "a deleted link, with what it carried": {
      harm: (agent) => {
        agent.write("kernel", "rule add 1\n");
        agent.write("sets", "");
      },
      differs: ["link add x-a type gre", "link set x-a mtu 1476 up", "address add 1/32 dev x-a"].map(
        (line) => `[ip] missing: ${line}`,
      ),
      says: ["link add x-a type gre", "link set x-a mtu 1476 up", "address add 1/32 dev x-a"].map(
        (line) => `was missing, is back: [ip] ${line}`,
      ),
    },
    "a link that was taken down": {
      harm: (agent) => {
        agent.write("sets", "");
      },
      differs: ["[ip] missing: link set x-a mtu 1476 up"],
      says: ["was missing, is back: [ip] link set x-a mtu 1476 up"],
    },
    "a deleted table": {
      harm: (agent) => {
        agent.write("tables", "");
        agent.write("elements", "");
      },
      differs: ["[nft] table inet x_t is gone", `[nft] missing: ${element}`],
      says: ["was missing, is back: [nft] table inet x_t is gone"],
    },
    "a table that was changed": {
      harm: (agent) => {
        agent.write("tampered", " and then changed");
      },
      differs: ["[nft] table inet x_t was changed"],
      says: ["was missing, is back: [nft] table inet x_t was changed"],
    },
    "a deleted element, beside a longer one": {
      harm: (agent) => {
        agent.write("elements", '"x-a" . 77.1.2.30,\n');
      },
      differs: [`[nft] missing: ${element}`],
      says: [`was missing, is back: [nft] ${element}`],
    },
    "another value of a sysctl": {
      harm: (agent) => {
        agent.write("proc-sys/net/ipv4/conf/eth0/rp_filter", "0\n");
      },
      differs: ["[sysctl] net/ipv4/conf/eth0/rp_filter is 0, not 2"],
      says: ["was missing, is back: [sysctl] net/ipv4/conf/eth0/rp_filter is 0, not 2"],
    },
  };

  test.each(Object.entries(damages))("%s is told, and healed", (_, { harm, differs, says }) => {
    const agent = host();
    harm(agent);
    expect(drift(agent)).toEqual(differs);
    expect(agent.call(["drift"]).status).toBe(1);
    expect(drift(agent)).toEqual(differs);
    expect(heal(agent)).toEqual(says);
    expect(agent.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect([...agent.kernel()].sort()).toEqual(
      ["link add x-a type gre", "address add 1/32 dev x-a", "rule add 1"].sort(),
    );
  });

  test("what cannot be healed is said, with its unit", () => {
    const agent = host();
    agent.write("kernel", "");
    agent.write("fail.ip", "rule add 1");
    expect(heal(agent)).toContainEqual(expect.stringMatching(/^acme\/net\/prod\/bond\/a: \[ip\] 'rule add 1': /));
  });

  describe("the watcher", () => {
    const looks = (agent: AgentHost): number => {
      const program = `#!/bin/sh\necho "agent $*" >>'${folder()}/log'\n`;
      writeFileSync(join(folder(), "extrudectl"), program, { mode: 0o755 });
      agent.call(["watch"]);
      return agent.done().filter((line) => line === "agent heal").length;
    };

    test("looks for what is missing once it is there, and when the kernel reports something", () => {
      const agent = host();
      expect(looks(agent)).toBe(1);
      agent.write("events", "Deleted 5: x-a@NONE: <NOARP> mtu 1476\n");
      expect(looks(agent)).toBe(2);
    });

    test("does not when a routing daemon changes its routes", () => {
      const agent = host();
      agent.write("events", "Deleted 10.0.0.0/8 via 10.1.1.1 dev eth0 proto bird metric 32\n");
      expect(looks(agent)).toBe(1);
    });

    test("can be told not to, for the host", () => {
      const agent = host().holding(unitText("host/rack", "watch no"));
      agent.write("events", "Deleted 5: x-a@NONE: <NOARP> mtu 1476\n");
      expect(looks(agent)).toBe(0);
    });

    test.each([
      ["watch no", ""],
      ["", "watch no"],
    ])("begins anew when its host's unit has '%s', then '%s'", (before, after) => {
      const agent = host().holding(unitText("host/rack", ...[before].filter(Boolean)));
      agent.done();
      agent.holding(unitText("host/rack", ...[after].filter(Boolean)));
      expect(agent.done().at(-1)).toBe("systemctl restart extrude-watch.service");
    });
  });
});
