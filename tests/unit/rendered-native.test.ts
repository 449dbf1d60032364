import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BondArguments } from "../../planning/bond";
import { AgentHost } from "./agent-host";
import {
  addressFacts,
  bondArguments,
  bypassingBond,
  deliveringBond,
  largeBond,
  member,
  networkedBond,
  rendered,
  unitsOnHost,
  uplinkFacts,
} from "./fixtures";
import { type Outcome, run, temporaryFolder, tool } from "./tools";

const folder = temporaryFolder();

/** A host that holds all the units of the example network, given to it one after the other. */
function hostWith(host: "rack" | "router", bond: BondArguments): AgentHost {
  const agent = new AgentHost(folder());
  agent.write("addresses.eth0", "2: eth0    inet 77.1.2.2/24 scope global\n");
  for (const { uplink } of bond.uplinks) {
    const held = bond.uplinks.map((one) => `2: x    inet ${one.uplink.address}/32 scope global\n`);
    agent.write(`addresses.${uplink.interface}`, held.join(""));
    agent.device(uplink.interface);
  }
  return agent.holding(...unitsOnHost(host, bond));
}

/** Judged by BIRD, without running it. */
function birdCheck(text: string): Outcome {
  const file = join(folder(), "check.conf");
  writeFileSync(file, text);
  return run([tool("bird"), "-p", "-c", file], "");
}

/** Judged by nft and the kernel, in a network of its own, and so that what nft lists afterwards can be read again. */
function nftCheck(text: string): Outcome {
  const file = join(folder(), "check.nft");
  writeFileSync(file, text);
  const script = 'nft -f "$1" && nft list ruleset >"$1.listed" && nft -c -f "$1.listed"';
  return run([tool("unshare"), "-rn", tool("dash"), "-c", script, "sh", file], "");
}

const bonds: [string, BondArguments][] = [
  ["two lines", bondArguments()],
  ["three tiers and two addresses", largeBond()],
  ["three tiers that block", largeBond({ whenDown: "block", hold: 3600 })],
  [
    "a line in clear, and two encrypted ones whose addresses change",
    bondArguments({
      uplinks: [
        member("dsl"),
        { uplink: uplinkFacts("cable", { address: "dynamic", gateway: undefined }) },
        { uplink: uplinkFacts("lte", { address: "dynamic" }) },
      ],
    }),
  ],
  [
    "lines among which packets are spread",
    bondArguments({ balance: "packet", uplinks: [member("dsl"), member("cable")] }),
  ],
  [
    "lines among which connections are placed",
    bondArguments({ balance: "adaptive", uplinks: [member("dsl"), member("cable"), member("lte", { metric: 1 })] }),
  ],
  ["lines that are judged", bondArguments({ quality: { loss: 30, latency: 300 } })],
  ["private networks", networkedBond()],
  [
    "private networks whose packets are spread",
    networkedBond({ balance: "packet", uplinks: [member("dsl"), member("cable")] }),
  ],
  ["private networks whose connections are placed", networkedBond({ balance: "adaptive" })],
  ["one line", bondArguments({ uplinks: [member("cable")] })],
  [
    "lines that share an interface",
    bondArguments({
      uplinks: [
        member("dsl"),
        { uplink: uplinkFacts("dsl2", { interface: "eth1", address: "55.1.2.4", gateway: "55.1.2.1" }) },
      ],
    }),
  ],
  ["a policy", bypassingBond()],
  ["an address for each way of delivery", deliveringBond()],
  [
    "interfaces with every character that planning accepts",
    bondArguments({
      uplinks: [
        { uplink: uplinkFacts("dsl", { interface: "eth0.100" }) },
        { uplink: uplinkFacts("cable", { interface: "_br-lan.1_", gateway: "99.1.2.1" }) },
        { uplink: uplinkFacts("lte", { interface: "0", gateway: "33.1.2.1" }) },
        { uplink: uplinkFacts("sat", { interface: "...", gateway: undefined }) },
      ],
    }),
  ],
];

const accepted = { status: 0, stdout: "", stderr: "" };

describe.each(["rack", "router"] as const)("on the %s, BIRD and nftables accept all units of", (host) => {
  test.each(bonds)("a bond of %s", (_, bond) => {
    const agent = hostWith(host, bond);
    expect(birdCheck(agent.read("bird.running"))).toEqual(accepted);
    expect(nftCheck(agent.read("nft.all"))).toEqual(accepted);
  });
});

test("BIRD accepts sixteen tiers of the heaviest weights", () => {
  const uplinks = Array.from({ length: 16 }, (_, metric) => ({
    metric,
    weight: 256,
    uplink: uplinkFacts(`line${metric}`, { interface: `e${metric}`, address: `11.1.2.${metric + 1}` }),
  }));
  const [, bond] = rendered.bond(bondArguments({ uplinks }));
  const text = Object.entries(bond?.sections ?? {}).flatMap(([section, lines]: [string, string[]]) =>
    section.startsWith("bird") ? lines : [],
  );
  const head = ["router id 192.0.2.1;", "protocol device { }", "protocol bfd { }"];
  expect(birdCheck([...head, ...text].join("\n"))).toEqual(accepted);
});

test("BIRD and nftables refuse a text with one mistake in it", () => {
  const agent = hostWith("router", bondArguments());
  const conf = birdCheck(agent.read("bird.running").replace("merge paths on", "merge pats on"));
  expect(conf.status).not.toBe(0);
  expect(conf.stderr).toContain("syntax error");
  const rules = nftCheck(agent.read("nft.all").replace("counter drop", "counter drip"));
  expect(rules.status).not.toBe(0);
  expect(rules.stderr).toContain("Error:");
});

test("lines and addresses that come and go are transactions that nftables accepts", () => {
  const agent = hostWith("router", largeBond());
  const changes: Partial<BondArguments>[] = [
    { uplinks: [member("lte"), member("cable")] },
    { addresses: [addressFacts("vpn", "77.1.2.3"), addressFacts("new", "77.1.2.5")] },
    {},
  ];
  for (const change of changes) {
    const [, bond] = rendered.bond(bondArguments(change));
    if (bond === undefined) throw new Error("a bond has two units");
    agent.holding(bond);
  }
  expect(agent.remove("acme/net/prod/bond/office", "router").stdout).toBe("removed\n");
  expect(nftCheck(agent.read("nft.all"))).toEqual(accepted);
});
