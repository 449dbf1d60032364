import type { Lab } from "../../lab/lab";
import { poll } from "../../lab/poll";
import {
  extruded,
  freshSite,
  internet,
  lines,
  seenFrom,
  siteConfig,
  startMirror,
  tunnelsUp,
} from "../e2e/support/site";
import type { TestStack } from "../e2e/support/stack";

jest.setTimeout(600_000);

const lineAddresses: (string | undefined)[] = [lines.dsl.address, lines.cable.address];
let lab: Lab;
let stack: TestStack;
let mirror: Awaited<ReturnType<typeof startMirror>>;

beforeAll(async () => {
  ({ lab, stack } = await freshSite());
  mirror = await startMirror(lab);
  await stack.up(siteConfig(lab, { hold: 2 }));
  await tunnelsUp(lab, 2);
});

afterAll(async () => {
  await mirror.stop();
  stack.dispose();
  await lab.detach();
});

/** The lines work, but the colo cannot be reached over them. */
async function cutTunnels(): Promise<void> {
  await Promise.all(["dsl", "cable"].map((name) => lab.link(name).set({ blackholeTo: ["77.1.2.2"] })));
  await tunnelsUp(lab, 0, 20_000);
}

async function healTunnels(): Promise<void> {
  await Promise.all(["dsl", "cable"].map((name) => lab.link(name).clear()));
  await tunnelsUp(lab, 2, 20_000);
}

async function expectAddressWorks(): Promise<void> {
  await lab.namespace("internet").exec(`ping -c 3 -i 0.2 -W 2 ${extruded}`);
  await poll("the LAN to be seen from the address again", async () => (await seenFrom(lab, "lan")) === extruded);
}

async function expectAnsweredByArp(): Promise<void> {
  await lab.namespace("rack").exec(`arping -q -c 2 -w 3 -I line ${extruded}`);
}

describe("with whenDown: direct", () => {
  test("the address is still answered by ARP, and the LAN goes out by the lines", async () => {
    await cutTunnels();
    await expectAnsweredByArp();
    await poll("the LAN to be seen from a line", async () => lineAddresses.includes(await seenFrom(lab, "lan")));
    await healTunnels();
    await expectAddressWorks();
  });

  test("existing connections are not stuck: UDP goes on over a line, TCP is told", async () => {
    const common = { from: "lan", to: internet, echoAt: "internet", flows: 4 } as const;
    const udp = await lab.probe({ ...common, protocol: "udp", rate: 40 });
    const tcp = await lab.probe({ ...common, protocol: "tcp", rate: 40 });
    await Promise.all([udp.replying(), tcp.replying()]);
    await cutTunnels();
    await udp.replying(20_000);
    const { received } = udp.news;
    await poll("all UDP flows to be answered again", () => udp.news.received >= received + 80);
    const [packets, connections] = await Promise.all([udp.stop(), tcp.stop()]);
    expect(packets.perFlow.every((flow) => flow.received > 0)).toBe(true);
    expect(connections.perFlow.map(({ broken }) => broken)).toEqual(Array(4).fill("Connection reset by peer"));
    await healTunnels();
    await expectAddressWorks();
  });

  test("a line that is unplugged is not used", async () => {
    await lab.link("dsl").set({ down: true });
    await lab.link("cable").set({ blackholeTo: ["77.1.2.2"] });
    await tunnelsUp(lab, 0, 20_000);
    await poll(
      "the LAN to be seen from the cable line",
      async () => (await seenFrom(lab, "lan")) === lines.cable.address,
    );
    const seen = [];
    for (let attempt = 0; attempt < 10; attempt += 1) seen.push(await seenFrom(lab, "lan"));
    expect(seen).toEqual(Array(10).fill(lines.cable.address));
    await healTunnels();
    await expectAddressWorks();
  });
});

describe("with whenDown: block", () => {
  beforeAll(async () => {
    await stack.up(siteConfig(lab, { hold: 2, whenDown: "block" }));
    await tunnelsUp(lab, 2);
  });

  test("nothing of the LAN leaves by a line, the address is still answered by ARP", async () => {
    await cutTunnels();
    await expectAnsweredByArp();
    await Promise.all(Object.keys({ dsl: 1, cable: 1 }).map(watchLine));
    expect(await seenFrom(lab, "lan")).toBeUndefined();
    const leave = { from: "lan", to: internet, protocol: "udp", rate: 40, echoAt: "internet" } as const;
    const probe = await lab.probe(leave);
    await poll("the probe to have sent 200 packets", () => probe.news.sent >= 200);
    expect((await probe.stop()).received).toBe(0);
    expect(await Promise.all(["dsl", "cable"].map(packetsOutsideTunnels))).toEqual([0, 0]);
    await healTunnels();
    await expectAddressWorks();
  });
});

/** Counts at the provider what comes from the site and is not a tunnel's. */
async function watchLine(name: string): Promise<void> {
  await lab
    .namespace(name)
    .exec(
      [
        "nft add table ip watch",
        "nft 'add chain ip watch site { type filter hook prerouting priority -400; }'",
        "nft add rule ip watch site iifname line ip protocol != gre counter",
      ].join("\n"),
    );
}

async function packetsOutsideTunnels(name: string): Promise<number> {
  const { stdout } = await lab.namespace(name).exec("nft list table ip watch");
  return Number(/counter packets (\d+)/.exec(stdout)?.[1]);
}
