# Damping: "TABLE SET FIRST MOST INTERFACES" (a list with commas). When a BFD session on one of the interfaces falls while one
# on another is up, the interface becomes an element of the nftables set "inet TABLE SET" for FIRST seconds, at its next
# fall for twice as long, and so on up to MOST: a rule of the unit's keeps the session from coming up meanwhile. One that
# has not fallen for MOST seconds after such a hold begins anew. When none is up, there is nothing to wait for.
#
# What was seen of each interface is in $RUN/falls: "INTERFACE STATE FALLS WHEN", the last in seconds since the boot.

damp() {
	dampings=$(lines_of damping)
	[ -n "$dampings" ] || return 0
	sessions=$(birdctl show bfd sessions) || return 0
	read -r uptime _ </proc/uptime
	[ -e "$RUN/falls" ] || : >"$RUN/falls"
	say "$sessions" | DAMPINGS="$dampings" awk -v now="${uptime%.*}" -v next_falls="$RUN/falls.next" '
		function renew(element) { print "add element " element " }"; print "delete element " element " }" }
		function hold(count, first, most) { return 2 ^ (count - 1) * first < most ? 2 ^ (count - 1) * first : most }
		function seconds_for(name, first, most) {
			if (was[name] != "Up" || state[name] == "Up") return 0
			falls[name] = falls[name] && now - fell[name] < hold(falls[name], first, most) + most ? falls[name] + 1 : 1
			fell[name] = now
			return hold(falls[name], first, most)
		}
		which == "before" { was[$1] = $2; falls[$1] = $3; fell[$1] = $4; next }
		{ state[$2] = $3 }
		END {
			printf "" > next_falls
			lines = split(ENVIRON["DAMPINGS"], line, "\n")
			for (l = 1; l <= lines; l++) {
				split(line[l], word, " ")
				count = split(word[5], names, ",")
				alive = 0
				for (i = 1; i <= count; i++) if (names[i] in state && state[names[i]] == "Up") alive = 1
				for (i = 1; i <= count; i++) {
					name = names[i]
					if (!(name in state)) continue
					element = "inet " word[1] " " word[2] " { \"" name "\""
					seconds = seconds_for(name, word[3], word[4])
					if (seconds || !alive && falls[name] && now - fell[name] < word[4]) renew(element)
					if (seconds && alive) print "add element " element " timeout " seconds "s }"
					print name, state[name], falls[name] + 0, fell[name] + 0 > next_falls
				}
			}
		}' which=before "$RUN/falls" which=now - >"$RUN/damping"
	mv "$RUN/falls.next" "$RUN/falls"
	# A table that is gone just now comes back without holding anything.
	[ ! -s "$RUN/damping" ] || nft -f "$RUN/damping" 2>/dev/null || return 0
	sed -n 's/^add element .*{ "\(.*\)" timeout \(.*\) }$/\1: has fallen, is held down for \2/p' "$RUN/damping"
}
