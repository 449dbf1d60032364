import { statSync } from "node:fs";
import { join } from "node:path";
import { AgentHost, unitText } from "./agent-host";
import { unitsOnHost } from "./fixtures";
import { shellNames, temporaryFolder } from "./tools";

const folder = temporaryFolder();
const office = "acme/net/prod/bond/office";

describe.each(shellNames)("in %s", (name) => {
  const host = (): AgentHost => new AgentHost(folder(), name);

  describe("removing a unit", () => {
    test("waits first for packets on their way, and leaves no trace of it", () => {
      const agent = host().holding(unitText("colo/other"), unitText("bond/office", "drain 1", "[ip]", "rule add 1"));
      agent.done();
      expect(agent.remove(office)).toEqual({ status: 0, stdout: "removed\n", stderr: "" });
      expect(agent.done()).toEqual([
        "sleep 1",
        "timer --on-active=30",
        "ip rule del 1",
        "systemctl -q stop extrude-rollback.timer",
      ]);
      expect(agent.files("state/units")).toEqual(["acme/net/prod/colo/other"]);
      expect(agent.call(["status"]).stdout).toBe("unit acme/net/prod/colo/other host rack\n");
    });

    test("that is the last one takes the agent along, and everything that it kept", () => {
      const agent = host();
      agent.write("extrudectl", "the agent");
      agent.write("state/keep", "");
      agent.holding(unitText("bond/office", "[ip]", "rule add 1"));
      agent.write("systemd/extrude.service", "x");
      agent.write("systemd/other.service", "x");
      expect(agent.remove(office)).toEqual({ status: 0, stdout: "removed\n", stderr: "" });
      for (const place of ["state", "run", "extrudectl"]) expect(agent.files(place)).toEqual([]);
      expect(agent.files("systemd")).toEqual(["other.service"]);
      expect(agent.kernel()).toEqual([]);
    });

    test("that is gone is done", () => {
      const agent = host().holding(unitText("colo/other"));
      expect(agent.remove(office)).toEqual({ status: 0, stdout: "gone already\n", stderr: "" });
      expect(agent.files("state/units")).toEqual(["acme/net/prod/colo/other"]);
    });

    test("that another host has taken over leaves it alone", () => {
      const agent = host().holding(unitText("bond/office", "[ip]", "rule add 1").replace("host rack", "host newrack"));
      expect(agent.remove(office)).toEqual({ status: 0, stdout: "kept: it belongs to newrack now\n", stderr: "" });
      expect(agent.kernel()).toEqual(["rule add 1"]);
      expect(agent.files("state/units")).toEqual([office]);
    });

    test("that others need is refused, naming them", () => {
      const agent = host().holding(
        unitText("bond/office", "[ip]", "rule add 1"),
        unitText("bond/office2"),
        unitText("bond/a", `need ${office}`),
        unitText("bond/b", `need ${office}2`),
      );
      const { status, stderr } = agent.remove(office);
      expect(stderr).toBe(`extrude: ${office} is still needed; remove first:\n  - acme/net/prod/bond/a\n`);
      expect(status).toBe(1);
      expect(agent.kernel()).toEqual(["rule add 1"]);
    });

    test("of which the host does not let go keeps it, and says why", () => {
      const agent = host().holding(unitText("colo/x"), unitText("bond/office", "[nft]", "table inet x_t {", "}"));
      agent.fail("nft", "f:1:1-2: Error: Device or resource busy");
      const { status, stderr } = agent.remove(office);
      expect(stderr).toBe(
        `extrude: rack could not remove ${office}; it is as it was before:\n  - [nft] Device or resource busy\n`,
      );
      expect(status).toBe(1);
      expect(agent.files("state/units")).toContain(office);
    });

    test("after unit leaves the kernel as it was before the first", () => {
      const agent = host();
      agent.write("addresses.eth0", "2: eth0    inet 77.1.2.2/24 scope global\n");
      const sysctls = (): string[] =>
        agent.files("proc-sys").map((file) => `${file} ${agent.read(`proc-sys/${file}`)}`);
      const before = sysctls();
      const units = unitsOnHost("rack");
      agent.holding(...units);
      expect(sysctls()).not.toEqual(before);
      for (const { name: unit } of [...units].reverse()) expect(agent.remove(unit).stdout).toBe("removed\n");
      expect(agent.kernel()).toEqual([]);
      expect(sysctls()).toEqual(before);
      expect(agent.read("tables")).toBe("");
      expect(agent.files("state")).toEqual([]);
      expect(agent.files("run")).toEqual([]);
    });
  });

  describe("restoring", () => {
    test("puts back what is missing of all units, in the order in which they came", () => {
      const agent = host().holding(
        unitText("bond/z", "[ip]", "link add x-a type dummy"),
        unitText("bond/a", "[ip]", "address add 1/32 dev x-a", "[nft]", "table inet x_t {", "}"),
        unitText("bond/m", "[bird]", "one", "[announce]", "77.1.2.3 eth0"),
      );
      agent.holding(unitText("bond/z", "[ip]", "link add x-a type dummy", "rule add 1"));
      for (const file of ["kernel", "tables", "log"]) agent.write(file, "");
      agent.write("run/bird.pid", "");
      expect(agent.call(["restore"])).toEqual({ status: 0, stdout: "", stderr: "" });
      expect(agent.kernel()).toEqual(["link add x-a type dummy", "rule add 1", "address add 1/32 dev x-a"]);
      expect(agent.read("tables")).toBe("inet x_t\n");
      const done = agent.done();
      expect(done).toContain("systemctl start extrude-bird.service");
      expect(done.filter((line) => line.startsWith("arping "))).toHaveLength(2);
    });

    test("where nothing is missing changes nothing", () => {
      const agent = host().holding(
        unitText("bond/z", "[ip]", "rule add 1", "[nft]", "table inet x_t {", "}", "[bird]", "one"),
      );
      agent.done();
      expect(agent.call(["restore"])).toEqual({ status: 0, stdout: "", stderr: "" });
      expect(agent.done()).toEqual([]);
    });

    test("says what it could not put back, and of which unit", () => {
      const agent = host().holding(unitText("bond/z", "[ip]", "rule add 1"));
      agent.write("kernel", "");
      agent.write("fail.ip", "rule add 1");
      expect(agent.call(["restore"]).stdout).toContain(
        "acme/net/prod/bond/z: [ip] 'rule add 1': RTNETLINK answers: Operation not supported",
      );
    });
  });

  test("an address is announced once, when it comes", () => {
    const agent = host();
    const text = unitText("address/vpn", "[announce]", "77.1.2.3 eth0");
    agent.holding(text);
    const arping = (): string[] =>
      agent
        .done()
        .filter((line) => line.startsWith("arping "))
        .sort();
    expect(arping()).toEqual([
      expect.stringMatching(/^arping .* -A -I eth0 -s 77\.1\.2\.3 77\.1\.2\.3$/),
      expect.stringMatching(/^arping .* -U -I eth0 -s 77\.1\.2\.3 77\.1\.2\.3$/),
    ]);
    agent.apply(text);
    agent.holding(text.replace("host rack", "host rack\nclaim link x"));
    expect(arping()).toEqual([]);
    expect(agent.read("proc-sys/net/ipv4/ip_nonlocal_bind")).toBe("0\n");
  });

  describe("installing the agent", () => {
    const unit = unitText("host/rack");

    test("on a fresh machine puts it in place with its services, and keeps the host's unit", () => {
      const agent = host();
      const { status, stdout } = agent.call(["install"], unit);
      expect({ status, stdout }).toEqual({ status: 0, stdout: "applied\n" });
      expect(agent.read("extrudectl")).toBe(agent.read("program.sh"));
      expect(statSync(join(folder(), "extrudectl")).mode & 0o777).toBe(0o755);
      expect(agent.files("state/units")).toEqual(["acme/net/prod/host/rack"]);
      const services = agent.files("systemd").map((file) => `# ${file}\n${agent.read(`systemd/${file}`)}`);
      expect(services.join("\n").replaceAll(folder(), "")).toMatchSnapshot("services");
      const done = agent.done();
      expect(done).toContain("systemctl -q --no-reload enable extrude.service extrude-watch.service");
      // That would be much work for systemd, which finds by itself what it has not loaded yet.
      expect(done).not.toContain("systemctl daemon-reload");
      expect(agent.call(["install"], unit).stdout).toBe("unchanged\n");
    });
  });
});
