import type { HostState } from "../../../lab/state";

/** Somebody else who configures the network of a host. */
export interface Neighbour {
  readonly name: string;
  readonly host: "colo" | "router";
  /** Sets it up before extrude comes, as an administrator would who reads docs/neighbours.md. */
  readonly setUp: string;
  /** What happens to it while extrude is there. */
  readonly restart: string;
}

const file = (path: string, text: string): string => `cat >${path} <<'EOF'\n${text.trim()}\nEOF\n`;

const docker: Neighbour = {
  name: "Docker",
  host: "colo",
  setUp: [
    "systemctl start docker",
    "iptables -I DOCKER-USER -o x-+ -j ACCEPT && iptables -I DOCKER-USER -i x-+ -j ACCEPT",
  ].join("\n"),
  restart: "systemctl restart docker",
};

/** It speaks BFD on all addresses, on the port that BFD has. */
const bird: Neighbour = {
  name: "a BIRD with BFD",
  host: "colo",
  setUp: [
    file(
      "/etc/bird/bird.conf",
      `
log syslog all;
router id 77.1.2.2;
protocol device {}
protocol bfd { neighbor 77.1.2.1; }
protocol kernel { ipv4 { export all; }; }
protocol static { ipv4; route 203.0.113.0/24 unreachable; }
`,
    ),
    "systemctl start bird",
    "until ip route | grep -q 203.0.113.0; do sleep 0.2; done",
  ].join("\n"),
  restart: "systemctl restart bird; until ip route | grep -q 203.0.113.0; do sleep 0.2; done",
};

const ufw: Neighbour = {
  name: "ufw",
  host: "router",
  setUp: [
    "ufw allow 22/tcp",
    "ufw allow 20000:29999/udp",
    "ufw allow in on x-+ proto udp from fe80::/10 to any port 3784",
    "ufw route allow out on x-+",
    "ufw --force enable",
  ].join("\n"),
  restart: "ufw reload; systemctl restart ufw",
};

/** It takes the router's own traffic for as long as it is up; tunnels stay where they are. */
const wgQuick: Neighbour = {
  name: "a full tunnel of wg-quick's, taken up and down",
  host: "router",
  setUp: [
    "umask 077; key=$(wg genkey); peer=$(wg genkey | wg pubkey)",
    `printf '%s\\n' '[Interface]' "PrivateKey = $key" 'Address = 10.99.0.2/24' '[Peer]' "PublicKey = $peer" \\`,
    "\t'Endpoint = 198.51.100.10:51820' 'AllowedIPs = 0.0.0.0/0' >/etc/wireguard/full.conf",
  ].join("\n"),
  restart: [
    "wg-quick up full 2>/dev/null",
    "sleep 2; [ $(extrudectl status | grep -c ' Up since') = 2 ] || echo 'a tunnel is down while it is up'",
    "wg-quick down full 2>/dev/null",
  ].join("\n"),
};

/** As its init script does it: mwan3_delete_iface_rules and the like. */
const mwan3: Neighbour = {
  name: "mwan3's tables, flushed and made anew",
  host: "router",
  setUp: file(
    "/usr/local/sbin/mwan3-like",
    `
#!/bin/sh
for table in $(seq 1 252); do ip route flush table $table 2>/dev/null; done
ip rule | sed -n 's/^\\([12][0-9][0-9][0-9]\\):.*/\\1/p' | while read -r priority; do ip rule del priority $priority; done
for line in 1 2; do
	ip route add default dev eth$line table $line
	ip rule add priority 100$line iif eth$line lookup $line
	ip rule add priority 200$line fwmark 0x\${line}00/0x3f00 lookup $line
done
`,
  ).concat("chmod 755 /usr/local/sbin/mwan3-like; mwan3-like"),
  // The real Tailscale, too, has to put back what mwan3 flushes.
  restart: "mwan3-like; tailscale-like",
};

