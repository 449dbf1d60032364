import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "ssh2";
import { diffStates, Lab, poll, type Probe } from "../../lab";
import { labDirectory, packageRoot } from "../../lab/paths";
import { identify, isRunning, type ProcessIdentity } from "../../lab/process";
import { freshLab } from "../e2e/support/lab";

jest.setTimeout(900_000);

let lab: Lab;

beforeAll(async () => {
  lab = await freshLab();
});

afterAll(async () => {
  await lab.detach();
});

async function answers(from: string, to: string, options = ""): Promise<boolean> {
  const ping = await lab.place(from).exec(`ping -c 3 -i 0.3 -W 2 ${options} ${to}`, { allowFailure: true });
  return ping.code === 0;
}

/** The shortest, so that pauses of emulated hosts do not count. */
async function roundTripMs(from: string, to: string): Promise<number> {
  const { stdout } = await lab.place(from).exec(`ping -c 7 -i 0.2 -W 3 ${to}`);
  return Math.min(...[...stdout.matchAll(/time=([0-9.]+) ms/g)].map((match) => Number(match[1])));
}

describe("the network", () => {
  test("joins the internet, the rack, the lines and the LAN", async () => {
    expect(await answers("internet", "77.1.2.2")).toBe(true);
    expect(await answers("internet", "55.1.2.3")).toBe(true);
    expect(await answers("lan", "192.168.1.1")).toBe(true);
    for (const [nic, gateway] of [
      ["eth1", "55.1.2.1"],
      ["eth2", "99.1.2.1"],
      ["eth3", "111.1.2.1"],
    ] as const) {
      expect(await answers("router", gateway, `-I ${nic}`)).toBe(true);
    }
  });

  test("has hosts that are plain Debian: no forwarding, one default route, nothing of ours", async () => {
    const { stdout } = await lab.host("router").exec("sysctl -n net.ipv4.ip_forward; ip route show default; ls /opt");
    expect(stdout).toBe("0\ndefault via 55.1.2.1 dev eth1 onlink \n");
  });

  test("drops at the provider what a customer sends from another address", async () => {
    const router = lab.host("router");
    await router.exec("ip route add 198.51.100.10/32 via 99.1.2.1 dev eth2");
    try {
      expect(await answers("router", "198.51.100.10", "-I 99.1.2.3")).toBe(true);
      expect(await answers("router", "198.51.100.10", "-I 55.1.2.3")).toBe(false);
      await lab.link("cable").set({ sourceFilter: false });
      // The answer comes over the DSL line, whose address it is.
      expect(await answers("router", "198.51.100.10", "-I 55.1.2.3")).toBe(true);
    } finally {
      await lab.link("cable").clear();
      await router.exec("ip route del 198.51.100.10/32");
    }
  });
});

describe("a link", () => {
  const dsl = (): ReturnType<Lab["link"]> => lab.link("dsl");

  afterEach(async () => {
    await dsl().clear();
  });

  test("changes its delay while it runs", async () => {
    expect(await roundTripMs("internet", "55.1.2.3")).toBeGreaterThan(29);
    await dsl().set({ delay: "150ms", oneWay: "up" });
    expect(await roundTripMs("internet", "55.1.2.3")).toBeGreaterThan(164);
    await dsl().clear();
    expect(await roundTripMs("internet", "55.1.2.3")).toBeLessThan(150);
  });

  test("is a black hole, for all or for one destination", async () => {
    await dsl().set({ blackholeTo: "77.1.2.2" });
    expect(await answers("router", "77.1.2.2")).toBe(false);
    expect(await answers("router", "198.51.100.10")).toBe(true);
    await dsl().set({ blackhole: true, oneWay: "down" });
    expect(await answers("router", "198.51.100.10")).toBe(false);
    await dsl().clear();
    expect(await answers("router", "77.1.2.2")).toBe(true);
  });

  test("loses its carrier at the customer's card", async () => {
    const carrier = async (): Promise<string> =>
      (await lab.host("router").exec("cat /sys/class/net/eth1/carrier")).stdout;
    await dsl().set({ down: true });
    await poll("eth1 to see no carrier", async () => (await carrier()) === "0\n");
    expect((await dsl().state()).carrier).toBe(false);
    await dsl().set({ down: false });
    await poll("eth1 to see its carrier again", async () => (await carrier()) === "1\n");
  });

  test("shares its rate among what passes", async () => {
    await dsl().set({ rate: "2mbit" });
    const server = await lab.namespace("internet").start("iperf3 -s -1");
    const client = lab.host("router").exec("for i in 1 2 3 4 5; do iperf3 -c 198.51.100.10 -t 5 -J && exit; done");
    const report = JSON.parse((await client).stdout) as { end: { sum_received: { bits_per_second: number } } };
    await server.ended;
    expect(report.end.sum_received.bits_per_second).toBeLessThan(2_100_000);
  });
});

