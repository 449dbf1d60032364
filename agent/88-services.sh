# What systemd runs of extrude, and how all of it leaves.

# Does $@ with them, the watcher first. Instances of one service are in a slice, which stays when they are gone.
services() {
	systemctl "$@" extrude-watch.service extrude.service extrude-bird.service 'extrude-charon@*.service' \
		'system-extrude\x2dcharon.slice' extrude.slice
}

write_services() {
	# What systemd has not loaded yet it finds by itself; to load all units anew is much work for it.
	reload=true
	[ ! -e "$SYSTEMD/extrude-watch.service" ] || reload='systemctl daemon-reload'
	cat >"$SYSTEMD/extrude.service" <<EOF
[Unit]
Description=Restores the units of extrude
After=network.target
Wants=network.target
Before=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$AGENT restore

[Install]
WantedBy=multi-user.target
EOF
	write_bird_service
	write_charon_service
	cat >"$SYSTEMD/extrude-watch.service" <<EOF
[Unit]
Description=Watcher of extrude: puts back what is lost, acts when all tunnels of a site are dead
After=extrude.service

[Service]
ExecStart=$AGENT watch
Restart=always
RestartSec=1s

[Install]
WantedBy=multi-user.target
EOF
	$reload
	systemctl -q --no-reload enable extrude.service extrude-watch.service
	systemctl restart extrude-watch.service
}

write_bird_service() {
	# A hundred SSH sessions at once may be more than a small server has memory for. What BIRD needs is not taken from it:
	# waiting for the disk, it would miss BFD's time. Protection counts as far as all slices above have it (cgroups v2).
	cat >"$SYSTEMD/extrude.slice" <<EOF
[Unit]
Description=What of extrude must not wait for memory

[Slice]
MemoryMin=64M
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
Slice=extrude.slice
MemoryMin=64M
OOMScoreAdjust=-900
# A BFD packet that waits for a processor looks like a dead line at the other end. Nice would not do: with autogroups,
# sched(7), it counts among the processes of one session alone.
CPUSchedulingPolicy=rr
CPUSchedulingPriority=1
# A socket per tunnel, and two.
LimitNOFILE=65536
EOF
}

uninstall() {
	stop_metrics
	systemctl -q --no-reload disable extrude.service extrude-watch.service 2>/dev/null || true
	services -q stop 2>/dev/null || true
	rm -f "$SYSTEMD"/extrude.service "$SYSTEMD"/extrude-bird.service "$SYSTEMD"/extrude-watch.service \
		"$SYSTEMD"/extrude.slice "$SYSTEMD/extrude-charon@.service" "$AGENT"
	# Since a boot, or since it loaded all units anew, systemd remembers what is enabled.
	[ -z "$(services --all --plain --no-legend list-units)" ] || systemctl daemon-reload
	restore_sysctl
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
