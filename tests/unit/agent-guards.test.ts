import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();

describe.each(shellNames)("the watcher of tunnels, in %s", (name) => {
  const guarded = (): AgentHost =>
    new AgentHost(folder(), name).holding(
      unitText("bond/office", "[guard]", "x_office_last 5 x-dsl-aaaaaa,x-lte-bbbbbb 77.1.2.3,77.1.2.4"),
      unitText("uplink/dsl", "[ip]", "rule add 1"),
    );

  /** One look at the sessions, at a time in seconds since the host's start: what it says, and what it does. */
  const look = (agent: AgentHost, sessions: string[], now: number): string[] => {
    agent.done();
    agent.write("sessions", sessions.map((line) => `${line}\n`).join(""));
    agent.write("proc-uptime", `${now}.99 1000.00\n`);
    const { stdout } = agent.call(["guard"]);
    return [...stdout.split("\n").slice(0, -1), ...agent.done().filter((line) => !line.startsWith("sleep "))];
  };
  const session = (tunnel: string, state: string): string => `fe80::1  ${tunnel}  ${state}  2026-01-01  0.200  0.600`;
  const dsl = (state: string): string => session("x-dsl-aaaaaa", state);
  const lte = (state: string): string => session("x-lte-bbbbbb", state);
  const down = [
    "x_office_last: all tunnels dead for 5 s",
    "birdc disable x_office_last",
    expect.stringMatching(/^conntrack .* 77\.1\.2\.3\b/),
    expect.stringMatching(/^conntrack .* 77\.1\.2\.4\b/),
  ];

  test("does nothing while a tunnel is up", () => {
    const agent = guarded();
    expect(look(agent, [dsl("Down"), lte("Up")], 100)).toEqual([]);
    expect(look(agent, [dsl("Up"), lte("Down")], 200)).toEqual([]);
    expect(look(agent, [dsl("Up"), lte("Up")], 300)).toEqual([]);
  });

  test("waits for as long as the bond says, to the second, before it acts, and acts once", () => {
    const agent = guarded();
    expect(look(agent, [dsl("Down"), lte("Down")], 100)).toEqual([]);
    expect(look(agent, [dsl("Init"), lte("Down")], 104)).toEqual([]);
    expect(look(agent, [dsl("Down"), lte("Down")], 105)).toEqual(down);
    expect(look(agent, [dsl("Down"), lte("Down")], 200)).toEqual([]);
  });

  test("begins to wait anew when a tunnel was up in between", () => {
    const agent = guarded();
    look(agent, [dsl("Down")], 100);
    look(agent, [dsl("Up")], 103);
    expect(look(agent, [dsl("Down")], 106)).toEqual([]);
    expect(look(agent, [dsl("Down")], 110)).toEqual([]);
    expect(look(agent, [dsl("Down")], 111)).toEqual(down);
  });

  test("undoes what it did when a tunnel is up again", () => {
    const agent = guarded();
    look(agent, [], 100);
    expect(look(agent, [], 105)).toEqual(down);
    expect(look(agent, [dsl("Down"), lte("Up")], 300)).toEqual([
      "x_office_last: is used again",
      "birdc enable x_office_last",
    ]);
    expect(look(agent, [lte("Up")], 301)).toEqual([]);
  });

  const others = (...names: string[]): void => {
    const agent = guarded();
    const sessions = [...names.map((one) => session(one, "Up")), dsl("Down")];
    look(agent, sessions, 100);
    expect(look(agent, sessions, 105)).toEqual(down);
  };

  test("is not fooled by the tunnels of another bond", () => {
    others("x-dsl-cccccc", "x-dsl");
  });

  test("is not fooled by an interface whose name a tunnel's ends with", () => {
    others("dsl-aaaaaa");
  });

  test("leaves one line for others only while one of those is alive, and forgets the connections of its mark", () => {
    const agent = guarded().holding(
      unitText("bond/shop", "[guard]", "x_bypass_dsl 1 x-dsl-aaaaaa 0x83000011/0xff0000ff x-lte-bbbbbb,x-sat-dddddd"),
    );
    const forgets = "conntrack -D --mark 0x83000011/0xff0000ff";
    look(agent, [dsl("Up"), lte("Up")], 100);
    look(agent, [dsl("Down"), lte("Up")], 200);
    expect(look(agent, [dsl("Down"), lte("Up")], 201)).toEqual([
      "x_bypass_dsl: all tunnels dead for 1 s",
      "birdc disable x_bypass_dsl",
      forgets,
    ]);
    expect(look(agent, [dsl("Down"), lte("Down")], 202)).toEqual([
      "x_bypass_dsl: is used again",
      "birdc enable x_bypass_dsl",
    ]);
    expect(look(agent, [dsl("Down"), lte("Down")], 203)).toEqual([]);
    look(agent, [dsl("Down"), session("x-sat-dddddd", "Up")], 204);
    expect(look(agent, [dsl("Down"), session("x-sat-dddddd", "Up")], 205)).toContain(forgets);
  });

  test("looks after each bond by itself", () => {
    const agent = guarded().holding(unitText("bond/shop", "[guard]", "x_shop_last 60 x-sat-dddddd 77.1.2.9"));
    look(agent, [lte("Up")], 100);
    expect(look(agent, [lte("Up")], 159)).toEqual([]);
    expect(look(agent, [lte("Up")], 160)).toEqual([
      "x_shop_last: all tunnels dead for 60 s",
      "birdc disable x_shop_last",
      expect.stringMatching(/^conntrack .* 77\.1\.2\.9\b/),
    ]);
  });

  /** The watcher at work from one time on, and for as long as a journal lasts, of which a line comes at another time. */
  const watch = (agent: AgentHost, now: number, line = "", later = now): string[] => {
    agent.done();
    agent.write("journal", `echo '${later}.00 1.00' >"$HOST/proc-uptime"\necho '${line}'\n`);
    agent.write("proc-uptime", `${now}.00 1000.00\n`);
    const { stdout } = agent.call(["watch"]);
    return [...stdout.split("\n").slice(0, -1), ...agent.done().filter((one) => !one.startsWith("sleep "))];
  };
  const enabled = "birdc enable x_office_last";

  test("that begins puts back what an earlier one did, and waits anew", () => {
    const agent = guarded();
    look(agent, [dsl("Down")], 100);
    expect(look(agent, [dsl("Down")], 105)).toEqual(down);
    expect(watch(agent, 200)).toEqual([enabled]);
    expect(look(agent, [dsl("Down")], 204)).toEqual([]);
    expect(look(agent, [dsl("Down")], 205)).toEqual(down);
  });

  test("looks at the sessions whenever BIRD says that one has changed, and for no other line", () => {
    const agent = guarded();
    agent.write("sessions", `${dsl("Down")}\n`);
    expect(watch(agent, 200, "bfd: something else", 205)).toEqual([enabled]);
    const [said, ...acts] = down as unknown[];
    expect(watch(agent, 200, "bfd: Session changed state from Init to Down", 205)).toEqual([said, enabled, ...acts]);
  });

  test("waits anew when BIRD has been started again", () => {
    const agent = guarded();
    agent.write("sessions", `${dsl("Down")}\n`);
    expect(
      watch(agent, 200, "Started extrude-bird.service - BIRD of extrude: routes and liveness of its tunnels.", 300),
    ).toEqual([enabled]);
    expect(look(agent, [dsl("Down")], 304)).toEqual([]);
    expect(look(agent, [dsl("Down")], 305)).toEqual(down);
  });

  test("has nothing to do on a host without bonds", () => {
    const agent = new AgentHost(folder(), name).holding(unitText("uplink/dsl"));
    expect(look(agent, [dsl("Down")], 100)).toEqual([]);
  });

  test("begins anew when bonds change, and only then", () => {
    const agent = guarded();
    expect(agent.done()).toContain("systemctl restart extrude-watch.service");
    agent.apply(unitText("uplink/dsl", "[ip]", "rule add 2"));
    expect(agent.done().filter((line) => line.includes("extrude-watch"))).toEqual([]);
    agent.remove("acme/net/prod/bond/office");
    expect(agent.done()).toContain("systemctl restart extrude-watch.service");
  });
});
