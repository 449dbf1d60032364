# Shaping: "INTERFACE KIND OPTIONS", a root qdisc in tc's words; with a - before it, what may be missing. Ours are known by
# their handle. The kernel's own have none: they come back as soon as ours goes. What somebody has set is never replaced.
#
# What an interface was given, and how tc printed that then, is kept in $RUN/shaping/INTERFACE.
HANDLE=7e4a:

# The root qdisc of the interface $1, without what changes by itself.
root_qdisc() {
	tc qdisc show dev "$1" root 2>/dev/null | sed -n 's/ refcnt [0-9]*//; s/ *$//; / root/{p;q}'
}

is_ours() { case $(root_qdisc "$1") in "qdisc "*" $HANDLE root"*) return 0 ;; esac; return 1; }

# The lines of the fragment $1 that are not in place.
unlike_shaping() {
	[ -e "$1" ] || return 0
	while read -r device what; do
		case $device in -*) device=${device#-}; [ -e "/sys/class/net/$device" ] || continue ;; esac
		[ "$(printf '%s\n%s' "$what" "$(root_qdisc "$device")")" = "$(cat "$RUN/shaping/$device" 2>/dev/null)" ] || say "$device $what"
	done <"$1"
}

# Sets what the lines on stdin say. Where the kind is the same, the queue stays, and loses nothing.
set_shaping() {
	mkdir -p "$RUN/shaping"
	while read -r device what; do
		# shellcheck disable=SC2086 # words
		if reason=$(tc qdisc replace dev "$device" root handle "$HANDLE" $what 2>&1); then
			printf '%s\n%s\n' "$what" "$(root_qdisc "$device")" >"$RUN/shaping/$device"
		else
			say "[shaping] '$device $what': $reason"
		fi
	done
}

# From the fragment in the directory $1 to that in $2.
apply_shaping() {
	[ ! -e "$1/shaping" ] || while read -r device _; do
		device=${device#-}
		! grep -q -e "^-\{0,1\}$device " "$(fragment "$2/shaping")" || continue
		! is_ours "$device" || tc qdisc del dev "$device" root
		rm -f "$RUN/shaping/$device"
	done <"$1/shaping"
	unlike_shaping "$2/shaping" | set_shaping
}

ensure_shaping() {
	unlike=$(unlike_shaping "$1")
	[ -n "$unlike" ] || return 0
	say "$unlike" | sed 's/^/[shaping] /' >>"$RUN/repaired"
	say "$unlike" | set_shaping
}

# What others have set where the fragment $1 wants a queue.
foreign_shaping() {
	[ -e "$1" ] || return 0
	while read -r device _; do
		device=${device#-}
		found=$(root_qdisc "$device")
		case $found in
		'' | "qdisc "*" 0: root"* | "qdisc "*" $HANDLE root"*) ;;
		*) say "$device has a root qdisc that is not extrude's: $found. Take it away (tc qdisc del dev $device root), or leave out \`shape\`." ;;
		esac
	done <"$1"
}
