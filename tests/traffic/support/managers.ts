import { configured, gatewayOf, networks } from "./boxes";

/** Something that brings the cable up by DHCP, as ifupdown's static configuration does otherwise. */
export interface LineManager {
  readonly name: string;
  /** Shell: takes the line over. */
  readonly take: string;
  /** Shell: asks for a lease again, as each does by itself when the line has been away. */
  readonly renew: string;
  /** Shell: gives the line back, as it was taken. */
  readonly leave: string;
}

const file = (path: string, text: string): string => `cat >${path} <<'EOF'\n${text.trim()}\nEOF`;

const stanza = "/etc/network/interfaces.d/eth2";

const dhclient: LineManager = {
  name: "ifupdown with dhclient",
  // Without a metric of its own, a second default route is not made.
  take: `${file(stanza, "auto eth2\niface eth2 inet dhcp\n\tmetric 200")}\nifup eth2 2>/dev/null`,
  renew: "ifdown eth2 2>/dev/null; ifup eth2",
  leave: "ifdown eth2",
};

const networkd: LineManager = {
  name: "systemd-networkd",
  take: [
    `rm ${stanza}`,
    "mkdir -p /etc/systemd/networkd.conf.d",
    file(
      "/etc/systemd/networkd.conf.d/foreign.conf",
      "[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no",
    ),
    file(
      "/etc/systemd/network/50-cable.network",
      "[Match]\nName=eth2\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no",
    ),
    "systemctl start systemd-networkd",
  ].join("\n"),
  renew: "networkctl reconfigure eth2",
  leave: [
    "systemctl stop systemd-networkd.socket systemd-networkd",
    "rm -r /etc/systemd/networkd.conf.d /etc/systemd/network/50-cable.network",
    "ip -4 address flush dev eth2; ip link set eth2 down",
  ].join("\n"),
};

const networkManager: LineManager = {
  name: "NetworkManager",
  take: [
    `rm ${stanza}`,
    file(
      "/etc/NetworkManager/system-connections/cable.nmconnection",
      "[connection]\nid=cable\ntype=ethernet\ninterface-name=eth2\n[ipv4]\nmethod=auto\n[ipv6]\nmethod=disabled",
    ),
    "chmod 600 /etc/NetworkManager/system-connections/cable.nmconnection",
    file("/etc/NetworkManager/conf.d/dns.conf", "[main]\ndns=none"),
    "systemctl start NetworkManager",
  ].join("\n"),
  renew: "nmcli connection up cable >/dev/null",
  leave: [
    "nmcli connection down cable >/dev/null; systemctl stop NetworkManager",
    "rm /etc/NetworkManager/system-connections/cable.nmconnection /etc/NetworkManager/conf.d/dns.conf",
    "ip -4 address flush dev eth2; ip link set eth2 down",
  ].join("\n"),
};

export const lineManagers: readonly LineManager[] = [dhclient, networkd, networkManager];

/** Shell: the router's lines as ifupdown has them, the two behind boxes configured alike. */
export const configureLines = [
  "ifdown eth1 eth2 eth3",
  "sed -i '/^auto eth[123]/,/^$/d' /etc/network/interfaces",
  "echo 'source /etc/network/interfaces.d/*' >>/etc/network/interfaces",
  file("/etc/network/interfaces.d/eth1", configured("eth1", 100)),
  file(stanza, configured("eth2", 200)),
].join("\n");

/** Shell: gives the cable back to ifupdown. */
export const giveBack = `${file(stanza, configured("eth2", 200))}\nifup eth2`;

/** Shell: waits until the cable has a default route by the box of the first network. */
export const routed = `until ip route show default dev eth2 | grep -q ${gatewayOf(networks.first)}; do sleep 0.2; done`;
