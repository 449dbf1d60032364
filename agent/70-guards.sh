# Guards: "PROTOCOL SECONDS INTERFACES ADDRESSES" (lists with commas). The watcher disables a BIRD protocol when no BFD
# session on any of the interfaces has been up for so many seconds, enables it when one is, and forgets the connections
# of the addresses, which would stay pinned to a path that is no more.

# The guards are on stdin.
check_guards() {
	sessions=$(birdctl show bfd sessions)
	read -r uptime _ </proc/uptime
	while read -r protocol seconds interfaces addresses; do
		since=$RUN/guard.$protocol
		if tunnel_is_up "$interfaces"; then
			if [ -e "$since.acted" ]; then
				birdctl enable "$protocol" >/dev/null
				say "$protocol: a tunnel is up again"
			fi
			rm -f "$since" "$since.acted"
		elif [ ! -e "$since" ]; then
			say "${uptime%.*}" >"$since"
			(sleep "$seconds" && exec "$AGENT" guard) &
		elif [ ! -e "$since.acted" ] && read -r began <"$since" && [ $((${uptime%.*} - began)) -ge "$seconds" ]; then
			: >"$since.acted"
			birdctl disable "$protocol" >/dev/null
			say "$protocol: all tunnels dead for $seconds s"
			forget_connections "$addresses"
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

forget_connections() {
	for address in $(printf '%s' "$1" | tr ',' ' '); do conntrack -D -q "$address" >/dev/null 2>&1 || true; done
}

all_guards() {
	list_units
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	extract guard $FILES
}

guard() { all_guards | check_guards; }

# A BIRD that has just started has all its protocols enabled, whatever was so before.
begin_guard() {
	rm -f "$RUN"/guard.*
	guard
}

# BIRD reports each change of a BFD session to its journal; nothing here polls.
watch() {
	all_guards | while read -r protocol _; do birdctl enable "$protocol" >/dev/null; done
	begin_guard
	journalctl --follow --lines=0 --output=cat --unit=extrude-bird.service | while read -r line; do
		case $line in
		*'changed state'*) guard ;;
		*Started*) await_bird && begin_guard ;;
		esac
	done
}

# $1 and $2 are the directories of a unit before and after, then follow all units' files.
apply_guards() {
	[ -e "$1/guard" ] || [ -e "$2/guard" ] || return 0
	shift 2
	if [ -n "$(extract guard "$@")" ]; then
		# It begins anew: what it had disabled may be another protocol now.
		systemctl restart extrude-watch.service
	else
		systemctl -q stop extrude-watch.service
		rm -f "$RUN"/guard.*
	fi
}
