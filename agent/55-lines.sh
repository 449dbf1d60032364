# Lines whose gateway changes: "NAME INTERFACE" makes the gateway of the moment the constant NAME of BIRD's.

# Stands in while there is none: BIRD leaves a route alone whose gateway is on no network here (RFC 5737).
NO_GATEWAY=192.0.2.1

# From the units in the files that follow.
line_gateways() {
	extract lines "$@" | while read -r name interface; do say "define $name = $(gateway_of "$interface");"; done
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
# of a point-to-point line. A gateway is remembered: it goes with the carrier, but not all who made it bring it back.
gateway_of() {
	case $1 in */*) say $NO_GATEWAY; return ;; esac
	[ -d "$RUN/lines" ] || mkdir "$RUN/lines"
	known=
	[ ! -e "$RUN/lines/$1" ] || read -r known <"$RUN/lines/$1"
	found=$({ ip -4 route show table all dev "$1"; ip -o -4 address show dev "$1"; } 2>/dev/null | awk '
		/ proto bird / { next }
		$1 == "default" && $2 == "via" {
			metric = 0
			for (i = 3; i < NF; i++) if ($i == "metric") metric = $(i + 1)
			if (gateway == "" || metric < best) { gateway = $3; best = metric }
		}
		$5 == "peer" { peer = $6; sub(/\/.*/, "", peer) }
		END { print gateway == "" ? peer : gateway }')
	if [ -n "$found" ] && [ "$found" != "$known" ]; then
		say "$found" >"$RUN/lines/$1"
		say "[lines] the gateway of $1 is $found" >>"$RUN/repaired"
	fi
	found=${found:-$known}
	say "${found:-$NO_GATEWAY}"
}
