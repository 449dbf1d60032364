import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();

describe.each(shellNames)("lines that lose too much, in %s", (name) => {
  const judging = (): AgentHost =>
    new AgentHost(folder(), name).holding(
      unitText(
        "bond/office",
        "[nft]",
        "table inet x_office {",
        "}",
        "[quality]",
        "x_office poor 30 10 200 150 fe80::1 x-dsl-aaaaaa,x-lte-bbbbbb",
      ),
    );

  /** A round in which so many of 20 pings came back by DSL, after so many milliseconds: what nftables is told, and what is said. */
  const round = (agent: AgentHost, received: number, latency = 40, states = ["Up", "Up"]): [string[], string] => {
    const line = (tunnel: string, back: number, time: number): string =>
      `fe80::1%${tunnel} : xmt/rcv/%loss = 20/${back}/${100 - 5 * back}%${back === 0 ? "" : `, min/avg/max = 9.0/${time}.5/99.0`}\n`;
    agent.write("pings", line("x-dsl-aaaaaa", received, latency) + line("x-lte-bbbbbb", 20, 60));
    const session = (tunnel: string, state = ""): string => `fe80::1  ${tunnel}  ${state}  2026-01-01  0.2  0.6\n`;
    agent.write("sessions", session("x-dsl-aaaaaa", states[0]) + session("x-lte-bbbbbb", states[1]));
    agent.done();
    const { stdout, stderr } = agent.call(["quality"]);
    expect(stderr).toBe("");
    return [agent.done().flatMap((told) => (told.startsWith("nft| ") ? [told.slice(5)] : [])), stdout];
  };
  const renewed = ["add", "delete"].map((verb) => `${verb} element inet x_office poor { "x-dsl-aaaaaa" }`);
  const left = [...renewed, 'add element inet x_office poor { "x-dsl-aaaaaa" timeout 30s }'];

  test("are left after two bad rounds on end, and come back after three good ones", () => {
    const agent = judging();
    expect(round(agent, 12)).toEqual([[], ""]);
    expect(round(agent, 15)).toEqual([[], ""]);
    expect(round(agent, 12)).toEqual([[], ""]);
    expect(round(agent, 12)).toEqual([left, "x-dsl-aaaaaa: 40 % of pings lost, 40.5 ms, is left until it is better\n"]);
    // Less than what it was left for is not good yet.
    expect(round(agent, 16, 40, ["Down", "Up"])).toEqual([left, ""]);
    expect(round(agent, 18, 40, ["Down", "Up"])).toEqual([left, ""]);
    expect(round(agent, 19, 40, ["Down", "Up"])).toEqual([left, ""]);
    expect(round(agent, 20, 40, ["Down", "Up"])).toEqual([
      renewed,
      "x-dsl-aaaaaa: 0 % of pings lost, 40.5 ms, is used again\n",
    ]);
    expect(round(agent, 20)).toEqual([[], ""]);
  });

  test("are left for their latency too", () => {
    const agent = judging();
    round(agent, 20, 250);
    expect(round(agent, 20, 250)[0]).toEqual(left);
    for (const latency of [170, 120, 120]) expect(round(agent, 20, latency)[0]).toEqual(left);
    expect(round(agent, 20, 120)[0]).toEqual(renewed);
  });

  test("are kept while no other is alive, and let go as soon as that dies", () => {
    const agent = judging();
    round(agent, 12, 40, ["Up", "Down"]);
    expect(round(agent, 12, 40, ["Up", "Down"])[0]).toEqual(renewed);
    expect(round(agent, 12)[0]).toEqual(left);
    agent.write(
      "sessions",
      "fe80::1  x-dsl-aaaaaa  Down  2026-01-01  0.2  0.6\nfe80::1  x-lte-bbbbbb  Down  2026-01-01  0.2  0.6\n",
    );
    agent.call(["guard"]);
    expect(agent.done()).toContain("nft flush set inet x_office poor");
  });

  test("are not judged while they are dead", () => {
    const agent = judging();
    for (let rounds = 0; rounds < 4; rounds += 1) expect(round(agent, 0, 0, ["Down", "Up"])).toEqual([[], ""]);
    expect(round(agent, 20)).toEqual([[], ""]);
  });
});
