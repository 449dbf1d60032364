# Quality: "TABLE SET LOSS RETURN LATENCY RETURN PEER INTERFACES" (a list with commas; a latency of 0 is none). Pings ask PEER
# on each interface. One that loses more than LOSS percent of them, or answers after more than LATENCY ms on average, in
# two rounds on end becomes an element of the nftables set "inet TABLE SET": a rule of the unit's keeps its BFD session down,
# so that both ends leave it. It is back after three rounds at both RETURNs or below. While no session on another interface
# is up, none is kept down. One of which nothing comes is dead, which is not for pings to say.
#
# What was seen of each interface is in $RUN/quality: "INTERFACE POOR ROUNDS LOST TIME", the last two of the
# last round, in percent and ms; a dash where nothing came back.
PINGS=20
PING_EVERY=250

# An element lasts for some rounds, should nobody renew it.
POOR_FOR=30s

# Each round takes as long as its pings.
watch_quality() { while "$AGENT" quality; do :; done; }

quality() {
	lines_of quality | while read -r line; do
		# shellcheck disable=SC2086 # words
		judge $line
	done
}

judge() {
	# shellcheck disable=SC2046 # a list; fping fails where one does not answer
	answers=$(fping -6 -q -c "$PINGS" -p "$PING_EVERY" -t 1000 $(say "$8" | sed "s/[^,]*/$7%&/g; y/,/ /") 2>&1 || true)
	[ -e "$RUN/quality" ] || : >"$RUN/quality"
	sessions=$(birdctl show bfd sessions) || sessions=
	say "$answers" | SESSIONS=$sessions awk -v element="inet $1 $2" -v loss="$3" -v least_loss="$4" -v late="$5" -v least_late="$6" \
		-v lasts="$POOR_FOR" -v run="$RUN" '
		function renew(name) {
			print "add element " element " { \"" name "\" }" > (run "/quality.nft")
			print "delete element " element " { \"" name "\" }" > (run "/quality.nft")
		}
		BEGIN {
			printf "" > (run "/quality.nft")
			count = split(ENVIRON["SESSIONS"], session, "\n")
			for (s = 1; s <= count; s++) { split(session[s], word, " "); up[word[2]] = word[3] == "Up" }
		}
		which == "before" { was[$1] = poor[$1] = $2; rounds[$1] = $3; next }
		!/xmt\/rcv/ { next }
		{
			name = $1; sub(/.*%/, "", name); order[++names] = name
			split($5, part, "/"); split($8, time, "/")
			lost = part[1] ? 100 * (part[1] - part[2]) / part[1] : 100
			seen[name] = lost " " (time[2] == "" ? "-" : time[2])
			said = int(lost) " % of pings lost, " (time[2] == "" ? "-" : time[2]) " ms"
			if (!part[2]) { rounds[name] = 0; next }
			fits = poor[name] ? lost <= least_loss && (!late || time[2] <= least_late) : lost > loss || late && time[2] > late
			rounds[name] = fits ? rounds[name] + 1 : 0
			if (rounds[name] < (poor[name] ? 3 : 2)) next
			poor[name] = !poor[name]; rounds[name] = 0
			print name ": " said (poor[name] ? ", is left until it is better" : ", is used again")
		}
		END {
			printf "" > (run "/quality.next")
			for (i = 1; i <= names; i++) {
				name = order[i]; others = 0
				for (j = 1; j <= names; j++) if (j != i && up[order[j]] && !poor[order[j]]) others = 1
				if (poor[name] || was[name]) renew(name)
				if (poor[name] && others) print "add element " element " { \"" name "\" timeout " lasts " }" > (run "/quality.nft")
				print name, poor[name] + 0, rounds[name] + 0, seen[name] > (run "/quality.next")
			}
		}' which=before "$RUN/quality" which=now -
	mv "$RUN/quality.next" "$RUN/quality"
	# A table that is gone just now comes back with all lines in use.
	[ ! -s "$RUN/quality.nft" ] || nft -f "$RUN/quality.nft" 2>/dev/null || true
}

# A poor line is better than none.
release_poor() {
	lines_of quality | while read -r table set _ _ _ _ _ interfaces; do
		tunnel_is_up "$interfaces" || nft flush set inet "$table" "$set" 2>/dev/null || true
	done
}
