import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diffStates, readState, type HostState } from "../../lab/state";
import type { Lab } from "../../lab/lab";
import type { LineView } from "../../cli/doctor-lines";
import type { Finding } from "../../cli/findings";
import type { Sighting } from "../../cli/trace-seen";
import { apply, handwritten, nameOf, unitOf } from "./support/agent";
import { withstand } from "./support/fault-bench";
import { freshLab } from "./support/lab";
import { coloAddress, extruded, freshSite, internet, lines, siteConfig, tunnelStates, tunnelsUp } from "./support/site";
import type { StackEntries } from "../../config/schema";
import type { TestStack } from "./support/stack";
import { poll } from "../../lab/poll";

jest.setTimeout(600_000);

let lab: Lab;
let stack: TestStack;
let before: HostState;
let fixes: string[] = [];

beforeAll(async () => {
  lab = await freshLab();
  before = await readState(lab.host("colo"));
  ({ lab, stack } = await freshSite());
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

/** What the doctor finds, each as `HOST CODE`. */
async function doctor(): Promise<{
  codes: string[];
  findings: readonly Finding[];
  exitCode: number | null;
  seconds: number;
}> {
  const { stdout, stderr, code, seconds } = await stack.extrude("doctor", "--json");
  if (stderr !== "") throw new Error(stderr);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { codes: findings.map((each) => `${each.host} ${each.code}`).sort(), findings, exitCode: code, seconds };
}

function fixOf(findings: readonly Finding[], code: string): string | undefined {
  return findings.find((each) => each.code === code)?.fix;
}

test("of a site that runs drift has nothing to say, and the doctor finds nothing", async () => {
  expect(await stack.extrude("drift")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const { code, stdout, stderr } = await stack.extrude("doctor");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const line of ["dsl", "cable"]) {
    expect(stdout).toMatch(new RegExp(`^ ${line} +yes +1500 +\\d+\\.\\d ms +\\d+ % +no$`, "m"));
  }
  expect(stdout).toContain("\n\nrack, router: nothing is wrong.\n");
});

test("the doctor measures what each line carries, each way, and leaves everything as it was", async () => {
  const carried = { dsl: { down: 5, up: 2 }, cable: { down: 3, up: 4 } };
  for (const [name, rates] of Object.entries(carried)) {
    for (const way of ["down", "up"] as const) await lab.link(name).set({ rate: `${rates[way]}mbit`, oneWay: way });
  }
  const { stdout, stderr } = await stack.extrude("doctor", "--rate", "--json");
  const filled = ["cable", "dsl"].map((line) => `filling ${line} for up to half a minute`);
  expect(stderr.split("\n").filter(Boolean).sort()).toEqual(filled);
  const { lines: measured } = JSON.parse(stdout) as { lines: LineView[] };
  expect(measured.map(({ line }) => line).sort()).toEqual(["cable", "dsl"]);
  for (const { line, rate } of measured) {
    const limits = carried[line as keyof typeof carried];
    for (const way of ["down", "up"] as const) {
      // A tunnel's packets have 24 bytes more on the line. Emulated machines may send less than a line would carry.
      expect((rate?.[way] ?? 0) / (limits[way] * 1e6)).toBeLessThan(1.02);
      expect((rate?.[way] ?? 0) / (limits[way] * 1e6)).toBeGreaterThan(0.7);
    }
  }
  process.stderr.write(`${JSON.stringify(measured.map(({ line, rate }) => ({ line, rate })))}\n`);
  await Promise.all(Object.keys(carried).map((line) => lab.link(line).clear()));
  await tunnelsUp(lab, 2);
  expect(await stack.extrude("drift")).toMatchObject({ code: 0, stdout: "" });
});

test("init finds on both hosts what the site was configured with", async () => {
  const place = (name: "colo" | "router"): string => {
    const { host, port, user } = lab.host(name).ssh;
    return `${user}@${host}:${port}`;
  };
  const { code, stdout, stderr } = await stack.extrude(
    ...["init", "--dry-run", "--json", "--address", extruded, "--identity", lab.host("router").ssh.privateKeyPath],
    ...["--colo", place("colo"), "--colo-key", lab.host("colo").ssh.hostKey],
    ...["--router", place("router"), "--router-key", lab.host("router").ssh.hostKey],
    ...["--line", "dsl=eth1", "cable=eth2"],
  );
  expect(stderr).toBe("");
  const { config, found } = JSON.parse(stdout) as { config: StackEntries; found: Record<string, object> };
  const { hosts, colos, uplinks } = siteConfig(lab);
  expect(config.hosts).toEqual(hosts);
  expect(config.colos["colo"]).toEqual(colos["toronto"]);
  const ends = { colo: "colo" };
  expect(config.uplinks).toEqual({ dsl: { ...uplinks["dsl"], ...ends }, cable: { ...uplinks["cable"], ...ends } });
  expect(found["router"]).toMatchObject({ root: "sudo", missingPackages: [], missingModules: [] });
  expect(code).toBe(0);
});

test("status has both lines up, with what passes them, and trace follows a packet and its answer", async () => {
  const { stdout, code } = await stack.extrude("status", "--json");
  const { sites } = JSON.parse(stdout) as { sites: { name: string; lines: Record<string, unknown>[] }[] };
  expect(sites.map(({ name, lines: each }) => [name, each.map(({ state, share }) => [state, share])])).toEqual([
    [
      "office",
      [
        ["up", 50],
        ["up", 50],
      ],
    ],
  ]);
  // Pings and BFD alone are that much.
  for (const line of sites[0]?.lines ?? []) {
    expect(line["toSite"]).toBeGreaterThan(1000);
    expect(line["latencyMs"]).toBeGreaterThan(10);
    expect(line["lossPercent"]).toBeLessThan(100);
  }
  expect(code).toBe(0);
  const flow = ["--protocol", "tcp", "--port", "443", "--source-port", "5000"];
  const traced = await stack.extrude("trace", "office", "198.51.100.10", "--from", "192.168.1.10", ...flow, "--json");
  const { steps } = JSON.parse(traced.stdout) as {
    steps: { host: string; rule: { priority: number }; line?: string }[];
  };
  expect(steps.map(({ host, rule }) => [host, rule.priority])).toEqual([
    ["router", 9600],
    ["router", 9010],
    ["rack", 9100],
  ]);
  expect(steps[0]?.line).toBe(steps[1]?.line);
  expect(traced.code).toBe(0);
});

test("trace sees which line a connection does take, and which its answers", async () => {
  const probe = { from: "lan", to: internet, protocol: "udp", rate: 20, flows: 1, echoAt: "internet" } as const;
  const traffic = await lab.probe(probe);
  await traffic.replying();
  const { code, stdout, stderr } = await stack.extrude(
    "trace",
    "office",
    internet,
    "--protocol",
    "udp",
    "--watch",
    "4",
    "--json",
  );
  await traffic.stop();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { seen } = JSON.parse(stdout) as { seen: Sighting[] };
  const at = (host: string, way: "to" | "from"): string[] =>
    seen.filter((each) => each.host === host && each[way] > 0).map(({ line }) => line);
  // One connection takes one line, and comes back by one.
  expect(at("router", "to")).toHaveLength(1);
  expect(at("router", "from")).toHaveLength(1);
  expect(at("rack", "to")).toEqual(at("router", "to"));
  expect(at("rack", "from")).toEqual(at("router", "from"));
  expect(seen.every(({ isTunnel }) => isTunnel)).toBe(true);
  expect(Math.max(...seen.map(({ to }) => to))).toBeGreaterThan(20);
});

test("a report has all of it and none of the addresses, and a diagram the network as it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "extrude-e2e-"));
  const file = join(folder, "report.tar.gz");
  const { code, stdout } = await stack.extrude("report", "--output", file);
  expect(code).toBe(0);
  expect(stdout).toContain("hosts/router.txt");
  const text = execFileSync("tar", ["-xzOf", file], { encoding: "utf8", maxBuffer: 2 ** 28 });
  expect(text).toContain("== nft list ruleset");
  for (const each of [...Object.values(lines).map(({ address }) => address), "77.1.2.2", "77.1.2.3", "PRIVATE KEY"]) {
    expect(text).not.toContain(each);
  }
  rmSync(folder, { recursive: true });
  const drawn = await stack.extrude("diagram", "--format", "mermaid");
  expect(drawn.stdout).toMatch(/colo0 ---\|"dsl: gre, 55\.1\.2\.3 \(eth1\)<br\/>MTU 1476, weight 1"\| site0/);
});

test("drift tells what is gone on a host, which units are missing there, and which the stack does not know", async () => {
  const [router, colo] = [lab.host("router"), lab.host("colo")];
  await router.exec(`systemctl stop extrude-watch && ip rule del priority 9010 from ${lines.dsl.address}`);
  const extra = handwritten("extra", "[ip]", "rule add priority 9660 from 203.0.113.9 unreachable");
  expect((await apply(lab, "router", extra)).code).toBe(0);
  await colo.exec(`extrudectl remove ${unitOf("bond", "office")} --as rack`);
  const { code, stdout } = await stack.extrude("drift");
  expect(stdout.split("\n")).toEqual([
    `rack: ${unitOf("bond", "office")}: is in the state, but not on the host`,
    `router: ${nameOf(extra)}: is on the host, but not in the state`,
    expect.stringMatching(
      `^router: ${unitOf("uplink", "dsl")}: \\[ip\\] missing: rule add priority 9010 from 55.1.2.3 lookup \\d+$`,
    ),
    "",
  ]);
  expect(code).toBe(1);
});

test("repair puts back what is missing, and says what it cannot", async () => {
  const router = lab.host("router");
  const dry = await stack.extrude("repair", "router", "--dry-run");
  expect(dry.stdout).toMatch(/^router: would be put back: \[ip\] missing: rule add priority 9010 from 55\.1\.2\.3 /);
  expect((await router.exec("ip rule")).stdout).not.toContain("9010:\tfrom 55.1.2.3 ");
  const { stdout, code } = await stack.extrude("repair", "router");
  expect(stdout).toMatch(
    /^router: put back: \[ip\] missing: rule add priority 9010 from 55\.1\.2\.3 .*\nrouter: remains: .*\/extra: /,
  );
  expect(code).toBe(1);
  expect((await router.exec("ip rule")).stdout).toContain("9010:\tfrom 55.1.2.3 ");
  await router.exec(`ip rule del priority 9010 from ${lines.dsl.address}`);
});

test("the doctor finds all of it, a wrong clock, a filter and a small MTU in one run, each with its fix", async () => {
  await lab
    .namespace("dsl")
    .exec(
      "nft 'add table ip t; add chain ip t f { type filter hook forward priority 0; }; add rule ip t f ip protocol gre drop'",
    );
  await lab.namespace("cable").exec("ip link set core mtu 1400");
  await lab.host("colo").exec("date --set '+90 seconds'");
  await poll("the tunnel over dsl to be down", async () =>
    (await tunnelStates(lab, "router")).some((state) => /^x-dsl.* Down$/.test(state)),
  );
  const { codes, findings, exitCode, seconds } = await doctor();
  expect(codes).toEqual([
    "rack clock-skewed",
    "rack unit-missing",
    "router drifted",
    "router mtu-too-large",
    "router tunnel-filtered",
    "router unit-unknown",
    "router watcher-stopped",
  ]);
  expect(exitCode).toBe(1);
  expect(seconds).toBeLessThan(60);
  expect(fixOf(findings, "mtu-too-large")).toBe("mtu: 1400 for the uplink cable, then: pulumi up");
  expect(fixOf(findings, "tunnel-filtered")).toMatch(/^let GRE \(IP protocol 47\) pass/);
  expect(fixOf(findings, "clock-skewed")).toMatch(/^on rack: .*timedatectl set-ntp true$/);
  expect(fixOf(findings, "unit-missing")).toBe("extrude forget rack && pulumi up");
  fixes = ["drifted", "unit-unknown", "watcher-stopped"].map((code) => fixOf(findings, code) ?? "");
});

test("what it names as the fix mends it", async () => {
  await lab.namespace("dsl").exec("nft delete table ip t");
  await lab.namespace("cable").exec("ip link set core mtu 1500");
  await lab.host("colo").setClock();
  for (const fix of fixes) await lab.host("router").exec(fix.replace(/^on router: /, ""));
  expect((await stack.extrude("forget", "rack", "--yes")).code).toBe(0);
  const { changed } = await stack.up();
  expect(changed.filter((name) => !name.startsWith("create ") || name.endsWith("-router"))).toEqual([]);
  await tunnelsUp(lab, 2);
  expect(await stack.extrude("drift")).toMatchObject({ code: 0, stdout: "" });
});

test("the doctor tells a way that is dead from a line without carrier", async () => {
  await lab.link("dsl").set({ blackhole: true });
  await lab.link("cable").set({ down: true });
  await poll(
    "both tunnels to be down",
    async () => !(await tunnelStates(lab, "router")).some((state) => state.endsWith("Up")),
  );
  await poll("the watcher to have written why", async () => {
    const { stdout } = await stack.extrude("status", "--json");
    return /"why": "eth2 had no carrier"/.test(stdout) && /"why": "nothing came from rack any longer"/.test(stdout);
  });
  const { codes, findings, seconds } = await doctor();
  expect(codes).toContain("router path-dead");
  expect(codes).toContain("router carrier-missing");
  expect(findings.find(({ code }) => code === "path-dead")?.text).toContain(
    "dsl: 77.1.2.2 cannot be reached from 55.1.2.3",
  );
  expect(seconds).toBeLessThan(60);
  await lab.link("dsl").clear();
  await lab.link("cable").clear();
  await tunnelsUp(lab, 2);
});

describe("[F36] a host that cannot be reached any longer", () => {
  beforeAll(async () => {
    await lab
      .host("router")
      .exec("systemctl stop ssh.socket ssh.service; systemctl mask --runtime ssh.socket ssh.service");
  });

  test("is found by the doctor, and drift does not pass it over", async () => {
    const { codes, findings, exitCode, seconds } = await doctor();
    expect(codes).toEqual(["router unreachable"]);
    expect(fixOf(findings, "unreachable")).toContain("extrude forget router");
    expect(exitCode).toBe(1);
    expect(seconds).toBeLessThan(30);
    const { code, stdout } = await stack.extrude("drift");
    expect(stdout).toMatch(/^router: could not be asked: 127\.0\.0\.1, port \d+ cannot be reached by SSH/);
    expect(code).toBe(3);
  });

  test("makes destroy fail, within bounds, and keeps the stack", async () => {
    const destroy = async (): Promise<void> => {
      const started = Date.now();
      const failure = await stack.destroy().then(
        () => "it did not fail",
        (error: unknown) => String(error),
      );
      expect(failure).toMatch(/office-router[^]*dial/i);
      const seconds = (Date.now() - started) / 1000;
      process.stderr.write(`destroy failed after ${seconds.toFixed(1)} s\n`);
      expect(seconds).toBeLessThan(90);
    };
    await withstand(lab, destroy, { to: coloAddress, echoAt: "colo", mayLose: "some" });
  });

  test("is forgotten within 30 s; destroy then succeeds, and the colo is what it was", async () => {
    const { code, stdout, seconds } = await stack.extrude("forget", "router", "--yes");
    expect(stdout).toMatch(/router-agent.*unit organization\/e2e\/dev\/host\/router/);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(30);
    await stack.destroy();
    expect(diffStates(before, await readState(lab.host("colo")))).toEqual([]);
    expect((await stack.extrude("drift")).stderr).toContain("knows no host");
  });
});
