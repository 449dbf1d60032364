import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { apply, handwritten, loginOver, nameOf, unitOf, unitText } from "../e2e/support/agent";
import { quietState, unchanged, withstand } from "../e2e/support/fault-bench";
import { extruded, freshSite, internet, lines, siteConfig, tunnelsUp } from "../e2e/support/site";
import type { TestStack } from "../e2e/support/stack";
import { Steps } from "../e2e/support/steps";

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

/**
 * Tries to reach the router's SSH server from the internet each second while `work` goes on: the longest time without
 * an answer. An emulated host that is busy takes seconds for one, so that no attempt waits for the one before.
 */
async function longestSilence(address: string, work: () => Promise<unknown>): Promise<number> {
  const program = [
    "import select, socket, sys, threading, time",
    "def attempt():",
    "    try:",
    `        with socket.create_connection(("${address}", 22), 1) as server:`,
    "            server.settimeout(5)",
    '            if server.recv(4) == b"SSH-": print(time.monotonic(), flush=True)',
    "    except OSError: pass",
    "while not select.select([sys.stdin], [], [], 1)[0]:",
    "    threading.Thread(target=attempt, daemon=True).start()",
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
    const { ssh, close } = await loginOver(lab, lines.cable.address);
    await ssh.exec("true");
    const unit = handwritten("cut", ...fragment);
    let silence = Infinity;
    // Where the host takes itself for the other end, that is also the probe's: for as long as SSH is cut.
    const mayLose = fragment.some((line) => line.startsWith("address add")) ? 500 : 0;
    const cut = async (): Promise<void> => {
      silence = await longestSilence(lines.cable.address, async () => {
        const command = `sudo -n extrudectl apply ${nameOf(unit)}`;
        const said = await ssh.exec(command, { input: unit, allowFailure: true }).then(
          ({ stderr }) => stderr,
          (error: unknown) => String(error),
        );
        // Where the host took itself for the other end, it has ended the connection itself.
        expect(said).toMatch(/it is as it was before:\n {2}- it cuts the SSH connection|the connection was lost/);
      });
    };
    await withstand(lab, cut, { mayLose, same: ["router"] }).finally(close);
    process.stderr.write(`SSH was cut for ${silence.toFixed(1)} s\n`);
    expect(silence).toBeLessThan(10);
  });

  test("a Pulumi program that misdirects both lines, over the tunnels of which Pulumi speaks to the router", async () => {
    const before = await quietState(lab, "router");
    const way = await lab.forward({ from: "internet", to: extruded, port: 22 });
    const config = siteConfig(lab);
    const hosts = { ...config.hosts, router: { ...config.hosts["router"], port: way.port } };
    // Another port of the same host: every unit is proved again, and none changes.
    expect((await stack.up({ ...config, hosts })).changed).not.toEqual([]);
    await unchanged(lab, before);
    const nowhere = { dsl: "55.1.2.99", cable: "99.1.2.99" };
    const uplinks = Object.fromEntries(
      Object.entries(config.uplinks).map(([name, uplink]) => [
        name,
        { ...uplink, gateway: nowhere[name as "dsl" | "cable"] },
      ]),
    );
    let [failure, silence] = ["it did not fail", Infinity];
    const misdirect = async (): Promise<void> => {
      silence = await longestSilence(extruded, () =>
        stack.up({ ...config, hosts, uplinks }).catch((error: unknown) => (failure = String(error))),
      );
    };
    // Whoever speaks to the site through the tunnels is cut off with Pulumi, for as long.
    await withstand(lab, misdirect, { mayLose: 500 });
    process.stderr.write(`SSH was cut for ${silence.toFixed(1)} s\n`);
    // Back to what it was, whatever has become of it.
    await stack.up(config);
    await way.close();
    await tunnelsUp(lab, 2);
    await unchanged(lab, before);
    expect(failure).toMatch(/it is as it was before:\n.*it cuts the SSH connection by which it came/);
    expect(silence).toBeLessThan(10);
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

  /** Whether the host has the unit in the end. */
  const interrupted = async (strike: (drop: () => void) => Promise<unknown>, heal: () => Promise<unknown>) => {
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
    await tunnelsUp(lab, 2, 20_000);
    return isThere;
  };

  test.each(faults)("%s, leaves the host at one of the two generations", async (title, strike, heal) => {
    const work = async (): Promise<void> => {
      // Nobody proved that the way back works.
      expect(await interrupted(strike, heal)).toBe(false);
    };
    // A line that is dead costs what BFD takes to see it.
    await withstand(lab, work, { mayLose: title.startsWith("[F26]") ? 50 : 0, same: ["router"] });
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
  /** What was taken away is missed until it is back: 10 s, as above. */
  const harmless = (work: () => Promise<unknown>): Promise<void> =>
    withstand(lab, work, { mayLose: 500, same: ["colo", "router"] });

  test("[F21] the whole ruleset, flushed at both ends", async () => {
    await harmless(async () => {
      await comesBack("colo", "nft flush ruleset", "nft list tables | grep -q x_toronto_");
      await comesBack("router", "nft flush ruleset", "nft list tables | grep -q x_office_");
    });
    const { stdout } = await lab.host("router").exec("journalctl -u extrude-watch -o cat");
    expect(stdout).toMatch(/was missing, is back: \[nft\] table inet x_office_\w+ is gone/);
  });

  test("a tunnel, deleted at the router", async () => {
    const tunnel = (await lab.host("router").exec("ls /sys/class/net | grep ^x-dsl")).stdout.trim();
    await harmless(async () => {
      await comesBack("router", `ip link del ${tunnel}`, `ip -6 address show dev ${tunnel} | grep -q fe80::2`);
      await tunnelsUp(lab, 2, 10_000);
    });
  });

  test("routing rules, flushed as a network manager does it", async () => {
    const flush = "ip rule flush; ip rule add priority 32766 lookup main; ip rule add priority 32767 lookup default";
    await harmless(async () => {
      await comesBack("colo", flush, "ip rule | grep -q ^9100:");
      await comesBack("router", flush, "ip rule | grep -q ^9600: && ip rule | grep -q ^9020:");
    });
  });

  test("the proxy entry, which goes when the interface goes down", async () => {
    const harm = "ip link set eth0 down; ip link set eth0 up; ip route replace default via 77.1.2.1 dev eth0 onlink";
    await harmless(async () => {
      await comesBack("colo", harm, `ip neigh show proxy | grep -q ${extruded}`);
      await lab.namespace("rack").exec(`arping -q -c 2 -w 3 -I line ${extruded}`);
      await tunnelsUp(lab, 2, 20_000);
    });
  });

  test("[F20] everything that systemd-networkd removes when it starts", async () => {
    await lab.host("router").exec("systemctl start systemd-networkd");
    await tunnelsUp(lab, 2, 20_000);
    await harmless(async () => {
      await comesBack("router", "systemctl restart systemd-networkd", "ip rule | grep -q ^9600:");
      await tunnelsUp(lab, 2, 20_000);
    });
    await lab.host("router").exec("systemctl stop systemd-networkd.socket systemd-networkd");
  });

  test("[F38] and drift tells what is gone, with an exit status", async () => {
    const router = lab.host("router");
    await harmless(async () => {
      await router.exec(`systemctl stop extrude-watch && ip rule del priority 9010 from ${lines.dsl.address}`);
      const { code, stdout } = await router.exec("extrudectl drift", { allowFailure: true });
      expect(stdout).toMatch(/^\[ip\] missing: rule add priority 9010 from 55\.1\.2\.3 lookup \d+\n$/);
      expect(code).toBe(1);
      await router.exec("systemctl start extrude-watch && extrudectl restore && extrudectl drift");
    });
  });
});

describe("a host in trouble", () => {
  test("[F22] with a full disk refuses before anything changes", async () => {
    const router = lab.host("router");
    const unit = (await unitText(lab, "router", unitOf("bond", "office"))).replace(/weight 1\b/g, "weight 9");
    const fill = async (): Promise<void> => {
      // ext4 keeps blocks for root, which %f counts and df does not.
      await router.exec("fallocate -l $(($(stat -f -c '%f * %S' /))) /root/full || true");
      const { code, stderr } = await apply(lab, "router", unit);
      await router.exec("rm /root/full");
      expect(stderr).toMatch(/nothing has changed:\n {2}- only \d+ KiB are free for \/var\/lib\/extrude/);
      expect(code).toBe(1);
    };
    await withstand(lab, fill, { same: ["router"] });
  });

  test.each([
    ["forward", "+1 hour"],
    ["back", "-1 hour"],
  ])("[F23] whose clock steps %s in the middle of a change keeps it", async (_, step) => {
    const router = lab.host("router");
    const steps = await Steps.on(router);
    const unit = handwritten("clock", "[ip]", "rule add priority 9650 from 203.0.113.8 unreachable");
    const stepClock = async (): Promise<void> => {
      await steps.begin(await stepAfterRule(steps, unit));
      let isOver = false;
      const applied = apply(lab, "router", unit).finally(() => (isOver = true));
      expect(await steps.reached(() => isOver)).toBe(true);
      await router.exec(`date --set '${step}'`);
      await steps.go();
      expect((await applied).code).toBe(0);
      await steps.end();
      await router.setClock();
      await router.exec(`extrudectl drift && extrudectl remove ${nameOf(unit)} --as router`);
    };
    await withstand(lab, stepClock, { same: ["router"] });
    await steps.remove();
  });

  test("[F40] that cannot take a change back says so, and goes on to say so", async () => {
    const router = lab.host("router");
    const [good, bad] = ["ttl 63", "ttl 62"].map((ttl) =>
      handwritten("broken", "[ip]", `link add x-broken type gre local 55.1.2.3 remote 203.0.113.9 ${ttl}`),
    ) as [string, string];
    const breakIt = async (): Promise<void> => {
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
    };
    await withstand(lab, breakIt, { same: ["router"] });
  });
});

test("[F47] a site that sends from another's address is not heard, and counted", async () => {
  const router = lab.host("router");
  const counted = async (): Promise<number> => {
    const { stdout } = await lab
      .host("colo")
      .exec("nft list chain inet $(nft list tables | sed -n 's/^table inet \\(x_toronto_[^_]*\\)$/\\1/p') antispoof");
    return Number(/@sources counter packets (\d+)/.exec(stdout)?.[1]);
  };
  const spoof = async (): Promise<void> => {
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
  };
  await withstand(lab, spoof, { same: ["colo", "router"] });
});
