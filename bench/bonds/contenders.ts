import type { Lab } from "../../lab";
import { coloAddress, extruded, lines, siteConfig, type SiteOptions, tunnelsUp } from "../../tests/e2e/support/site";
import { TestStack } from "../../tests/e2e/support/stack";
import { fasterOf, lineNames, type Profile } from "./profiles";

/** A way to use the lab's two lines for one address. */
export interface Contender {
  readonly name: string;
  /** Brings it up, or to what another pair of lines needs. */
  readonly prepare: (lab: Lab, profile: Profile) => Promise<void>;
  /** Takes it away. */
  readonly end: (lab: Lab) => Promise<void>;
}

/** A site of extrude's, by Pulumi's engine, as users have it. */
function extrude(name: string, optionsFor: (profile: Profile) => SiteOptions): Contender {
  let stack: TestStack | undefined;
  return {
    name,
    prepare: async (lab, profile) => {
      const options = optionsFor(profile);
      const config = siteConfig(lab, options);
      if (stack === undefined) stack = await TestStack.create("dev", config);
      await stack.up(config);
      await tunnelsUp(lab, Object.keys(options.uplinks ?? { dsl: {}, cable: {} }).length);
    },
    end: async () => {
      await stack?.destroy();
      stack?.dispose();
      stack = undefined;
    },
  };
}

/** The lines' rates as a user who knows them gives them. */
function rated(profile: Profile, shape: boolean): NonNullable<SiteOptions["lines"]> {
  return Object.fromEntries(
    lineNames.map((name) => {
      const { rate } = profile[name];
      return [name, { rate: { up: rate, down: rate }, ...(shape ? { shape } : {}) }];
    }),
  );
}

/** Two GRE tunnels and a route over both, as one writes them by hand; nobody notices that a line is dead. */
const byHand: Contender = {
  name: "GRE by hand",
  prepare: async (lab, profile) => {
    await byHand.end(lab);
    const rate = (name: (typeof lineNames)[number]): number => Math.max(1, Math.round(profile[name].rate));
    const ends = lineNames.map((name, index) => ({ name, index, ...lines[name], weight: rate(name) }));
    const hops = ends.map(({ index, weight }) => `nexthop dev hand${index} weight ${weight}`).join(" ");
    await lab
      .host("colo")
      .exec(
        [
          ...ends.flatMap(({ index, address }) => [
            `ip link add hand${index} type gre local ${coloAddress} remote ${address} ttl 64`,
            `ip link set hand${index} up`,
            `sysctl -qw net.ipv4.conf.hand${index}.rp_filter=0 net.ipv4.conf.hand${index}.forwarding=1`,
          ]),
          "sysctl -qw net.ipv4.conf.eth0.forwarding=1 net.ipv4.fib_multipath_hash_policy=1",
          `ip route add ${extruded}/32 ${hops}`,
          `ip neigh add proxy ${extruded} dev eth0`,
        ].join("\n"),
      );
    await lab
      .host("router")
      .exec(
        [
          `ip address add ${extruded}/32 dev lo`,
          ...ends.flatMap(({ index, address, gateway, interface: device }) => [
            `ip rule add priority 100 from ${address} lookup 10${index}`,
            `ip route add default via ${gateway} dev ${device} table 10${index}`,
            `ip link add hand${index} type gre local ${address} remote ${coloAddress} dev ${device} ttl 64`,
            `ip link set hand${index} up`,
            `sysctl -qw net.ipv4.conf.hand${index}.rp_filter=0 net.ipv4.conf.hand${index}.forwarding=1`,
          ]),
          "sysctl -qw net.ipv4.conf.eth0.forwarding=1 net.ipv4.fib_multipath_hash_policy=1",
          `ip route add default table 110 src ${extruded} ${hops}`,
          "ip rule add priority 200 lookup main suppress_prefixlength 0; ip rule add priority 201 lookup 110",
          'nft \'table ip hand { chain out { type nat hook postrouting priority srcnat; oifname "hand*" snat to ' +
            `${extruded}; }; chain clamp { type filter hook forward priority mangle; tcp flags syn tcp option maxseg size set rt mtu; }; }'`,
        ].join("\n"),
      );
  },
  end: async (lab) => {
    const links = lineNames.map((_, index) => `ip link del hand${index}`);
    const rules = lineNames.map(() => "ip rule del priority 100");
    await lab
      .host("colo")
      .exec([`ip neigh del proxy ${extruded} dev eth0`, ...links, "true"].join("\n"), { allowFailure: true });
    await lab
      .host("router")
      .exec(
        [
          ...[...links, ...rules, "ip rule del priority 200", "ip rule del priority 201"],
          ...["ip route flush table 100", "ip route flush table 101"],
          ...["nft delete table ip hand", `ip address del ${extruded}/32 dev lo`, "true"],
        ].join("\n"),
        { allowFailure: true },
      );
  },
};

export const contenders: readonly Contender[] = [
  extrude("best line alone", (profile) => ({ uplinks: { [fasterOf(profile)]: {} } })),
  byHand,
  extrude("extrude, flow", (profile) => ({ lines: rated(profile, false) })),
  extrude("extrude, adaptive", (profile) => ({ balance: "adaptive", lines: rated(profile, false) })),
  extrude("extrude, adaptive, nothing said of the lines", () => ({ balance: "adaptive" })),
  extrude("extrude, adaptive, short queues", (profile) => ({ balance: "adaptive", lines: rated(profile, true) })),
  extrude("extrude, packet, short queues", (profile) => ({ balance: "packet", lines: rated(profile, true) })),
];
