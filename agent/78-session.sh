# The SSH connection by which a command has come: proof that a change has not cut it.

# How long the proof may take, in seconds, before the change counts as one that cuts the connection.
PROOF_WITHIN=4

# The inode of the socket by which this command came; nothing if it did not come by SSH. The shell of a session is a
# descendant of the sshd that serves it.
session_socket() {
	pid=$PPID
	while [ "$pid" -gt 1 ]; do
		read -r name <"/proc/$pid/comm" || return 0
		case $name in
		sshd | sshd-session | sshd-auth) established_among "$pid" && return ;;
		esac
		pid=$(parent_of "$pid") || return 0
	done
}

# The process's parent, of proc(5): the second word after the name in parentheses.
parent_of() {
	read -r stat <"/proc/$1/stat" || return
	# shellcheck disable=SC2086 # words
	set -- ${stat##*) }
	say "$2"
}

# Prints the first of the process $1's sockets that is an established TCP connection. ss would load kernel modules.
established_among() {
	find "/proc/$1/fd" -printf '%l\n' | awk '
		which == "sockets" { if (gsub(/^socket:\[|\]$/, "")) mine[$0]; next }
		$4 == "01" && $10 in mine { print $10; found = 1; exit }
		END { exit !found }' which=sockets - which=tcp /proc/net/tcp /proc/net/tcp6
}

# Bytes that the other end has acknowledged so far.
acknowledged() {
	ss -HtineO state established | awk -v inode="$SOCKET" '
		index($0 " ", " ino:" inode " ") && match($0, /bytes_acked:[0-9]+/) { print substr($0, RSTART + 12, RLENGTH - 12); exit }'
}

uptime_seconds() {
	read -r uptime _ </proc/uptime
	say "${uptime%.*}"
}

# Descriptor 3: by which what is printed gets to the other end of the connection.
open_way_back() {
	exec 3>&1
	{ [ -n "$SOCKET" ] && leads_nowhere 1; } || return 0
	! leads_nowhere 2 || die "nothing has changed: by what a change prints it proves that it has not cut the SSH connection. Do not redirect both its output and its errors into a file."
	exec 3>&2
}

# shellcheck disable=SC3013 # dash and busybox have -ef
leads_nowhere() { [ -f "/proc/self/fd/$1" ] || [ "/proc/self/fd/$1" -ef /dev/null ]; }

# What is sent after the change has to be acknowledged: that takes both directions. The text is constant, since it ends
# up in Pulumi's state. Prints what is wrong.
prove_session() {
	[ -n "$SOCKET" ] || return 0
	deadline=$(($(uptime_seconds) + PROOF_WITHIN))
	# Twice: the first acknowledgement may be for something older.
	for round in first second; do
		before=$(acknowledged)
		printf 'The connection still carries data, %s proof.\n' "$round" >&3 2>/dev/null || before=
		until after=$(acknowledged); [ -n "$before" ] && [ "${after:-0}" -gt "$before" ]; do
			if [ -z "$before" ] || [ -z "$after" ] || [ "$(uptime_seconds)" -ge "$deadline" ]; then
				say "it cuts the SSH connection by which it came. Reach the host in a way that does not depend on what is being changed."
				return 0
			fi
			sleep 0.05
		done
	done
}
