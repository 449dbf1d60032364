import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();

describe.each(shellNames)("lines that fall again and again, in %s", (name) => {
  const damping = (): AgentHost =>
    new AgentHost(folder(), name).holding(
      unitText(
        "bond/office",
        "[nft]",
        "table inet x_office {",
        "}",
        "[damping]",
        "x_office held 2 60 x-dsl-aaaaaa,x-lte-bbbbbb",
      ),
    );

  /** A look at the sessions at a time: what nftables is told. */
  const look = (agent: AgentHost, dsl: string, lte: string, now: number): string[] => {
    const session = (tunnel: string, state: string): string => `fe80::1  ${tunnel}  ${state}  2026-01-01  0.2  0.6\n`;
    agent.done();
    agent.write("sessions", session("x-dsl-aaaaaa", dsl) + session("x-lte-bbbbbb", lte));
    agent.write("proc-uptime", `${now}.99 1000.00\n`);
    agent.call(["guard"]);
    return agent.done().flatMap((line) => (line.startsWith("nft| ") ? [line.slice(5)] : []));
  };
  const element = (rest: string): string => `element inet x_office held { "x-dsl-aaaaaa"${rest} }`;
  const held = (seconds: number): string[] => [
    `add ${element("")}`,
    `delete ${element("")}`,
    `add ${element(` timeout ${seconds}s`)}`,
  ];

  test("are held down, longer each time, and no longer than is said", () => {
    const agent = damping();
    expect(look(agent, "Up", "Up", 100)).toEqual([]);
    for (const [index, seconds] of [2, 4, 8, 16, 32, 60, 60].entries()) {
      const now = 110 + index * 20;
      expect(look(agent, "Down", "Up", now)).toEqual(held(seconds));
      expect(look(agent, "Init", "Up", now + 1)).toEqual([]);
      expect(look(agent, "Up", "Up", now + 10)).toEqual([]);
    }
  });

  test("begin anew when they have been used without a fall for as long as the longest hold", () => {
    const agent = damping();
    look(agent, "Up", "Up", 100);
    look(agent, "Down", "Up", 110);
    look(agent, "Up", "Up", 115);
    expect(look(agent, "Down", "Up", 171)).toEqual(held(4));
    look(agent, "Up", "Up", 177);
    expect(look(agent, "Down", "Up", 235)).toEqual(held(2));
  });

  test("do not begin anew because the hold itself was long", () => {
    const agent = damping();
    look(agent, "Up", "Up", 100);
    let now = 110;
    for (const seconds of [2, 4, 8, 16, 32, 60, 60, 60]) {
      expect(look(agent, "Down", "Up", now)).toEqual(held(seconds));
      look(agent, "Up", "Up", now + seconds + 1);
      now += seconds + 5;
    }
  });

  test("are held down only while another line is alive, and let go when none is", () => {
    const agent = damping();
    look(agent, "Up", "Up", 100);
    look(agent, "Down", "Up", 110);
    const both = look(agent, "Down", "Down", 111);
    expect(both).toEqual([
      `add ${element("")}`,
      `delete ${element("")}`,
      'add element inet x_office held { "x-lte-bbbbbb" }',
      'delete element inet x_office held { "x-lte-bbbbbb" }',
    ]);
    expect(look(agent, "Up", "Down", 112)).toEqual([]);
  });

  test("are not held down because they begin down, nor by a session that has gone", () => {
    const agent = damping();
    expect(look(agent, "Down", "Up", 100)).toEqual([]);
    agent.write("sessions", "");
    agent.done();
    agent.call(["guard"]);
    expect(agent.done().filter((line) => line.startsWith("nft"))).toEqual([]);
  });
});
