import { AgentHost, unitText } from "./agent-host";
import { temporaryFolder } from "./tools";

const folder = temporaryFolder();
const host = (): AgentHost => new AgentHost(folder());

const line = (peer = "PEER", port = 1000): string =>
  `x-a listen-port ${port} fwmark 0x5 private-key secret:x-a peer ${peer} endpoint 77.1.2.2:1000 allowed-ips 0.0.0.0/0,::/0`;
const tunnel = (wireguard = line(), ...more: string[]): string =>
  unitText("uplink/a", "claim link x-a", "[ip]", "link add x-a type wireguard", "[wireguard]", wireguard, ...more);
const key = (text = "KEY"): string => `x-a ${text}\n`;
const interfaces = (agent: AgentHost): string[] => agent.read("wg").split("\n").slice(0, -1);

const own = "x-a\tKEY\tpublic-of-KEY\t1000\t0x5";
const peerLine = (peer = "PEER"): string => `x-a\t${peer}\t(none)\t77.1.2.2:1000\t0.0.0.0/0,::/0\t0\t0\t0\toff`;

test("an interface gets its keys, and its secret is in no command line and no file but the unit's", () => {
  const agent = host();
  expect(agent.apply(tunnel(), key("S3CR3T")).stdout).toBe("applied\n");
  expect(interfaces(agent)[0]).toBe("x-a\tS3CR3T\tpublic-of-S3CR3T\t1000\t0x5");
  expect(interfaces(agent)[1]).toBe(peerLine());
  expect(agent.done()).toContain("wg syncconf x-a /dev/stdin");
  const holding = [
    ...agent.files("state").map((file) => `state/${file}`),
    ...agent.files("run").map((file) => `run/${file}`),
  ];
  expect(holding.filter((file) => agent.read(file).includes("S3CR3T"))).toEqual(["state/units/acme/net/prod/uplink/a"]);
});

test("the same unit again leaves the interface alone", () => {
  const agent = host();
  agent.apply(tunnel(), key());
  agent.done();
  expect(agent.apply(tunnel(), key()).stdout).toBe("unchanged\n");
  expect(agent.done().filter((done) => done.startsWith("wg "))).toEqual([]);
});

test("another key alone is a change", () => {
  const agent = host();
  agent.apply(tunnel(), key());
  expect(agent.apply(tunnel(), key("NEW")).stdout).toBe("applied\n");
  expect(interfaces(agent)[0]).toContain("\tNEW\t");
});

test.each([
  ["a peer more", (text: string) => `${text}x-a\tEVIL\t(none)\t(none)\t10.0.0.0/8\t0\t0\t0\toff\n`],
  ["another peer", (text: string) => text.replace("PEER", "EVIL")],
  ["no peer", (text: string) => text.replace(/\n.*\n$/, "\n")],
  ["another key", (text: string) => text.replaceAll("KEY", "EVIL")],
  ["another mark", (text: string) => text.replace("0x5", "off")],
  ["another port", (text: string) => text.replace("1000\t0x5", "1001\t0x5")],
  ["fewer addresses", (text: string) => text.replace(",::/0", "")],
  ["more addresses", (text: string) => text.replace("::/0", "::/0,::/1")],
  ["a keepalive", (text: string) => text.replace(/off\n$/, "25\n")],
])("%s is told by drift and put back by restore", (_, tamper) => {
  const agent = host();
  agent.apply(tunnel(), key());
  agent.write("wg", tamper(agent.read("wg")));
  expect(agent.call(["drift"])).toMatchObject({ status: 1, stdout: "[wireguard] not as it should be: x-a\n" });
  expect(agent.call(["restore"]).status).toBe(0);
  expect(interfaces(agent)).toEqual([own, peerLine()]);
});

test("where the other end has moved to is nobody's drift", () => {
  const agent = host();
  agent.apply(tunnel(), key());
  agent.write("wg", agent.read("wg").replace("77.1.2.2:1000", "100.64.1.2:40000"));
  expect(agent.call(["drift"])).toMatchObject({ status: 0, stdout: "" });
});

test("a change that fails takes the keys back, and says nothing of them", () => {
  const agent = host();
  agent.apply(tunnel(), key());
  agent.write("fail.wg", "Key is not the correct length or format: `S3CR3T'\nConfiguration parsing error\n");
  const { status, stderr } = agent.apply(tunnel(line("OTHER")), key("S3CR3T"));
  expect(status).toBe(1);
  expect(stderr).toContain("[wireguard] 'x-a': Key is not the correct length or format:");
  expect(stderr).not.toContain("S3CR3T");
  expect(interfaces(agent)).toEqual([own, peerLine()]);
});

