# iproute2: lines in the syntax of ip -batch, each undone by the same line with del.

# From the fragment $1 to $2: $RUN/ip.new holds what to add, ip.early what has to go before that, since it keeps its name,
# and ip.late what goes last.
plan_ip() {
	: >"$RUN/ip.new"
	: >"$RUN/ip.early"
	: >"$RUN/ip.late"
	awk -v run="$RUN" '
		which == "old" { old[$0]; lines[++count] = $0; next }
		{ new[$0] }
		!($0 in old) {
			print > (run "/ip.new")
			if ($2 == "add" && $1 ~ /^(link|route)$/) renewed[$1 " " $3]
		}
		END {
			for (i = count; i > 0; i--) {
				split(lines[i], word, " ")
				if (lines[i] in new || word[2] != "add") continue
				undo = word[1] == "link" ? "link del " word[3] : word[1] " del" substr(lines[i], length(word[1]) + 5)
				print undo > (run "/ip." ((word[1] " " word[3]) in renewed ? "early" : "late"))
			}
		}' which=old "$1" which=new "$2"
}

# Takes away what is there of the lines; what is gone already is as it should be.
undo_ip() { [ ! -s "$1" ] || ip -force -batch "$1" >/dev/null 2>&1 || true; }

# Applies lines none of which is in place: one that is belongs to somebody else. Takes back what it did if one fails.
add_ip() {
	[ -s "$1" ] || return 0
	ip -batch "$1" 2>"$RUN/ip.log" >/dev/null && return
	failed=$(sed -n 's/^Command failed .*:\([0-9]*\)$/\1/p' "$RUN/ip.log")
	say "${failed:-1}: $(sed '/^Command failed/d' "$RUN/ip.log")" | name_lines "$1"
	sed "${failed:-1},\$d" "$1" >"$RUN/ip.done"
	plan_ip "$RUN/ip.done" /dev/null
	undo_ip "$RUN/ip.late"
	: >"$STATE/nothing-added"
}

# Applies lines of which some are in place already. What fails for another reason is printed, with the line.
ensure_ip() {
	[ -s "$1" ] || return 0
	ip -force -batch "$1" >/dev/null 2>"$RUN/ip.log" && return
	awk '
		/^Command failed / {
			if (message !~ /File exists|already (assigned|exists)/) { sub(/.*:/, ""); print $0 ": " message }
			message = ""
			next
		}
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
	[ ! -e "$STATE/nothing-added" ] || rm -f "$1/ip" "$STATE/nothing-added"
	plan_ip "$(fragment "$1/ip")" "$(fragment "$2/ip")"
	undo_ip "$RUN/ip.early"
	[ ! -e "$2/ip" ] || ensure_ip "$2/ip"
}

fragment() { if [ -e "$1" ]; then say "$1"; else say /dev/null; fi; }
