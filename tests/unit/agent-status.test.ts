import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseMeasured } from "../../cli/measured";
import { AgentHost, unitText } from "./agent-host";
import { run, shellNames, shells, temporaryFolder } from "./tools";

const folder = temporaryFolder();

/** A ping as that of iputils: nothing comes back from x-dead, 9 of 10 from any other. */
const ping = `
case $* in
*x-dead*) echo '10 packets transmitted, 0 received, 100% packet loss, time 1820ms'; exit 1 ;;
esac
echo '10 packets transmitted, 9 received, 10% packet loss, time 1820ms'
echo 'rtt min/avg/max/mdev = 20.1/23.456/30.2/1.0 ms'
echo 2048 >"$HOST/net/x-a/statistics/rx_bytes"
echo '102.25 50.00' >"$HOST/proc-uptime"
`;
const journal = `case $* in
*extrude-bird*extrude-watch*) echo '1000.250000 router extrudectl[42]: tunnel x-a is down' ;;
esac`;

describe.each(shellNames)("in %s", (name) => {
  const host = (): AgentHost => {
    const agent = new AgentHost(folder(), name);
    const programs = { ping, date: "echo '2000.5 +0100'", stat: "echo 1500" };
    for (const [program, text] of Object.entries(programs)) {
      writeFileSync(join(folder(), "bin", program), `#!/bin/sh\nHOST='${folder()}'\n${text}\n`);
      chmodSync(join(folder(), "bin", program), 0o755);
    }
    return agent;
  };
  const counting = (device: string, carrier: string, isHardware = false): void => {
    const place = join(folder(), "net", device);
    mkdirSync(join(place, "statistics"), { recursive: true });
    if (isHardware) mkdirSync(join(place, "device"), { recursive: true });
    writeFileSync(join(place, "carrier"), `${carrier}\n`);
    for (const count of ["rx_bytes", "tx_bytes"]) writeFileSync(join(place, "statistics", count), "1024\n");
  };
  const sessions = (agent: AgentHost, ...states: string[]): void => {
    agent.write("sessions", states.map((state) => `fe80::1 ${state} 10:00:00.000 0.200 0.600\n`).join(""));
  };

  test("measure counts bytes over the time that its pings take, and says what came back", () => {
    const agent = host().holding(unitText("uplink/a"));
    agent.write("journal", journal);
    counting("x-a", "1");
    agent.done();
    const { status, stdout, stderr } = agent.call(["measure"], "ping x-a fe80::1 10\nping x-dead fe80::1 10\n");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const found = parseMeasured({ stdout, answered: 2_000_500 });
    expect(found.links["x-a"]).toEqual({ hasCarrier: true, receiving: 4096, sending: 0 });
    expect(found.pings).toEqual({
      "x-a": { sent: 10, received: 9, latencyMs: 23.456 },
      "x-dead": { sent: 10, received: 0 },
    });
    expect(found.applied).toEqual({ "acme/net/prod/uplink/a": 1_500_000 });
    expect(agent.done()).toEqual([]);
  });

  test("measure needs no pings, and an interface that is down has no carrier", () => {
    const agent = host();
    counting("x-a", "1");
    counting("eth1", "1");
    rmSync(join(folder(), "net", "eth1", "carrier"));
    const { status, stdout, stderr } = agent.call(["measure"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { links, pings } = parseMeasured({ stdout, answered: 0 });
    expect(pings).toEqual({});
    expect(links["eth1"]?.hasCarrier).toBe(false);
  });

  test("measure tells the journal of the last day, or of the time that is asked for, and of no other", () => {
    const agent = host();
    agent.write("journal", 'echo "$*" >>"$HOST/asked"\n');
    for (const question of ["", "journal 1000 2000\n", "journal 1 2 --file=/etc/shadow\n", "journal -1 $(reboot)\n"]) {
      expect(agent.call(["measure"], question).status).toBe(0);
    }
    const times = agent.read("asked").match(/--since.*--lines=\d+/g);
    const lastDay = "--since=-1day --lines=400";
    expect(times).toEqual([lastDay, "--since=@1000 --until=@2000 --lines=20000", lastDay, lastDay]);
  });

  test("events last until whoever asked has gone", () => {
    const agent = host();
    agent.write("journal", journal);
    // The input stays open until there has been an event.
    const script =
      'said=$1; shift; : >"$said"; { until grep -q down "$said"; do sleep 0.1; done; } | "$@" events >"$said"';
    const said = join(folder(), "said");
    const { status, stderr } = run(["sh", "-c", script, "sh", said, ...shells[name](), agent.program], "");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(agent.read("said")).toBe("1000.250000 router extrudectl[42]: tunnel x-a is down\n");
  });

  test("the watcher writes down which tunnels change, once each, and which interfaces are without carrier", () => {
    const agent = host().holding(unitText("bond/office", "[guard]", "x_last 60 x-a,x-b 77.1.2.3"));
    counting("eth1", "0", true);
    counting("x-a", "0");
    agent.write("journal", 'echo "$(cat "$HOST/reported" 2>/dev/null)"\n');
    const look = (...states: string[]): string[] => {
      sessions(agent, ...states);
      agent.write("reported", "extrude_bfd: Session to fe80::1 changed state");
      return agent
        .call(["watch"])
        .stdout.split("\n")
        .filter((line) => line.startsWith("tunnel "));
    };
    expect(look("x-a Up", "x-b Down")).toEqual([]);
    expect(look("x-a Down", "x-b Down")).toEqual(["tunnel x-a is down; without carrier: eth1"]);
    expect(look("x-a Init", "x-b Down")).toEqual([]);
    expect(look("x-a Up", "x-b Up", "x-c Up")).toEqual(["tunnel x-a is up", "tunnel x-b is up", "tunnel x-c is up"]);
    counting("eth1", "1", true);
    expect(look("x-a Up", "x-b Down", "x-c Up")).toEqual(["tunnel x-b is down"]);
  });
});
