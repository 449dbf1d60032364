import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "../../lab/lab";
import { withstand } from "./support/fault-bench";
import { freshLab } from "./support/lab";
import { coloAddress, coloAlone, freshSite, hostOf, rackAlone, siteConfig } from "./support/site";
import { TestStack } from "./support/stack";

jest.setTimeout(600_000);

let lab: Lab;
let site: TestStack;

beforeAll(async () => {
  ({ lab, stack: site } = await freshSite());
});

afterAll(async () => {
  site.dispose();
  await lab.detach();
});

async function failureOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => "it did not fail",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

test("[F33] a wrong key costs two dials at most, however many units the host has", async () => {
  const folder = mkdtempSync(join(tmpdir(), "extrude-key-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const privateKeyFile = join(folder, "key");
  const stack = await TestStack.create("intruder", coloAlone(lab, "77.1.2.3", { privateKeyFile }));
  // sshd writes at least one line on a connection that did not log in, with the client's port.
  const dials = async (): Promise<Set<string>> => {
    const { stdout } = await lab.host("colo").exec("journalctl -b -u ssh -o cat --grep preauth || true");
    return new Set([...stdout.matchAll(/ port (\d+)/g)].map(([, port = ""]) => port));
  };
  const before = await dials();
  await withstand(lab, () => failureOf(stack.up()), { mayLose: "some", same: ["colo"] });
  const made = [...(await dials())].filter((port) => !before.has(port));
  expect(made.length).toBeGreaterThanOrEqual(1);
  expect(made.length).toBeLessThanOrEqual(2);
  stack.dispose();
  rmSync(folder, { recursive: true });
});

test("[F32] a host with another key than the given one is refused", async () => {
  const { hostKey } = hostOf(lab, "router");
  const stack = await TestStack.create("imposter", rackAlone(lab, { hostKey }));
  const dial = async (): Promise<void> => {
    expect(await failureOf(stack.up())).toMatch(/key mismatch/);
  };
  await withstand(lab, dial, { mayLose: "some", same: ["colo"] });
  stack.dispose();
});

test("[F34] a user without sudo is refused with what to do, and nothing has changed", async () => {
  const stack = await TestStack.create("powerless", rackAlone(lab, { user: "guest" }));
  const ask = async (): Promise<void> => {
    expect(await failureOf(stack.up())).toMatch(/guest on rack may not become root without a password\. Allow it/);
  };
  await withstand(lab, ask, { mayLose: "some", same: ["colo"] });
  stack.dispose();
});

test("[F42] [F44] a name that no interface can have, and an address that is the colo's or its gateway's, change nothing", async () => {
  const right = siteConfig(lab);
  const ask = async (): Promise<void> => {
    for (const [wrong, code] of [
      [siteConfig(lab, { address: coloAddress }), "address-is-colo"],
      [siteConfig(lab, { address: "77.1.2.1" }), "address-is-gateway"],
      [siteConfig(lab, { lines: { dsl: { interface: "much-too-long-name" } } }), "interface-invalid"],
    ] as const) {
      expect(await failureOf(site.up(wrong))).toContain(`[${code}]`);
    }
  };
  await withstand(lab, ask, { mayLose: "some", same: ["colo", "router"] });
  expect((await site.up(right)).changed).toEqual([]);
});

describe("beside another program with the same names inside", () => {
  let second: TestStack;

  afterAll(() => {
    second.dispose();
  });

  test("host, colo and address of the same names share the colo without the two meeting", async () => {
    second = await TestStack.create("dev", coloAlone(lab, "77.1.2.4"), "second");
    await second.up();
    await lab.namespace("rack").exec("arping -q -c 2 -w 3 -I line 77.1.2.3 && arping -q -c 2 -w 3 -I line 77.1.2.4");
    await second.destroy();
    await lab.namespace("internet").exec("ping -c 3 -i 0.2 -W 2 77.1.2.3");
    const { stdout } = await lab.host("colo").exec("extrudectl status");
    expect(stdout).not.toContain("/second/");
  });

  test("[F43] an address that another unit has claimed is refused, naming the unit", async () => {
    const claim = async (): Promise<void> => {
      const message = await failureOf(second.up(coloAlone(lab, "77.1.2.3")));
      expect(message).toContain("address 77.1.2.3 is claimed by organization/e2e/dev/address/vpn");
      await second.destroy();
    };
    await withstand(lab, claim, { mayLose: "some", same: ["colo"] });
  });

  test("a second bond that wants the router's default route is refused, naming the first", async () => {
    const message = await failureOf(second.up(siteConfig(lab, { address: "77.1.2.4", uplinks: { lte: {} } })));
    expect(message).toContain("default-route is claimed by organization/e2e/dev/bond/office");
    await second.destroy();
    await lab.namespace("internet").exec("ping -c 3 -i 0.2 -W 2 77.1.2.3");
  });
});

describe("[F35] on a host that lacks packages and a module", () => {
  beforeAll(async () => {
    lab = await freshLab();
    await lab
      .host("colo")
      .exec(
        [
          "DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq bird2 conntrack >/dev/null 2>&1",
          "mv /lib/modules/$(uname -r)/kernel/net/ipv4/ip_gre.ko* /root/ && depmod",
        ].join("\n"),
      );
  });

  test("all are named at once, with the command that installs them, and nothing has changed", async () => {
    const stack = await TestStack.create("lacking", rackAlone(lab));
    const ask = async (): Promise<void> => {
      const message = await failureOf(stack.up());
      expect(message).toMatch(/apt-get install bird2 conntrack/);
      expect(message).toMatch(/the kernel module ip_gre is missing/);
    };
    await withstand(lab, ask, { to: coloAddress, echoAt: "colo", mayLose: "some", same: ["colo"] });
    stack.dispose();
  });

  test("installPackages installs them, and destroy removes them again", async () => {
    await lab.host("colo").exec("mv /root/ip_gre.ko* /lib/modules/$(uname -r)/kernel/net/ipv4/ && depmod");
    const stack = await TestStack.create("installing", rackAlone(lab, { installPackages: true }));
    await stack.up();
    await lab.host("colo").exec("command -v bird conntrack && ! systemctl is-active bird.service");
    await stack.destroy();
    const { code } = await lab.host("colo").exec("command -v bird || command -v conntrack", { allowFailure: true });
    expect(code).not.toBe(0);
    await lab
      .host("colo")
      .exec("apt-get install -y -qq bird2 conntrack >/dev/null 2>&1 && systemctl disable -q --now bird");
    stack.dispose();
  });
});
