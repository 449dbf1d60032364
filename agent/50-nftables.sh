# nftables: whole tables that a unit owns, and elements of sets, its own or other units'.

# One transaction from the sections in the directory $1 to those in $2; the files that follow are the other units, whose
# elements go into a table that is made anew. An element that a unit gives up while it stays on the host gets a time-out:
# packets in flight still pass while the rest of a change happens.
nft_transaction() {
	old=$1 new=$2
	shift 2
	lasting=$([ ! -e "$new/header" ] || say yes)
	extract nft-elements "$@" >"$RUN/nft.others"
	awk -v grace="$ELEMENT_GRACE" -v lasting="$lasting" '
		function name() { return $2 " " $3 }
		function renew(line) { print line; print "delete " substr(line, 5); }
		which == "old" { before = before $0 "\n"; if (/^table /) gone[name()] }
		which == "new" { after = after $0 "\n"; if (/^table /) made[name()] }
		which == "had" { had[$0]; table[$0] = $3 " " $4; hadlist[++nhad] = $0 }
		which == "has" { has[$0]; table[$0] = $3 " " $4; haslist[++nhas] = $0 }
		which == "others" { table[$0] = $3 " " $4; others[++nothers] = $0 }
		END {
			if (before != after) {
				for (t in gone) { print "add table " t; print "delete table " t }
				printf "%s", after
				for (i = 1; i <= nothers; i++) if (table[others[i]] in made) print others[i]
				for (i = 1; i <= nhas; i++) if (table[haslist[i]] in made) print haslist[i]
				for (t in made) gone[t]
			} else { split("", gone) }
			for (i = 1; i <= nhad; i++) {
				line = hadlist[i]
				if (line in has || table[line] in gone) continue
				renew(line)
				if (lasting) { sub(/ }$/, " timeout " grace " }", line); print line }
			}
			for (i = 1; i <= nhas; i++) {
				line = haslist[i]
				if (line in had || table[line] in gone) continue
				# One that is on its way out would keep its time-out.
				renew(line)
				print line
			}
		}
	' which=old "$(fragment "$old/nft")" which=new "$(fragment "$new/nft")" \
		which=had "$(fragment "$old/nft-elements")" which=has "$(fragment "$new/nft-elements")" which=others "$RUN/nft.others"
}

# Prepares and checks the transaction; apply_nft carries it out.
prepare_nft() {
	: >"$RUN/nft.next"
	has_nft "$1" || has_nft "$2" || return 0
	nft_transaction "$@" >"$RUN/nft.next"
	run_nft -c
}

apply_nft() { run_nft; }

has_nft() { [ -e "$1/nft" ] || [ -e "$1/nft-elements" ]; }

run_nft() {
	[ ! -s "$RUN/nft.next" ] || nft "$@" -f "$RUN/nft.next" >"$RUN/nft.log" 2>&1 ||
		sed -n 's/^.*Error: /[nft] /p' "$RUN/nft.log"
}

# Puts back the tables and elements of the unit in the directory $1 that somebody has deleted.
ensure_nft() {
	has_nft "$1" || return 0
	: >"$RUN/nft.next"
	while read -r word family table _; do
		[ "$word" != table ] || nft list table "$family" "$table" >/dev/null 2>&1 || cat "$1/nft" >"$RUN/nft.next"
	done <"$(fragment "$1/nft")"
	[ ! -e "$1/nft-elements" ] || cat "$1/nft-elements" >>"$RUN/nft.next"
	run_nft
}
