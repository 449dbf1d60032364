# What a customer asks for by SSH. Whatever that is, sshd runs `extrudectl customer`, by sudo, which says in SUDO_USER who
# asks; what was asked for is in SSH_ORIGINAL_COMMAND, and is compared with what may be asked for, never evaluated. Each
# call is written to the journal: journalctl -t extrude-customer

# Of one call: bytes, and seconds to send them. Of one customer: calls that wait for their turn.
MOST_BYTES=262144
SENT_WITHIN=30
MOST_CALLS=64

NEWLINE='
'
# How the library asks (rendering/unit.ts): what it needs no shell for is the same for a customer as for an administrator.
ASKS_SUDO="sudo -n $AGENT"
ASKS_TO_APPLY="{ cat <<'.unit.' && cat; } | $ASKS_SUDO apply "
ASKS_TO_REMOVE="cat >/dev/null; $ASKS_SUDO remove "

# Sets CUSTOMER, STACKS, and ASKED, the words of the verb; what an `apply` is about becomes standard input.
customer() {
	CUSTOMER=${SUDO_USER:-} asked=${SSH_ORIGINAL_COMMAND:-status}
	unset SSH_ORIGINAL_COMMAND
	know_customer
	line=${asked%%"$NEWLINE"*}
	text=
	case $line in
	"$ASKS_TO_APPLY"*) ASKED="apply ${line#"$ASKS_TO_APPLY"}" text=$asked ;;
	"$ASKS_TO_REMOVE"*) ASKED="remove ${line#"$ASKS_TO_REMOVE"}" ;;
	"$ASKS_SUDO "*) ASKED=${line#"$ASKS_SUDO "} ;;
	*) ASKED=$line ;;
	esac
	[ -n "$text" ] || [ "$asked" = "$line" ] || refuse_call
	case $ASKED in
	'apply '*) check_own "${ASKED#apply }" ;;
	'remove '*' --as '*)
		name=${ASKED#remove }
		check_own "${name%% --as *}"
		case ${name#* --as } in '' | *[!A-Za-z0-9._-]*) refuse_call ;; esac
		;;
	# Written down now, since some of them end with what they have found.
	status | drift | restore | version) note_call "$ASKED" ;;
	*) refuse_call ;;
	esac
	take_turn
	[ "${ASKED%% *}" != apply ] || receive_call
}

# A customer's own unit was made by the colo's stack, and no unit of a customer's can have such a claim.
know_customer() {
	list_units
	list_files '' ''
	GIVEN=
	# shellcheck disable=SC2086 # a list of files
	[ -z "$FILES" ] || [ -z "$CUSTOMER" ] || GIVEN=$(grep -lxF "claim login $CUSTOMER" $FILES || true)
	[ -n "$GIVEN" ] || die "there is no customer $CUSTOMER here."
	STACKS=$(extract customer "$GIVEN" | sed -n "s/^$CUSTOMER stack //p" | tr '\n' ' ')
	COLO=$STATE/units/$(extract customer "$GIVEN" | sed -n "s/^$CUSTOMER colo //p")
}

# Whether the unit $1 is the caller's: all are, unless a customer calls.
mine() {
	[ -n "$CUSTOMER" ] || return 0
	for stack in $STACKS; do case $1 in "$stack"/*) return 0 ;; esac; done
	return 1
}

# Leaves of the list FILES what is the caller's.
own_files() {
	mine_only=
	for file in $FILES; do ! mine "${file#"$STATE/units/"}" || mine_only="$mine_only $file"; done
	FILES=$mine_only
}

check_own() {
	case $1 in *[!A-Za-z0-9._/@-]*) refuse_call ;; esac
	check_unit_name "$1"
	mine "$1" || die "$1 is no unit of $CUSTOMER's. Nothing has changed."
}

# What was sent is read even so: to a sender whose input is left unread, the command has failed for another reason.
refuse_call() {
	timeout 5 head -c "$MOST_BYTES" >/dev/null || true
	die "$CUSTOMER may apply and remove units of its own, and ask for status, drift, restore and version; not '$(printable "$asked")'."
}

# In one line, and never long.
printable() { printf '%s' "$1" | tr -c ' -~' ' ' | cut -c 1-"${2:-100}"; }

note_call() { logger -t extrude-customer -p auth.notice -- "$CUSTOMER: $(printable "$1" 2000)"; }

# One call of a customer's at a time, so that of all who wait for the host's lock each customer is one. The lock is held
# until this program ends.
take_turn() {
	PLACE=$RUN/customers/$CUSTOMER
	[ -d "$RUN" ] || { mkdir -p "$RUN" && chmod 0711 "$RUN"; }
	mkdir -p "$PLACE"
	exec 8<"$PLACE"
	[ "$(grep -c ":$(stat -L -c %i "$PLACE") " /proc/locks)" -lt "$MOST_CALLS" ] ||
		die "$MOST_CALLS calls of $CUSTOMER are waiting already. Use \`pulumi up --parallel 16\`."
	flock -w 600 8 || die "other calls of $CUSTOMER have been going on for 10 minutes."
	case $ASKED in status | drift | version) ;; *) keep_pace ;; esac
}

# No more changes a minute than the customer may make: whoever makes more waits, and nobody else does.
keep_pace() {
	changes=$(extract customer "$GIVEN" | sed -n "s/^$CUSTOMER changes //p")
	[ -e "$PLACE/changes" ] || : >"$PLACE/changes"
	while :; do
		now=$(uptime_seconds)
		awk -v now="$now" '$1 > now - 60 && $1 <= now' "$PLACE/changes" >"$PLACE/recent"
		[ "$(wc -l <"$PLACE/recent")" -ge "$changes" ] || break
		sleep 1
	done
	say "$now" >>"$PLACE/recent"
	mv "$PLACE/recent" "$PLACE/changes"
}

# Whole, and before anybody is kept waiting: the unit's text in the command, if it is there, then what is on stdin.
receive_call() {
	rm -f "$PLACE/unit"
	{
		[ -z "$text" ] || printf '%s\n' "$text" | awk 'NR == 1 { next } $0 == ".unit." { exit } { print }'
		timeout "$SENT_WITHIN" head -c "$((MOST_BYTES + 1))"
	} >"$PLACE/unit" || { rm -f "$PLACE/unit"; die "what $CUSTOMER sends did not end within $SENT_WITHIN s. Nothing has changed."; }
	if [ "$(stat -c %s "$PLACE/unit")" -gt "$MOST_BYTES" ]; then
		rm -f "$PLACE/unit"
		timeout 5 cat >/dev/null || true
		die "what $CUSTOMER sends has more than $MOST_BYTES bytes. Nothing has changed."
	fi
	exec <"$PLACE/unit"
	rm -f "$PLACE/unit"
}
