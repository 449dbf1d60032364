# iproute2: lines in the syntax of ip -batch, each undone by the same line with del. Rules, routes and proxy neighbours of
# IPv6 begin with -6.

# A batch has one family. Cuts the file $1 into one of each, $RUN/ip.batch and, if there is any IPv6, ip.batch6. The
# other's lines are blank there, so that those that fail are known by their numbers in the file.
split_batch() {
	rm -f "$RUN/ip.batch6"
	awk -v run="$RUN" '
		BEGIN { printf "" > (run "/ip.batch") }
		/^-6 / { six[NR] = substr($0, 4); $0 = ""; last = NR }
		{ print > (run "/ip.batch") }
		END { for (line = 1; line <= last; line++) print six[line] > (run "/ip.batch6") }' "$1"
}

# Carries out the lines in the file $1, links and addresses first, with the option $2 of ip's.
batch_ip() {
	split_batch "$1"
	outcome=0
	# shellcheck disable=SC2086 # or none
	ip ${2:-} -batch "$RUN/ip.batch" || outcome=$?
	[ -e "$RUN/ip.batch6" ] || return "$outcome"
	[ "$outcome" = 0 ] || [ -n "${2:-}" ] || return "$outcome"
	# shellcheck disable=SC2086
	ip ${2:-} -6 -batch "$RUN/ip.batch6" || outcome=$?
	return "$outcome"
}

# awk: the words by which what a line makes is known in the kernel, several with a "; " between them.
KNOWN_AS='
	function known_as(line, w, n) {
		if (sub(/^-6 /, "", line)) return (line ~ /^neigh / ? "" : "-6 ") known_as(line)
		n = split(line, w, " ")
		if (w[1] == "link" && w[2] == "set") {
			line = "link " w[3]
			for (n in w) {
				if (w[n] == "mtu") line = line "; link " w[3] " mtu " w[n + 1]
				if (w[n] == "up") line = line "; link " w[3] " up"
			}
			return line
		}
		if (w[1] == "link") return "link " w[3]
		if (w[1] == "address") return "address " w[3] " dev " w[5]
		sub(/ add /, " ", line)
		sub(/^rule priority /, "rule ", line)
		if (w[1] == "route") sub(w[3] ~ /:/ ? "/128 " : "/32 ", " ", line)
		return line
	}'

# What is in the kernel, in those words; of routes only those in the tables that the lines in the file $1 name.
kernel_ip() {
	look_at_kernel '' "$1"
	! grep -q '^-6 ' "$1" || look_at_kernel -6 "$1"
}

