# BIRD: an instance of our own, its configuration the concatenation of the units' fragments.

# From the units in the files that follow; nothing if none of them has a fragment for BIRD.
compose_bird() {
	[ $# -gt 0 ] || return 0
	# Whoever has just looked where lines lead need not look again.
	GATEWAYS=${gateways-$(line_gateways "$@")} awk '
		FNR == 1 { section = ""; ended = 0 }
		/^\[end\]$/ { ended = 1 }
		ended { next }
		/^\[[^]]*\]$/ { section = $0; next }
		{ text[section] = text[section] $0 "\n" }
		END {
			if (text["[bird]"] text["[bfd]"] == "") exit
			print "# Composed by extrudectl from its units."
			print "log stderr all;"
			# Nothing here speaks a protocol in which the id matters; without one BIRD needs an IPv4 address to start.
			print "router id 192.0.2.1;"
			if (ENVIRON["GATEWAYS"] != "") print ENVIRON["GATEWAYS"]
			print "protocol device { }"
			# Bound to the tunnels alone: a socket for all addresses would share its packets with another BIRD by chance.
			print "protocol bfd extrude_bfd {\n\tdebug { states, events };\n\tstrict bind yes;\n" text["[bfd]"] "}"
			printf "%s", text["[bird-tables]"] text["[bird]"]
		}' "$@"
}

birdctl() { birdc -s "$RUN/bird.ctl" "$@"; }

bird_runs() { [ -e "$RUN/bird.pid" ] && read -r pid <"$RUN/bird.pid" && kill -0 "$pid" 2>/dev/null; }

# Composes and checks; apply_bird carries it out. BIRD reads its files as user bird, in a directory of that group.
prepare_bird() {
	[ -d "$RUN/bird" ] || install -d -g bird -m 2750 "$RUN/bird"
	(umask 027 && compose_bird "$@" >"$RUN/bird/next")
	if [ -s "$RUN/bird/next" ] && ! cmp -s "$RUN/bird/next" "$RUN/bird/conf"; then
		bird -p -c "$RUN/bird/next" 2>&1 | sed "s|^bird: $RUN/bird/next:|[bird] line |"
	fi
}

apply_bird() {
	if [ ! -s "$RUN/bird/next" ]; then
		if bird_runs; then systemctl -q stop extrude-bird.service; fi
		rm -f "$RUN/bird/next" "$RUN/bird/conf"
	elif bird_runs && cmp -s "$RUN/bird/next" "$RUN/bird/conf"; then
		return 0
	elif mv "$RUN/bird/next" "$RUN/bird/conf" && bird_runs; then
		answer=$(birdctl configure)
		case $answer in *Reconfigur*) ;; *) say "[bird] BIRD did not take its new configuration: $answer" ;; esac
	else
		systemctl start extrude-bird.service
		await_bird
	fi
}

await_bird() {
	tries=0
	until birdctl show status 2>/dev/null | grep -q '^Daemon is up'; do
		tries=$((tries + 1))
		[ "$tries" -le 50 ] || { say '[bird] BIRD is not up after 10 s; see: journalctl -u extrude-bird'; return; }
		sleep 0.2
	done
}
