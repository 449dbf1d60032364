import type { Lab } from "../../../lab/lab";
import type { LineName } from "../../e2e/support/site";

/** The two networks that a line's box may have. Boxes of one make all have the first. */
export const networks = { first: "192.168.178", second: "192.168.179" } as const;
type Network = (typeof networks)[keyof typeof networks];

/** The one address that a box gives away. */
export const leased = (network: Network): string => `${network}.20`;
export const gatewayOf = (network: Network): string => `${network}.1`;

/** Makes a provider's end of a line the box that stands at the site: its network is private, and behind NAT. */
export async function plugIn(lab: Lab, line: LineName): Promise<void> {
  await lab.link(line).set({ nat: true, sourceFilter: false });
  await lab.namespace(line).exec("ip -4 address flush dev line");
  await lease(lab, line, networks.first);
}

/** Lets a box give away another address, with itself as another gateway, to whoever asks for the first again. */
export function renumber(lab: Lab, line: LineName): Promise<void> {
  return lease(lab, line, networks.second);
}

async function lease(lab: Lab, line: LineName, network: Network): Promise<void> {
  const pid = `/run/leases-${line}.pid`;
  const options = [
    "--conf-file=/dev/null --port=0 --user=root --interface=line --no-ping --dhcp-authoritative",
    // It knows of no leases that it has given away before.
    `--dhcp-range=${leased(network)},${leased(network)},1h --dhcp-leasefile=$(mktemp) --pid-file=${pid}`,
  ];
  await lab
    .namespace(line)
    .exec(
      [
        `ip address add ${gatewayOf(network)}/24 dev line`,
        `[ ! -e ${pid} ] || kill $(cat ${pid})`,
        `dnsmasq ${options.join(" ")}`,
      ].join("\n"),
    );
}

/** How ifupdown brings one of the router's lines up behind its box: the two have the same address, network and gateway. */
export const configured = (device: string, metric: number): string =>
  [
    `auto ${device}`,
    `iface ${device} inet static`,
    `\taddress ${leased(networks.first)}/24`,
    `\tgateway ${gatewayOf(networks.first)}`,
    `\tmetric ${metric}`,
    "",
  ].join("\n");
