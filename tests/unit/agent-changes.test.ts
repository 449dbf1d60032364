import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, unitText } from "./agent-host";
import { bondArguments, largeBond, member, rendered, unitsOnHost } from "./fixtures";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const office = "acme/net/prod/bond/office";
/** The timer that would take a change back, and its end. */
const [armed, disarmed] = ["timer --on-active=30", "systemctl -q stop extrude-rollback.timer"];

describe.each(shellNames)("in %s, a change", (name) => {
  const host = (): AgentHost => {
    const agent = new AgentHost(folder(), name);
    for (const [device, address] of [
      ["eth0", "77.1.2.2/24"],
      ["eth1", "55.1.2.3/24"],
      ["ppp0", "99.1.2.3/32"],
      ["wwan0", "33.1.2.3/24"],
      ["eth9", "11.1.2.3/24"],
    ] as const) {
      agent.write(`addresses.${device}`, `2: ${device}    inet ${address} scope global\n`);
    }
    return agent;
  };
  const unit = (...lines: string[]): string => unitText("bond/office", ...lines);
  const ip = (...lines: string[]): string => unit("[ip]", ...lines);

  describe("of iproute2's lines", () => {
    test("adds what is new before it takes away what goes", () => {
      const agent = host().holding(ip("rule add 1", "rule add 2", "rule add 3"));
      agent.done();
      agent.holding(ip("rule add 2", "rule add 4"));
      expect(agent.done()).toEqual([armed, "ip rule add 4", "ip rule del 3", "ip rule del 1", disarmed]);
      expect(agent.kernel()).toEqual(["rule add 2", "rule add 4"]);
    });

    test("takes a link away first where the new one has the same name, and leaves others alone", () => {
      const link = (end: string): string => `link add x-a type gre remote ${end}`;
      const agent = host().holding(ip(link("1.1.1.1"), "address add 1/32 dev x-a", "link add x-b type gre"));
      agent.done();
      agent.holding(ip(link("2.2.2.2"), "address add 1/32 dev x-a", "link add x-b type gre"));
      expect(agent.done().filter((line) => line.startsWith("ip link"))).toEqual([
        "ip link del x-a",
        `ip ${link("2.2.2.2")}`,
      ]);
      expect([...agent.kernel()].sort()).toEqual(
        ["address add 1/32 dev x-a", "link add x-b type gre", link("2.2.2.2")].sort(),
      );
    });

    test("sets anew what is set on a link that is made anew, or put back, before it is up", () => {
      const sets = ["link set x-a addrgenmode none", "link set x-a mtu 1476 up"];
      const agent = host().holding(ip("link add x-a type gre remote 1.1.1.1", ...sets));
      agent.write("sets", "");
      agent.holding(ip("link add x-a type gre remote 2.2.2.2", ...sets));
      expect(agent.read("sets").split("\n").slice(0, -1)).toEqual(sets);
      agent.write("kernel", "");
      agent.write("sets", "");
      agent.call(["restore"]);
      expect(agent.read("sets").split("\n").slice(0, -1)).toEqual(sets);
    });

    test("to nothing takes all away, the last line first", () => {
      const lines = [
        "link add x-a type gre local 1.1.1.1 remote 2.2.2.2 dev eth0 ttl 64 tos inherit",
        "link set x-a addrgenmode none",
        "address add fe80::1/64 dev x-a nodad",
        "rule add priority 9010 from 1.1.1.1 lookup 12345",
        "route add 77.1.2.3/32 dev lo table 5 metric 4000000000",
        "neigh add proxy 77.1.2.3 dev eth0",
        "rule add priority 9700 unreachable",
      ];
      const agent = host().holding(unitText("colo/other"), ip(...lines));
      agent.done();
      agent.remove(office);
      expect(agent.done()).toEqual([
        armed,
        "ip rule del priority 9700 unreachable",
        "ip neigh del proxy 77.1.2.3 dev eth0",
        "ip route del 77.1.2.3/32 dev lo table 5 metric 4000000000",
        "ip rule del priority 9010 from 1.1.1.1 lookup 12345",
        "ip address del fe80::1/64 dev x-a nodad",
        "ip link del x-a",
        disarmed,
      ]);
      expect(agent.kernel()).toEqual([]);
    });

    test("does not take over what somebody else has added", () => {
      const agent = host();
      agent.write("kernel", "rule add 2\nlink add x-a type dummy\n");
      const { status, stderr } = agent.apply(ip("rule add 1", "rule add 2", "link add x-a type gre"));
      expect(stderr).toBe(
        [
          `extrude: rack refuses ${office}; nothing has changed:`,
          "  - [ip] 'rule add 2': it is there already, and is not extrude's.",
          "  - [ip] 'link add x-a type gre': it is there already, and is not extrude's.",
          "",
        ].join("\n"),
      );
      expect(status).toBe(1);
      expect(agent.kernel()).toEqual(["rule add 2", "link add x-a type dummy"]);
      expect(agent.files("state")).toEqual([]);
    });

    test("does not share a rule's priority with somebody else's rule", () => {
      const agent = host();
      agent.write("kernel", "rule add priority 9600 lookup 7\n");
      const { stderr } = agent.apply(ip("rule add priority 9600 lookup 12345"));
      expect(stderr).toContain("a rule with the priority 9600 is there that is not extrude's: 9600 lookup 7.");
    });

    test("of nothing changes nothing, and says so", () => {
      const agent = host().holding(ip("rule add 1"));
      agent.done();
      expect(agent.apply(ip("rule add 1"))).toEqual({ status: 0, stdout: "unchanged\n", stderr: "" });
      expect(agent.done()).toEqual([]);
    });

    test("puts back what somebody has taken away, also where the unit is the same", () => {
      const agent = host().holding(ip("rule add 1", "rule add 2"));
      agent.write("kernel", "rule add 2\n");
      expect(agent.apply(ip("rule add 1", "rule add 2")).stdout).toBe("unchanged\n");
      expect([...agent.kernel()].sort()).toEqual(["rule add 1", "rule add 2"]);
      agent.write("kernel", "rule add 2\n");
      agent.holding(ip("rule add 1", "rule add 2", "rule add 3"));
      expect([...agent.kernel()].sort()).toEqual(["rule add 1", "rule add 2", "rule add 3"]);
    });
  });

  describe("that goes wrong is taken back whole:", () => {
    const before = ip("rule add 1", "link add x-a type gre ttl 1", "address add 1/32 dev x-a", "rule add 3");
    const attempt = (agent: AgentHost, after: string, says: string): void => {
      const kernel = [...agent.kernel()].sort();
      const kept = agent.files("state/units").map((file) => agent.read(`state/units/${file}`));
      const { status, stdout, stderr } = agent.apply(after);
      expect(stderr).toContain(`extrude: rack could not take ${office}; it is as it was before:\n  - `);
      expect(stderr).toContain(says);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect([...agent.kernel()].sort()).toEqual(kernel);
      expect(agent.files("state/units").map((file) => agent.read(`state/units/${file}`))).toEqual(kept);
      expect(agent.files("state")).not.toContain("staged");
    };

    test("a first unit, of which one line is refused", () => {
      const agent = host();
      agent.write("fail.ip", "rule add 3");
      attempt(agent, before, "[ip] 'rule add 3': RTNETLINK answers: Operation not supported");
    });

    test("more lines, of which one is refused", () => {
      const agent = host().holding(before);
      agent.write("fail.ip", "rule add 5");
      attempt(agent, before.replace("[end]", "rule add 4\nrule add 5\nrule add 6\n[end]"), "[ip] 'rule add 5'");
    });

    test("other lines, of which one is refused", () => {
      const agent = host().holding(before);
      agent.write("fail.ip", "rule add 5");
      attempt(agent, ip("rule add 4", "rule add 5"), "[ip] 'rule add 5'");
    });

    test("another link of the same name, which is refused", () => {
      const agent = host().holding(before);
      agent.write("fail.ip", "ttl 2");
      attempt(agent, before.replace("ttl 1", "ttl 2").replace("rule add 1", "rule add 2"), "ttl 2'");
    });

    test("rules of nftables, which are refused", () => {
      const agent = host().holding(unit("[nft]", "table inet x_t {", "}", "[ip]", "rule add 1"));
      agent.fail("nft", "x:1:1-2: Error: no such thing");
      const after = unit("[nft]", "table inet x_t {", "\tchain a {", "\t}", "}", "[ip]", "rule add 1", "rule add 2");
      attempt(agent, after, "[nft] no such thing");
    });

    test("a configuration that a running BIRD does not take", () => {
      const agent = host().holding(unit("[bird]", "one"));
      agent.fail("birdc", "Configuration error");
      const { status, stderr } = agent.apply(unit("[bird]", "two"));
      expect(stderr).toContain("[bird] BIRD did not take its new configuration: Configuration error");
      expect(status).toBe(1);
      expect(agent.read(`state/units/${office}`)).toContain("one");
      expect(agent.read("run/bird/conf")).toContain("one");
    });
  });

  test("that was cut off is taken back before anything else happens", () => {
    const agent = host().holding(ip("rule add 1"));
    agent.write("state/staged", ip("rule add 1", "rule add 2", "rule add 3"));
    agent.write("kernel", "rule add 1\nrule add 2\n");
    agent.holding(unitText("colo/other"));
    expect(agent.kernel()).toEqual(["rule add 1"]);
    expect(agent.files("state")).not.toContain("staged");
  });

  describe("that the host's programs would not accept changes nothing:", () => {
    test.each([
      ["nft-check", "f:5:1-3: Error: syntax error", ["[nft]", "table inet x_t {", "}"], "[nft] syntax error"],
      ["bird", "5:1 syntax error", ["[bird]", "protocol"], "[bird] line 5:1 syntax error"],
      // Its first line is that of the stand-ins.
      ["unshare", "Error: bad\nCommand failed f:2", [], "[ip] 'rule add 1': Error: bad"],
    ] as const)("%s", (program, says, lines, said) => {
      const agent = host();
      agent.fail(program, `${says}\n`);
      const { status, stderr } = agent.apply(unit(...lines, "[ip]", "rule add 1"));
      expect(stderr).toBe(`extrude: rack cannot take ${office}; nothing has changed:\n  - ${said}\n`);
      expect(status).toBe(1);
      expect(agent.done()).toEqual([]);
      expect(agent.kernel()).toEqual([]);
      expect(agent.files("state/units")).toEqual([]);
    });
  });

  describe("of nftables", () => {
    const element = (set: string, what: string): string => `add element inet x_t ${set} { ${what} }`;
    const table = (rule: string): string[] => ["[nft]", "table inet x_t {", `\t${rule}`, "}"];
    const transactions = (agent: AgentHost): string[] =>
      agent.done().flatMap((line) => (line.startsWith("nft| ") ? [line.slice(5)] : []));

    test("makes a table that is new, and takes away one that goes", () => {
      const agent = host().holding(unit(...table("one")));
      expect(transactions(agent)).toEqual(["table inet x_t {", "\tone", "}"]);
      agent.remove(office);
      expect(transactions(agent)).toEqual(["add table inet x_t", "delete table inet x_t"]);
    });

    test("fills a table that changes with the elements of all units, and of no other table", () => {
      const agent = host().holding(
        unitText("colo/t2", "[nft]", "table inet x_t2 {", "}"),
        unit(...table("one"), "[nft-elements]", element("tunnels", '"x-own"')),
        unitText("uplink/a", "[nft-elements]", element("tunnels", '"x-a"')),
        unitText("uplink/b", "[nft-elements]", 'add element inet x_t2 tunnels { "x-b" }'),
        unitText("bond/c", "[nft-elements]", element("sources", '"x-a" . 77.1.2.3')),
      );
      agent.done();
      agent.holding(unit(...table("two"), "[nft-elements]", element("tunnels", '"x-own"')));
      expect(transactions(agent)).toEqual([
        "add table inet x_t",
        "delete table inet x_t",
        "table inet x_t {",
        "\ttwo",
        "}",
        element("tunnels", '"x-a"'),
        element("sources", '"x-a" . 77.1.2.3'),
        element("tunnels", '"x-own"'),
      ]);
    });

    test("lets an element that goes match for a while where the unit stays", () => {
      const [a, b] = [element("tunnels", '"x-a"'), element("tunnels", '"x-b"')];
      const agent = host().holding(unitText("colo/t", ...table("one")), unit("[nft-elements]", a, b));
      agent.done();
      agent.holding(unit("[nft-elements]", b));
      expect(transactions(agent)).toEqual([a, a.replace("add", "delete"), element("tunnels", '"x-a" timeout 60s')]);
    });

    test("lets an element of a map go at once, so that another can take its place", () => {
      const [a, b] = ["0-19", "0-49"].map((numbers) => element("packets", `77.1.2.3 . ${numbers} : goto path1`));
      const agent = host().holding(unitText("colo/t", ...table("one")), unit("[nft-elements]", a ?? ""));
      agent.done();
      agent.holding(unit("[nft-elements]", b ?? ""));
      const undo = (line = ""): string => line.replace("add", "delete");
      expect(transactions(agent)).toEqual([a, undo(a), b, undo(b), b]);
    });

    test("adds an element afresh, so that one on its way out stays for good", () => {
      const [a, b] = [element("tunnels", '"x-a"'), element("tunnels", '"x-b"')];
      const agent = host().holding(unitText("colo/t", ...table("one")), unit("[nft-elements]", b));
      agent.done();
      agent.holding(unit("[nft-elements]", a, b));
      expect(transactions(agent)).toEqual([a, a.replace("add", "delete"), a]);
    });

    test("takes an element away although somebody has deleted its table, which comes back", () => {
      const a = element("tunnels", '"x-a"');
      const agent = host().holding(unitText("colo/t", ...table("one")), unit("[nft-elements]", a));
      agent.write("tables", "");
      agent.write("elements", "");
      expect(agent.remove(office)).toEqual({ status: 0, stdout: "removed\n", stderr: "" });
      expect(agent.read("tables")).toBe("inet x_t\n");
    });

    test("leaves the table of a bond alone where only its lines change", () => {
      const [, before] = rendered.bond();
      const [, after] = rendered.bond(bondArguments({ uplinks: [member("cable"), member("dsl")] }));
      const agent = host().holding(...unitsOnHost("router", bondArguments()));
      agent.done();
      if (before === undefined || after === undefined) throw new Error("a bond has two units");
      agent.holding(after);
      expect(transactions(agent)).toEqual([]);
    });
  });

  test("comes in an order that leaves no packet without its filter, route or translation", () => {
    const agent = host().holding(...unitsOnHost("router", bondArguments()).slice(0, -1));
    agent.done();
    const [, bond] = rendered.bond(bondArguments({ whenDown: "block" }));
    const [, larger] = rendered.bond(largeBond({ uplinks: bondArguments().uplinks }));
    if (bond === undefined || larger === undefined) throw new Error("a bond has two units");
    const steps = (): string[] => agent.done().filter((line) => !line.startsWith("nft| "));
    agent.holding(bond);
    expect(steps()).toMatchSnapshot("made");
    agent.holding(larger);
    expect(steps()).toMatchSnapshot("replaced");
    agent.remove(office, "router");
    expect(steps()).toMatchSnapshot("removed");
  });

  describe("of sysctl", () => {
    const sysctl = (...lines: string[]): string[] => ["[sysctl]", ...lines];
    const at = "proc-sys/net/ipv4/conf/eth0";

    test("is put back to what was found when no unit wants it any longer", () => {
      const agent = host().holding(
        unitText("colo/keep"),
        unit(...sysctl("net/ipv4/conf/eth0/rp_filter = 2")),
        unitText("uplink/b", ...sysctl("net/ipv4/conf/eth0/rp_filter = 2")),
      );
      expect(agent.read(`${at}/rp_filter`)).toBe("2\n");
      agent.remove(office);
      expect(agent.read(`${at}/rp_filter`)).toBe("2\n");
      agent.remove("acme/net/prod/uplink/b");
      expect(agent.read(`${at}/rp_filter`)).toBe("1\n");
      expect(agent.read("state/sysctl")).toBe("");
    });

    test("of all interfaces sets each, and neither the one for all nor more than is asked", () => {
      const agent = host().holding(unitText("colo/keep"), unit(...sysctl("net/ipv4/conf/*/forwarding = 1")));
      const forwarding = (device: string): string => agent.read(`proc-sys/net/ipv4/conf/${device}/forwarding`).trim();
      expect(["eth0", "eth1", "lo", "all"].map(forwarding)).toEqual(["1", "1", "1", "0"]);
      expect(agent.read(`${at}/rp_filter`)).toBe("1\n");
      agent.remove(office);
      expect(["eth0", "eth1", "lo", "all"].map(forwarding)).toEqual(["0", "0", "0", "0"]);
    });

    test("of forwarding ends before the rules go that lead packets away from the lines", () => {
      const lines = ["[ip]", "rule add priority 9700 unreachable", ...sysctl("net/ipv4/conf/eth0/forwarding = 1")];
      const agent = host().holding(unitText("colo/keep"), unit(...lines));
      const path = join(agent.folder, "bin/ip");
      renameSync(path, `${path}.real`);
      const look = `for batch; do :; done; ! grep -q '^rule del' "$batch" || cat '${join(agent.folder, at)}/forwarding' >>'${agent.folder}/seen'`;
      writeFileSync(path, `#!/bin/sh\n${look}\nexec '${path}.real' "$@"\n`, { mode: 0o755 });
      agent.remove(office);
      expect(agent.kernel()).toEqual([]);
      expect(agent.read("seen")).toBe("0\n");
    });

    test("of forwarding stays on where somebody has switched all of it on since, as Docker does", () => {
      const agent = host().holding(unitText("colo/keep"), unit(...sysctl("net/ipv4/conf/eth0/forwarding = 1")));
      agent.write("proc-sys/net/ipv4/conf/all/forwarding", "1\n");
      agent.remove(office);
      expect(agent.read(`${at}/forwarding`)).toBe("1\n");
    });

    test("that a unit gives up while it stays is put back", () => {
      const agent = host().holding(
        unit(...sysctl("net/ipv4/conf/eth0/rp_filter = 2", "net/ipv4/conf/eth0/forwarding = 1")),
      );
      agent.holding(unit(...sysctl("net/ipv4/conf/eth0/forwarding = 1")));
      expect([agent.read(`${at}/rp_filter`), agent.read(`${at}/forwarding`)]).toEqual(["1\n", "1\n"]);
    });

    test("of what is not there is an error that names it", () => {
      const { status, stderr } = host().apply(unit(...sysctl("net/ipv4/conf/eth77/forwarding = 1")));
      expect(stderr).toContain("  - [sysctl] there is no net/ipv4/conf/eth77/forwarding here.\n");
      expect(status).toBe(1);
    });
  });
});
