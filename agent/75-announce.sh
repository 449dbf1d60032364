# Announcements: "ADDRESS INTERFACE".

# Gratuitous ARP, so that neighbours drop an older entry. arping insists on binding to the address.
announce() {
	[ -s "$1" ] || return 0
	nonlocal=/proc/sys/net/ipv4/ip_nonlocal_bind
	found=$(cat $nonlocal)
	echo 1 >$nonlocal
	while read -r address interface; do
		arping -q -U -c 1 -w 1 -I "$interface" -s "$address" "$address" >/dev/null 2>&1 || true
		arping -q -A -c 1 -w 1 -I "$interface" -s "$address" "$address" >/dev/null 2>&1 || true
	done <"$1"
	echo "$found" >$nonlocal
}
