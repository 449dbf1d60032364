import type { StackEntries } from "../../../config/schema";
import type { Lab } from "../../../lab/lab";
import { siteConfig, type SiteOptions } from "../../e2e/support/site";

/** The server's place in the IPv6 internet, and what the site has of it. */
export const six = {
  colo: "2001:db8:77::2",
  internet: "2001:db8:198::10",
  address: "2001:db8:77::3",
  prefix: "2001:db8:77:100::/56",
  /** In a network of the prefix, at the LAN's host. */
  lan: "2001:db8:77:101::10",
} as const;

/** Gives both hosts the IPv6 that the topology has for them, and the LAN a network of the prefix. */
export async function giveIPv6(lab: Lab): Promise<void> {
  for (const { name, nics } of lab.topology.hosts) {
    const lines = nics.flatMap(({ name: nic, ipv6 }) =>
      ipv6 === undefined ? [] : [`ip address add ${ipv6.address} dev ${nic} nodad`],
    );
    const gateway = nics.find(({ ipv6 }) => ipv6 !== undefined)?.ipv6?.gateway ?? "";
    await lab.host(name).exec([...lines, `ip route add default via ${gateway}`].join("\n"));
  }
  await lab.host("router").exec("ip address add 2001:db8:77:101::1/64 dev eth0 nodad");
  await lab
    .namespace("lan")
    .exec(`ip address add ${six.lan}/64 dev line nodad && ip route add default via 2001:db8:77:101::1`);
}

/** The site of the README, with an IPv6 address and a prefix besides. */
export function dualStackConfig(lab: Lab, site: SiteOptions = {}): StackEntries {
  const base = siteConfig(lab, site);
  const { toronto } = base.colos;
  const { office } = base.sites;
  if (toronto === undefined || office === undefined) throw new Error("the site of the README has a colo and a bond");
  const ipv6 = {
    address: six.colo,
    prefix: "2001:db8:77::/64",
    gateway: "2001:db8:77::1",
    routed: "2001:db8:77::/48",
  };
  return {
    ...base,
    colos: { toronto: { ...toronto, ipv6 } },
    addresses: {
      ...base.addresses,
      six: { colo: "toronto", address: six.address },
      network: { colo: "toronto", address: six.prefix },
    },
    sites: { office: { ...office, addresses: ["vpn", "six", "network"] } },
  };
}
