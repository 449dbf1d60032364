# Announcements: "ADDRESS INTERFACE".

# Gratuitous ARP, so that neighbours drop an older entry. arping insists on binding to the address.
announce() {
	[ -s "$1" ] || return 0
	nonlocal=/proc/sys/net/ipv4/ip_nonlocal_bind
	found=$(cat $nonlocal)
	echo 1 >$nonlocal
	# Each takes a second, whatever it hears.
	while read -r address interface; do
		for kind in -U -A; do say "$kind -I $interface -s $address $address"; done
	done <"$1" | xargs -r -L 1 -P 256 arping -q -c 1 -w 1 >/dev/null 2>&1 || true
	echo "$found" >$nonlocal
}
