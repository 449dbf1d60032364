# sysctl: the value found is kept in $STATE/sysctl, and put back when no unit wants another any longer.

apply_sysctl() {
	[ -e "$1" ] || return 0
	while IFS=' =' read -r key value; do
		for path in /proc/sys/$key; do
			[ -e "$path" ] || say "[sysctl] there is no $key here."
		done
		# The files give all they have to the first read, and the shell's reads single bytes. Hence grep.
		# shellcheck disable=SC2086 # a pattern
		grep -sH '' /proc/sys/$key | while IFS=: read -r path found; do set_sysctl "$path" "$value" "$found"; done
	done <"$1"
}

# What has another value than the fragment $1 asks for, each as "KEY is VALUE, not VALUE".
differing_sysctl() {
	[ -e "$1" ] || return 0
	while IFS=' =' read -r key value; do
		# shellcheck disable=SC2086 # a pattern
		grep -sH '' /proc/sys/$key | while IFS=: read -r path found; do
			case $path in */conf/all/*) continue ;; esac
			[ "$found" = "$value" ] || say "${path#/proc/sys/} is $found, not $value"
		done
	done <"$1"
}

ensure_sysctl() {
	differing_sysctl "$1" | sed 's/^/[sysctl] /' >>"$RUN/repaired"
	apply_sysctl "$1"
}

set_sysctl() {
	# Writing to conf/all would overwrite every interface: units name interfaces, or all of them as *.
	case $1 in */conf/all/*) return 0 ;; esac
	[ "$2" != "$3" ] || return 0
	remembered "${1#/proc/sys/}" || say "${1#/proc/sys/} $3" >>"$STATE/sysctl"
	printf '%s\n' "$2" >"$1"
}

remembered() {
	[ -e "$STATE/sysctl" ] || return 1
	while read -r key _; do
		[ "$key" != "$1" ] || return 0
	done <"$STATE/sysctl"
	return 1
}

# Puts back what is not wanted by any of the files that follow.
restore_sysctl() {
	[ -s "$STATE/sysctl" ] || return 0
	extract sysctl "$@" >"$RUN/sysctl"
	while read -r key found; do
		if wanted "$key"; then
			say "$key $found"
		elif [ -e "/proc/sys/$key" ]; then
			printf '%s\n' "$found" >"/proc/sys/$key"
		fi
	done <"$STATE/sysctl" >"$STATE/sysctl.next"
	mv "$STATE/sysctl.next" "$STATE/sysctl"
}

wanted() {
	while IFS=' =' read -r pattern _; do
		# shellcheck disable=SC2254 # a pattern on purpose
		case $1 in $pattern) return 0 ;; esac
	done <"$RUN/sysctl"
	return 1
}
