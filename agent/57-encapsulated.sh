# Lines that filter ESP: known by a connection whose other end answers by IKE while its tunnel brings nothing. Its ESP
# travels in UDP from then on, as IKE does. Kept until the next boot, in $RUN/encapsulated/CONNECTION; the connection's
# name is its interface's too.

# How long nothing has to arrive, in seconds: BFD of the other end sends one packet a second at least, and charon asks
# whether it is there after 5.
NOTHING_FOR=12

# What falls while somebody waits already is looked at after that.
encapsulate_soon() {
	[ ! -e "$RUN/encapsulate.soon" ] || { : >"$RUN/encapsulate.again"; return; }
	: >"$RUN/encapsulate.soon"
	(exec "$AGENT" encapsulate) &
}

received_packets() { cat "/sys/class/net/$1/statistics/rx_packets" 2>/dev/null || say 0; }

# The connections of which it is not decided yet whether their ESP travels in UDP, each with what it has received.
undecided() {
	list_units
	list_files '' ''
	[ -n "$FILES" ] || return 0
	# shellcheck disable=SC2086 # a list of files
	{ grep -l 'encap = auto' $FILES || true; } | while read -r file; do
		extract charon "$file" | while read -r _ connection _; do
			[ -e "$RUN/encapsulated/$connection" ] || say "$connection $(received_packets "$connection")"
		done
	done
}

encapsulate() {
	while :; do
		: >"$RUN/encapsulate.soon"
		rm -f "$RUN/encapsulate.again"
		waiting=$(undecided)
		sleep "$NOTHING_FOR"
		rm -f "$RUN/encapsulate.soon"
		found=$([ -z "$waiting" ] || say "$waiting" | while read -r connection received; do
			[ "$(received_packets "$connection")" != "$received" ] || ! answers_ike "$connection" || say "$connection"
		done)
		[ -z "$found" ] || (lock && put_in_udp "$found")
		[ -e "$RUN/encapsulate.again" ] || return 0
	done
}

# The connections $1, from now on.
put_in_udp() {
	found=$1
	mkdir -p "$RUN/encapsulated"
	for connection in $found; do
		: >"$RUN/encapsulated/$connection"
		say "$connection: ESP does not get through, so it travels in UDP from now on"
	done
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	prepare_charon $FILES
	apply_charon
	# What was agreed on without UDP goes on until it is ended, also what a charon that was killed has left in the kernel;
	# whatever is to be sent next begins anew.
	# shellcheck disable=SC2086
	extract charon $FILES | while read -r instance connection id _; do
		printf '%s\n' "$found" | grep -qxF -e "$connection" || continue
		charonctl "$instance" --terminate --ike "$connection" --force --timeout 1 >/dev/null || true
		ip xfrm state deleteall reqid "$id" 2>/dev/null || true
	done
}

# awk: what charon says of a certificate that it does not take.
UNTRUSTED='/^no trusted .* public key found|^no issuer certificate found|certificate invalid \(|^constraint check failed/'

# The last that the connection $1 has come to, within ten minutes: agreed, refused, untrusted, silent, or nothing.
ike_outcome() {
	journalctl --quiet --output=cat --since=-10min "IKE_SA_NAME=$1" 2>/dev/null | awk '
		/^CHILD_SA .* established/ { last = "agreed" }
		'"$UNTRUSTED"' { last = "untrusted" }
		/AUTHENTICATION_FAILED|MAC mismatched/ { last = "refused" }
		/^giving up after|^peer not responding/ { last = "silent" }
		END { print last }'
}

# Whether the other end of the connection $1 has answered by IKE in that time, other than to refuse.
answers_ike() {
	journalctl --quiet --output=cat --since="-${NOTHING_FOR}s" "IKE_SA_NAME=$1" 2>/dev/null | awk '
		/^parsed .* response / { answered = 1 }
		'"$UNTRUSTED"' || /AUTHENTICATION_FAILED|MAC mismatched/ { answered = 0; exit }
		END { exit !answered }'
}
