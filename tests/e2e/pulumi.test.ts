import { readdirSync, readFileSync } from "node:fs";
import type { StackEntries } from "../../config/schema";
import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import { diffStates, readState, type HostState } from "../../lab/state";
import { type Exposure, withstand } from "./support/fault-bench";
import { freshLab } from "./support/lab";
import { numbersFrom, sampleSeed } from "./support/random";
import { coloAddress, extruded, siteConfig, tunnelsUp } from "./support/site";
import { TestStack } from "./support/stack";

jest.setTimeout(900_000);

const hosts = ["colo", "router"] as const;
const random = numbersFrom(sampleSeed());

let lab: Lab;
let stack: TestStack;
let before: HostState[];

beforeAll(async () => {
  lab = await freshLab();
  before = await states();
  stack = await TestStack.create("dev", siteConfig(lab));
});

afterAll(async () => {
  stack.dispose();
  await lab.detach();
});

const states = (): Promise<HostState[]> => Promise.all(hosts.map((host) => readState(lab.host(host))));

/** A process and all that it has started. Plugins are in process groups of their own. */
function family(id: number): number[] {
  const children = readdirSync(`/proc/${id}/task`).flatMap((thread) =>
    readFileSync(`/proc/${id}/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
  return [id, ...children.map(Number).flatMap(family)];
}

/**
 * Starts Pulumi, and kills it and all that it has started some time after `count` of its resources' operations have
 * ended, while others are under way.
 */
async function killed(count: number, ...words: string[]): Promise<void> {
  const pulumi = stack.start(...words);
  let text = "";
  const ended = new Promise((resolve) => pulumi.once("close", resolve));
  pulumi.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  pulumi.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const done = () => [...text.matchAll(/remote:Command \S+ (created|updated|deleted)/g)].length;
  // Two busy labs on two processors make an up that takes half a minute last for more than two.
  await poll(`Pulumi to have ended ${count} operations`, () => done() >= count || pulumi.exitCode !== null, {
    deadlineMs: 300_000,
    intervalMs: 20,
  });
  if (pulumi.exitCode !== null) throw new Error(`Pulumi ended before it was killed: ${text}`);
  await new Promise((resolve) => setTimeout(resolve, 1_000 * random()));
  // The youngest first, so that none is gone before its turn.
  for (const id of family(pulumi.pid ?? 0).reverse()) process.kill(id, "SIGKILL");
  await ended;
  process.stderr.write(`killed after ${done()} operations of: pulumi ${words.join(" ")}\n`);
  await stack.cancel();
}

/** Each host is at one generation of each unit, whichever, and nothing is under way. */
async function whole(): Promise<void> {
  for (const name of hosts) {
    const host = lab.host(name);
    await poll(
      `no change to be under way on ${name}`,
      async () => {
        const { stdout } = await host.exec(
          "ls /var/lib/extrude/staged /var/lib/extrude/leaving 2>/dev/null; systemctl --no-legend list-units --state=active 'extrude-change-*'; true",
        );
        return stdout === "";
      },
      { deadlineMs: 60_000 },
    );
    const { code } = await host.exec("command -v extrudectl", { allowFailure: true });
    if (code === 0) await host.exec("extrudectl drift && extrudectl status");
  }
}

const changed = (config: StackEntries): StackEntries => ({
  ...config,
  uplinks: Object.fromEntries(Object.entries(config.uplinks).map(([name, uplink]) => [name, { ...uplink, mtu: 1400 }])),
});

/** The site comes and goes meanwhile; what else the colo serves does not notice. */
const others: Exposure = { to: coloAddress, echoAt: "colo", mayLose: "some" };

describe("[F29] Pulumi, killed at any moment,", () => {
  test("of the first up: the next one completes the site", async () => {
    const killAndGoOn = async (): Promise<void> => {
      await killed(1 + Math.floor(random() * 8), "up", "--yes", "--skip-preview");
      await whole();
      await stack.up();
      await tunnelsUp(lab, 2);
    };
    await withstand(lab, killAndGoOn, others);
    await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);
    expect((await stack.up()).changed).toEqual([]);
  });

  test("of an update: the next one converges", async () => {
    stack.configure(changed(siteConfig(lab)));
    const killAndGoOn = async (): Promise<void> => {
      await killed(1 + Math.floor(random() * 4), "up", "--yes", "--skip-preview");
      await whole();
      await stack.up();
      await whole();
    };
    // The site's own, whose tunnels get another MTU.
    await withstand(lab, killAndGoOn, { mayLose: "some" });
    const { stdout } = await lab.host("router").exec("ip link show type gre");
    expect(stdout.match(/x-\w+-\w+@\S+ .* mtu 1376 /g)).toHaveLength(2);
    await tunnelsUp(lab, 2);
  });

  test("[F37] of a destroy, with much deleted by hand: the next one leaves the hosts as they were", async () => {
    const killAndGoOn = async (): Promise<void> => {
      await killed(1 + Math.floor(random() * 3), "destroy", "--yes", "--skip-preview");
      await whole();
      for (const name of hosts) {
        const harm = [
          "systemctl stop extrude-watch extrude-bird",
          "for link in $(ls /sys/class/net | grep ^x-); do ip link del $link; done",
          "nft flush ruleset",
          "for unit in $(grep /bond/ /var/lib/extrude/order); do extrudectl remove $unit --as router; done",
        ];
        await lab.host(name).exec(harm.join("\n"));
      }
      await stack.destroy();
    };
    await withstand(lab, killAndGoOn, others);
    expect((await states()).flatMap((after, index) => diffStates(before[index] ?? after, after))).toEqual([]);
    // A second time there is nothing to do.
    expect((await stack.destroy()).changed).toEqual([]);
  });
});
