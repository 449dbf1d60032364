# Metrics in Prometheus' text format, of what the kernel, BIRD, WireGuard and the watcher count anyway. A unit's header asks
# for them by "metrics DIRECTORY": a timer of systemd's then keeps a file there for node_exporter's textfile collector.

METRICS_EVERY=30
METRICS=extrude-metrics

# How often each line of stdin was counted since the boot: lines "TIMES WORDS" in the file $1.
count() {
	[ -e "$1" ] || : >"$1"
	awk '
		which == "before" { times = $1; sub(/^[^ ]* /, ""); counted[$0] = times; next }
		{ counted[$0]++ }
		END { for (words in counted) print counted[words], words }' which=before "$1" which=now - >"$1.next"
	mv "$1.next" "$1"
}

# $1 is the name without its prefix, $2 the type; the rest says what it is.
family() {
	name=$1 type=$2
	shift 2
	printf '# HELP extrude_%s %s\n# TYPE extrude_%s %s\n' "$name" "$*" "$name" "$type"
}

metrics() {
	list_units
	list_files '' ''
	family agent_info gauge 'Version of the agent, and the newest unit protocol that it speaks.'
	say "extrude_agent_info{version=\"$VERSION\",protocol=\"$PROTOCOL\"} 1"
	family broken_changes gauge 'What could not be taken back of changes that have failed.'
	say "extrude_broken_changes $(sed -n '$=' "$STATE/broken" 2>/dev/null | grep . || say 0)"
	family drift gauge 'What differs from the confirmed units, as extrudectl drift lists it.'
	say "extrude_drift $({ (drift) 2>/dev/null || true; } | sed -n '$=' | grep . || say 0)"
	family repairs_total counter 'What the watcher has found missing, and put back.'
	times=0
	[ ! -e "$RUN/counted.repairs" ] || read -r times _ <"$RUN/counted.repairs"
	say "extrude_repairs_total $times"
	service_metrics
	unit_metrics
	# shellcheck disable=SC2086 # a list of files
	tunnel_metrics $FILES
	# shellcheck disable=SC2086
	filter_metrics $FILES
	# shellcheck disable=SC2086
	guard_metrics $FILES
	xfrm_metrics
}

# Of those that have to run.
service_metrics() {
	family service_up gauge 'Whether a service that has to run does.'
	say "extrude_service_up{service=\"extrude-watch\"} $(truth systemctl -q is-active extrude-watch.service)"
	[ ! -s "$RUN/bird/conf" ] || say "extrude_service_up{service=\"extrude-bird\"} $(truth bird_runs)"
	for instance in "$CHARON"/*.conf; do
		[ -e "$instance" ] || continue
		instance=${instance##*/}
		instance=${instance%.conf}
		say "extrude_service_up{service=\"extrude-charon@$instance\"} $(truth charon_runs "$instance")"
	done
}

truth() { if "$@" >/dev/null 2>&1; then echo 1; else echo 0; fi; }

unit_metrics() {
	family unit_applied_timestamp_seconds gauge 'When a unit was confirmed last.'
	# shellcheck disable=SC2086 # a list of names
	[ -z "$UNITS" ] || (cd "$STATE/units" && stat -c 'extrude_unit_applied_timestamp_seconds{unit="%n"} %Y' -- $UNITS)
}

# awk: lines of the tunnels' metrics, and what the kernel counts of each.
TUNNEL_SAMPLES='
	function head(name, type, help) { print "# HELP extrude_tunnel_" name " " help; print "# TYPE extrude_tunnel_" name " " type }
	function sample(name, link, value) { if (value != "") print "extrude_tunnel_" name "{" label[link] "} " value }
	function statistic(link, file, value) { value = ""; file = "/sys/class/net/" link "/" file; getline value < file; close(file); return value }
	function counter(name, file, help, i) {
		head(name "_total", "counter", help)
		for (i = 1; i <= count; i++) sample(name "_total", links[i], statistic(links[i], "statistics/" file))
	}
	function counters() {
		counter("receive_bytes", "rx_bytes", "What came out of the tunnel.")
		counter("receive_packets", "rx_packets", "Packets that came out of the tunnel.")
		counter("receive_errors", "rx_errors", "Packets that arrived for the tunnel and were broken.")
		counter("receive_drops", "rx_dropped", "Packets that arrived for the tunnel and were dropped.")
		counter("transmit_bytes", "tx_bytes", "What was sent into the tunnel.")
		counter("transmit_packets", "tx_packets", "Packets that were sent into the tunnel.")
		counter("transmit_errors", "tx_errors", "Packets that could not be sent into the tunnel.")
		counter("transmit_drops", "tx_dropped", "Packets that were dropped on their way into the tunnel.")
	}'

