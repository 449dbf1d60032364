import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { StackEntries } from "../../config/schema";
import type { Lab } from "../../lab/lab";
import { hostile } from "../unit/fixtures";
import { handwritten, unitOf } from "./support/agent";
import { withstand } from "./support/fault-bench";
import { freshLab } from "./support/lab";
import { sampleSeed } from "./support/random";
import { extruded, siteConfig, tunnelsUp } from "./support/site";
import { finished, TestStack } from "./support/stack";
import { commandLinesWith, placesWith } from "./support/witness";

jest.setTimeout(900_000);

const hosts = ["colo", "router"] as const;
const passphrase = "correct horse, battery and P8";
const seed = sampleSeed();

let lab: Lab;
let stack: TestStack;
let folder: string;
/** Texts that nobody may see. */
let secrets: readonly string[];

beforeAll(async () => {
  lab = await freshLab();
  folder = mkdtempSync(join(tmpdir(), "extrude-key-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", join(folder, "key")]);
  const privateKey = readFileSync(join(folder, "key"), "utf8");
  const secretKeys = JSON.stringify({ privateKey, privateKeyPassword: passphrase });
  writeFileSync(join(folder, "connection.json"), secretKeys, { mode: 0o600 });
  const publicKey = readFileSync(join(folder, "key.pub"), "utf8");
  secrets = [passphrase, ...privateKey.split("\n").slice(1, -3)];
  for (const host of hosts) {
    await lab.host(host).exec("cat >>/home/admin/.ssh/authorized_keys", { input: publicKey });
  }
  stack = await TestStack.create("dev", siteWithSecrets());
});

afterAll(async () => {
  stack.dispose();
  rmSync(folder, { recursive: true });
  await lab.detach();
});

/** The site, under names as strange as names may be, reached by a key with a passphrase. */
function siteWithSecrets(mtu = 1500): StackEntries {
  const { hosts: reached, uplinks, sites, ...site } = siteConfig(lab);
  const { dsl, cable } = uplinks;
  const office = sites["office"];
  if (dsl === undefined || cable === undefined || office === undefined) throw new Error("The site has changed.");
  const [first, second] = ["D.s__l-9-.", "c".repeat(64)];
  return {
    ...site,
    hosts: Object.fromEntries(
      Object.entries(reached).map(([name, host]) => [
        name,
        { ...host, privateKeyFile: undefined, connectionFile: join(folder, "connection.json") },
      ]),
    ),
    uplinks: { [first]: dsl, [second]: { ...cable, encapsulation: "wireguard", mtu } },
    sites: { "0-.": { ...office, uplinks: { [first]: {}, [second]: { weight: 4 } } } },
  };
}

/** The stream of events holds the engine's debug messages, which print secrets (README.md says so); here without them. */
function withoutDebugging(stream: string): string {
  const isDebugging = (line: string): boolean => /"diagnosticEvent":\{.*"severity":"debug"/.test(line);
  return stream
    .split("\n")
    .filter((line) => !isDebugging(line))
    .join("\n");
}

/** The private keys of the encrypted tunnel, which the stack has made. */
async function tunnelKeys(): Promise<string[]> {
  const file = `/var/lib/extrude/units/${unitOf("uplink", "c".repeat(64))}`;
  const read = (host: "colo" | "router") => lab.host(host).exec(`tail -n 1 ${file} | cut -d ' ' -f 2`);
  return (await Promise.all(hosts.map(read))).map(({ stdout }) => stdout.trim());
}

/** What Pulumi prints for some words, on both of its outputs: one after the other, since either may stop within a line. */
async function said(...words: string[]): Promise<string> {
  const { stdout, stderr } = await finished(stack.start(...words));
  return `${stdout}\n${stderr}`;
}

test("[P8] no secret is in a command line, a journal, a readable file, or in what Pulumi prints and stores", async () => {
  const outputs: string[] = [];
  const seen = await commandLinesWith(lab, secrets, async () => {
    outputs.push(await said("up", "--yes", "--diff"));
    await tunnelsUp(lab, 2);
    // The next bond is refused by its router, so that errors are seen as well.
    await lab.host("router").exec("ip rule add priority 9600 from 203.0.113.1 lookup main");
    stack.configure({ ...siteWithSecrets(), sites: {} });
    outputs.push(await said("preview", "--json"));
    outputs.push(withoutDebugging(await said("up", "--yes", "--skip-preview", "--json")));
    stack.configure(siteWithSecrets());
    outputs.push(await said("up", "--yes", "--diff"));
    await lab.host("router").exec("ip rule del priority 9600 from 203.0.113.1");
    outputs.push(await said("up", "--yes"));
  });
  const keys = await tunnelKeys();
  expect(keys.map((key) => key.length)).toEqual([44, 44]);
  // Its keys are known from here on: what follows hands them to both hosts again.
  stack.configure(siteWithSecrets(1400));
  const seenOfKeys = await commandLinesWith(lab, keys, async () => {
    outputs.push(await said("up", "--yes", "--diff"));
    outputs.push(await said("stack", "export"), await said("stack", "output", "--json"));
  });
  secrets = [...secrets, ...keys];
  expect([seen, seenOfKeys]).toEqual([[], []]);
  expect(outputs[3]).toContain("a rule with the priority 9600 is there that is not extrude's");
  expect(outputs[4]).toMatch(/Resources:\n/);
  for (const text of [...outputs, stack.stored()]) {
    for (const secret of secrets) expect(text).not.toContain(secret);
  }
  expect(stack.stored()).toContain("ciphertext");
  for (const host of hosts) expect(await placesWith(lab, host, secrets)).toEqual([]);
});

test("[F41] names with every character that names may have are literally on the hosts", async () => {
  await tunnelsUp(lab, 2);
  await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);
  for (const host of hosts) {
    const { stdout } = await lab.host(host).exec("extrudectl status && extrudectl drift");
    for (const unit of ["uplink/D.s__l-9-.", `uplink/${"c".repeat(64)}`, "bond/0-."]) {
      expect(stdout).toContain(`unit organization/e2e/dev/${unit} host `);
    }
  }
});