describe("a probe", () => {
  /** Sends on while nothing can answer. */
  async function sentInVain(probe: Probe, messages: number): Promise<void> {
    const { sent } = probe.news;
    await poll("the probe to go on sending", () => probe.news.sent > sent + messages);
  }

  test("takes an answer that comes later than it was told for none", async () => {
    const way = { from: "internet", to: "55.1.2.3", echoAt: "router" };
    const probe = await lab.probe({ ...way, protocol: "udp", flows: 4, lateSeconds: 2 });
    await probe.replying();
    await lab.link("dsl").set({ delay: "1500ms" });
    await sentInVain(probe, 100);
    const { received } = probe.news;
    await sentInVain(probe, 300);
    expect(probe.news.received).toBe(received);
    await lab.link("dsl").clear();
    await probe.replying();
    expect((await probe.stop()).lost).toBeGreaterThanOrEqual(300);
  });

  test("counts what a black hole swallows, per flow, and how long it was silent", async () => {
    const probe = await lab.probe({ from: "internet", to: "55.1.2.3", protocol: "udp", flows: 4, echoAt: "router" });
    await probe.replying();
    await lab.link("dsl").set({ blackhole: true });
    await sentInVain(probe, 200);
    await lab.link("dsl").clear();
    await probe.replying();
    const report = await probe.stop();
    expect(report.lost).toBeGreaterThanOrEqual(150);
    expect(report.sent).toBe(report.received + report.lost);
    expect(report.longestGapMs).toBeGreaterThan(1_500);
    expect(report.perFlow).toHaveLength(4);
    for (const flow of report.perFlow) expect(flow.longestLossMs).toBeGreaterThan(1_000);
    expect(report.events.some(({ what, durationMs }) => what === "silence" && durationMs > 1_500)).toBe(true);
  });

  test("sees an established connection stall and survive, or break", async () => {
    const probe = await lab.probe({ from: "internet", to: "77.1.2.2", protocol: "tcp", flows: 2, echoAt: "colo" });
    await probe.replying();
    await lab.link("rack").set({ blackhole: true });
    await sentInVain(probe, 100);
    await lab.link("rack").clear();
    await probe.replying();
    const stalled = await probe.stop();
    expect(stalled.lost).toBe(0);
    expect(stalled.perFlow.map(({ survived }) => survived)).toEqual([true, true]);
    expect(stalled.longestGapMs).toBeGreaterThan(500);

    const broken = await lab.probe({ from: "internet", to: "77.1.2.2", protocol: "tcp", echoAt: "colo", port: 7777 });
    await broken.replying();
    await lab
      .host("colo")
      .exec(
        "nft 'add table ip t; add chain ip t i { type filter hook input priority 0; }; add rule ip t i tcp dport 7777 reject with tcp reset'",
      );
    await sentInVain(broken, 100);
    const { perFlow } = await broken.stop();
    await lab.host("colo").exec("nft delete table ip t");
    expect(perFlow[0]).toMatchObject({ survived: false, broken: "Connection reset by peer" });
  });

  test("says why it cannot begin", async () => {
    await expect(lab.probe({ from: "internet", to: "77.1.2.2", protocol: "tcp", port: 9 })).rejects.toThrow(
      /the tcp probe from internet to 77\.1\.2\.2 could not begin: no connection to 77\.1\.2\.2 port 9: Connection refused/,
    );
  });
});

