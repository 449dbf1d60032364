import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideToolchain } from "../../toolchain";

jest.setTimeout(300_000);

/** What `pulumi preview` prints for a program of its own process, as a user would run it. */
async function preview(program: string): Promise<{ code: number | null; text: string }> {
  const toolchain = await provideToolchain();
  const backend = mkdtempSync(join(tmpdir(), "extrude-preview-"));
  const options = {
    cwd: join(__dirname, "programs", program),
    encoding: "utf8",
    env: {
      ...process.env,
      ...toolchain.environment,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    },
  } as const;
  const config = join(backend, "Pulumi.test.yaml");
  try {
    execFileSync(toolchain.pulumi, ["stack", "init", "test", "--non-interactive", "--no-select"], {
      ...options,
      stdio: "pipe",
    });
    const { status, stdout, stderr } = spawnSync(
      toolchain.pulumi,
      ["preview", "--stack", "test", "--config-file", config, "--non-interactive", "--color=never"],
      options,
    );
    return { code: status, text: stdout + stderr };
  } finally {
    rmSync(backend, { recursive: true, force: true });
    rmSync(join(options.cwd, "Pulumi.test.yaml"), { force: true });
  }
}

test("[F42] [F43] [F44] a preview names every wrong argument at once, without a stack trace", async () => {
  const { code, text } = await preview("wrong");
  expect(code).not.toBe(0);
  for (const expected of [
    /host\/keyless: connection\.hostKey: .*\[host-key-missing\]/,
    /address\/text: address: "77\.1\.2" .*\[address-invalid\]/,
    /address\/outside: address: 77\.1\.3\.3 .*\[address-outside-prefix\]/,
    /address\/own: address: 77\.1\.2\.2 .*\[address-is-colo\]/,
    /address\/gateway: address: 77\.1\.2\.1 .*\[address-is-gateway\]/,
    /address\/network: address: 77\.1\.2\.0 .*\[address-is-network\]/,
    /address\/broadcast: address: 77\.1\.2\.255 .*\[address-is-broadcast\]/,
    /colo\/badinterface: interface: "an\/impossible:name" .*\[interface-invalid\]/,
    /bond\/empty: uplinks: .*\[bond-without-uplink\]/,
    /bond\/twins: uplinks\[1\]\.uplink: 55\.1\.2\.3 on eth1 .*\[bond-duplicate-line\]/,
    /bond\/names: uplinks\[1\]\.uplink: the name "dsl" .*\[duplicate-name\]/,
    /bond\/heavy: uplinks\[0\]\.weight: 257 .*\[weight-invalid\]/,
    /bond\/light: uplinks\[0\]\.weight: 0 .*\[weight-invalid\]/,
  ]) {
    expect(text).toMatch(expected);
  }
  expect(text).not.toContain("host/waived");
  expect(text).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
});

test("a preview refuses two components of one kind and name, naming it", async () => {
  const { code, text } = await preview("twice");
  expect(code).not.toBe(0);
  expect(text).toMatch(/Duplicate resource URN '[^']*extrude:index:ExtrudedAddress::vpn'/);
});
