import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type AgentHost, unitText } from "./agent-host";
import { busyHost, countingLink, meteredHost, uplink } from "./agent-metrics-fixture";
import { promtool } from "./prometheus";
import { run, shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
describe.each(shellNames)("in %s", (name) => {
  const host = (): AgentHost => meteredHost(folder(), name);
  const metrics = (agent: AgentHost): string => {
    const { status, stdout, stderr } = agent.call(["metrics"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  };

  test("a host that has tunnels, filters and a guard tells all that they count", () => {
    const agent = busyHost(folder(), name);
    expect(metrics(agent)).toMatchSnapshot();
  });

  test("what it prints is as Prometheus wants it, also on a host that has nothing", () => {
    const agent = host();
    const found = run([promtool(), "check", "metrics"], metrics(agent));
    expect(found).toEqual({ status: 0, stdout: "", stderr: "" });
    agent.holding(uplink("dsl", "x-dsl-a"));
    countingLink(folder(), "x-dsl-a");
    const { status, stdout, stderr } = run([promtool(), "check", "metrics"], metrics(agent));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("the watcher's repairs and the tunnels' changes are counted from one to the next", () => {
    const agent = host().holding(uplink("dsl", "x-dsl-a"));
    for (const expected of [1, 2]) {
      agent.write("kernel", "");
      expect(agent.call(["heal"]).stdout).toContain("was missing, is back: ");
      expect(metrics(agent)).toContain(`\nextrude_repairs_total ${expected}\n`);
    }
    expect(agent.call(["heal"]).stdout).toBe("");
    expect(metrics(agent)).toContain("\nextrude_repairs_total 2\n");
    agent.write("journal", 'echo "$(cat "$HOST/reported" 2>/dev/null)"\n');
    const look = (state: string): void => {
      agent.write("sessions", `fe80::1 x-dsl-a ${state} 10:00:00.000 0.200 0.600\n`);
      agent.write("reported", "extrude_bfd: Session to fe80::1 changed state");
      agent.call(["watch"]);
    };
    for (const state of ["Up", "Down", "Up", "Down"]) look(state);
    const changes = metrics(agent)
      .match(/^extrude_tunnel_changes_total.*$/gm)
      ?.map((line) => line.replace(/.*(to=.*)/, "$1"));
    expect(changes).toEqual(['to="up"} 1', 'to="down"} 2']);
  });

  describe("a unit that asks for them", () => {
    const directory = (): string => join(folder(), "textfiles");
    const asking = (place = directory()): string =>
      unitText("host/rack", `metrics ${place}`, `require directory ${place} exporter`);
    const timers = (agent: AgentHost): string[] =>
      agent.done().filter((line) => /timer|metrics/.test(line) && !/on-active=30|rollback/.test(line));

    beforeEach(() => {
      mkdirSync(directory());
    });

    test("has a file kept, whole and readable by all", () => {
      const agent = host().holding(asking());
      expect(timers(agent)).toEqual(["timer --on-active=1s"]);
      expect(agent.call(["publish"])).toEqual({ status: 0, stdout: "", stderr: "" });
      const file = join(directory(), "extrude.prom");
      expect(readFileSync(file, "utf8")).toBe(metrics(agent));
      expect(statSync(file).mode & 0o777).toBe(0o644);
      expect(agent.files("textfiles")).toEqual(["extrude.prom"]);
    });

    test("follows no link that somebody else has put into the directory", () => {
      const agent = host().holding(asking());
      agent.write("precious", "precious");
      for (const link of ["extrude.prom", "extrude.prom.next"])
        symlinkSync(join(folder(), "precious"), join(directory(), link));
      expect(agent.call(["publish"]).status).toBe(0);
      expect(agent.read("precious")).toBe("precious");
      expect(agent.read("textfiles/extrude.prom")).toContain("extrude_agent_info");
    });

    test.each([
      ["that no longer asks", (agent: AgentHost) => agent.apply(unitText("host/rack"))],
      ["that is removed", (agent: AgentHost) => agent.remove("acme/net/prod/host/rack")],
    ])("and %s leaves nothing", (_, act) => {
      const agent = host().holding(unitText("colo/other"), asking());
      agent.call(["publish"]);
      agent.done();
      expect(act(agent).status).toBe(0);
      expect(timers(agent)).toEqual(["systemctl -q stop extrude-metrics.timer extrude-metrics.service"]);
      expect(agent.files("textfiles")).toEqual([]);
      expect(agent.files()).not.toContain("metrics");
    });

    test("and is the last one leaves nothing either", () => {
      const agent = host().holding(asking());
      agent.call(["publish"]);
      expect(agent.remove("acme/net/prod/host/rack").status).toBe(0);
      expect(agent.files("textfiles")).toEqual([]);
      expect(agent.files()).toEqual([]);
    });

    test("in another directory moves the file", () => {
      const agent = host().holding(asking());
      agent.call(["publish"]);
      mkdirSync(join(folder(), "elsewhere"));
      expect(agent.apply(asking(join(folder(), "elsewhere"))).status).toBe(0);
      agent.call(["publish"]);
      expect([agent.files("textfiles"), agent.files("elsewhere")]).toEqual([[], ["extrude.prom"]]);
    });

    test("is refused where the directory is not there", () => {
      const { status, stderr } = host().apply(asking("/no/such/place"));
      expect(stderr).toContain(
        "there is no directory /no/such/place here. The package exporter brings that of node_exporter.",
      );
      expect(status).toBe(1);
    });

    test("has the timer again after it was lost, without a unit that changes", () => {
      const agent = host().holding(asking());
      for (const verb of ["heal", "restore"]) {
        agent.done();
        agent.call([verb]);
        expect(timers(agent)).toEqual(["timer --on-active=1s"]);
      }
    });
  });
});
