import type { LinkState, NicSpec, ProviderSpec, Topology } from "../../topology";

/** Emulated hosts forward some 45 Mbit/s, so lines are slow enough to be the bottleneck. */
function line(rateMbit: number, delayMs: number): LinkState {
  const shape = { rateKbit: rateMbit * 1000, delayMs, queueMs: 100 };
  return { down: shape, up: shape, blackholeTo: [], sourceFilter: true, nat: false, carrier: true };
}

/** The IPv6 network of a wire has the first number of its IPv4 network. */
function ipv6(network: string): string {
  return `2001:db8:${network.split(".")[0] ?? ""}:`;
}

function lineNic(name: string, network: string): NicSpec {
  return {
    name,
    address: `${network}.3/24`,
    ipv6: { address: `${ipv6(network)}:3/64`, gateway: `${ipv6(network)}:1` },
  };
}

function provider(name: string, nic: string, network: string, defaults: LinkState): ProviderSpec {
  return {
    kind: "provider",
    name,
    wire: { host: "router", nic },
    address: `${network}.1/24`,
    address6: `${ipv6(network)}:1/64`,
    customers: [`${network}.3`],
    customers6: [`${ipv6(network)}:3`],
    defaults,
  };
}

const unshaped = { down: {}, up: {}, blackholeTo: [], sourceFilter: true, nat: false, carrier: true };

export const twoLines: Topology = {
  name: "two-lines",
  summary: "A site with a DSL and a cable line (and an idle LTE line), and a server in a rack of a multihomed network.",
  picture: "topology.txt",
  hosts: [
    {
      name: "colo",
      // Pulumi's plugin keeps its SSH connections to the end: a program of fifty units has a hundred here.
      memoryMb: 512,
      nics: [
        {
          name: "eth0",
          address: "77.1.2.2/24",
          gateway: "77.1.2.1",
          ipv6: { address: "2001:db8:77::2/64", gateway: "2001:db8:77::1" },
        },
      ],
    },
    {
      name: "router",
      memoryMb: 320,
      nics: [
        { name: "eth0", address: "192.168.1.1/24" },
        { ...lineNic("eth1", "55.1.2"), gateway: "55.1.2.1" },
        lineNic("eth2", "99.1.2"),
        lineNic("eth3", "111.1.2"),
      ],
    },
  ],
  world: {
    memoryMb: 320,
    namespaces: [
      {
        kind: "station",
        name: "internet",
        address: "198.51.100.10/24",
        gateway: "198.51.100.1",
        ipv6: { address: "2001:db8:198::10/64", gateway: "2001:db8:198::1" },
      },
      {
        kind: "provider",
        name: "rack",
        wire: { host: "colo", nic: "eth0" },
        address: "77.1.2.1/24",
        address6: "2001:db8:77::1/64",
        customers: ["77.1.2.0/24"],
        customers6: ["2001:db8:77::/48"],
        routed6: { prefix: "2001:db8:77::/48", to: "2001:db8:77::2" },
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
