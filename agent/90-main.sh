# The verbs.

# Reads a unit from stdin and checks it. If $1 is given, it has to be that one.
receive() {
	lock
	cat >"$RUN/unit"
	rm -rf "$RUN/old" "$RUN/new"
	mkdir "$RUN/old" "$RUN/new"
	complaint=$(split_unit "$RUN/unit" "$RUN/new")
	[ -z "$complaint" ] || die "$complaint"
	read_header "$RUN/new/header"
	check_protocol
	check_unit_name "$UNIT"
	[ -z "${1:-}" ] || [ "$1" = "$UNIT" ] || die "the unit on stdin is $UNIT, not $1."
	check_form
	standing=$STATE/units/$UNIT
	# What was confirmed and has come anew stands for a damaged unit.
	if is_damaged "$UNIT"; then
		can_mend || refuse_damaged
		standing=$RUN/unit
	fi
	cmp -s "$standing" "$RUN/unit" || refuse_damaged
	[ ! -e "$standing" ] || split_unit "$standing" "$RUN/old"
	preflight "$standing"
}

# Removes a unit, if it is that of the host $2: a unit that another host's name has taken over stays.
remove() {
	lock
	refuse_damaged
	confirmed="$STATE/units/$1"
	if [ ! -e "$confirmed" ]; then
		# Whoever has removed it may have been killed before that was on the disk.
		[ ! -d "$STATE" ] || sync "$STATE"
		say "gone already"
	else
		read_header "$confirmed"
		if [ "$HOST" != "$2" ]; then
			say "kept: it belongs to $HOST now"
			return
		fi
		list_files "$1" ''
		# shellcheck disable=SC2086 # a list of files
		refuse_failures "$1 is still needed; remove first:" "$(needed_by "$1" $FILES; units_of_customer "$confirmed")"
		# Packets that the other end has sent already still arrive.
		[ "$DRAIN" = 0 ] || sleep "$DRAIN"
		say "$1" >"$STATE/leaving"
		arm
		failures=$(failures_of move "$1" "$confirmed" '' apply_ip)
		[ -n "$failures" ] || failures=$(prove_session)
		[ -z "$failures" ] || take_back "$2 could not remove $1" "$failures"
		forget_unit "$1"
		rm "$STATE/leaving"
		disarm
		[ -z "$UNITS" ] || { tell_watcher "$RUN/old" "$RUN/new"; follow_metrics; }
		say "removed"
	fi
	[ -n "$UNITS" ] || uninstall
}

