# Guards: "PROTOCOL SECONDS INTERFACES CONNECTIONS [OTHERS]" (lists with commas). The watcher disables a BIRD protocol when
# no BFD session on any of the interfaces has been up for so many seconds, enables it when one is, and forgets the
# connections, named by their address or by their mark, VALUE/MASK, which would stay pinned to a path that is no more.
# Where other interfaces are named, it does so only while a session on one of those is up.

# The guards are on stdin.
check_guards() {
	# Once it answers again, its journal says that it was started.
	sessions=$(birdctl show bfd sessions) || return 0
	read -r uptime _ </proc/uptime
	while read -r protocol seconds interfaces connections others; do
		since=$RUN/guard.$protocol
		if tunnel_is_up "$interfaces" || { [ -n "$others" ] && ! tunnel_is_up "$others"; }; then
			if [ -e "$since.acted" ]; then
				birdctl enable "$protocol" >/dev/null
				say "$protocol: is used again"
			fi
			rm -f "$since" "$since.acted"
		elif [ ! -e "$since" ]; then
			say "${uptime%.*}" >"$since"
			(sleep "$seconds" && exec "$AGENT" guard) &
		elif [ ! -e "$since.acted" ] && read -r began <"$since" && [ $((${uptime%.*} - began)) -ge "$seconds" ]; then
			: >"$since.acted"
			birdctl disable "$protocol" >/dev/null
			say "$protocol: all tunnels dead for $seconds s"
			forget_connections "$connections"
		fi
	done
}

# Whether one of the interfaces in the list $1 has a session that is up.
tunnel_is_up() {
	while read -r _ interface state _; do
		case $state,$1, in Up,*,"$interface",* | Up,"$interface",*) return 0 ;; esac
	done <<-EOF
		$sessions
	EOF
	return 1
}

# conntrack loads a module, which leaves with extrude too.
forget_connections() {
	MODULES=$(loaded_modules)
	for named in $(printf '%s' "$1" | tr ',' ' '); do
		case $named in 0x*) by=--mark ;; *) by=--reply-dst ;; esac
		conntrack -D "$by" "$named" >/dev/null 2>&1 || true
	done
	new_modules >>"$STATE/modules"
}

# The lines of one section of all units.
lines_of() {
	list_units
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	extract "$1" $FILES
}

# What there is to do when sessions have changed.
guard() {
	damp
	! sessions=$(birdctl show bfd sessions) || release_poor
	guards=$(lines_of guard)
	[ -z "$guards" ] || say "$guards" | check_guards
}

# A BIRD that has just started has all its protocols enabled, whatever was so before.
begin_guard() {
	rm -f "$RUN"/guard.*
	guard
}
