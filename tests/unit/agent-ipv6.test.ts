import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();

describe.each(shellNames)("in %s, of IPv6", (name) => {
  const host = (): AgentHost => new AgentHost(folder(), name).holding(unitText("colo/keep"));
  const unit = (...lines: string[]): string => unitText("bond/office", ...lines);

  test("a line that is refused takes back all that was added, and is named", () => {
    const agent = host();
    agent.write("fail.ip", "from 2001:db8::4");
    const lines = ["-6 rule add 1 from 2001:db8::3", "rule add 5", "-6 rule add 1 from 2001:db8::4", "rule add 6"];
    const { status, stderr } = agent.apply(unit("[ip]", ...lines));
    expect(stderr).toContain("[ip] '-6 rule add 1 from 2001:db8::4': RTNETLINK answers: Operation not supported");
    expect(status).toBe(1);
    expect(agent.kernel()).toEqual([]);
  });

  test("a rule of the same priority is in nobody's way in IPv4", () => {
    const agent = host();
    agent.write("kernel", "rule add priority 9600 lookup 7\n");
    agent.holding(unit("[ip]", "-6 rule add priority 9600 from 2001:db8::3 lookup 8"));
    expect(agent.apply(unit("[ip]", "-6 rule add priority 9600 from 2001:db8::3 lookup 9")).status).toBe(0);
    agent.write("kernel", "-6 rule add priority 9600 from 2001:db8::5 lookup 7\n");
    const { stderr } = agent.apply(unit("[ip]", "-6 rule add priority 9600 from 2001:db8::4 lookup 9"));
    expect(stderr).toContain(
      "a rule with the priority 9600 is there that is not extrude's: 9600 from 2001:db8::5 lookup 7.",
    );
  });

  test("a host that begins to forward goes on listening to routers where it did, until it ends", () => {
    const agent = host();
    const conf = (key: string): string => agent.read(`proc-sys/net/ipv6/conf/${key}`).trim();
    agent.write("proc-sys/net/ipv6/conf/eth9/accept_ra", "0\n");
    agent.holding(unit("[sysctl]", "net/ipv6/conf/all/forwarding = 1"));
    expect(["all/forwarding", "eth0/accept_ra", "default/accept_ra", "eth9/accept_ra"].map(conf)).toEqual([
      "1",
      "2",
      "2",
      "0",
    ]);
    // Another unit that changes leaves them so.
    agent.holding(unitText("uplink/b", "[sysctl]", "net/ipv4/conf/eth0/rp_filter = 2"));
    agent.remove("acme/net/prod/uplink/b");
    expect(conf("eth0/accept_ra")).toBe("2");
    // As the kernel does when all/forwarding is written.
    agent.write("proc-sys/net/ipv6/conf/eth0/forwarding", "1\n");
    agent.remove("acme/net/prod/bond/office");
    expect(["all/forwarding", "eth0/forwarding", "eth0/accept_ra", "eth9/accept_ra"].map(conf)).toEqual([
      "0",
      "0",
      "1",
      "0",
    ]);
  });

  test("an address is announced once, with the card's own", () => {
    const agent = host();
    agent.done();
    agent.holding(unit("[announce]", "2001:db8::3 eth0"));
    const said = agent.done();
    expect(said).toContain("perl 2001:db8::3 eth0 02:00:00:00:00:01");
    expect(said.filter((line) => line.startsWith("arping"))).toEqual([]);
  });

  test("an address that an interface has to hold is looked for among its own", () => {
    const agent = host();
    agent.write("addresses.eth0", "2: eth0    inet6 2001:db8::2/64 scope global\n");
    expect(agent.apply(unit("require address 2001:db8::2/64 dev eth0")).status).toBe(0);
    const { stderr } = agent.apply(unit("require address 2001:db8::9 dev eth0"));
    expect(stderr).toContain("eth0 does not hold 2001:db8::9; it holds 2001:db8::2/64.");
  });
});
