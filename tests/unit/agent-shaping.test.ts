import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();

describe.each(shellNames)("queues, in %s", (name) => {
  const uplink = "acme/net/prod/uplink/dsl";
  const unit = (...lines: string[]): string => unitText("uplink/dsl", "[shaping]", ...lines);
  const host = (): AgentHost => new AgentHost(folder(), name);
  const told = (agent: AgentHost): string[] => agent.done().filter((line) => line.startsWith("tc "));

  test("are set, changed in place, and given back", () => {
    const agent = host().holding(unit("eth1 cake bandwidth 9950kbit"));
    expect(told(agent)).toEqual(["tc qdisc replace dev eth1 root handle 7e4a: cake bandwidth 9950kbit"]);
    expect(agent.apply(unit("eth1 cake bandwidth 9950kbit")).stdout).toBe("unchanged\n");
    expect(told(agent)).toEqual([]);
    agent.holding(unit("eth1 cake bandwidth 4975kbit"));
    expect(told(agent)).toEqual(["tc qdisc replace dev eth1 root handle 7e4a: cake bandwidth 4975kbit"]);
    expect(agent.remove(uplink).stdout).toBe("removed\n");
    expect(told(agent)).toEqual(["tc qdisc del dev eth1 root"]);
  });

  test("go where the unit stays and wants them no longer", () => {
    const agent = host().holding(unit("eth1 cake bandwidth 9950kbit", "eth9 cake bandwidth 1000kbit"));
    agent.done();
    agent.holding(unit("eth9 cake bandwidth 1000kbit"));
    expect(told(agent)).toEqual(["tc qdisc del dev eth1 root"]);
  });

  test("of somebody else's are refused before anything changes, and not taken away", () => {
    const agent = host();
    agent.write("qdisc.eth1", "qdisc tbf 8001: root refcnt 2 rate 10Mbit\n");
    const { status, stderr } = agent.apply(unit("eth1 cake bandwidth 9950kbit"));
    expect(status).toBe(1);
    expect(stderr).toContain("eth1 has a root qdisc that is not extrude's: qdisc tbf 8001: root rate 10Mbit.");
    expect(told(agent)).toEqual([]);
    agent.write("qdisc.eth1", "");
    agent.holding(unit("eth1 cake bandwidth 9950kbit"));
    agent.write("qdisc.eth1", "qdisc tbf 8001: root refcnt 2 rate 10Mbit\n");
    agent.done();
    expect(agent.remove(uplink).stdout).toBe("removed\n");
    expect(told(agent)).toEqual([]);
  });

  test("that somebody takes away are told of by drift, and put back", () => {
    const agent = host().holding(unit("eth1 cake bandwidth 9950kbit"));
    agent.write("qdisc.eth1", "qdisc fq_codel 0: root refcnt 2 limit 10240p\n");
    expect(agent.call(["drift"]).stdout).toBe("[shaping] missing: eth1 cake bandwidth 9950kbit\n");
    agent.done();
    expect(agent.call(["heal"]).stdout).toContain("was missing, is back: [shaping] eth1 cake bandwidth 9950kbit\n");
    expect(told(agent)).toEqual(["tc qdisc replace dev eth1 root handle 7e4a: cake bandwidth 9950kbit"]);
    expect(agent.call(["drift"])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("of a line that is away come with it", () => {
    const agent = host().holding(unit("-ppp5 cake bandwidth 9950kbit"));
    expect(told(agent)).toEqual([]);
    agent.device("ppp5");
    agent.call(["heal"]);
    expect(told(agent)).toEqual(["tc qdisc replace dev ppp5 root handle 7e4a: cake bandwidth 9950kbit"]);
  });

  test("that cannot be set fail the change, which is taken back", () => {
    const agent = host();
    agent.fail("tc", "Error: Specified qdisc kind is unknown.\n");
    const { status, stderr } = agent.apply(unit("eth1 cake bandwidth 9950kbit"));
    expect(status).toBe(1);
    expect(stderr).toContain("[shaping] 'eth1 cake bandwidth 9950kbit': Error: Specified qdisc kind is unknown.");
    expect(agent.files()).toEqual([]);
  });
});