test("a port that somebody listens on is refused before anything changes", () => {
  const agent = host();
  agent.write("proc-udp", "  12: 00000000:03E8 00000000:0000 07 00000000:00000000 00:00000000 00000000\n");
  const unit = tunnel().replace("claim link x-a", "claim link x-a\nclaim udp-port 1000");
  const { status, stderr } = agent.apply(unit, key());
  expect(status).toBe(1);
  expect(stderr).toContain("the UDP port 1000 is in use here, and not by extrude. Give the uplink another `port`.");
  expect(agent.kernel()).toEqual([]);
});

test("doctor's facts have public keys only", () => {
  const agent = host();
  agent.apply(tunnel(), key());
  agent.write("module/wireguard/x", "");
  const { stdout } = agent.call(["facts"]);
  expect(stdout).toContain("wireguard x-a public-of-KEY PEER never 1000 77.1.2.2:1000\n");
});

describe("the gateway of a line that changes", () => {
  const follower = unitText("uplink/b", "[lines]", "x_b_gateway eth1 ipv4", "[bird]", "# follows");
  const defined = (agent: AgentHost): string | undefined =>
    /define x_b_gateway = (.*);/.exec(agent.read("bird.running"))?.[1];

  test("is that of the best default route which others have made for it", () => {
    const agent = host();
    agent.write(
      "routes.eth1",
      "default via 10.0.0.9 proto bird metric 1\ndefault via 10.0.0.2 metric 200\ndefault via 10.0.0.1 proto dhcp metric 100\n10.0.0.0/24 proto kernel\n",
    );
    agent.holding(follower);
    expect(defined(agent)).toBe("10.0.0.1");
  });

  test("is the other end of a point-to-point line", () => {
    const agent = host();
    agent.write("addresses.eth1", "4: eth1    inet 10.64.1.2 peer 10.64.64.64/32 scope global eth1\n");
    agent.holding(follower);
    expect(defined(agent)).toBe("10.64.64.64");
  });

  test("is a stand-in until there is one, and is found by the watcher's look", () => {
    const agent = host();
    agent.holding(follower);
    expect(defined(agent)).toBe("192.0.2.1");
    agent.write("routes.eth1", "default via 10.0.0.1\n");
    const { stdout } = agent.call(["heal"]);
    expect(stdout).toBe("[lines] the gateway of eth1 is 10.0.0.1\n");
    expect(defined(agent)).toBe("10.0.0.1");
    // It goes with the carrier.
    agent.write("routes.eth1", "");
    expect(agent.call(["heal"]).stdout).toBe("");
    expect(defined(agent)).toBe("10.0.0.1");
  });

  test("or of its address: a tunnel chooses anew from where it sends, as a twin of the line may have the old one", () => {
    const agent = host();
    agent.write("routes.eth1", "default via 10.0.0.1\n");
    agent.write("addresses.eth1", "4: eth1    inet 10.0.0.2/24 brd 10.0.0.255 scope global eth1\n");
    agent.apply(tunnel(), key());
    agent.holding(follower);
    agent.done();
    agent.call(["heal"]);
    expect(agent.done().filter((call) => call.startsWith("wg set"))).toEqual([]);
    agent.write("addresses.eth1", "4: eth1    inet 10.0.0.3/24 brd 10.0.0.255 scope global eth1\n");
    agent.call(["heal"]);
    expect(agent.done()).toContain("wg set x-a peer PEER endpoint 77.1.2.2:1000");
    expect(defined(agent)).toBe("10.0.0.1");
  });

  test("is that of the line's own family", () => {
    const agent = host();
    agent.write("routes.eth1", "default via 10.0.0.1\n");
    agent.holding(follower.replace("ipv4", "ipv6"));
    expect(defined(agent)).toBe("2001:db8::1");
    agent.write("routes6.eth1", "default via fe80::1 proto ra metric 1024 expires 1795sec pref medium\n");
    expect(agent.call(["heal"]).stdout).toBe("[lines] the gateway of eth1 is fe80::1\n");
    expect(defined(agent)).toBe("fe80::1");
  });
});

test("a setting of an interface that is not there may wait, and is put back when its unit goes", () => {
  const agent = host();
  const unit = unitText("uplink/c", "[sysctl]", "-net/ipv4/conf/ppp7/rp_filter = 2");
  const keeper = unitText("colo/x", "[bird]", "# keeps the agent here");
  agent.holding(keeper, unit);
  agent.device("ppp7");
  expect(agent.call(["drift"]).stdout).toBe("[sysctl] net/ipv4/conf/ppp7/rp_filter is 1, not 2\n");
  agent.call(["restore"]);
  expect(agent.read("proc-sys/net/ipv4/conf/ppp7/rp_filter")).toBe("2\n");
  agent.remove("acme/net/prod/uplink/c");
  expect(agent.read("proc-sys/net/ipv4/conf/ppp7/rp_filter")).toBe("1\n");
});