describe("a host's state", () => {
  test("is the same again when nothing happened, also after a probe and logins", async () => {
    const before = await lab.stateOf("router");
    const probe = await lab.probe({ from: "lan", to: "192.168.1.1", protocol: "udp", echoAt: "router" });
    await probe.replying();
    await probe.stop();
    const { port, user, privateKey } = lab.host("router").ssh;
    await login({ port, username: user, privateKey }, "sudo -n true");
    expect(diffStates(before, await lab.stateOf("router"))).toEqual([]);
  });

  test("shows every kind of change, and none after a reset", async () => {
    // Earlier tests may have loaded modules.
    await lab.reset();
    const colo = lab.host("colo");
    const before = await lab.stateOf("colo");
    await colo.exec(`set -e
      ip link add x-test type gre local 77.1.2.2 remote 55.1.2.3
      ip address add 77.1.2.9/32 dev eth0
      ip rule add from 77.1.2.9 lookup 300 priority 9000
      ip route add 10.9.0.0/16 via 77.1.2.1 table 300
      ip neighbour add proxy 77.1.2.3 dev eth0
      nft 'add table inet x; add chain inet x c { type filter hook input priority 0; }; add rule inet x c tcp dport 1 counter'
      sysctl -qw net.ipv4.conf.eth0.proxy_delay=0 net.ipv4.ip_forward=1 || sysctl -qw net.ipv4.ip_forward=1
      ip xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir out tmpl src 77.1.2.2 dst 55.1.2.3 proto esp mode tunnel
      echo x >/etc/x-test; mkdir /usr/local/x; touch /var/lib/x-test /run/x-test; chmod 600 /etc/hosts
      systemd-run --unit x-test sleep 1000
      setsid sleep 1001 </dev/null >/dev/null 2>&1 &`);
    const differences = diffStates(before, await lab.stateOf("colo"));
    for (const expected of [
      "modules + ip_gre",
      "links + x-test@NONE: ",
      "addresses + eth0 inet 77.1.2.9/32",
      "rules + inet 9000: from 77.1.2.9 lookup 300",
      "routes + inet 10.9.0.0/16 via 77.1.2.1 dev eth0 table 300",
      "neighbours + proxy 77.1.2.3 dev eth0",
      "nft + table inet x / chain c / tcp dport 1 counter",
      "sysctl net.ipv4.ip_forward: 0 -> 1",
      "ipsec + policy src 10.1.0.0/24 dst 10.2.0.0/24",
      "file + /etc/x-test: ",
      "file + /usr/local/x: directory",
      "file + /var/lib/x-test: ",
      "file + /run/x-test: ",
      "file /etc/hosts: 0644 root:root",
      "file + /run/systemd/transient/x-test.service: ",
      "units + x-test.service active running",
      "processes + root /usr/bin/sleep 1000",
      "processes + root sleep 1001",
    ]) {
      expect(differences).toContainEqual(expect.stringContaining(`colo: ${expected}`));
    }
    await lab.reset();
    expect(diffStates(before, await lab.stateOf("colo"))).toEqual([]);
  });
});

/** One command as an ordinary user, as Pulumi would log in. */
function login(target: { port: number; username: string; privateKey: string }, command: string): Promise<string> {
  const client = new Client();
  return new Promise((resolve, reject) => {
    // A connection that breaks says so more than once.
    client.on("error", reject).once("ready", () => {
      client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let output = "";
        channel.on("data", (data: Buffer) => (output += data.toString()));
        channel.stderr.on("data", (data: Buffer) => (output += data.toString()));
        channel.on("close", () => {
          client.end();
          resolve(output);
        });
      });
    });
    client.connect({ host: "127.0.0.1", readyTimeout: 30_000, ...target });
  });
}

test("a moment of all hosts can be kept, and led back to as often as one likes", async () => {
  const [colo, router] = [lab.host("colo"), lab.host("router")];
  await lab.reset();
  // On the disk, in memory only, and on another host.
  await colo.exec("echo one >/root/file; sync; echo one >/dev/shm/file");
  await router.exec("ip link add x-kept type dummy");
  await lab.keep("moment");
  const look = async (): Promise<string> => (await colo.exec("cat /root/file /dev/shm/file")).stdout;
  for (let time = 0; time < 2; time += 1) {
    expect(await look()).toBe("one\none\n");
    expect((await router.exec("ip link show x-kept")).stdout).toContain("x-kept");
    await colo.exec("echo two | tee /root/file >/dev/shm/file");
    await router.exec("ip link del x-kept");
    await lab.reset("moment");
  }
  expect(await look()).toBe("one\none\n");
  await expect(lab.keep("moment")).rejects.toThrow('The lab has kept a moment "moment" already.');
  await lab.reset();
  expect((await colo.exec("ls /root")).stdout).toBe("");
  await expect(lab.reset("another")).rejects.toThrow('The lab has kept no moment "another".');
  expect(await answers("internet", "77.1.2.2")).toBe(true);
});

