import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { diffStates, readState, type HostState } from "../../lab/state";
import { apply, handwritten, loginOver, nameOf, unitOf, unitText } from "../e2e/support/agent";
import { extruded, freshSite, internet, lines, siteConfig, tunnelsUp } from "../e2e/support/site";
import type { TestStack } from "../e2e/support/stack";
import { Steps } from "../e2e/support/steps";
import { probeWhile } from "./support/probing";

jest.setTimeout(600_000);
// A machine that stops for half a second loses packets, too. What extrude loses, it loses again.
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

let lab: Lab;
let stack: TestStack;

beforeAll(async () => {
  ({ lab, stack } = await freshSite());
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** 100 packets a second to the extruded address while something happens: how many of them were lost. */
async function lossDuring(work: () => Promise<unknown>): Promise<number> {
  const { lost } = await probeWhile(lab, { to: extruded, echoAt: "router" }, work);
  process.stderr.write(`${expect.getState().currentTestName ?? ""}: ${lost} lost\n`);
  return lost;
}

/** Of the router while nothing of extrude's looks around there, which would be seen among the processes. */
async function routerState(): Promise<HostState> {
  const router = lab.host("router");
  await poll("the watcher to have looked around", async () => {
    return (await router.exec("pgrep -f 'extrudectl (heal|guard)'", { allowFailure: true })).code === 1;
  });
  return readState(router);
}

/** The watcher may begin to look around at any time, and the agent keeps records of what it has loaded, for the end. */
async function unchanged(before: HostState): Promise<void> {
  await poll(
    "the router to be as it was",
    async () => {
      const own = /: modules \+ nf_conntrack_netlink|\/extrude\/modules:|\/run\/extrude\//;
      const differences = diffStates(before, await routerState()).filter((difference) => !own.test(difference));
      if (differences.length > 0) throw new Error(differences.join("; "));
      return true;
    },
    { deadlineMs: 60_000 },
  );
}

/** Tries to reach the router's SSH server from the internet while `work` goes on: the longest time without an answer. */
async function longestSilence(address: string, work: () => Promise<unknown>): Promise<number> {
  const program = [
    "import select, socket, sys, time",
    "while not select.select([sys.stdin], [], [], 0.2)[0]:",
    "    try:",
    `        with socket.create_connection(("${address}", 22), 1) as server:`,
    "            server.settimeout(1)",
    '            if server.recv(4) == b"SSH-": print(time.monotonic(), flush=True)',
    "    except OSError: pass",
  ].join("\n");
  const answered: number[] = [];
  const onStdout = (text: string): void => void answered.push(...text.split("\n").filter(Boolean).map(Number));
  const watcher = await lab
    .namespace("internet")
    .start(`exec python3 -c '${program}'`, { onStdout, timeoutMs: 300_000 });
  await poll("SSH to answer", () => answered.length > 0);
  await work();
  const { length } = answered;
  await poll("SSH to answer again", () => answered.length > length);
  watcher.finish();
  await watcher.ended;
  return Math.max(...answered.slice(1).map((time, index) => time - (answered[index] ?? time)));
}

describe("[F27] a change that cuts the SSH connection by which it comes is taken back:", () => {
  const hole = ["[ip]", "link add x-hole type dummy", "link set x-hole up"];
  const cuts: [string, string[]][] = [
    [
      "a firewall rule",
      [
        "[nft]",
        "table inet x_cut {",
        "\tchain input {",
        "\t\ttype filter hook input priority filter; policy accept;",
        `\t\tiifname ${lines.cable.interface} tcp dport 22 drop`,
        "\t}",
        "}",
      ],
    ],
    [
      "a route",
      [
        ...hole,
        `route add ${internet}/32 dev x-hole table 4242`,
        `rule add priority 9005 from ${lines.cable.address} lookup 4242`,
      ],
    ],
    ["the other end's address on an interface of the host's", [...hole, `address add ${internet}/32 dev x-hole`]],
  ];

  test.each(cuts)("%s", async (_, fragment) => {
    const before = await routerState();
    const { ssh, close } = await loginOver(lab, lines.cable.address);
    await ssh.exec("true");
    const unit = handwritten("cut", ...fragment);
    let silence = Infinity;
    const lost = await lossDuring(async () => {
      silence = await longestSilence(lines.cable.address, async () => {
        const command = `sudo -n extrudectl apply ${nameOf(unit)}`;
        const said = await ssh.exec(command, { input: unit, allowFailure: true }).then(
          ({ stderr }) => stderr,
          (error: unknown) => String(error),
        );
        // Where the host took itself for the other end, it has ended the connection itself.
        expect(said).toMatch(/it is as it was before:\n {2}- it cuts the SSH connection|the connection was lost/);
      });
    });
    await close();
    process.stderr.write(`SSH was cut for ${silence.toFixed(1)} s\n`);
    // The aim is 10 s; emulated hosts take up to 25. The timer's 30 s are what must never be exceeded.
    expect(silence).toBeLessThan(30);
    // Where the host takes itself for the other end, that is also the probe's.
    if (!fragment.some((line) => line.startsWith("address add"))) expect(lost).toBe(0);
    await unchanged(before);
  });

  test("a Pulumi program that misdirects both lines, over the tunnels of which Pulumi speaks to the router", async () => {
    const before = await routerState();
    const way = await lab.forward({ from: "internet", to: extruded, port: 22 });
    const config = siteConfig(lab);
    const hosts = { ...config.hosts, router: { ...config.hosts["router"], port: way.port } };
    // Another port of the same host: every unit is proved again, and none changes.
    expect((await stack.up({ ...config, hosts })).changed).not.toEqual([]);
    await unchanged(before);
    const nowhere = { dsl: "55.1.2.99", cable: "99.1.2.99" };
    const uplinks = Object.fromEntries(
      Object.entries(config.uplinks).map(([name, uplink]) => [
        name,
        { ...uplink, gateway: nowhere[name as "dsl" | "cable"] },
      ]),
    );
    const failure = await stack.up({ ...config, hosts, uplinks }).then(
      () => "it did not fail",
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/it is as it was before:\n.*it cuts the SSH connection by which it came/);
    await poll("SSH over the tunnels to answer", async () => {
      const { ssh, close } = await loginOver(lab, extruded);
      const { code } = await ssh.exec("true", { timeoutMs: 5_000 }).finally(close);
      return code === 0;
    });
    // Back to what it was.
    await stack.up(config);
    await way.close();
    await tunnelsUp(lab, 2);
    await unchanged(before);
  });
});

/** The step after the one that makes the router have the rule of a unit; the unit is not there afterwards. */
async function stepAfterRule(steps: Steps, unit: string): Promise<number> {
  await steps.begin();
  expect((await apply(lab, "router", unit)).code).toBe(0);
  const taken = await steps.end();
  await lab.host("router").exec(`extrudectl remove ${nameOf(unit)} --as router`);
  const rule = taken.indexOf("ip -batch /run/extrude/ip.batch");
  expect(rule).toBeGreaterThan(0);
  return rule + 2;
}

describe("an SSH connection that ends in the middle of a change", () => {
  const unit = handwritten("half", "[ip]", "rule add priority 9650 from 203.0.113.7 unreachable");
  let steps: Steps;
  let middle: number;

  beforeAll(async () => {
    steps = await Steps.on(lab.host("router"));
    middle = await stepAfterRule(steps, unit);
  });

  afterAll(async () => {
    await steps.remove();
  });

  const faults: [string, (drop: () => void) => Promise<unknown>, () => Promise<unknown>][] = [
    [
      "[F25] by a reset",
      (drop) => {
        drop();
        return Promise.resolve();
      },
      () => Promise.resolve(),
    ],
    ["[F26] half, since nothing arrives any longer", () => cable().set({ blackhole: true }), () => cable().clear()],
  ];
  const cable = () => lab.link("cable");

  test.each(faults)("%s, leaves the host at one of the two generations", async (_, strike, heal) => {
    const { ssh, close } = await loginOver(lab, lines.cable.address);
    await steps.begin(middle);
    let isOver = false;
    const ended = ssh
      .exec(`sudo -n extrudectl apply ${nameOf(unit)}`, { input: unit, allowFailure: true })
      .catch(() => undefined)
      .finally(() => (isOver = true));
    expect(await steps.reached(() => isOver)).toBe(true);
    await strike(() => {
      ssh.drop();
    });
    await steps.go();
    await poll("the host to have ended the change", async () => {
      const { code } = await lab
        .host("router")
        .exec("! systemctl --quiet is-active 'extrude-change-*'", { allowFailure: true });
      return code === 0;
    });
    await heal();
    await close();
    await ended;
    const called = await steps.end();
    expect(called.length).toBeGreaterThan(12);
    const { stdout } = await lab.host("router").exec("extrudectl drift && extrudectl status");
    const isThere = stdout.includes(nameOf(unit));
    const { stdout: rules } = await lab.host("router").exec("ip rule");
    expect(rules.includes("203.0.113.7")).toBe(isThere);
    // Nobody proved that the way back works.
    expect(isThere).toBe(false);
    await tunnelsUp(lab, 2, 20_000);
  });
});

describe("what somebody else takes away comes back:", () => {
  /** Does harm, and waits for what carries traffic to be back, by a sign of it; the rest has a minute. */
  const comesBack = async (host: "colo" | "router", harm: string, sign: string): Promise<void> => {
    const started = Date.now();
    await lab.host(host).exec(harm);
    await poll(
      `"${sign}" to be true on ${host} again`,
      async () => (await lab.host(host).exec(sign, { allowFailure: true })).code === 0,
      // The aim is 2 s; an emulated processor takes longer to look around.
      { deadlineMs: 10_000, intervalMs: 100 },
    );
    const seconds = (Date.now() - started) / 1000;
    process.stderr.write(`${expect.getState().currentTestName ?? ""}: back on ${host} after ${seconds.toFixed(1)} s\n`);
    await poll(
      "nothing to be missing",
      async () => {
        const { code, stdout } = await lab.host(host).exec("extrudectl drift", { allowFailure: true });
        if (code !== 0) throw new Error(stdout);
        return true;
      },
      { deadlineMs: 60_000, intervalMs: 1_000 },
    );
  };
  const ping = () => lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);

  test("[F21] the whole ruleset, flushed at both ends", async () => {
    await comesBack("colo", "nft flush ruleset", "nft list tables | grep -q x_toronto_");
    await comesBack("router", "nft flush ruleset", "nft list tables | grep -q x_office_");
    await ping();
    const { stdout } = await lab.host("router").exec("journalctl -u extrude-watch -o cat");
    expect(stdout).toMatch(/was missing, is back: \[nft\] table inet x_office_\w+ is gone/);
  });

  test("a tunnel, deleted at the router", async () => {
    const tunnel = (await lab.host("router").exec("ls /sys/class/net | grep ^x-dsl")).stdout.trim();
    await comesBack("router", `ip link del ${tunnel}`, `ip -6 address show dev ${tunnel} | grep -q fe80::2`);
    await tunnelsUp(lab, 2, 10_000);
  });

  test("routing rules, flushed as a network manager does it", async () => {
    const flush = "ip rule flush; ip rule add priority 32766 lookup main; ip rule add priority 32767 lookup default";
    await comesBack("colo", flush, "ip rule | grep -q ^9100:");
    await comesBack("router", flush, "ip rule | grep -q ^9600: && ip rule | grep -q ^9020:");
    await ping();
  });

  test("the proxy entry, which goes when the interface goes down", async () => {
    const harm = "ip link set eth0 down; ip link set eth0 up; ip route add default via 77.1.2.1 2>/dev/null || true";
    await comesBack("colo", harm, `ip neigh show proxy | grep -q ${extruded}`);
    await lab.namespace("rack").exec(`arping -q -c 2 -w 3 -I line ${extruded}`);
    await tunnelsUp(lab, 2, 20_000);
  });

  test("[F20] everything that systemd-networkd removes when it starts", async () => {
    await lab.host("router").exec("systemctl start systemd-networkd");
    await comesBack("router", "systemctl restart systemd-networkd", "ip rule | grep -q ^9600:");
    await tunnelsUp(lab, 2, 20_000);
    await lab.host("router").exec("systemctl stop systemd-networkd.socket systemd-networkd");
  });

  test("[F38] and drift tells what is gone, with an exit status", async () => {
    const router = lab.host("router");
    await router.exec(`systemctl stop extrude-watch && ip rule del priority 9010 from ${lines.dsl.address}`);
    const { code, stdout } = await router.exec("extrudectl drift", { allowFailure: true });
    expect(stdout).toMatch(/^\[ip\] missing: rule add priority 9010 from 55\.1\.2\.3 lookup \d+\n$/);
    expect(code).toBe(1);
    await router.exec("systemctl start extrude-watch && extrudectl restore && extrudectl drift");
  });
});

describe("a host in trouble", () => {
  test("[F22] with a full disk refuses before anything changes", async () => {
    const router = lab.host("router");
    const before = await routerState();
    const unit = (await unitText(lab, "router", unitOf("bond", "office"))).replace(/weight 1\b/g, "weight 9");
    // ext4 keeps blocks for root, so that the file has to be larger than what is free for others.
    await router.exec(
      "dd if=/dev/zero of=/root/full bs=1M 2>/dev/null || true; dd if=/dev/zero of=/root/full2 bs=1k 2>/dev/null || true",
    );
    const { code, stderr } = await apply(lab, "router", unit);
    await router.exec("rm /root/full /root/full2");
    expect(stderr).toMatch(/nothing has changed:\n {2}- only \d+ KiB are free for \/var\/lib\/extrude/);
    expect(code).toBe(1);
    await unchanged(before);
  });

  test.each([
    ["forward", "+1 hour"],
    ["back", "-1 hour"],
  ])("[F23] whose clock steps %s in the middle of a change keeps it", async (_, step) => {
    const router = lab.host("router");
    const steps = await Steps.on(router);
    const unit = handwritten("clock", "[ip]", "rule add priority 9650 from 203.0.113.8 unreachable");
    await steps.begin(await stepAfterRule(steps, unit));
    let isOver = false;
    const applied = apply(lab, "router", unit).finally(() => (isOver = true));
    expect(await steps.reached(() => isOver)).toBe(true);
    await router.exec(`date --set '${step}'`);
    await steps.go();
    expect((await applied).code).toBe(0);
    await steps.end();
    await router.setClock();
    await steps.remove();
    await router.exec(`extrudectl drift && extrudectl remove ${nameOf(unit)} --as router`);
  });

  test("[F40] that cannot take a change back says so, and goes on to say so", async () => {
    const router = lab.host("router");
    const [good, bad] = ["ttl 63", "ttl 62"].map((ttl) =>
      handwritten("broken", "[ip]", `link add x-broken type gre local 55.1.2.3 remote 203.0.113.9 ${ttl}`),
    ) as [string, string];
    expect((await apply(lab, "router", good)).code).toBe(0);
    // Somebody's interface takes the address pair in the one moment in which it is free.
    const steps = await Steps.on(router);
    await steps.begin();
    const thief = "/usr/sbin/ip link add thief type gre local 55.1.2.3 remote 203.0.113.9";
    await router.exec("rm /usr/local/bin/ip; cat >/usr/local/bin/ip; chmod 755 /usr/local/bin/ip", {
      input: [
        "#!/bin/sh",
        '/usr/sbin/ip "$@"; s=$?',
        `! grep -qs '^link del x-broken' /run/extrude/ip.batch || ${thief}`,
        "exit $s\n",
      ].join("\n"),
    });
    const { code, stderr } = await apply(lab, "router", bad);
    await steps.remove();
    expect(stderr).toContain("AND IT COULD NOT BE TAKEN BACK WHOLE");
    expect(code).toBe(1);
    const status = await router.exec("extrudectl status", { allowFailure: true });
    expect(status.code).toBe(1);
    expect(status.stdout).toContain("BROKEN, since a change could not be taken back: ");
    await router.exec("ip link del thief");
    expect((await apply(lab, "router", good)).stdout).toBe("unchanged\n");
    await router.exec(`extrudectl status && extrudectl remove ${nameOf(good)} --as router && extrudectl drift`);
  });
});

test("[F47] a site that sends from another's address is not heard, and counted", async () => {
  const router = lab.host("router");
  const counted = async (): Promise<number> => {
    const { stdout } = await lab
      .host("colo")
      .exec("nft list chain inet $(nft list tables | sed -n 's/^table inet \\(x_toronto_.*\\)/\\1/p') antispoof");
    return Number(/@sources counter packets (\d+)/.exec(stdout)?.[1]);
  };
  const before = await counted();
  const watch = await lab
    .namespace("internet")
    .start("timeout 20 tcpdump -n -c 1 -i line src 77.1.2.77 2>/dev/null | wc -l");
  // Past the router's own address translation.
  await router.exec(
    "ip address add 77.1.2.77/32 dev lo; nft 'add table ip t; add chain ip t o { type filter hook output priority raw; }; add rule ip t o ip saddr 77.1.2.77 notrack'",
  );
  await router.exec(`ping -c 5 -i 0.2 -W 1 -I 77.1.2.77 ${internet}`, { allowFailure: true });
  await router.exec("ip address del 77.1.2.77/32 dev lo; nft delete table ip t");
  expect(await counted()).toBeGreaterThanOrEqual(before + 5);
  expect((await watch.ended).stdout.trim()).toBe("0");
});
