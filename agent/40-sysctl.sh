# sysctl: the value found is kept in $STATE/sysctl, and put back when no unit wants another any longer.
#
# Whoever writes to conf/all/forwarding, as Docker does, sets it on every interface (inet_forward_change in the kernel).
# So that one is kept too, and if somebody has changed it since, theirs is the value to put back.
FORWARDING=/proc/sys/net/ipv4/conf/all/forwarding

apply_sysctl() {
	unlike_sysctl "$1" >"$RUN/sysctl.unlike"
	set_sysctl
}

# Sets what $RUN/sysctl.unlike names.
set_sysctl() {
	[ -s "$RUN/sysctl.unlike" ] || return 0
	awk 'NF < 3 { print "[sysctl] there is no " $1 " here." }' "$RUN/sysctl.unlike"
	# What was found first is what is put back.
	[ -e "$STATE/sysctl" ] || : >"$STATE/sysctl"
	awk -v forwarding="$(cat $FORWARDING)" '
		which == "kept" { kept[$1]; next }
		NF == 3 && !($1 in kept) { kept[$1]; print $1, $3, ($1 ~ "^net/ipv4/conf/.*/forwarding$" ? forwarding : "") }
	' which=kept "$STATE/sysctl" which=unlike "$RUN/sysctl.unlike" >"$RUN/sysctl.found"
	cat "$RUN/sysctl.found" >>"$STATE/sysctl"
	! grep -q '^net/ipv6/conf/all/forwarding 1 0$' "$RUN/sysctl.unlike" || become_ipv6_router
	while read -r key value found; do
		[ -z "$found" ] || printf '%s\n' "$value" >"/proc/sys/$key"
	done <"$RUN/sysctl.unlike"
}

# IPv6 is forwarded on all interfaces or on none, and all/forwarding overwrites each one's own value: those are kept.
# A router does not listen to others' advertisements, by which this host may have its addresses and its default route,
# unless it is told to: before it becomes one, or the route is gone (addrconf_fixup_forwarding in the kernel).
become_ipv6_router() {
	for place in /proc/sys/net/ipv6/conf/*; do
		case $place in */all) continue ;; esac
		forwards=$(cat "$place/forwarding") listens=$(cat "$place/accept_ra")
		say "${place#/proc/sys/}/forwarding $forwards"
		[ "$forwards,$listens" = 0,1 ] || continue
		say "${place#/proc/sys/}/accept_ra $listens"
		echo 2 >"$place/accept_ra"
	done >"$RUN/sysctl.router"
	# all/forwarding comes first, also on the way back.
	awk 'which == "kept" { kept[$1]; next } !($1 in kept)' which=kept "$STATE/sysctl" which=found "$RUN/sysctl.router" \
		>"$RUN/sysctl.found"
	cat "$RUN/sysctl.found" >>"$STATE/sysctl"
}

# The settings of the fragment $1 that the host has otherwise, each as "KEY VALUE FOUND", or "KEY VALUE" where it has no
# such setting. Units name interfaces, or all of them as *; writing to conf/all would overwrite every interface.
unlike_sysctl() {
	[ -e "$1" ] || return 0
	while IFS=' =' read -r key value; do
		# As in sysctl.d(5): what may be missing. An interface that comes later has it set then.
		case $key in -*) key=${key#-}; [ -e "/proc/sys/$key" ] || continue ;; esac
		for path in /proc/sys/$key; do
			case $key,$path in *'*'*,*/conf/all/*) ;; *) say "${path#/proc/sys/} $value" ;; esac
		done
	done <"$1" >"$RUN/sysctl.wanted"
	# The files give all they have to the first read, and the shell's reads single bytes. Hence grep.
	cut -d ' ' -f 1 "$RUN/sysctl.wanted" | (cd /proc/sys && xargs grep -sH '') | awk '
		which == "found" { at = index($0, ":"); found[substr($0, 1, at - 1)] = substr($0, at + 1); next }
		!($1 in found) { print; next }
		found[$1] != $2 { print $0, found[$1] }' which=found - which=wanted "$RUN/sysctl.wanted"
}

# What concerns all interfaces is set before any comes: a WireGuard one that comes up overwrites such a setting
# (wg_open in the kernel), which has to be found first to be put back.
apply_early_sysctl() {
	[ -e "$1" ] || return 0
	grep /conf/all/ "$1" >"$RUN/sysctl.early" || return 0
	apply_sysctl "$RUN/sysctl.early"
}

# What has another value than the fragment $1 asks for, each as "KEY is VALUE, not VALUE".
differing_sysctl() { unlike_sysctl "$1" | name_differing; }

name_differing() { awk 'NF == 3 { print $1 " is " $3 ", not " $2 }'; }

ensure_sysctl() {
	unlike_sysctl "$1" >"$RUN/sysctl.unlike"
	[ -s "$RUN/sysctl.unlike" ] || return 0
	name_differing <"$RUN/sysctl.unlike" | sed 's/^/[sysctl] /' >>"$RUN/repaired"
	set_sysctl
}

# Puts back what is not wanted by any of the files that follow.
restore_sysctl() {
	[ -s "$STATE/sysctl" ] || return 0
	: >"$RUN/sysctl.kept"
	: >"$RUN/sysctl.gone"
	extract sysctl "$@" | awk -v run="$RUN" '
		which == "wanted" {
			sub(/ *=.*/, "")
			sub(/^-/, "")
			if ($0 == "net/ipv6/conf/all/forwarding") { patterns["^net/ipv6/conf/.*/(forwarding|accept_ra)$"]; next }
			if (!index($0, "*")) { exact[$0]; next }
			gsub(/\./, "[.]")
			gsub(/\*/, ".*")
			patterns["^" $0 "$"]
			next
		}
		{
			wanted = $1 in exact
			for (pattern in patterns) if ($1 ~ pattern) wanted = 1
			print > (run "/sysctl." (wanted ? "kept" : "gone"))
		}' which=wanted - which=found "$STATE/sysctl"
	forwarding=$(cat $FORWARDING)
	while read -r key found forwarded; do
		[ "${forwarded:-$forwarding}" = "$forwarding" ] || found=$forwarding
		# A line that a power cut has cut off says nothing.
		[ -z "$found" ] || [ ! -e "/proc/sys/$key" ] || printf '%s\n' "$found" >"/proc/sys/$key"
	done <"$RUN/sysctl.gone"
	cp "$RUN/sysctl.kept" "$STATE/sysctl.next"
	mv "$STATE/sysctl.next" "$STATE/sysctl"
}