/** Calls the agent with words and input that are given as JSON, and prints its exit statuses. */
const caller = [
  "import json, subprocess, sys",
  "for words, text in json.load(sys.stdin):",
  "    done = subprocess.run(['extrudectl'] + words, input=text.encode('utf-8', 'surrogatepass'), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)",
  "    print(done.returncode, flush=True)",
].join("\n");

async function callAll(calls: readonly (readonly [string[], string])[]): Promise<number[]> {
  const command = `exec python3 -c "${caller.replaceAll('"', '\\"')}"`;
  const { stdout } = await lab.host("router").exec(command, { input: JSON.stringify(calls), timeoutMs: 600_000 });
  return stdout.split("\n").filter(Boolean).map(Number);
}

const strings = (count: number): string[] => [
  ...["$(touch /tmp/ran)", "`touch /tmp/ran`", "x; touch /tmp/ran", "x\ntouch /tmp/ran", "'; touch /tmp/ran; '"],
  ...fc.sample(fc.oneof(hostile, fc.string({ unit: "binary", minLength: 4_000, maxLength: 5_000 })), {
    numRuns: count,
    seed,
  }),
];

describe("[F41] whatever the agent is given itself", () => {
  // What the watcher notes, and when it looks around, is not of the agent's calls. Whatever look it was at has ended.
  beforeAll(() => lab.host("router").exec("systemctl stop extrude-watch && extrudectl restore"));

  afterAll(() => lab.host("router").exec("systemctl start extrude-watch"));

  test("as a name, of 200, it refuses or has nothing to do with, and nothing changes", async () => {
    // The kernel ends an argument at its first NUL.
    const names = strings(200).filter((name) => !name.includes("\0") && name.isWellFormed());
    expect(names.length).toBeGreaterThan(150);
    const callWithEach = async (): Promise<void> => {
      const statuses = await callAll(names.map((name) => [["apply", name], ""]));
      expect(statuses).toHaveLength(names.length);
      expect(statuses.filter((status) => status === 0)).toEqual([]);
    };
    await withstand(lab, callWithEach, { mayLose: "some", same: ["router"] });
  });

  test("in a line of a unit, it refuses, or takes literally and takes back, and nothing else changes", async () => {
    const lines = strings(5);
    const places = [
      "claim NAME",
      "[sysctl]\nNAME = 1",
      "[ip]\nrule add priority 9650 NAME",
      "[nft]\nNAME",
      "[bird]\nNAME",
    ];
    const calls = lines.flatMap((line, index): (readonly [string[], string])[] => {
      const unit = handwritten(
        "hostile",
        ...(places[index % places.length] ?? "").replace("NAME", () => line).split("\n"),
      );
      const name = "organization/e2e/dev/bond/hostile";
      return [
        [["apply", name], unit],
        [["remove", name, "--as", "router"], ""],
      ];
    });
    const callWithEach = async (): Promise<void> => {
      const statuses = await callAll(calls);
      expect(statuses.filter((_, index) => index % 2 === 1)).toEqual(lines.map(() => 0));
    };
    await withstand(lab, callWithEach, { mayLose: "some", same: ["router"] });
    await lab.host("router").exec("extrudectl drift && extrudectl status && ! ls /tmp/ran");
  });
});
