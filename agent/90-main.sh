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
	[ ! -e "$STATE/units/$UNIT" ] || split_unit "$STATE/units/$UNIT" "$RUN/old"
	preflight
}

# Removes a unit, if it is that of the host $2: a unit that another host's name has taken over stays.
remove() {
	lock
	confirmed="$STATE/units/$1"
	if [ ! -e "$confirmed" ]; then
		say "gone already"
	else
		read_header "$confirmed"
		if [ "$HOST" != "$2" ]; then
			say "kept: it belongs to $HOST now"
			return
		fi
		list_files "$1" ''
		# shellcheck disable=SC2086 # a list of files
		refuse_failures "$1 is still needed; remove first:" "$(needed_by "$1" $FILES)"
		# Packets that the other end has sent already still arrive.
		[ "$DRAIN" = 0 ] || sleep "$DRAIN"
		refuse_failures "$2 could not remove all of $1:" "$(failures_of move "$1" "$confirmed" '' apply_ip)"
		forget_unit "$1"
		say "removed"
	fi
	[ -n "$UNITS" ] || uninstall
}

# The units among the files that follow which need the unit $1.
needed_by() {
	wanted=$1
	shift
	for file in "$@"; do
		if grep -qxF "need $wanted" "$file"; then say "${file#"$STATE/units/"}"; fi
	done
}

forget_unit() {
	rm "$STATE/units/$1"
	grep -vxF "$1" "$STATE/order" >"$STATE/order.next" || true
	mv "$STATE/order.next" "$STATE/order"
	(cd "$STATE/units" && rmdir -p "${1%/*}" 2>/dev/null) || true
	list_units
}

# At boot, and by hand after someone has deleted something.
restore() {
	lock
	for unit in $UNITS; do
		prepare '' "$STATE/units/$unit"
		failures_of ensure "$unit" | sed "s|^|$unit: |"
		announce "$RUN/new/announce"
	done
}

install_agent() {
	installed=$("$AGENT" version 2>/dev/null || echo 'extrudectl 0 protocol 0')
	# Never downgraded: other programs on this host may need the newer one.
	newest=$(printf '%s\n' "$installed" "$(version)" | sort -V | tail -n 1)
	case $installed in "$(version)") ;; extrudectl\ *) [ "$newest" != "$installed" ] || return 0 ;; esac
	mkdir -p "${AGENT%/*}"
	cmp -s "$1" "$AGENT" || { cp "$1" "$AGENT.next" && chmod 0755 "$AGENT.next" && mv "$AGENT.next" "$AGENT"; }
	write_services
}

write_services() {
	cat >"$SYSTEMD/extrude.service" <<EOF
[Unit]
Description=Restores the units of extrude
After=network.target
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$AGENT restore

[Install]
WantedBy=multi-user.target
EOF
	cat >"$SYSTEMD/extrude-bird.service" <<EOF
[Unit]
Description=BIRD of extrude: routes and liveness of its tunnels
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/sbin/bird -f -u bird -g bird -c $RUN/bird/conf -s $RUN/bird.ctl
ExecStartPost=/bin/sh -c 'echo \$MAINPID >$RUN/bird.pid'
Restart=always
RestartSec=100ms
Nice=-15
EOF
	cat >"$SYSTEMD/extrude-watch.service" <<EOF
[Unit]
Description=Watcher of extrude: acts when all tunnels of a site are dead

[Service]
ExecStart=$AGENT watch
Restart=always
RestartSec=1s
EOF
	systemctl daemon-reload
	systemctl -q enable extrude.service
}

uninstall() {
	systemctl -q disable extrude.service 2>/dev/null || true
	systemctl -q stop extrude.service extrude-bird.service extrude-watch.service 2>/dev/null || true
	rm -f "$SYSTEMD"/extrude.service "$SYSTEMD"/extrude-bird.service "$SYSTEMD"/extrude-watch.service "$AGENT"
	systemctl daemon-reload
	purge_packages
	{ new_modules; tac "$STATE/modules" 2>/dev/null || true; } >"$RUN/modules"
	rm -rf "$STATE"
	unload_modules
	rm -rf "$RUN"
}

# A module may need another that was loaded before it: several rounds. What someone else uses by now stays.
unload_modules() {
	for _ in 1 2 3 4 5 6; do
		while read -r module; do rmmod "$module" 2>/dev/null || true; done <"$RUN/modules"
	done
}

# Only what came with extrude, and only if nothing that came later needs it.
purge_packages() {
	[ -s "$STATE/packages" ] || return 0
	sort -u "$STATE/packages" >"$RUN/packages"
	# shellcheck disable=SC2046
	apt-get -s purge $(cat "$RUN/packages") | sed -n 's/^Purg \([^ ]*\) .*/\1/p' | sort -u >"$RUN/packages.gone"
	if cmp -s "$RUN/packages" "$RUN/packages.gone"; then
		# shellcheck disable=SC2046
		DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y $(cat "$RUN/packages") >/dev/null 2>&1 </dev/null || true
	else
		say "kept packages that others need by now: $(tr '\n' ' ' <"$RUN/packages")"
	fi
}

version() { say "extrudectl $VERSION protocol $PROTOCOL"; }

status() {
	list_units
	for unit in $UNITS; do
		read_header "$STATE/units/$unit"
		say "unit $unit host $HOST"
	done
	[ ! -S "$RUN/bird.ctl" ] || birdctl show bfd sessions | sed -nE 's/^[^ ]+ +(x-[^ ]+) +([A-Za-z]+) +([^ ]+).*/tunnel \1 \2 since \3/p'
}

usage() {
	say 'usage: extrudectl VERB
  install                     install this program and apply the unit on stdin
  apply UNIT                  make UNIT what stdin holds
  remove UNIT --as HOST       take UNIT away, if it is that of HOST; the last unit takes this program along
  restore                     put back what is missing of all units
  status                      units and tunnels
  version                     version, and the newest unit protocol it speaks'
}

main() {
	case ${1:-} in
	version) version; return ;;
	'' | help | --help | -h) usage; return ;;
	esac
	[ "$(id -u)" = 0 ] || die "this needs root."
	case $*  in
	install) receive; install_agent "$0"; transact ;;
	'apply '*) check_unit_name "$2"; receive "$2"; transact ;;
	'remove '*' --as '*) check_unit_name "$2"; remove "$2" "$4" ;;
	restore) restore ;;
	guard) guard ;;
	watch) watch ;;
	status) status ;;
	*) usage >&2; exit 2 ;;
	esac
}

main "$@"
