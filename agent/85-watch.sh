# The watcher: puts back what the kernel drops by itself, or somebody deletes, of what units have made.

# Seconds between two looks at what nobody reports, such as a sysctl.
LOOK_EVERY=30
# Seconds in which events are gathered before they are looked at.
GATHER=0.2

# BIRD's journal, and after "lost? " each report of the kernel's that may mean that something of ours is gone. Routes
# with a protocol are those of routing daemons, of which some hosts have very many; but for defaults, which say where
# lines lead.
events() {
	journal &
	{
		ip -o monitor link address rule netconf &
		ip -o monitor route | sed -u -n '/ proto bird /d; / proto /!{p;d}; /^\(Deleted \)\?default /p' &
		nft_events &
		while sleep "$LOOK_EVERY"; do say 'a while has passed'; done
	} 2>/dev/null | sed -u 's/^/lost? /'
}

# nft gives up when it is told of more than it can take in, and 1.0.6 breaks down over elements of two parts. Then
# anything may be gone.
nft_events() {
	while sleep 0.5; do
		nft monitor destroy | grep --line-buffered ' inet x_'
		say 'nft monitor has ended'
	done
}

# What BIRD says of its BFD sessions, and that it has been started; and what charon has agreed on.
journal() { journalctl --follow --lines=0 --output=cat --unit=extrude-bird.service --unit='extrude-charon@*.service'; }

watch() {
	lines_of guard | while read -r protocol _; do birdctl enable "$protocol" >/dev/null || true; done
	begin_guard
	note_tunnels
	rm -f "$RUN/heal.soon" "$RUN"/encapsulate.*
	# Watching nftables loads its modules, which leave with extrude.
	MODULES=$(loaded_modules)
	nft list tables >/dev/null 2>&1 || true
	new_modules >>"$STATE/modules"
	[ -z "$(lines_of quality)" ] || watch_quality &
	[ -z "$(lines_of room)" ] || watch_room &
	# What happened before the reports begin is in none of them.
	! watches || { sleep "$GATHER" && "$AGENT" heal; } &
	if watches; then events; else journal; fi | while read -r line; do
		case $line in
		'lost? '*) heal_soon ;;
		*'from Up to Down'*) note_tunnels; guard; encapsulate_soon ;;
		*'changed state'*) note_tunnels; guard ;;
		Started*BIRD*) await_bird && begin_guard ;;
		CHILD_SA*established*) encapsulate_soon ;;
		esac
	done
}

# Whether this host's own unit allows it.
watches() {
	list_units
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	[ -z "$UNITS" ] || ! grep -qxF 'watch no' $FILES
}

# The watcher begins anew when what concerns it changes: it reads the confirmed units, and what it had disabled may be
# another protocol now. $1 and $2 are the directories of a unit before and after.
tell_watcher() {
	[ "$(watcher_lines "$1")" = "$(watcher_lines "$2")" ] || systemctl restart extrude-watch.service
}

watcher_lines() {
	for section in guard quality room; do [ ! -e "$1/$section" ] || cat "$1/$section"; done
	[ ! -e "$1/header" ] || while read -r line; do [ "$line" != 'watch no' ] || say "$line"; done <"$1/header"
}

# At most one that looks, and one that waits for its turn. What happens during a change of extrude's own is its doing,
# which it has checked itself; what else happens just then is found at the next look.
heal_soon() {
	[ ! -e "$RUN/heal.soon" ] || return 0
	! changing || return 0
	: >"$RUN/heal.soon"
	(sleep "$GATHER" && { "$AGENT" heal || rm -f "$RUN/heal.soon"; }) &
}

# Puts back what is missing of all units, and says what it found. Lines come first: they may carry traffic.
heal() {
	lock
	refuse_damaged
	rm -f "$RUN/heal.soon"
	follow_lines
	ensure_all
	follow_metrics
	[ -s "$RUN/repaired" ] || return 0
	sed '/^\[lines\]/!s/^/was missing, is back: /' "$RUN/repaired"
	sed -n '/^\[lines\]/!s/.*/repaired/p' "$RUN/repaired" | count "$RUN/counted.repairs"
}

# Puts back the caller's units. Prints what cannot be put back, and of which unit.
ensure_all() {
	list_files '' ''
	all_files=$FILES
	own_files
	# shellcheck disable=SC2086 # a list of files
	gather "$RUN/all" $FILES
	# shellcheck disable=SC2086
	failures_of ensure "$RUN/all" $all_files | while read -r failure; do
		what=${failure#*\'} owner=
		what=${what%%\'*}
		for file in $FILES; do
			if grep -qxF -e "$what" "$file"; then owner="${file#"$STATE/units/"}: "; fi
		done
		say "$owner$failure"
	done
}

# What differs from what was confirmed of the caller's units, without changing anything. Exits with 1 if anything does.
drift() {
	lock
	pass_over_damaged
	list_files '' ''
	own_files
	# shellcheck disable=SC2086 # a list of files
	gather "$RUN/all" $FILES
	found=$(
		describe_damaged
		missing_ip "$(fragment "$RUN/all/ip")" | sed 's/^/[ip] missing: /'
		missing_wireguard "$RUN/all" | sed 's/ .*//; s/^/[wireguard] not as it should be: /'
		missing_tables "$(fragment "$RUN/all/nft")" | sed 's/^/[nft] /'
		missing_elements "$(fragment "$RUN/all/nft-elements")" | sed 's/^/[nft] missing: /'
		unlike_shaping "$RUN/all/shaping" | sed 's/^/[shaping] missing: /'
		differing_sysctl "$RUN/all/sysctl" | sed 's/^/[sysctl] /'
		stopped_charons "$RUN/all/charon" | sed 's/^/[charon] /'
		{ [ ! -e "$RUN/all/bird" ] && [ ! -e "$RUN/all/bfd" ]; } || bird_runs || say '[bird] extrude-bird is not running'
		missing_logins "$RUN/all" | sed 's/^/[customer] missing: /'
	)
	[ -z "$found" ] || { say "$found"; exit 1; }
}
