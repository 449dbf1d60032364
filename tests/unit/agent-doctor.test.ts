import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseFacts, parseProbed } from "../../cli/facts";
import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const office = "acme/net/prod/bond/office";

/** A ping that gets nothing larger than what `largest` holds there. */
const ping = `
echo "$*" >>"$HOST/pings"
size=0; previous=
for word; do [ "$previous" != -s ] || size=$word; previous=$word; done
[ $((size + 28)) -le "$(cat "$HOST/largest")" ]
`;

describe.each(shellNames)("in %s", (name) => {
  const host = (): AgentHost => {
    const agent = new AgentHost(folder(), name);
    agent.write("largest", "1500\n");
    for (const [program, text] of Object.entries({ ping, systemctl: '[ ! -e "$HOST/stopped" ]', date: "echo 12.5" })) {
      writeFileSync(join(folder(), "bin", program), `#!/bin/sh\nHOST='${folder()}'\n${text}\n`);
      chmodSync(join(folder(), "bin", program), 0o755);
    }
    return agent;
  };
  const counters = (device: string, carrier: string): void => {
    const place = join(folder(), "net", device);
    mkdirSync(join(place, "statistics"), { recursive: true });
    writeFileSync(join(place, "carrier"), `${carrier}\n`);
    for (const count of ["rx_packets", "tx_packets"]) writeFileSync(join(place, "statistics", count), "7\n");
  };
  const facts = (agent: AgentHost) => {
    const { status, stdout, stderr } = agent.call(["facts"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return parseFacts(stdout, 0, 1);
  };

  test("facts are the units with the digest of their text, without secrets", () => {
    const text = unitText("bond/office", "claim address 77.1.2.3", "[ip]", "rule add priority 9600 lookup 5");
    const agent = host();
    agent.apply(text, "SECRET\n");
    const found = facts(agent);
    const digest = createHash("sha256").update(text).digest("hex");
    expect(found.units).toEqual([{ name: office, host: "rack", digest }]);
    expect(found.claims).toEqual([{ unit: office, what: "address 77.1.2.3" }]);
    expect(found).toMatchObject({ clock: { shown: 12_500 }, agent: "0.1.0", drift: [], broken: [], stopped: [] });
    expect(found.rules.join("\n")).toContain("9600:");
    expect(agent.call(["facts"]).stdout).not.toContain("SECRET");
  });

  test("facts name the tables that have a default route, of whatever type, and no others", () => {
    const agent = host();
    agent.write(
      "routes",
      [
        "default via 55.1.2.1 dev eth1 proto static",
        "default dev full table 51820 scope link",
        "unreachable default table 7 metric 4278198272",
        "100.100.100.100 dev tailscale0 table 52",
        "",
      ].join("\n"),
    );
    expect(facts(agent).tablesWithDefault).toEqual(["51820", "7", "main"]);
  });

  test("facts tell what is missing, stopped, drifted and broken, and change none of it", () => {
    const agent = host();
    agent.device("eth77");
    agent.holding(unitText("bond/office", "require link eth77", "[ip]", "rule add priority 9600 lookup 5"));
    rmSync(join(folder(), "net", "eth77"), { recursive: true });
    agent.write("kernel", "");
    agent.write("stopped", "");
    agent.write("state/broken", `${office}: [ip] x\n`);
    agent.done();
    const found = facts(agent);
    expect(found.requirements).toEqual([{ unit: office, lack: "there is no interface eth77 here." }]);
    expect(found.stopped).toEqual(["extrude-watch.service"]);
    expect(found.drift).toEqual(["[ip] missing: rule add priority 9600 lookup 5"]);
    expect(found.broken).toEqual([`${office}: [ip] x`]);
    expect(agent.kernel()).toEqual([]);
    expect(agent.done()).toEqual([]);
  });

  test("facts name the chains of others that stop what no rule of theirs accepts, and say nothing of the rest", () => {
    const table = (name: string, ...lines: string[]): string => [`table ${name} {`, ...lines, "}"].join("\n");
    const chain = (name: string, ...lines: string[]): string =>
      [`\tchain ${name} {`, ...lines.map((line) => `\t\t${line}`), "\t}"].join("\n");
    const hook = (name: string, policy: string): string =>
      `type filter hook ${name} priority filter; policy ${policy};`;
    const agent = host().holding(unitText("bond/office"));
    agent.write(
      "ruleset",
      [
        table(
          "ip filter",
          chain("DOCKER-USER", "counter return"),
          chain("FORWARD", hook("forward", "drop"), "counter jump DOCKER-USER"),
          chain("INPUT", hook("input", "accept"), "tcp dport 22 drop"),
        ),
        table(
          "ip6 filter",
          chain("INPUT", hook("input", "drop"), "counter jump ufw6-user-input"),
          chain("ufw6-user-input", 'iifname "x-*" udp dport 3784 counter accept'),
        ),
        table(
          "inet firewalld",
          chain("filter_FORWARD", hook("forward", "accept"), "ct state established accept", "reject with icmpx 13"),
          chain("later", 'oifname "x-*" accept'),
        ),
        table("inet x_office_abcdef", chain("leak", hook("forward", "accept"), 'oifname "eth1" accept', "drop")),
        table("inet mine", chain("in", "type nat hook prerouting priority 0; policy accept;", "drop")),
      ].join("\n"),
    );
    expect(facts(agent).filters).toEqual([
      { hook: "forward", family: "ip", table: "filter", chain: "FORWARD", neighbours: ["docker"], ways: [] },
      { hook: "input", family: "ip6", table: "filter", chain: "INPUT", neighbours: ["ufw"], ways: ["in"] },
      {
        hook: "forward",
        family: "inet",
        table: "firewalld",
        chain: "filter_FORWARD",
        neighbours: ["firewalld"],
        ways: ["out"],
      },
    ]);
  });

  test.each([
    ["1500", 1500],
    ["1499", 1499],
    ["1492", 1492],
    ["1399", 1399],
    ["68", 68],
    ["0", 0],
  ])("the largest packet that gets through a line of %s bytes is %d", (largest, expected) => {
    const agent = host();
    counters("eth1", "1");
    agent.write("largest", `${largest}\n`);
    const { status, stdout } = agent.call(["probe"], "path eth1 55.1.2.3 77.1.2.2 1500\n");
    expect(status).toBe(0);
    expect(parseProbed(stdout).paths).toEqual({ "eth1 55.1.2.3 77.1.2.2": expected });
    const pings = agent.read("pings").split("\n").slice(0, -1);
    expect(pings.length).toBeLessThanOrEqual(13);
    for (const call of pings) expect(call).toMatch(/-M do -s \d+ -I eth1 -I 55\.1\.2\.3 77\.1\.2\.2$/);
  });

  test("a gateway answers or not, and interfaces are counted before and after", () => {
    const agent = host();
    counters("eth1", "1");
    counters("ppp0", "0");
    agent.write("largest", "0\n");
    agent.write("bin/arping", `#!/bin/sh\ncase $* in *55.1.2.1) exit 0 ;; esac\nexit 1\n`);
    const { stdout } = agent.call(["probe"], "gateway eth1 55.1.2.1\ngateway ppp0 33.1.2.1\ncounters\n");
    const found = parseProbed(stdout);
    expect(found.gateways).toEqual({ "eth1 55.1.2.1": true, "ppp0 33.1.2.1": false });
    expect(found.links["eth1"]).toEqual({ hasCarrier: true, received: 0, sent: 0 });
    expect(found.links["ppp0"]?.hasCarrier).toBe(false);
  });

  test("pings over a line are counted, as many as were asked for", () => {
    const agent = host();
    agent.write(
      "bin/ping",
      "#!/bin/sh\necho \"$*\" >>\"${0%/*}/../pings\"\necho '15 packets transmitted, 14 received, 6.66667% packet loss, time 2800ms'\necho 'rtt min/avg/max/mdev = 8.1/9.25/12.0/1.0 ms'\n",
    );
    const { stdout } = agent.call(["probe"], "times eth1 77.1.2.2 15\n");
    expect(parseProbed(stdout).pings).toEqual({ eth1: { sent: 15, received: 14, latencyMs: 9.25 } });
    expect(agent.read("pings")).toMatch(/-c 15 .*-I eth1 77\.1\.2\.2\n$/);
  });

  describe("rate", () => {
    const arriving = (device: string, bytes: string): void => {
      const place = join(folder(), "net", device, "statistics");
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "rx_bytes"), `${bytes}\n`);
    };

    test("sends what nobody answers or returns, and counts what arrives meanwhile", () => {
      const agent = host();
      arriving("x-a", "1000");
      agent.write(
        "bin/sleep",
        `#!/bin/sh\n[ "$1" != 2 ] || { echo 3501000 >'${folder()}/net/x-a/statistics/rx_bytes'; echo '102.25 50.00' >'${folder()}/proc-uptime'; }\n`,
      );
      const { status, stdout, stderr } = agent.call(["rate"], "send x-b fe80::9 4000 2\ncount x-a\n");
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "counted x-a 3500000 2\n", stderr: "" });
      expect(agent.read("pings")).toBe("-n -q -t 1 -i 0.001 -s 4000 -w 7 -I x-b fe80::9\n".repeat(2));
    });

    test("of what is no tunnel, no address or no number there is none", () => {
      const agent = host();
      arriving("eth1", "1000");
      const asked = [
        "count eth1",
        "send eth1 fe80::9 4000",
        "send x-a -f 4000",
        "send x-a fe80::9 1;reboot",
        "send x-a fe80::9 1 $(x)",
        "count",
      ];
      const { status, stdout } = agent.call(["rate"], `${asked.join("\n")}\n`);
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
      expect(agent.read("pings")).toBe("");
    });
  });

  test("facts tell where the packets of encrypted tunnels come from, and no key", () => {
    const agent = host().holding(unitText("bond/office"));
    for (const name of ["wireguard", "xfrm_user"]) agent.write(`module/${name}/refcnt`, "1\n");
    const dump = [
      ["x-a", "PRIVATE", "OWN", "51820", "0x1"],
      ["x-a", "PEER", "(none)", "198.51.100.7:4242", "0.0.0.0/0,::/0", "10", "1", "1", "25"],
      ["x-b", "PRIVATE", "OWN", "51821", "off"],
      ["x-b", "PEER", "(none)", "(none)", "0.0.0.0/0,::/0", "0", "0", "0", "off"],
    ].map((words) => words.join("\t"));
    const states = [
      "src 198.51.100.7 dst 77.1.2.2",
      "\tproto esp spi 0x1 reqid 1 mode tunnel",
      "\taead rfc4106(gcm(aes)) 0xSECRET 128",
      "\tencap type espinudp sport 61234 dport 4500 addr 0.0.0.0",
      "\tif_id 0x2a",
      "src 55.1.2.3 dst 77.1.2.2",
      "\tproto esp spi 0x2 reqid 2 mode transport",
      "src 77.1.2.2 dst 99.1.2.3",
      "\tif_id 0x2b",
    ];
    agent.write("bin/wg", `#!/bin/sh\ncat <<'X'\n${dump.join("\n")}\nX\n`);
    agent.write("bin/ip", `#!/bin/sh\ncase $* in "xfrm state") cat <<'X'\n${states.join("\n")}\nX\n;; *) : ;; esac\n`);
    for (const program of ["wg", "ip"]) chmodSync(join(folder(), "bin", program), 0o755);
    const { stdout } = agent.call(["facts"]);
    const found = parseFacts(stdout, 0, 1);
    expect(found.wireguard["x-a"]).toMatchObject({ port: 51820, peer: { address: "198.51.100.7", port: 4242 } });
    expect(found.wireguard["x-b"]?.peer).toBeUndefined();
    expect(found.esp).toEqual({
      "0x2a": [{ address: "198.51.100.7", port: 61234 }],
      "0x2b": [{ address: "77.1.2.2" }],
    });
    expect(stdout).not.toMatch(/SECRET|PRIVATE/);
  });
});
