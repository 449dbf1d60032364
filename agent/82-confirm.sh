# A change that is not confirmed in time is taken back by a timer of systemd's, whatever has become of the program that
# makes it, and of the connection by which that was called.

# From the first step of a change to its confirmation, in seconds of the monotonic clock.
CONFIRM_WITHIN=30
ROLLBACK=extrude-rollback

# What is under way has been written down before: a timer that finds nothing written down has nothing to do.
arm() {
	# That of a change whose program was killed: whoever holds the lock has taken it back.
	[ ! -e /run/systemd/transient/$ROLLBACK.timer ] || systemctl -q stop $ROLLBACK.timer $ROLLBACK.service || true
	systemd-run --quiet --collect --unit=$ROLLBACK --on-active=$CONFIRM_WITHIN --timer-property=AccuracySec=1s \
		--property=Restart=on-failure \
		--description='Takes back a change of extrude that was not confirmed' "$AGENT" rollback 2>"$RUN/arm.log" || {
		rm -f "$STATE/staged" "$STATE/leaving"
		die "the timer that would take the change back cannot be set, so nothing has changed: $(cat "$RUN/arm.log")"
	}
	rm -f "$RUN/arm.log"
}

disarm() { systemctl -q stop $ROLLBACK.timer 2>/dev/null || true; }

# For the timer. A change that was confirmed a moment ago stays: nothing is written down then.
rollback() {
	[ -e "$STATE/staged" ] || [ -e "$STATE/leaving" ] || return 0
	changer=
	[ ! -e "$RUN/changer" ] || read -r changer _ <"$RUN/changer"
	[ -z "$changer" ] || systemctl -q kill --signal=KILL "$changer" 2>/dev/null || true
	say "a change was not confirmed within $CONFIRM_WITHIN s: it is taken back"
	lock
}

# Runs the verb again as a service, whose end is not the end of the SSH connection. It gets this program's input and
# output, and the socket that a change must not cut.
outlive_session() {
	[ -S /run/dbus/system_bus_socket ] || die "systemd cannot be spoken to; install the package: apt-get install dbus. Nothing has changed."
	case $0 in /*) program=$0 ;; *) program=$(pwd)/$0 ;; esac
	service=extrude-change-$$.service
	# One after the other: what asks systemd while many others do may wait for longer than its bus lets it (25 s).
	[ ! -d "$STATE" ] || { exec 8<"$STATE"; flock -w 600 8 || true; }
	exec systemd-run --quiet --pipe --wait --collect --service-type=exec --unit="$service" \
		--description="Changes a unit of extrude" --setenv=EXTRUDE_SERVICE="$service" \
		--setenv=EXTRUDE_CUSTOMER="$CUSTOMER" --setenv=EXTRUDE_SOCKET="$(session_socket)" /bin/sh "$program" "$@"
}
