# Announcements: "ADDRESS INTERFACE".

# Neighbours drop an older entry when they hear of them.
announce() {
	[ -s "$1" ] || return 0
	announce_ipv4 "$1"
	announce_ipv6 "$1"
}

# Gratuitous ARP. arping insists on binding to the address.
announce_ipv4() {
	nonlocal=/proc/sys/net/ipv4/ip_nonlocal_bind
	found=$(cat $nonlocal)
	echo 1 >$nonlocal
	# Each takes a second, whatever it hears.
	while read -r address interface; do
		case $address in *:*) continue ;; esac
		for kind in -U -A; do say "$kind -I $interface -s $address $address"; done
	done <"$1" | xargs -r -L 1 -P 256 arping -q -c 1 -w 1 >/dev/null 2>&1 || true
	echo "$found" >$nonlocal
}

# Unsolicited neighbour advertisements (RFC 4861 7.2.6) to all nodes. No program of Debian's base sends them, but Perl is in
# it, and the kernel computes the checksum of what leaves a raw ICMPv6 socket (RFC 3542 3.1).
announce_ipv6() {
	while read -r address interface; do
		case $address in *:*) say "$address $interface $(cat "/sys/class/net/$interface/address" 2>/dev/null)" ;; esac
	done <"$1" | perl -MSocket=:DEFAULT,inet_pton,pack_sockaddr_in6 -ne '
		my ($address, $interface, $mac) = split;
		my $target = inet_pton(AF_INET6, $address) or next;
		socket(my $socket, AF_INET6, SOCK_RAW, 58) or next;
		# Options of ipv6(7): the interface, and the hop limit without which nobody believes it.
		setsockopt($socket, SOL_SOCKET, 25, "$interface\0") or next;
		setsockopt($socket, 41, 18, pack("i", 255)) or next;
		# Type 136, of a router, and it overrides; then the address, and whose it is.
		my $message = pack("CCnN", 136, 0, 0, 0xa0000000) . $target . pack("CCH12", 2, 1, $mac =~ tr/://dr);
		send($socket, $message, 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, "ff02::1")));
	' 2>/dev/null || true
}
