import type { LinkState, ProviderSpec, Topology } from "../../topology";

/** Emulated hosts forward some 45 Mbit/s, so lines are slow enough to be the bottleneck. */
function line(rateMbit: number, delayMs: number): LinkState {
  const shape = { rateKbit: rateMbit * 1000, delayMs, queueMs: 100 };
  return { down: shape, up: shape, blackholeTo: [], sourceFilter: true, nat: false, carrier: true };
}

function provider(name: string, nic: string, network: string, defaults: LinkState): ProviderSpec {
  return {
    kind: "provider",
    name,
    wire: { host: "router", nic },
    address: `${network}.1/24`,
    customers: [`${network}.3`],
    defaults,
  };
}

const unshaped = { down: {}, up: {}, blackholeTo: [], sourceFilter: true, nat: false, carrier: true };

export const twoLines: Topology = {
  name: "two-lines",
  summary: "A site with a DSL and a cable line (and an idle LTE line), and a server in a rack of a multihomed network.",
  picture: "topology.txt",
  hosts: [
    { name: "colo", memoryMb: 320, nics: [{ name: "eth0", address: "77.1.2.2/24", gateway: "77.1.2.1" }] },
    {
      name: "router",
      memoryMb: 320,
      nics: [
        { name: "eth0", address: "192.168.1.1/24" },
        { name: "eth1", address: "55.1.2.3/24", gateway: "55.1.2.1" },
        { name: "eth2", address: "99.1.2.3/24" },
        { name: "eth3", address: "111.1.2.3/24" },
      ],
    },
  ],
  world: {
    memoryMb: 320,
    namespaces: [
      { kind: "station", name: "internet", address: "198.51.100.10/24", gateway: "198.51.100.1" },
      {
        kind: "provider",
        name: "rack",
        wire: { host: "colo", nic: "eth0" },
        address: "77.1.2.1/24",
        customers: ["77.1.2.0/24"],
        defaults: unshaped,
      },
      provider("dsl", "eth1", "55.1.2", line(10, 15)),
      provider("cable", "eth2", "99.1.2", line(20, 10)),
      provider("lte", "eth3", "111.1.2", line(10, 30)),
      {
        kind: "station",
        name: "lan",
        wire: { host: "router", nic: "eth0" },
        address: "192.168.1.10/24",
        gateway: "192.168.1.1",
      },
    ],
  },
};
