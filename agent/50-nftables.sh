# nftables: whole tables that a unit owns, and elements of sets, its own or other units'.

# One transaction from the sections in the directory $1 to those in $2; the files that follow are the other units, whose
# elements go into a table that is made anew. An element that a unit gives up while it stays on the host gets a time-out:
# packets in flight still pass while the rest of a change happens. Those of maps, with a colon between blanks, make room.
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
				if (lasting && line !~ / : /) { sub(/ }$/, " timeout " grace " }", line); print line }
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

# Elements neither come to a table that somebody has deleted, nor go from it: the files are the units as they stand, one of
# which has made it and gets it back.
ensure_tables() {
	cat "$RUN/old/nft-elements" "$RUN/new/nft-elements" 2>/dev/null | awk '{ print $3, $4 }' | sort -u >"$RUN/nft.needed"
	while read -r table; do
		[ -z "$(print_table "$table")" ] || continue
		gather "$RUN/standing" "$@"
		ensure_nft "$RUN/standing" "$@"
		return
	done <"$RUN/nft.needed"
}

# Prepares and checks the transaction; apply_nft carries it out.
prepare_nft() {
	: >"$RUN/nft.next"
	has_nft "$1" || has_nft "$2" || return 0
	nft_transaction "$@" >"$RUN/nft.next"
	run_nft -c
}

# Where the change was refused, there is nothing to take back.
apply_nft() {
	[ ! -e "$STATE/nothing-loaded" ] || return 0
	refused=$(run_nft)
	[ -z "$refused" ] || { say "$refused"; : >"$STATE/nothing-loaded"; }
	[ ! -e "$RUN/new/nft" ] || note_nft "$RUN/new/nft"
}

has_nft() { [ -e "$1/nft" ] || [ -e "$1/nft-elements" ]; }

run_nft() {
	[ ! -s "$RUN/nft.next" ] || nft "$@" -f "$RUN/nft.next" >"$RUN/nft.log" 2>&1 ||
		sed -n 's/^.*Error: /[nft] /p' "$RUN/nft.log"
}

# The tables that the fragment $1 makes, as "FAMILY NAME".
tables_of() { sed -n 's/^table \([^ ]* [^ ]*\).*/\1/p' "$1"; }

# A table as nftables prints it, without what packets and elements change.
# shellcheck disable=SC2086 # family and name
print_table() { nft -s -t list table $1 2>/dev/null; }

# Keeps what the tables of the fragment $1 look like, to notice later what somebody else has done to them.
note_nft() {
	mkdir -p "$RUN/tables"
	tables_of "$1" | while read -r table; do print_table "$table" >"$RUN/tables/$table" || true; done
}

# The tables of the fragment $1 that are gone, or are not what they were.
missing_tables() {
	tables_of "$1" | while read -r table; do
		found=$(print_table "$table") || { say "table $table is gone"; continue; }
		[ ! -s "$RUN/tables/$table" ] || [ "$found" = "$(cat "$RUN/tables/$table")" ] || say "table $table was changed"
	done
}

# The elements in the fragment $1 that are not in their sets, each as the line that adds it.
missing_elements() {
	[ -s "$1" ] || return 0
	awk '{ print $3 " " $4 }' "$1" | sort -u | while read -r table; do
		# shellcheck disable=SC2086 # family and name
		say "$(nft -s list table $table 2>/dev/null)" | awk -v table="$table" '
			which == "there" { there = there $0 "\n"; next }
			$3 " " $4 == table {
				element = $0
				sub(/^[^{]*{ /, "", element); sub(/ }$/, "", element)
				at = index(there, element)
				# 77.1.2.3 is not found in 77.1.2.30, nor 2001:db8::3 in 2001:db8::3:0:0/96.
				while (at && substr(there, at + length(element), 1) ~ /[0-9a-f.:\/]/) {
					rest = index(substr(there, at + 1), element)
					at = rest ? at + rest : 0
				}
				if (!at) print
			}' which=there - which=wanted "$1"
	done
}

# Puts back the tables and elements of the units in the directory $1; the files that follow are all other units.
ensure_nft() {
	has_nft "$1" || return 0
	: >"$RUN/nft.next"
	tables=$(missing_tables "$(fragment "$1/nft")")
	if [ -n "$tables" ]; then
		say "$tables" | sed 's/^/[nft] /' >>"$RUN/repaired"
		# As if it had never been there: whole, with the elements of all units.
		mkdir -p "$RUN/none"
		directory=$1
		shift
		nft_transaction "$RUN/none" "$directory" "$@" >"$RUN/nft.made"
		tables_of "$directory/nft" | sed 's/.*/add table &\ndelete table &/' | cat - "$RUN/nft.made" >"$RUN/nft.next"
		run_nft
		note_nft "$directory/nft"
	else
		missing_elements "$(fragment "$1/nft-elements")" >"$RUN/nft.next"
		sed 's/^/[nft] /' "$RUN/nft.next" >>"$RUN/repaired"
		run_nft
		[ ! -e "$1/nft" ] || [ -d "$RUN/tables" ] || note_nft "$1/nft"
	fi
}
