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
		say "define $name = $gateway"
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
	# shellcheck disable=SC2086
	forget_sources $FILES
}

# WireGuard goes on to send from an address as long as any interface has it (send4 in drivers/net/wireguard/socket.c),
# and a line's twin may have that which the line had. Told of the other end anew, it chooses anew.
forget_sources() {
	extract wireguard "$@" | while read -r tunnel words; do
		case $words in *'peer '*' endpoint '*) ;; *) continue ;; esac
		peer=${words#*peer } end=${words#* endpoint }
		wg set "$tunnel" peer "${peer%% *}" endpoint "${end%% *}" 2>/dev/null || true
	done
}

# Where the interface $1 leads to: the gateway of the best default route that somebody has made for it, or the other end
# of a point-to-point line. $2 is the family, as ip's option. A gateway is remembered, in the directory $3: it goes with
# the carrier, but not all who made it bring it back. While there is none, it is $4. Printed with the end of BIRD's line,
# and the interface's addresses as a comment, so that a change of either is one of the text.
gateway_of() {
	case $1 in */*) say "$4;"; return ;; esac
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
		$3 ~ /^inet/ && / scope global / { addresses = addresses " " $4 }
		END { print (gateway == "" ? peer : gateway) "; #" addresses }')
	now=${found%%;*}
	if [ -n "$now" ] && [ "$now" != "$known" ]; then
		say "$now" >"$3/$1"
		say "[lines] the gateway of $1 is $now" >>"$RUN/repaired"
	fi
	now=${now:-$known}
	say "${now:-$4};${found#*;}"
}
