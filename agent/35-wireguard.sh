# WireGuard: a line per interface in the words of `wg set`, with one peer. "secret:NAME" stands for the secret that came
# with the unit under that name; it never becomes part of a command line.

# The lines of the directory $1 that the kernel has otherwise. An end point moves by itself, and is left alone.
missing_wireguard() {
	[ -s "$1/wireguard" ] || return 0
	wg show all dump 2>/dev/null | awk '
		function listed(list, item) { return index("," list ",", "," item ",") }
		which == "secrets" { secret["secret:" $1] = $2; next }
		which == "kernel" && NF == 5 { key[$1] = $2; port[$1] = $4; mark[$1] = $5; next }
		which == "kernel" { peers[$1]++; allowed[$1, $2] = $5; keepalive[$1, $2] = $9; next }
		{
			split("", given)
			for (i = 2; i < NF; i += 2) given[$i] = $(i + 1)
			peer = given["peer"]
			same = key[$1] != "" && key[$1] == secret[given["private-key"]] && peers[$1] == 1
			if (("listen-port" in given) && port[$1] != given["listen-port"]) same = 0
			if (mark[$1] != (("fwmark" in given) ? given["fwmark"] : "off")) same = 0
			if (keepalive[$1, peer] != (("persistent-keepalive" in given) ? given["persistent-keepalive"] : "off")) same = 0
			if (length(allowed[$1, peer]) != length(given["allowed-ips"])) same = 0
			count = split(given["allowed-ips"], address, ",")
			for (i = 1; i <= count; i++) if (!listed(allowed[$1, peer], address[i])) same = 0
			if (!same) print
		}' which=secrets "$(fragment "$1/secrets")" which=kernel - which=wanted "$1/wireguard"
}

# Makes interfaces exactly what the lines on stdin say, with the secrets in the file $1; sessions that go on are not
# touched. What is in front of the command follows.
set_wireguard() {
	secrets=$1
	shift
	while read -r interface words; do
		say "$words" | awk '
			BEGIN {
				name["listen-port"] = "ListenPort"; name["fwmark"] = "FwMark"; name["private-key"] = "PrivateKey"
				name["peer"] = "[Peer]\nPublicKey"; name["endpoint"] = "Endpoint"; name["allowed-ips"] = "AllowedIPs"
				name["persistent-keepalive"] = "PersistentKeepalive"
				print "[Interface]"
			}
			which == "secrets" { secret["secret:" $1] = $2; next }
			{ for (i = 1; i < NF; i += 2) print name[$i] " = " (($(i + 1) in secret) ? secret[$(i + 1)] : $(i + 1)) }
		' which=secrets "$(fragment "$secrets")" which=words - | "$@" wg syncconf "$interface" /dev/stdin 2>"$RUN/wg.log" ||
			# What wg quotes may be a key.
			say "[wireguard] '$interface': $(sed "s/[\`'].*//" "$RUN/wg.log")"
	done
}

# Tries what is new in a network namespace that ends with the command.
rehearse_wireguard() {
	# shellcheck disable=SC2016 # for the inner shell
	missing_wireguard "$1" | set_wireguard "$1/secrets" \
		unshare --net sh -c 'ip link add "$3" type wireguard && exec "$@"' sh
}

ensure_wireguard() {
	missing_wireguard "$1" >"$RUN/wg.missing"
	[ -s "$RUN/wg.missing" ] || return 0
	sed 's/^\([^ ]*\).*/[wireguard] \1/' "$RUN/wg.missing" >>"$RUN/repaired"
	set_wireguard "$1/secrets" <"$RUN/wg.missing"
}