/** Its rules, table and marks, as `ip rule` and `iptables-save` show them where it runs. */
const tailscale: Neighbour = {
  name: "Tailscale's rules, table and marks, made anew",
  host: "router",
  setUp: file(
    "/usr/local/sbin/tailscale-like",
    `
#!/bin/sh
ip link del tailscale0 2>/dev/null
for priority in 5210 5230 5250 5270; do ip rule del priority $priority 2>/dev/null; done
iptables -D FORWARD -j ts-forward 2>/dev/null && iptables -F ts-forward && iptables -X ts-forward
ip link add tailscale0 address 02:00:00:00:00:52 type dummy && ip link set tailscale0 up && ip address add 100.101.102.103/32 dev tailscale0
ip rule add priority 5210 fwmark 0x80000/0xff0000 lookup main
ip rule add priority 5230 fwmark 0x80000/0xff0000 lookup default
ip rule add priority 5250 fwmark 0x80000/0xff0000 unreachable
ip rule add priority 5270 lookup 52
ip route add 100.100.100.100 dev tailscale0 table 52
iptables -N ts-forward
iptables -A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
iptables -A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
iptables -A ts-forward -s 100.64.0.0/10 -o tailscale0 -j DROP
iptables -I FORWARD -j ts-forward
`,
  ).concat("chmod 755 /usr/local/sbin/tailscale-like; tailscale-like"),
  restart: "tailscale-like",
};

const ifupdown: Neighbour = {
  name: "ifupdown",
  host: "router",
  setUp: "",
  // mwan3 has a hotplug script that does the same.
  restart: "ifdown eth1 && ifup eth1; mwan3-like; tailscale-like",
};

const firewalld: Neighbour = {
  name: "firewalld",
  host: "colo",
  setUp: [
    "systemctl start firewalld",
    "{",
    'f() { firewall-cmd --permanent "$@"; }',
    "f --new-zone=extrude",
    "f --zone=extrude --add-interface=x-+",
    "f --zone=extrude --add-rich-rule='rule family=ipv6 source address=fe80::/10 port port=3784 protocol=udp accept'",
    "for way in in out; do f --new-policy=extrude-$way && f --policy=extrude-$way --set-target=ACCEPT; done",
    "f --policy=extrude-in --add-ingress-zone=ANY",
    "f --policy=extrude-in --add-egress-zone=extrude",
    "f --policy=extrude-out --add-ingress-zone=extrude",
    "f --policy=extrude-out --add-egress-zone=ANY",
    "firewall-cmd --reload",
    "} >/dev/null",
  ].join("\n"),
  restart: "firewall-cmd --reload >/dev/null; systemctl restart firewalld",
};

const frr: Neighbour = {
  name: "FRR with BFD",
  host: "colo",
  setUp: [
    "sed -i 's/^bfdd=no/bfdd=yes/' /etc/frr/daemons",
    file("/etc/frr/frr.conf", "ip route 203.0.113.0/24 blackhole\n!\nbfd\n peer 77.1.2.1\n !\n!"),
    "systemctl start frr; until ip route | grep -q 203.0.113.0; do sleep 0.2; done",
  ].join("\n"),
  restart: "systemctl restart frr; until ip route | grep -q 203.0.113.0; do sleep 0.2; done",
};

const networkManager: Neighbour = {
  name: "NetworkManager",
  host: "router",
  setUp: [
    file(
      "/etc/NetworkManager/system-connections/dsl.nmconnection",
      `
[connection]
id=dsl
type=ethernet
interface-name=eth1
[ipv4]
method=manual
address1=55.1.2.3/24,55.1.2.1
[ipv6]
method=disabled
`,
    ),
    "chmod 600 /etc/NetworkManager/system-connections/dsl.nmconnection",
    "ifdown eth1; sed -i '/^auto eth1/,/^$/d' /etc/network/interfaces",
    "systemctl start NetworkManager; until ip -o -4 address | grep -q 55.1.2.3; do sleep 0.2; done",
  ].join("\n"),
  restart:
    "nmcli connection down dsl; nmcli connection up dsl; systemctl restart NetworkManager; nmcli device reapply eth1",
};

