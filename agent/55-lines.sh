# Lines whose gateway changes: "NAME INTERFACE FAMILY" makes the gateway of the moment the constant NAME of BIRD's.

# Stand in while there is none: BIRD leaves a route alone whose gateway is on no network here (RFC 5737, RFC 3849).
NO_GATEWAY=192.0.2.1
NO_GATEWAY6=2001:db8::1

# From the units in the files that follow.
line_gateways() {
	extract lines "$@" | while read -r name interface family; do
		case $family in
		ipv6) gateway=$(gateway_of "$interface" -6 "$RUN/lines6" $NO_GATEWAY6) ;;
		*) gateway=$(gateway_of "$interface" -4 "$RUN/lines" $NO_GATEWAY) ;;
		esac
		say "define $name = $gateway;"
	done
}

# Tells BIRD if a line leads elsewhere by now. What fails is tried again, and said, when the host is looked at as a whole.
follow_lines() {
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	gateways=$(line_gateways $FILES)
	[ "$gateways" != "$(sed -n '/^define /p' "$RUN/bird/conf" 2>/dev/null)" ] || return 0
	# shellcheck disable=SC2086
	{ prepare_bird $FILES; apply_bird; } >/dev/null
}

# Where the interface $1 leads to: the gateway of the best default route that somebody has made for it, or the other end
# of a point-to-point line. $2 is the family, as ip's option. A gateway is remembered, in the directory $3: it goes with
# the carrier, but not all who made it bring it back. While there is none, it is $4.
gateway_of() {
	case $1 in */*) say "$4"; return ;; esac
	[ -d "$3" ] || mkdir "$3"
	known=
	[ ! -e "$3/$1" ] || read -r known <"$3/$1"
	found=$({ ip "$2" route show table all dev "$1"; ip -o "$2" address show dev "$1"; } 2>/dev/null | awk '
		/ proto bird / { next }
		$1 == "default" && $2 == "via" {
			metric = 0
			for (i = 3; i < NF; i++) if ($i == "metric") metric = $(i + 1)
			if (gateway == "" || metric < best) { gateway = $3; best = metric }
		}
		$5 == "peer" { peer = $6; sub(/\/.*/, "", peer) }
		END { print gateway == "" ? peer : gateway }')
	if [ -n "$found" ] && [ "$found" != "$known" ]; then
		say "$found" >"$3/$1"
		say "[lines] the gateway of $1 is $found" >>"$RUN/repaired"
	fi
	found=${found:-$known}
	say "${found:-$4}"
}
