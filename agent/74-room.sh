# Room: "TABLE TURNS TUNNEL:WEIGHT:UP:DOWN ...". A few times a second, the map "room" of the nftables table "inet TABLE" is
# told which of its chains path1, path2 and so on, one for each tunnel, new connections are to take: at the turns from 0 on
# in proportion to what is free, and at the turn TURNS, for one that comes alone, the one with the most room. UP and DOWN
# are what a tunnel carries, in Mbit/s; where that is 0, the most that was seen to pass, as far as it tells anything, and
# the WEIGHT until then.
#
# What was seen of each tunnel is in $RUN/room: "TUNNEL TIME RECEIVED SENT DOWN UP MOST-DOWN MOST-UP", in bytes and Mbit/s,
# and of each table "TABLE TIME CHOICE".
LOOK_FOR_ROOM_EVERY=0.5

# Should nobody renew them, the table's own rules decide, in seconds.
ROOM_FOR=60

watch_room() {
	rooms=$(lines_of room)
	while sleep "$LOOK_FOR_ROOM_EVERY"; do find_room "$rooms"; done
}

# awk: what passes a tunnel.
SEEN_TO_PASS='
	function most(one, other) { return one > other ? one : other }
	# Smoothed over two looks. What was seen at most is forgotten in a quarter of an hour.
	function look(name, received, sent, since) {
		since = now - time[name]
		if (name in time && since > 0 && received >= rx[name] && sent >= tx[name]) {
			down[name] = (down[name] + (received - rx[name]) * 8 / since / 1e6) / 2
			up[name] = (up[name] + (sent - tx[name]) * 8 / since / 1e6) / 2
			most_down[name] = most(most_down[name] * (1 - since / 900), down[name])
			most_up[name] = most(most_up[name] * (1 - since / 900), up[name])
		}
		print name, now, received, sent, down[name] + 0, up[name] + 0, most_down[name] + 0, most_up[name] + 0 > next_room
	}
	# One of which little was seen has not been tried, and may be as fast as any.
	function carried(given, seen, best) { return given ? given : seen > best / 10 ? seen : best }
	function free(passing, size) { return size ? most(0, 1 - passing / size) : 1 }
'

# awk: which path each turn gets, and last the one with the most room, from room[] and size[] of each.
CHOICE='
	function choose(count, turns,   i, t, sum, whole, path, best, choice) {
		for (i = 1; i <= count; i++) { sum += room[i]; whole += size[i]; owed[i] = 0 }
		# Where there is next to none, all are full.
		if (sum < whole / 20) { sum = whole; for (i = 1; i <= count; i++) room[i] = size[i] }
		best = 1
		for (i = 2; i <= count; i++) if (room[i] > room[best]) best = i
		for (t = 0; t < turns; t++) {
			path = best
			for (i = 1; i <= count; i++) { owed[i] += room[i]; if (owed[i] > owed[path]) path = i }
			owed[path] -= sum
			choice = choice path ","
		}
		return choice best
	}
	function tell(table, choice,   count, path, i) {
		count = split(choice, path, ",")
		printf "flush map inet %s room\nadd element inet %s room {", table, table
		for (i = 1; i <= count; i++) printf "%s %d timeout %ds : goto path%d", (i > 1 ? "," : ""), i - 1, lasts, path[i]
		print " }"
	}
'

# One look, for the lines $1.
find_room() {
	[ -e "$RUN/room" ] || : >"$RUN/room"
	read -r uptime _ </proc/uptime
	say "$1" | awk -v now="$uptime" -v lasts="$ROOM_FOR" -v next_room="$RUN/room.next" "$SEEN_TO_PASS$CHOICE"'
		which == "before" && NF == 3 { at[$1] = $2; chosen[$1] = $3; next }
		which == "before" { time[$1] = $2; rx[$1] = $3; tx[$1] = $4; down[$1] = $5; up[$1] = $6; most_down[$1] = $7; most_up[$1] = $8; next }
		which == "rooms" {
			line[++lines] = $0
			for (i = 3; i <= NF; i++) { split($i, part, ":"); ours[part[1]] }
			next
		}
		{ sub(/:/, " ") }
		$1 in ours { look($1, $2, $10) }
		END {
			for (l = 1; l <= lines; l++) {
				fields = split(line[l], word, " ")
				best_down = best_up = 0
				for (i = 3; i <= fields; i++) {
					split(word[i], part, ":")
					best_down = most(best_down, most(part[4], most_down[part[1]]))
					best_up = most(best_up, most(part[3], most_up[part[1]]))
				}
				for (i = 3; i <= fields; i++) {
					split(word[i], part, ":")
					can_down = carried(part[4], most_down[part[1]], best_down)
					size[i - 2] = best_down > 1 ? can_down : part[2]
					free_down = free(down[part[1]], can_down)
					free_up = free(up[part[1]], carried(part[3], most_up[part[1]], best_up))
					room[i - 2] = size[i - 2] * (free_down < free_up ? free_down : free_up)
				}
				choice = choose(fields - 2, word[2])
				if (choice != chosen[word[1]] || now - at[word[1]] > lasts / 2) { at[word[1]] = now; tell(word[1], choice) }
				print word[1], at[word[1]], choice > next_room
			}
		}' which=before "$RUN/room" which=rooms - which=now /proc/net/dev >"$RUN/room.nft"
	mv "$RUN/room.next" "$RUN/room"
	# A table that is gone just now comes back with its own rules.
	[ ! -s "$RUN/room.nft" ] || nft -f "$RUN/room.nft" >/dev/null 2>&1 || true
}
