import { AgentHost, unitText } from "./agent-host";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();

/** What the map says: the path of each turn, and that of a connection which comes alone. */
interface Choice {
  readonly turns: readonly number[];
  readonly best: number;
}

describe.each(shellNames)("where there is room for a connection, in %s,", (name) => {
  const with10Turns = (...tunnels: string[]): AgentHost =>
    new AgentHost(folder(), name).holding(
      unitText("bond/office", "[nft]", "table inet x_office {", "}", "[room]", `x_office 10 ${tunnels.join(" ")}`),
    );
  let [seconds, sent, received] = [0, [0, 0], [0, 0]];
  beforeEach(() => {
    [seconds, sent, received] = [100, [0, 0], [0, 0]];
  });

  /** A look, after so many Mbit/s have gone and come by each tunnel for half a second. */
  const look = (agent: AgentHost, up: readonly number[], down: readonly number[], after = 0.5): Choice | undefined => {
    seconds += after;
    sent = sent.map((bytes, index) => bytes + (1e6 / 8) * after * (up[index] ?? 0));
    received = received.map((bytes, index) => bytes + (1e6 / 8) * after * (down[index] ?? 0));
    agent.write("proc-uptime", `${seconds.toFixed(2)} 1.00\n`);
    const device = (tunnel: string, index: number): string =>
      `${tunnel}: ${Math.round(received[index] ?? 0)} 1 0 0 0 0 0 0 ${Math.round(sent[index] ?? 0)} 1 0 0 0 0 0 0\n`;
    const others =
      "Inter-|   Receive   |  Transmit\n face |bytes    packets\n    lo: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n";
    agent.write("proc-dev", others + device("  x-dsl", 0) + device("x-cable", 1));
    agent.done();
    expect(agent.call(["room"])).toEqual({ status: 0, stdout: "", stderr: "" });
    const told = agent.done().flatMap((line) => (line.startsWith("nft| ") ? [line.slice(5)] : []));
    if (told.length === 0) return undefined;
    expect(told[0]).toBe("flush map inet x_office room");
    const [, elements = ""] = /^add element inet x_office room \{ (.*) \}$/.exec(told[1] ?? "") ?? [];
    const paths = elements.split(", ").map((element, turn) => {
      expect(element).toMatch(new RegExp(`^${turn} timeout 60s : goto path[12]$`));
      return Number(element.at(-1));
    });
    return { turns: paths.slice(0, -1), best: paths.at(-1) ?? 0 };
  };
  const ofFirst = (choice: Choice | undefined): number => choice?.turns.filter((path) => path === 1).length ?? NaN;
  const rated = ["x-dsl:1:3:2", "x-cable:1:3:8"];

  test("an idle line has as much as it carries, and the fastest gets what comes alone", () => {
    const choice = look(with10Turns(...rated), [0, 0], [0, 0]);
    expect(choice?.best).toBe(2);
    expect(ofFirst(choice)).toBe(2);
    // Not one after the other.
    expect(choice?.turns.join("")).toMatch(/^2+12+12*$/);
  });

  test.each([
    ["down", [0, 0], [0, 8]],
    ["up", [0, 3], [0, 0]],
  ])("a line that is full has none, be it only %s", (_, up, down) => {
    const agent = with10Turns(...rated);
    let choice: Choice | undefined;
    for (let looks = 0; looks < 8; looks += 1) choice = look(agent, up, down) ?? choice;
    expect(choice?.best).toBe(1);
    expect(ofFirst(choice)).toBe(10);
  });

  test("lines that are all full share by what they carry", () => {
    const agent = with10Turns(...rated);
    let choice: Choice | undefined;
    for (let looks = 0; looks < 8; looks += 1) choice = look(agent, [0, 0], [2, 8]) ?? choice;
    expect(choice?.best).toBe(2);
    expect(ofFirst(choice)).toBe(2);
  });

  test("of lines of which nothing is known the weights decide", () => {
    const choice = look(with10Turns("x-dsl:3:0:0", "x-cable:2:0:0"), [0, 0], [0, 0]);
    expect(choice?.best).toBe(1);
    expect(ofFirst(choice)).toBe(6);
  });

  test("what was seen to pass at most is what a line carries; one that was not tried may be as fast", () => {
    const agent = with10Turns("x-dsl:1:0:0", "x-cable:1:0:0");
    let choice: Choice | undefined;
    const go = (down: readonly number[]): void => {
      for (let looks = 0; looks < 12; looks += 1) choice = look(agent, [0, 0], down) ?? choice;
    };
    go([4, 0]);
    expect([choice?.best, ofFirst(choice)]).toEqual([2, 0]);
    go([0, 12]);
    go([0, 0]);
    expect(choice?.best).toBe(2);
    expect(ofFirst(choice)).toBeGreaterThanOrEqual(2);
    expect(ofFirst(choice)).toBeLessThanOrEqual(3);
  });

  test("nothing is said again before half of its time is over", () => {
    const agent = with10Turns(...rated);
    expect(look(agent, [0, 0], [0, 0])).toBeDefined();
    expect(look(agent, [0, 0], [0, 0])).toBeUndefined();
    expect(look(agent, [0, 0], [0, 0], 29)).toBeUndefined();
    expect(look(agent, [0, 0], [0, 0], 2)).toBeDefined();
  });

  test("a tunnel that is made anew counts from there", () => {
    const agent = with10Turns(...rated);
    for (let looks = 0; looks < 3; looks += 1) look(agent, [0, 0], [0, 4]);
    [sent, received] = [
      [0, 0],
      [0, 0],
    ];
    look(agent, [0, 0], [0, 0]);
    expect(agent.read("run/room")).toMatch(/^x-cable \S+ 0 0 \d/m);
    expect(agent.read("run/room")).not.toContain("-nan");
  });

  test("a table that is gone is no failure", () => {
    const agent = with10Turns(...rated);
    agent.fail("nft", "Error: No such file or directory");
    expect(look(agent, [0, 0], [0, 0])).toBeUndefined();
  });
});