describe("a host", () => {
  test("has a user with sudo and one without", async () => {
    const { port, privateKey } = lab.host("colo").ssh;
    expect(await login({ port, username: "admin", privateKey }, "sudo -n id -u")).toBe("0\n");
    expect(await login({ port, username: "guest", privateKey }, "sudo -n id -u")).toMatch(/password is required/);
    await expect(login({ port, username: "root", privateKey }, "id -u")).rejects.toThrow(/authentication/);
  });

  test("removes and installs packages without any network", async () => {
    const colo = lab.host("colo");
    await colo.exec("DEBIAN_FRONTEND=noninteractive apt-get -qq purge bird2 conntrack", { timeoutMs: 300_000 });
    expect((await colo.exec("command -v bird conntrack", { allowFailure: true })).stdout).toBe("");
    const install = "apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install bird2 conntrack";
    await colo.exec(install, { timeoutMs: 300_000 });
    expect((await colo.exec("command -v bird conntrack")).stdout).toBe("/usr/sbin/bird\n/usr/sbin/conntrack\n");
  });

  test("loses in a crash what it had not written to its disk, and nothing in a reboot", async () => {
    const colo = lab.host("colo");
    await colo.exec("echo safe >/root/safe; sync; echo lost >/root/lost");
    await colo.crash();
    expect((await colo.exec("ls /root")).stdout).toBe("safe\n");
    await colo.exec("echo kept >/root/kept");
    await colo.reboot();
    expect((await colo.exec("ls /root; systemctl is-system-running")).stdout).toBe("kept\nsafe\nrunning\n");
    expect(await answers("internet", "77.1.2.2")).toBe(true);
  });

  test("boots while the others go on: nobody waits for it to take what they send", async () => {
    const probeTo = (to: string, echoAt: string): Promise<Probe> =>
      lab.probe({ from: "internet", to, protocol: "udp", rate: 50, lateSeconds: 2, echoAt });
    const [other, same] = [await probeTo("55.1.2.3", "router"), await probeTo("77.1.2.2", "colo")];
    await lab.host("colo").reboot();
    const [toOther, toSame] = [await other.stop(), await same.stop()];
    expect(toSame.lost).toBeGreaterThan(100);
    expect(toOther.longestGapMs).toBeLessThan(3000);
    expect(toOther.pauses.filter(({ machine, fromMs, toMs }) => machine === "world" && toMs - fromMs > 3000)).toEqual(
      [],
    );
  });

  test("can be reached over the network under test, and not when that is cut", async () => {
    const { privateKey } = lab.host("router").ssh;
    const way = await lab.forward({ from: "internet", to: "55.1.2.3", port: 22 });
    const id = (): Promise<string> => login({ port: way.port, username: "admin", privateKey }, "id -un");
    expect(await id()).toBe("admin\n");
    await lab.link("dsl").set({ blackhole: true });
    await expect(id()).rejects.toThrow();
    await lab.link("dsl").clear();
    await way.close();
  });

  test("a failed command is a readable error, and can be allowed", async () => {
    await expect(lab.host("colo").exec("echo no such thing >&2; exit 3")).rejects.toThrow(
      "colo: exit code 3 from: echo no such thing >&2; exit 3\nno such thing",
    );
    expect(await lab.host("colo").exec("exit 3", { allowFailure: true })).toMatchObject({ code: 3 });
    await expect(lab.host("colo").exec("sleep 100", { timeoutMs: 500 })).rejects.toThrow("colo: no end after 0.5 s");
    expect(() => lab.host("moon")).toThrow('The lab has no host "moon". Hosts: world, colo, router.');
  });
});

describe("several labs, and their end", () => {
  const name = `second-${process.pid}`;
  const tsx = join(packageRoot, "node_modules", ".bin", "tsx");
  const cli = (...words: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)(tsx, [join(packageRoot, "cli", "main.ts"), "lab", ...words]);

  test("a second lab is a world of its own, and the command line shows and changes it", async () => {
    await cli("up", "--name", name);
    try {
      await lab.host("colo").exec("touch /root/first");
      expect((await cli("ssh", "--name", name, "colo", "id", "-un")).stdout).toBe("admin\n");
      expect((await cli("ssh", "--name", name, "--root", "colo", "ls", "/root")).stdout).toBe("");
      expect((await cli("ssh", "--name", name, "internet", "ping", "-c1", "77.1.2.2")).stdout).toContain("1 received");
      await cli("link", "--name", name, "dsl", "loss=5%");
      const status = JSON.parse((await cli("status", "--name", name, "--json")).stdout) as {
        links: { name: string; up: { lossPercent?: number } }[];
      };
      expect(status.links.find((link) => link.name === "dsl")?.up.lossPercent).toBe(5);
      expect((await lab.link("dsl").state()).up.lossPercent).toBeUndefined();
    } finally {
      await cli("down", "--name", name);
    }
    expect(existsSync(labDirectory(name))).toBe(false);
  });

  test("a killed keeper leaves no process behind, and the name can be used again", async () => {
    const killed = await Lab.up({ name, detached: true });
    const machines = (await killed.machines()).flatMap(({ pid }): ProcessIdentity[] => {
      const identity = identify(pid);
      return identity ? [identity] : [];
    });
    expect(machines).toHaveLength(3);
    process.kill(killed.record.owner.pid, "SIGKILL");
    await poll("the machines to end with their keeper", () => !machines.some(isRunning), { deadlineMs: 10_000 });
    expect(() => Lab.attach(name)).toThrow(`There is no running lab "${name}"`);
    const again = await Lab.up({ name, detached: true });
    await again.down();
  });
});