# The units among the files that follow which need the unit $1.
needed_by() {
	wanted=$1
	shift
	[ $# -eq 0 ] || grep -lxF "need $wanted" "$@" | sed "s|^$STATE/units/||"
}

# What a customer still has here, where the unit in the file $1 is what lets him in.
units_of_customer() {
	extract customer "$1" | while read -r _ word stack; do
		[ "$word" = stack ] || continue
		for name in $UNITS; do case $name in "$stack"/*) say "$name" ;; esac; done
	done
}

forget_unit() {
	rm "$STATE/units/$1"
	grep -vxF "$1" "$STATE/order" >"$STATE/order.next" || true
	UNIT=$1
	note_digests
	sync "$STATE/order.next" "$STATE/digests.next"
	mv "$STATE/order.next" "$STATE/order"
	mv "$STATE/digests.next" "$STATE/digests"
	sync "$STATE"
	(cd "$STATE/units" && rmdir -p "${1%/*}" 2>/dev/null) || true
	list_units
}

# At boot, and by hand after someone has deleted something.
restore() {
	lock
	# At a boot the others come up without a damaged one; what runs goes on as it is.
	! bird_runs || refuse_damaged
	pass_over_damaged
	ensure_all
	announce "$RUN/all/announce"
	follow_metrics
	[ -z "$DAMAGED" ] || die "all else is restored: $(describe_damaged)"
}

# Whether the agent that is here is newer than this program.
has_newer() {
	installed=$("$AGENT" version 2>/dev/null || true)
	case $installed in "$(version)") return 1 ;; 'extrudectl '*) ;; *) return 1 ;; esac
	[ "$(printf '%s\n' "$installed" "$(version)" | sort -V | tail -n 1)" = "$installed" ]
}

# To a newer agent: only that knows what all units hold, so that it does the work itself.
hand_over() { ! has_newer || exec "$AGENT" install; }

# Never downgraded, also where a newer one has come while this program waited for the lock.
install_agent() {
	! has_newer || return 0
	if cmp -s "$1" "$AGENT" && [ -e "$SYSTEMD/extrude-watch.service" ]; then return; fi
	mkdir -p "${AGENT%/*}"
	cp "$1" "$AGENT.next" && chmod 0755 "$AGENT.next" && mv "$AGENT.next" "$AGENT"
	write_services
}

version() { say "extrudectl $VERSION protocol $PROTOCOL"; }

status() {
	list_units
	for unit in $UNITS; do
		mine "$unit" || continue
		read_header "$STATE/units/$unit"
		say "unit $unit host $HOST"
	done
	[ ! -S "$RUN/bird.ctl" ] || sessions | own_tunnels
	find_damaged
	damaged=$(describe_damaged)
	[ -z "$damaged" ] || { say "$damaged" | sed 's/^/DAMAGED: /'; exit 1; }
	broken=$([ ! -e "$STATE/broken" ] || while IFS= read -r line; do ! mine "$line" || say "$line"; done <"$STATE/broken")
	[ -z "$broken" ] || { say "$broken" | sed 's/^/BROKEN, since a change could not be taken back: /'; exit 1; }
}

# Of the tunnels on stdin those that are the caller's.
own_tunnels() {
	[ -n "$CUSTOMER" ] || { cat; return; }
	list_files '' ''
	own_files
	# shellcheck disable=SC2086 # a list of files
	[ -z "$FILES" ] || awk '/^claim link / { own[$3]; next } $1 == "tunnel" && $2 in own' $FILES -
}

sessions() { birdctl show bfd sessions | sed -nE 's/^[^ ]+ +(x-[^ ]+) +([A-Za-z]+) +([^ ]+).*/tunnel \1 \2 since \3/p'; }

usage() {
	say 'usage: extrudectl VERB
  install                     install this program and apply the unit on stdin
  apply UNIT                  make UNIT what stdin holds
  remove UNIT --as HOST       take UNIT away, if it is that of HOST; the last unit takes this program along
  restore                     put back what is missing of all units
  drift                       what differs from the units, without changing it; exits with 1 if anything does
  status                      units and tunnels; exits with 1 if a change could not be taken back whole
  facts, probe                what is here, and what gets through lines, for extrude drift and doctor; changes nothing
  rate                        what tunnels carry, by filling them for seconds, for extrude doctor --rate
  metrics                     what is counted, as text for Prometheus; changes nothing
  measure, events, routes     what is counted, what happens, which way packets take; changes nothing
  capture, inspect            what passes interfaces, and what is here, for extrude capture and report; changes nothing
  customer                    what a customer has asked for by SSH; for sudo alone
  version                     version, and the newest unit protocol it speaks'
}

main() {
	case ${1:-} in
	version) version; return ;;
	'' | help | --help | -h) usage; return ;;
	esac
	[ "$(id -u)" = 0 ] || die "this needs root."
	CUSTOMER=${EXTRUDE_CUSTOMER:-}
	[ -z "$CUSTOMER" ] || know_customer
	if [ "$*" = customer ]; then
		customer
		# shellcheck disable=SC2086 # words that were checked
		set -- $ASKED
	fi
	case $* in 'apply '* | 'remove '*' --as '*) check_unit_name "$2" ;; esac
	case $* in
	install | 'apply '* | 'remove '*' --as '*) [ -n "${EXTRUDE_SERVICE:-}" ] || outlive_session "$@" ;;
	esac
	SOCKET=${EXTRUDE_SOCKET:-}
	open_way_back
	case $* in
	install) hand_over; receive; install_agent "$0"; transact ;;
	'apply '*) receive "$2"; transact ;;
	'remove '*' --as '*) remove "$2" "$4" ;;
	restore) restore ;;
	rollback) rollback ;;
	guard) guard ;;
	quality) quality ;;
	room) find_room "$(lines_of room)" ;;
	heal) heal ;;
	encapsulate) encapsulate ;;
	watch) watch ;;
	drift) drift ;;
	status) status ;;
	facts) facts ;;
	probe) probe ;;
	rate) rate ;;
	measure) measure ;;
	metrics) metrics ;;
	publish) publish ;;
	events) follow_events ;;
	routes) routes ;;
	capture) capture ;;
	inspect) inspect ;;
	version) version ;;
	*) usage >&2; exit 2 ;;
	esac
	case $CUSTOMER,$1 in ?*,apply | ?*,remove) note_call "$*" ;; esac
}

main "$@"
