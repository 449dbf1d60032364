# What `extrude drift` and `extrude doctor` ask of a host. Nothing here changes it.

# Facts, one a line, the first word says of what. Those of units come with the unit's name.
facts() {
	say "clock $(date +%s.%N)"
	say "agent $VERSION"
	list_units
	for unit in $UNITS; do facts_of_unit "$unit" "$STATE/units/$unit"; done
	[ ! -e "$STATE/broken" ] || sed 's/^/broken /' "$STATE/broken"
	systemctl -q is-active extrude-watch.service || say 'stopped extrude-watch.service'
	for program in ping arping; do command -v "$program" >/dev/null || say "without $program"; done
	ip rule show | sed 's/^/rule /'
	tables_with_default | sed 's/^/default /'
	ip -o -4 address show | while read -r _ device _ address _; do say "address $device $address"; done
	foreign_filters | sed 's/^/filter /'
	states=$([ ! -S "$RUN/bird.ctl" ] || sessions)
	[ -z "$states" ] || say "$states"
	ike_facts "$states"
	[ ! -d /sys/module/wireguard ] || wireguard_facts
	[ ! -d /sys/module/xfrm_user ] || esp_facts
	for known in "$RUN/encapsulated"/*; do [ ! -e "$known" ] || say "encapsulated ${known##*/}"; done
	(drift 2>&1) | sed 's/^/drift /'
}

# What connections have come to whose tunnels are not up, of the states $1.
ike_facts() {
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	extract charon $FILES | while read -r _ connection _; do
		case $1 in *"tunnel $connection Up "*) continue ;; esac
		outcome=$(ike_outcome "$connection")
		[ -z "$outcome" ] || say "ike $connection $outcome"
	done
}

# Of each WireGuard interface the public keys of both ends, the seconds since they last agreed, the port here, and where
# the other end's packets come from.
wireguard_facts() {
	command -v wg >/dev/null || return 0
	wg show all dump | awk -v now="$(date +%s)" '
		NF == 5 { own[$1] = $3; port[$1] = $4; next }
		$1 ~ /^x-/ { print "wireguard", $1, own[$1], $2, ($6 ? now - $6 : "never"), port[$1], $4 }'
}

# Of each security association of ESP: its interface's number, where its packets come from, and the port if they come in
# UDP.
esp_facts() {
	ip xfrm state | awk '
		function tell() { if (number != "") print "esp", number, from, port; number = ""; port = "-" }
		/^src / { tell(); from = $2 }
		$1 == "encap" { for (i = 2; i < NF; i++) if ($i == "sport") port = $(i + 1) }
		{ for (i = 1; i < NF; i++) if ($i == "if_id") number = $(i + 1) }
		END { tell() }'
}

# IPv4 tables whose default route takes whatever is looked up in them.
tables_with_default() {
	ip -4 route show table all | awk '
		$1 == "default" || $2 == "default" { table = "main"; for (i = 2; i < NF; i++) if ($i == "table") table = $(i + 1); print table }' |
		sort -u
}

# Chains of others that drop or reject in the end whatever no rule of theirs has accepted, each as
# "HOOK FAMILY TABLE CHAIN NEIGHBOURS WAYS": whose the table is, where its chains tell, and in which directions (in, out)
# its rules name tunnels. Lists have commas; one without anything is a dash.
foreign_filters() {
	nft -s -t list ruleset 2>/dev/null | awk '
		function list(words) { return words == "" ? "-" : substr(words, 2) }
		/^table / { family = $2; table = $3; count = 0; whose = ways = ""; next }
		/^\tchain / { chain = $2; hook = ""
			if (chain == "DOCKER-USER") whose = whose ",docker"
			if (chain ~ /^ufw6?-user-input$/) whose = whose ",ufw"
			next
		}
		/^\t\ttype filter hook (input|forward) / { hook = $4; closed = /policy drop;/; next }
		/iifname "x-/ && !(ways ~ /in/) { ways = ways ",in" }
		/oifname "x-/ && !(ways ~ /out/) { ways = ways ",out" }
		/^\t\t/ { last = $0; next }
		/^\t}/ {
			if (hook != "" && (closed || last ~ /^\t\t(counter )?(drop|reject)( with .*)?$/)) filter[++count] = hook " " family " " table " " chain
			hook = last = ""
		}
		/^}/ && table !~ /^x_/ {
			if (table == "firewalld") whose = ",firewalld"
			for (i = 1; i <= count; i++) print filter[i], list(whose), list(ways)
		}'
}