const networkd: Neighbour = {
  name: "systemd-networkd",
  host: "router",
  setUp: [
    file(
      "/etc/systemd/network/50-cable.network",
      `
[Match]
Name=eth2
[Network]
Address=99.1.2.3/24
Gateway=99.1.2.1
LinkLocalAddressing=no
IPv6AcceptRA=no
`,
    ),
    "ifdown eth2; sed -i '/^auto eth2/,/^$/d' /etc/network/interfaces",
    "systemctl start systemd-networkd; until ip route | grep -q '99.1.2.1 dev eth2'; do sleep 0.2; done",
  ].join("\n"),
  // networkd takes away strongSwan's rule, too, which only comes back with strongSwan.
  restart: [
    "networkctl reconfigure eth2; systemctl restart systemd-networkd",
    "/lib/systemd/systemd-networkd-wait-online -i eth2",
    "systemctl restart strongswan; until ip rule | grep -q ^220:; do sleep 0.2; done",
  ].join("\n"),
};

/** As Debian's /etc/nftables.conf begins: with a flush of everything. */
const ruleset: Neighbour = {
  name: "an nftables ruleset that flushes all others",
  host: "router",
  setUp: [
    file(
      "/etc/nftables.conf",
      `
#!/usr/sbin/nft -f
flush ruleset
table inet filter {
	chain input {
		type filter hook input priority filter; policy accept;
		tcp dport 23 drop
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
	}
}
`,
    ),
    "nft -f /etc/nftables.conf",
  ].join("\n"),
  restart: "nft -f /etc/nftables.conf",
};

const strongswan: Neighbour = {
  name: "strongSwan",
  host: "router",
  setUp: [
    "umask 077",
    file(
      "/etc/swanctl/conf.d/partner.conf",
      `
connections {
  partner {
    remote_addrs = 198.51.100.10
    local { auth = psk }
    remote { auth = psk }
    children { net { remote_ts = 203.0.113.0/24
      start_action = trap } }
  }
}
secrets { ike-partner { secret = "not a secret of ours" } }
`,
    ),
    "systemctl start strongswan; until ip xfrm policy | grep -q 203.0.113.0; do sleep 0.2; done",
  ].join("\n"),
  restart: "systemctl restart strongswan; until ip xfrm policy | grep -q 203.0.113.0; do sleep 0.2; done",
};

/** Those that can live together on two hosts. */
export const companies = {
  one: [docker, bird, ufw, mwan3, tailscale, wgQuick, ifupdown],
  another: [firewalld, frr, networkManager, networkd, ruleset, strongswan],
} satisfies Record<string, readonly Neighbour[]>;

/**
 * What is configured on a host, and what that has made, less what is extrude's: its files, interfaces (x-), tables (x_,
 * and numbers above 10000), rules (9010 to 9700), the extruded address that it answers for, and what the kernel makes of
 * itself when GRE is loaded. And less what neighbours change by themselves: a bridge's timers, the way in which
 * NetworkManager and networkd make link-local addresses, FRR's nexthop objects.
 */
export function withoutOurs({ host, sections }: HostState): HostState {
  const kept = ["links", "addresses", "rules", "routes", "nexthops", "neighbours", "ipsec", "wireguard"];
  const passing = / (gc_timer|hello_timer|addrgenmode) \S+/g;
  const ours =
    /\bx-|\b(gre0|gretap0|erspan0)\b|\btable \d{5,}\b|^inet6? 9[0-7]\d\d:|^proxy 77\.1\.2\.3 |^id .* proto zebra/;
  const files = (sections["files"] ?? []).filter((line) => /^\/(etc|usr\/local)\//.test(line) && !/extrude/.test(line));
  return {
    host,
    sections: {
      ...Object.fromEntries(
        kept.map((name) => [
          name,
          (sections[name] ?? []).filter((line) => !ours.test(line)).map((line) => line.replaceAll(passing, "")),
        ]),
      ),
      files,
      nft: tablesOfOthers(sections["nft"] ?? []),
    },
  };
}

function tablesOfOthers(lines: readonly string[]): string[] {
  let isOurs = false;
  return lines.filter((line) => {
    if (line.startsWith("table ")) isOurs = line.startsWith("table inet x_");
    return !isOurs;
  });
}