# One ip answers everything of the family $1 (none: IPv4, and what has no family). Between two answers it shows lo.
look_at_kernel() {
	questions=$(awk -v family="$1" '
		function ask(question) { print separator question; separator = "link show dev lo\n" }
		BEGIN {
			if (family == "") { ask("address show"); ask("neigh show proxy") }
			ask("rule show")
		}
		{ own = sub(/^-6 /, "") == (family == "-6") }
		own && /^route / && match($0, / table [0-9a-z]+/) {
			table = substr($0, RSTART + 7, RLENGTH - 7)
			if (!(table in asked)) ask("route show table " table)
			asked[table]
		}
		END { if (family == "") ask("link show") }' "$2")
	# shellcheck disable=SC2086 # or none; a table without a route does not exist
	say "$questions" | ip $1 -o -force -batch - 2>/dev/null | QUESTIONS=$questions awk -v family="${1:+$1 }" '
		function next_question() { split(question[++at], word, " "); object = word[1]; table = word[4] }
		BEGIN { count = split(ENVIRON["QUESTIONS"], question, "\nlink show dev lo\n"); next_question() }
		/^1: lo: </ && at < count { next_question(); next }
		object == "link" {
			sub(/(@.*)?:$/, "", $2)
			print "link " $2
			if ($3 ~ /[<,]UP[,>]/) print "link " $2 " up"
			print "link " $2 " " $4 " " $5
		}
		object == "address" { print "address " $4 " dev " $2 }
		object == "rule" { sub(/:$/, "", $1); sub(/from all /, ""); sub(/\[detached\] /, ""); $1 = $1; print family "rule " $0 }
		object == "neigh" { print "neigh proxy " $1 " dev " $3 }
		object == "route" {
			line = family "route " $1 " dev " $3 " table " table
			for (i = 4; i < NF; i++) if ($i == "metric") line = line " metric " $(i + 1)
			print line
		}'
}

# The lines of the fragment $1 of which something is not in the kernel.
missing_ip() {
	[ -s "$1" ] || return 0
	kernel_ip "$1" >"$RUN/ip.kernel"
	awk "$KNOWN_AS"'
		which == "kernel" { present[$0]; next }
		{
			n = split(known_as($0), words, "; ")
			# What is set on a link that has gone went with it, also what the kernel does not show.
			missing = /^link set / && ($3 in gone)
			for (i = 1; i <= n; i++) if (!(words[i] in present)) missing = 1
			if (missing && /^link add /) gone[$3]
			if (missing) print
		}' which=kernel "$RUN/ip.kernel" which=wanted "$1"
}

# What the lines of the fragment $1 would make and is in the kernel already, although neither they nor the unit's lines
# before ($2) nor those of any other unit (the files that follow) can have made it.
foreign_ip() {
	[ -s "$1" ] || return 0
	new=$1 old=$2
	shift 2
	kernel_ip "$new" >"$RUN/ip.kernel"
	{ cat "$old"; extract ip "$@"; } >"$RUN/ip.ours"
	awk "$KNOWN_AS"'
		function priority_of(what, w) { split(what, w, " "); return w[1] == "-6" ? "-6 " w[3] : w[2] }
		which == "kernel" { kernel[$0]; if (/^(-6 )?rule /) { rule[++count] = $0 } next }
		which == "ours" { ours[known_as($0)]; next }
		!/^(-6 )?[a-z]+ add / { next }
		{
			what = known_as($0)
			if (what in kernel && !(what in ours)) print "[ip] \047" $0 "\047: it is there already, and is not extrude\047s."
			if (what ~ /^(-6 )?rule /) priority[priority_of(what)]
			mine[what]
		}
		END {
			for (i = 1; i <= count; i++) {
				if (!(priority_of(rule[i]) in priority) || rule[i] in ours || rule[i] in mine) continue
				found = rule[i]
				sub(/^(-6 )?rule /, "", found)
				print "a rule with the priority " (found + 0) " is there that is not extrude\047s: " found "."
			}
		}' which=kernel "$RUN/ip.kernel" which=ours "$RUN/ip.ours" which=new "$new"
}

# From the fragment $1 to $2: $RUN/ip.new holds what to add, ip.early what has to go before that, since it keeps its name,
# and ip.late what goes last.
plan_ip() {
	: >"$RUN/ip.new"
	: >"$RUN/ip.early"
	: >"$RUN/ip.late"
	awk -v run="$RUN" '
		which == "old" { old[$0]; lines[++count] = $0; next }
		{ new[$0] }
		# What is set on a link that is made anew is set anew.
		!($0 in old) || (/^link set / && subject($0) in renewed) {
			print > (run "/ip.new")
			if (/^(-6 )?(link|route) add /) renewed[subject($0)]
		}
		# What there is one of: a link of a name, a route to a destination.
		function subject(line, w) { sub(/^-6 /, "", line); split(line, w, " "); return w[1] " " w[3] }
		END {
			for (i = count; i > 0; i--) {
				undo = lines[i]
				if (undo in new || !sub(/^(-6 )?[a-z]+ add /, "&\n", undo)) continue
				sub(/add \n/, "del ", undo)
				if (undo ~ /^link /) sub(/ type .*/, "", undo)
				print undo > (run "/ip." (subject(lines[i]) in renewed ? "early" : "late"))
			}
		}' which=old "$1" which=new "$2"
}

# Tries the lines that are new in a network namespace that ends with the command, so that what this host's iproute2 or
# kernel cannot do is known before anything changes. Interfaces that the lines only refer to have a stand-in there.
rehearse_ip() {
	plan_ip "$1" "$2"
	[ -s "$RUN/ip.new" ] || return 0
	awk '
		$1 == "link" && $2 == "add" { made[$3] }
		$1 == "link" && $2 == "set" { used[$3] }
		{ for (i = 3; i < NF; i++) if ($i == "dev") used[$(i + 1)] }
		END {
			print "link set lo up"
			for (link in used) if (link != "lo" && !(link in made)) print "link add " link " up type dummy"
		}' "$RUN/ip.new" | cat - "$RUN/ip.new" >"$RUN/ip.rehearsal"
	split_batch "$RUN/ip.rehearsal"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --net sh -c 'ip -force -batch "$1"; first=$?; [ ! -e "$2" ] || ip -6 -force -batch "$2" || exit; exit "$first"' \
		sh "$RUN/ip.batch" "$RUN/ip.batch6" >/dev/null 2>"$RUN/ip.log" || name_failures "$RUN/ip.rehearsal"
}

# Takes away what is there of the lines; what is gone already is as it should be.
undo_ip() { [ ! -s "$1" ] || batch_ip "$1" -force >/dev/null 2>&1 || true; }

# Applies lines none of which is in place: one that is belongs to somebody else. Takes back what it did if one fails.
add_ip() {
	[ -s "$1" ] || return 0
	batch_ip "$1" 2>"$RUN/ip.log" >/dev/null && return
	failed=$(sed -n 's/^Command failed .*:\([0-9]*\)$/\1/p' "$RUN/ip.log")
	say "${failed:-1}: $(sed '/^Command failed/d' "$RUN/ip.log")" | name_lines "$1"
	awk -v failed="${failed:-1}" '
		NR == FNR { if (FNR == failed) six = /^-6 /; next }
		/^-6 / ? six && FNR < failed : six || FNR < failed' "$1" "$1" >"$RUN/ip.done"
	plan_ip "$RUN/ip.done" /dev/null
	undo_ip "$RUN/ip.late"
	: >"$STATE/nothing-added"
}

# Applies those lines of the fragment $1 that are not in place. What fails is printed, with the line.
ensure_ip() {
	missing_ip "$1" >"$RUN/ip.missing"
	[ -s "$RUN/ip.missing" ] || return 0
	sed 's/^/[ip] /' "$RUN/ip.missing" >>"$RUN/repaired"
	batch_ip "$RUN/ip.missing" -force >/dev/null 2>"$RUN/ip.log" && return
	name_failures "$RUN/ip.missing" >"$RUN/ip.failed"
	# Somebody else may have been faster: what is there by now is as it should be.
	missing_ip "$1" | awk -v quote="'" '
		which == "missing" { missing[$0]; next }
		{ split($0, part, quote) }
		part[2] in missing' which=missing - which=failed "$RUN/ip.failed"
}

# What went wrong with which lines of the batch $1, of all that could be done without them.
name_failures() {
	awk '
		/^Command failed / { sub(/.*:/, ""); print $0 ": " message; message = ""; next }
		{ message = message (message == "" ? "" : " ") $0 }' "$RUN/ip.log" | name_lines "$1"
}

name_lines() {
	while IFS=: read -r number reason; do
		say "[ip] '$(sed -n "${number}p" "$1")':$reason"
	done
}

# From the fragment in the directory $1 to that in $2, but for what goes last.
apply_ip() {
	plan_ip "$(fragment "$1/ip")" "$(fragment "$2/ip")"
	undo_ip "$RUN/ip.early"
	failures=$(add_ip "$RUN/ip.new")
	if [ -n "$failures" ]; then say "$failures"; elif [ -e "$1/ip" ] && [ -e "$2/ip" ]; then ensure_ip "$2/ip"; fi
}

# Back from a change that failed, or was cut off, to the fragment in the directory $2. What the change had not added
# itself, since add_ip took everything back, belongs to others and stays.
return_ip() {
	[ ! -e "$STATE/nothing-added" ] || rm -f "$1/ip"
	plan_ip "$(fragment "$1/ip")" "$(fragment "$2/ip")"
	undo_ip "$RUN/ip.early"
	[ ! -e "$2/ip" ] || ensure_ip "$2/ip"
}

fragment() { if [ -e "$1" ]; then say "$1"; else say /dev/null; fi; }