# The secrets that follow [end] stay out of the digest.
facts_of_unit() {
	read_header "$2"
	digest=$(sed '/^\[end\]$/q' "$2" | sha256sum)
	say "unit $1 $HOST ${digest%% *}"
	sed -n "/^\[/q; s|^claim |claim $1 |p" "$2"
	check_requirements <"$2" | sed "s|^|require $1 |"
}

# Seconds between two looks at the counters: BFD sends once a second on a tunnel that is down.
COUNTED=4

# Tries what is on stdin, all at once, and prints what came of it:
#   path DEVICE SOURCE TARGET SIZE   the largest packet, of SIZE bytes at most, that gets there whole; 0 if none does
#   gateway DEVICE ADDRESS           whether it answers, yes or no
#   times DEVICE TARGET COUNT        what came back of so many pings of the device's, and when
# Before and after, the counters of all interfaces.
probe() {
	counters before
	while read -r what device one two size; do
		case $what in
		path) say "path $device $one $two $(largest_packet "$device" "$one" "$two" "$size")" & ;;
		times) ping_loss "$device" "$one" "$two" & ;;
		gateway) say "gateway $device $one $(if answers "$device" "$one"; then say yes; else say no; fi)" & ;;
		esac
	done
	sleep "$COUNTED"
	counters after
	wait
}

counters() {
	for link in /sys/class/net/*; do
		# Reading fails while the interface is down.
		carrier=$(cat "$link/carrier" 2>/dev/null) || carrier=0
		say "link $1 ${link##*/} $carrier $(cat "$link/statistics/rx_packets") $(cat "$link/statistics/tx_packets")"
	done
}

# One answer within two seconds is enough: a line may lose packets. 28 bytes are the headers of IPv4 and ICMP, 48 of IPv6.
passes() {
	case $3 in *:*) headers=48 ;; *) headers=28 ;; esac
	ping -n -q -c 1 -w 2 -i 0.4 -M 'do' -s "$(($4 - headers))" -I "$1" -I "$2" "$3" >/dev/null 2>&1
}

largest_packet() {
	if passes "$@"; then say "$4"; return; fi
	low=68 high=$4
	if ! passes "$1" "$2" "$3" "$low"; then say 0; return; fi
	while [ $((high - low)) -gt 1 ]; do
		middle=$(((low + high) / 2))
		if passes "$1" "$2" "$3" "$middle"; then low=$middle; else high=$middle; fi
	done
	say "$low"
}

# Point-to-point devices know no ARP, nor does IPv6.
answers() {
	arping -q -f -w 2 -I "$1" "$2" >/dev/null 2>&1 || ping -n -q -c 1 -w 2 -I "$1" "$2" >/dev/null 2>&1
}

# What tunnels carry, for `extrude doctor --rate`: each line of stdin is `send DEVICE ADDRESS BYTES TIMES`, for so many
# packets of so many bytes about 94 times a second, to an address that nobody has, or `count DEVICE`, for "counted DEVICE
# BYTES SECONDS" of what arrives meanwhile.
rate() {
	while read -r what device address bytes times; do
		case $device in x-*) ;; *) continue ;; esac
		case $address$bytes$times in *[!0-9a-f:]*) continue ;; esac
		case $what in
		send) fill "$device" "$address" "$bytes" "${times:-1}" ;;
		count) count_arriving "$device" & ;;
		esac
	done
	wait
}

# A ping whose packets are not answered waits 10 ms after each, whatever its interval (iputils, SCHINT). A hop limit of 1
# keeps the other end from sending them back.
fill() {
	left=$4
	while [ "$left" -gt 0 ]; do
		ping -n -q -t 1 -i 0.001 -s "$3" -w "$SENT_FOR" -I "$1" "$2" >/dev/null 2>&1 &
		left=$((left - 1))
	done
}

# Seconds. Both ends are asked at the same time, but one may begin later.
SENT_FOR=7
COUNTED_AFTER=3
COUNTED_FOR=2

count_arriving() {
	sleep "$COUNTED_AFTER"
	arrived_before=$(arrived "$1")
	sleep "$COUNTED_FOR"
	say "$arrived_before $(arrived "$1")" | awk -v device="$1" 'NF == 4 { print "counted", device, $4 - $2, $3 - $1 }'
}

# The seconds since the boot, and the bytes until then.
arrived() {
	read -r moment _ </proc/uptime
	read -r received <"/sys/class/net/$1/statistics/rx_bytes" && say "$moment $received"
}
