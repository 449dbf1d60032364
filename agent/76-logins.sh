# Logins of customers. "LOGIN ..." in [customer] names them, and [keys] has the SSH keys of each: "LOGIN KEY". A login is a
# system user without a password, whose keys run `extrudectl customer` and nothing else.
#
# sshd's own configuration is not touched: sshd looks for keys in the user's home, which belongs to root. It looks there as
# that user, so the home is in no folder that is closed to him.

HOMES=/var/lib/extrude-customers
SUDOERS=/etc/sudoers.d

# Those of the sections in the directory $1.
logins_in() { [ ! -e "$1/customer" ] || cut -d ' ' -f 1 "$1/customer" | sort -u; }

has_login() { getent passwd "$1" >/dev/null; }

# What sshd reads for the login $1, of the sections in the directory $2.
authorized_keys() { sed -n "s|^$1 |restrict,command=\"sudo -n $AGENT customer\" |p" "$(fragment "$2/keys")"; }

# sudo keeps what sshd says was asked for, and says who asks, in SUDO_USER.
sudo_rule() {
	say "Defaults:$1 env_keep = \"SSH_ORIGINAL_COMMAND\""
	say "$1 ALL=(root) NOPASSWD: $AGENT customer"
}

# What is not there, or is otherwise, of the logins in the directory $1.
missing_logins() { for login in $(logins_in "$1"); do missing_of_login "$login" "$1"; done; }

missing_of_login() {
	has_login "$1" || say "the user $1"
	[ "$(authorized_keys "$1" "$2")" = "$(cat "$HOMES/$1/.ssh/authorized_keys" 2>/dev/null)" ] || say "the keys of $1"
	[ "$(sudo_rule "$1")" = "$(cat "$SUDOERS/$1" 2>/dev/null)" ] || say "sudo's rule for $1"
}

# From the sections in $RUN/old to those in $RUN/new. Users survive a power cut, so what is under way has to as well.
apply_logins() {
	[ -e "$RUN/old/customer" ] || [ -e "$RUN/new/customer" ] || return 0
	for written in "$STATE/staged" "$STATE/leaving"; do [ ! -e "$written" ] || sync "$written" "$STATE"; done
	staying=" $(logins_in "$RUN/new" | tr '\n' ' ')"
	for login in $(logins_in "$RUN/old"); do
		case $staying in *" $login "*) ;; *) end_login "$login" ;; esac
	done
	ensure_logins "$RUN/new"
}

ensure_logins() {
	for login in $(logins_in "$1"); do
		missing=$(missing_of_login "$login" "$1")
		[ -n "$missing" ] || continue
		printf '%s\n' "$missing" | sed 's/^/[customer] /' >>"$RUN/repaired"
		make_login "$login" "$1"
	done
}

# A rule that sudo cannot read would end sudo for everybody, so it is checked before it is put in place.
make_login() {
	has_login "$1" || useradd --system --user-group --no-create-home --home-dir "$HOMES/$1" --shell /bin/sh \
		--password '*' "$1" >"$RUN/login.log" 2>&1 || { say "[customer] the user $1 cannot be made: $(cat "$RUN/login.log")"; return; }
	mkdir -p "$HOMES/$1/.ssh"
	authorized_keys "$1" "$2" >"$HOMES/$1/.ssh/next"
	chgrp -R "$1" "$HOMES/$1"
	chmod 0711 "$HOMES"
	chmod 0750 "$HOMES/$1" "$HOMES/$1/.ssh"
	chmod 0640 "$HOMES/$1/.ssh/next"
	mv "$HOMES/$1/.ssh/next" "$HOMES/$1/.ssh/authorized_keys"
	# sudo passes over names with a dot in them.
	sudo_rule "$1" >"$SUDOERS/$1.next"
	chmod 0440 "$SUDOERS/$1.next"
	if visudo -q -c -f "$SUDOERS/$1.next" >"$RUN/login.log" 2>&1; then
		mv "$SUDOERS/$1.next" "$SUDOERS/$1"
	else
		rm "$SUDOERS/$1.next"
		say "[customer] sudo does not take its rule for $1: $(cat "$RUN/login.log")"
	fi
}

# Connections that are open already end too: nobody comes in by them again.
end_login() {
	rm -f "$SUDOERS/$1"
	rm -rf "${HOMES:?}/${1:?}" "$RUN/customers/$1"
	rmdir "$HOMES" 2>/dev/null || true
	has_login "$1" || return 0
	end_processes "$(id -u "$1")"
	# It complains of a mailbox that is not there.
	userdel --force "$1" >"$RUN/login.log" 2>&1 || true
	! has_login "$1" || say "[customer] the user $1 cannot be removed: $(cat "$RUN/login.log")"
}

# Those of the system user with the number $1. Whoever is root, or a person, is nobody's customer.
end_processes() {
	{ [ "$1" -ge 100 ] && [ "$1" -le 999 ]; } || return 0
	grep -ls "^Uid:	$1	" /proc/[0-9]*/status | while read -r status; do
		number=${status#/proc/}
		kill "${number%/status}" 2>/dev/null || true
	done
}

# Whether sshd would let the login $1 in by its keys.
check_login() {
	settings=$(sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null || true)
	while read -r setting values; do
		case $setting in
		pubkeyauthentication) [ "$values" != no ] || say "sshd takes no keys (PubkeyAuthentication), so $1 could not log in." ;;
		authorizedkeysfile)
			case " $values " in *' .ssh/authorized_keys '*) ;; *) say "sshd looks for keys in $values; $1 needs .ssh/authorized_keys among them (AuthorizedKeysFile)." ;; esac
			;;
		allowusers | allowgroups) is_listed "$1" "$values" || say "sshd's $setting leaves $1 out; add it there." ;;
		esac
	done <<-EOF
		$settings
	EOF
}

# Whether one of the patterns $2 fits the login $1.
is_listed() {
	set -f
	for pattern in $2; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in $pattern) return 0 ;; esac
	done
	return 1
}