# Whatever the links of the units in the files that follow count, and what BFD and WireGuard know of them. The line is the
# name of the unit; that of other keys of it has the version after an @.
tunnel_metrics() {
	[ $# -gt 0 ] || return 0
	sessions=$(! bird_runs || birdctl show bfd sessions 2>/dev/null || true)
	shaken=$([ ! -d /sys/module/wireguard ] || wg show all latest-handshakes 2>/dev/null || true)
	counted=$(cat "$RUN/counted.tunnels" 2>/dev/null || true)
	judged=$(cat "$RUN/quality" 2>/dev/null || true)
	JUDGED=$judged SESSIONS=$sessions SHAKEN=$shaken COUNTED=$counted awk "$TUNNEL_SAMPLES"'
		FNR == 1 { section = ""; ended = 0 }
		ended { next }
		/^\[end\]$/ { ended = 1 }
		/^unit / && section == "" { unit = $2 }
		/^\[/ { section = $0; next }
		section == "[quality]" { names = split($8, name, ","); for (i = 1; i <= names; i++) asked[name[i]] }
		section == "[ip]" && /^link add / && $5 ~ /^(gre|ip6gre|xfrm|wireguard)$/ {
			links[++count] = $3
			split(unit, part, "/"); line = part[5]; sub(/@.*/, "", line)
			label[$3] = "tunnel=\"" $3 "\",line=\"" line "\",stack=\"" part[1] "/" part[2] "/" part[3] "\",encapsulation=\"" $5 "\""
		}
		END {
			rows = split(ENVIRON["SESSIONS"], row, "\n")
			for (i = 1; i <= rows; i++) if (split(row[i], word, " ") >= 6 && word[2] in label) {
				state[word[2]] = word[3]; interval[word[2]] = word[5]; timeout[word[2]] = word[6]
			}
			rows = split(ENVIRON["SHAKEN"], row, "\n")
			for (i = 1; i <= rows; i++) if (split(row[i], word, /[ \t]+/) == 3) shaken[word[1]] = word[3]
			rows = split(ENVIRON["COUNTED"], row, "\n")
			for (i = 1; i <= rows; i++) if (split(row[i], word, " ") == 5) changed[word[3] " " word[5]] = word[1]
			rows = split(ENVIRON["JUDGED"], row, "\n")
			for (i = 1; i <= rows; i++) if (split(row[i], word, " ") == 5 && word[1] in asked) {
				poor[word[1]] = word[2]; lost[word[1]] = word[4] / 100
				if (word[5] != "-") time[word[1]] = word[5] / 1000
			}
			head("poor", "gauge", "Whether the line is left until it loses or delays less (quality).")
			for (i = 1; i <= count; i++) sample("poor", links[i], poor[links[i]])
			head("loss_ratio", "gauge", "Of the last 20 pings, those that were lost, there or back (quality).")
			for (i = 1; i <= count; i++) sample("loss_ratio", links[i], lost[links[i]])
			head("round_trip_seconds", "gauge", "Average of the last 20 pings (quality).")
			for (i = 1; i <= count; i++) sample("round_trip_seconds", links[i], time[links[i]])
			head("up", "gauge", "Whether BFD says that the tunnel carries packets in both directions.")
			for (i = 1; i <= count; i++) sample("up", links[i], (state[links[i]] == "Up") + 0)
			head("bfd_interval_seconds", "gauge", "Between two packets of BFD, as both ends have agreed.")
			for (i = 1; i <= count; i++) sample("bfd_interval_seconds", links[i], interval[links[i]])
			head("bfd_timeout_seconds", "gauge", "Without a packet of BFD, after which the tunnel counts as dead.")
			for (i = 1; i <= count; i++) sample("bfd_timeout_seconds", links[i], timeout[links[i]])
			head("changes_total", "counter", "How often the tunnel came up or went down since the boot.")
			for (i = 1; i <= count; i++) for (s = 1; s <= 2; s++) {
				to = s == 1 ? "up" : "down"
				print "extrude_tunnel_changes_total{" label[links[i]] ",to=\"" to "\"} " (changed[links[i] " " to] + 0)
			}
			head("mtu_bytes", "gauge", "The largest packet that the tunnel takes.")
			for (i = 1; i <= count; i++) sample("mtu_bytes", links[i], statistic(links[i], "mtu"))
			head("handshake_timestamp_seconds", "gauge", "When the two ends last agreed on keys of WireGuard; 0 if never.")
			for (i = 1; i <= count; i++) sample("handshake_timestamp_seconds", links[i], shaken[links[i]])
			counters()
		}' "$@"
}

# What the filters of the units in the files that follow have dropped, by chain. That BFD of a line that is held down is not
# heard is damping, not a filter.
filter_metrics() {
	family filter_dropped_packets_total counter 'Packets that a filter of extrude has dropped or rejected.'
	[ $# -gt 0 ] || return 0
	{ nft -t list ruleset 2>/dev/null || true; } | awk '
		which == "units" { if (FNR == 1) header = 1; if (/^\[/) header = 0; if (header && $1 == "unit") unit = $2; if (header && /^claim nft /) owner[$3] = unit; next }
		/^table / { name = $3 }
		/^\tchain / { chain = $2 }
		name in owner && /counter packets [0-9]+ bytes [0-9]+ (drop|reject)/ {
			match($0, /counter packets [0-9]+/)
			at = sprintf("unit=\"%s\",chain=\"%s\"", owner[name], (/@held/ ? "held" : chain))
			if (!(at in dropped)) order[++count] = at
			dropped[at] += substr($0, RSTART + 16, RLENGTH - 16)
		}
		END { for (i = 1; i <= count; i++) printf "extrude_filter_dropped_packets_total{%s} %.0f\n", order[i], dropped[order[i]] }' \
		which=units "$@" which=ruleset -
}

# Of each guard of the units in the files that follow whether it acts at the moment.
guard_metrics() {
	family guard_active gauge 'Whether all tunnels that the guard watches are dead, and it has switched its BIRD protocol off.'
	[ $# -gt 0 ] || return 0
	awk '
		FNR == 1 { section = "" }
		/^unit / && section == "" { unit = $2 }
		/^\[/ { section = $0; next }
		section == "[guard]" { print unit, $1 }' "$@" | while read -r unit protocol; do
		say "extrude_guard_active{unit=\"$unit\",protocol=\"$protocol\"} $(truth test -e "$RUN/guard.$protocol.acted")"
	done
}

# The kernel counts them for the whole host. They are of interest where there is IPsec.
xfrm_metrics() {
	[ -d "$CHARON" ] && [ -e /proc/net/xfrm_stat ] || return 0
	family xfrm_errors_total counter 'Packets of IPsec that the kernel has dropped, of all on this host, by its own names (Linux: Documentation/networking/xfrm_proc.rst).'
	while read -r reason times; do say "extrude_xfrm_errors_total{reason=\"${reason#Xfrm}\"} $times"; done </proc/net/xfrm_stat
}

# Where units want the file; of several directories the one of the oldest unit.
metrics_directory() {
	list_units
	list_files '' ''
	# shellcheck disable=SC2086 # a list of files
	[ -z "$FILES" ] || awk 'FNR == 1 { header = 1 } /^\[/ { header = 0 } header && $1 == "metrics" { print $2; exit }' $FILES
}

# Makes the timer and its file what the confirmed units say. What is served is written down first: it leaves nothing.
follow_metrics() {
	wanted=$(metrics_directory) served=
	[ ! -s "$STATE/metrics" ] || read -r served <"$STATE/metrics"
	[ "$wanted" = "$served" ] || stop_metrics
	[ -n "$wanted" ] || return 0
	say "$wanted" >"$STATE/metrics"
	[ ! -e /run/systemd/transient/$METRICS.timer ] || return 0
	systemd-run --quiet --unit=$METRICS --on-active=1s --on-unit-inactive=${METRICS_EVERY}s \
		--timer-property=AccuracySec=1s --description='Writes the metrics of extrude' "$AGENT" publish 2>/dev/null ||
		say "[metrics] the timer that writes $wanted/extrude.prom cannot be set."
}

stop_metrics() {
	[ -s "$STATE/metrics" ] || return 0
	systemctl -q stop $METRICS.timer $METRICS.service 2>/dev/null || true
	read -r served <"$STATE/metrics"
	rm -f "$served/extrude.prom" "$served/extrude.prom.next" "$STATE/metrics"
}

# Others may write to that directory: neither their links are followed, nor is half a file ever seen.
publish() {
	read -r served <"$STATE/metrics"
	metrics >"$RUN/metrics"
	chmod 0644 "$RUN/metrics"
	cp --preserve=mode --remove-destination "$RUN/metrics" "$served/extrude.prom.next"
	mv -T "$served/extrude.prom.next" "$served/extrude.prom"
	rm -f "$RUN/metrics"
}
