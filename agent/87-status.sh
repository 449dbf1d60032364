# What `extrude status`, `trace`, `capture` and `report` ask of a host. Nothing here changes it.

# What interfaces count, what pings get through, and what has happened. stdin has the pings, `ping DEVICE PEER COUNT`, and
# with `journal SINCE UNTIL`, in seconds since 1970, another time than the last day.
measure() {
	pings=$(cat)
	say "clock $(date '+%s.%N %z')"
	octets before
	say "$pings" | {
		while read -r what device peer count; do [ "$what" != ping ] || ping_loss "$device" "$peer" "$count" & done
		wait
	}
	octets after
	[ ! -S "$RUN/bird.ctl" ] || sessions
	list_units
	for unit in $UNITS; do say "applied $unit $(stat -c %Y "$STATE/units/$unit")"; done
	told_journal "$pings" | sed 's/^/event /'
}

# The journal of the time that the questions $1 name.
told_journal() {
	asked=$(say "$1" | sed -n 's/^journal \([0-9]\{1,12\}\) \([0-9]\{1,12\}\)$/--since=@\1 --until=@\2 --lines=20000/p')
	# shellcheck disable=SC2086 # options of journalctl
	services_journal ${asked:---since=-1day --lines=400}
}

# In bytes, at a moment that is in seconds since the boot.
octets() {
	for link in /sys/class/net/*; do
		# Reading fails while the interface is down.
		{ read -r carrier <"$link/carrier"; } 2>/dev/null || carrier=0
		# It may have gone meanwhile.
		{ read -r received <"$link/statistics/rx_bytes" && read -r sent <"$link/statistics/tx_bytes"; } 2>/dev/null || continue
		read -r moment _ </proc/uptime
		say "octets $1 ${link##*/} $moment $carrier $received $sent"
	done
}

# "ping DEVICE SENT RECEIVED AVERAGE", the average in ms; a dash where nothing came back.
ping_loss() {
	ping -n -q -i 0.2 -c "$3" -w "$((1 + $3 / 4))" -I "$1" "$2" 2>/dev/null | awk -v device="$1" '
		/ packets transmitted/ { sent = $1; for (i = 2; i <= NF; i++) if ($i ~ /^received/) received = $(i - 1) }
		/^(rtt|round-trip) / { split($4, times, "/"); average = times[2] }
		END { if (sent != "") print "ping", device, sent, received + 0, (average == "" ? "-" : average) }'
}

# BIRD's journal and the watcher's.
services_journal() {
	journalctl --quiet --no-pager --output=short-unix "$@" --unit=extrude-bird.service --unit=extrude-watch.service 2>/dev/null
}

# What has happened, and what happens until whoever asked has gone.
follow_events() {
	services_journal --since='-1 day' --lines=200 --follow </dev/null &
	follower=$!
	cat >/dev/null
	# It may have ended by itself.
	kill "$follower" 2>/dev/null || true
}

# Writes to the watcher's journal which tunnels have changed since the last look, and which interfaces have no carrier
# then, which may be why: BIRD does not say which of several sessions with one address it means.
note_tunnels() {
	now=$(sessions)
	changed=$([ ! -e "$RUN/tunnels.seen" ] || say "$now" | awk -v dead="$(links_without_carrier)" '
		function state() { return $3 == "Up" ? "up" : "down" }
		which == "seen" { was[$2] = state(); next }
		$1 == "tunnel" && state() != ($2 in was ? was[$2] : "down") {
			print "tunnel " $2 " is " state() (state() == "down" && dead != "" ? "; without carrier:" dead : "")
		}' which=seen "$RUN/tunnels.seen" which=now -)
	[ -z "$changed" ] || { say "$changed"; say "$changed" | sed 's/;.*//' | count "$RUN/counted.tunnels"; }
	say "$now" >"$RUN/tunnels.seen"
}

# Of those that are hardware.
links_without_carrier() {
	for link in /sys/class/net/*; do
		{ read -r carrier <"$link/carrier"; } 2>/dev/null || carrier=0
		if [ "$carrier" != 1 ] && [ -e "$link/device" ]; then printf ' %s' "${link##*/}"; fi
	done
}

# The rules, and what the kernel would do with packets: for each line `LABEL WORDS` of stdin, "route LABEL ANSWER" of
# `ip route get WORDS`. A refusal of the kernel's is an answer too.
routes() {
	ip rule show | sed 's/^/rule /'
	ip -6 rule show | sed 's/^/rule6 /'
	set -f
	while read -r label words; do
		case $words in *[!A-Za-z0-9.:_@/\ -]*) continue ;; esac
		# shellcheck disable=SC2086 # words of `ip route get`
		answer=$(ip route get $words 2>&1) || true
		say "route $label $(say "$answer" | head -n 1)"
	done
}

# Captures what passes interfaces, all at once: each line of stdin is `SECONDS PACKETS DEVICE FILTER`. Prints the first
# bytes of each packet, as a file of tcpdump's in base64: "captured DEVICE", then lines "data DEVICE BASE64".
capture() {
	command -v tcpdump >/dev/null || { say 'without tcpdump'; return 0; }
	found=$(mktemp -d "$RUN/capture.XXXXXX")
	trap 'rm -rf "$found"' EXIT
	MODULES=$(loaded_modules)
	while read -r seconds packets device filter; do
		case $device in */* | .*) continue ;; esac
		say "$device" >>"$found/devices"
		timeout "$seconds" tcpdump -n -p -q -s "$CAPTURED_BYTES" -c "$packets" -i "$device" -w - -- "$filter" \
			>"$found/$device" 2>"$found/$device.log" </dev/null &
	done
	wait
	[ ! -e "$found/devices" ] || while read -r device; do
		if [ -s "$found/$device" ]; then
			say "captured $device"
			base64 "$found/$device" | sed "s/^/data $device /"
		else
			say "failed $device $(tail -n 1 "$found/$device.log")"
		fi
	done <"$found/devices"
	new_modules >>"$STATE/modules"
}

# Of each packet: its headers, those of a tunnel included, and little of what is in it.
CAPTURED_BYTES=128

# What a person would look at, for `extrude report`: no secrets, which units keep behind [end].
inspect() {
	shown 'uname -a' uname -a
	shown /etc/os-release cat /etc/os-release
	shown 'extrudectl version' version
	shown 'ip -s link' ip -s link
	shown 'ip address' ip address
	shown 'ip rule' ip rule
	shown 'ip route' ip route show table all
	shown 'ip neighbour' ip neighbour
	shown 'ip neighbour proxy' ip neighbour show proxy
	shown 'nft list ruleset' nft list ruleset
	shown 'bird status' birdctl show status
	shown 'bird protocols' birdctl show protocols
	shown 'bird routes' birdctl show route all
	shown 'bird bfd sessions' birdctl show bfd sessions
	shown services systemctl --no-pager --full status extrude.service extrude-bird.service extrude-watch.service
	shown journal services_journal --since='-3 days' --lines=2000
	shown 'kernel journal' journalctl --quiet --no-pager --dmesg --since='-1 day' --lines=200
	list_units
	for unit in $UNITS; do shown "unit $unit" sed '/^\[end\]$/q' "$STATE/units/$unit"; done
}

# "== TITLE", and what a command says.
shown() {
	say "== $1"
	shift
	"$@" 2>&1 </dev/null || say "(exit code $?)"
}
