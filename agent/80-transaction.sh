# A change of one unit: from the sections in $RUN/old to those in $RUN/new; either may be empty.
#
# What is under way is written down before it begins, so that whoever holds the lock next can take it back: a unit's new
# text in $STATE/staged, the name of one that leaves in $STATE/leaving.

# Of one program at a time. Whoever gets the lock while a change is written down knows that its program is dead.
lock() {
	while :; do
		[ -d "$RUN" ] || { mkdir -p "$RUN" && chmod 0711 "$RUN"; }
		exec 9<"$RUN"
		flock -w 600 9 || die "other changes of this host have been going on for 10 minutes; wait for them, or see: fuser $RUN"
		# Whoever held the lock may have uninstalled everything, this directory included.
		# shellcheck disable=SC3013 # dash and busybox have -ef
		[ "$RUN" -ef /proc/self/fd/9 ] && break
	done
	MODULES=$(loaded_modules)
	trap finish EXIT
	# A change that is not confirmed in time is ended by this name.
	if [ -n "${EXTRUDE_SERVICE:-}" ] && began $$; then say "$EXTRUDE_SERVICE $$ $BEGAN" >"$RUN/changer"; fi
	list_units
	recover
	find_damaged
}

# BEGAN: when the program with the number $1 was started. With the number, that is never another program's.
began() {
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
	# starttime of proc(5), which is counted after the name, since that may contain anything.
	# shellcheck disable=SC2086 # fields
	set -- ${stat##*) }
	BEGAN=${20}
}

# Whether a change is going on. One that was killed leaves its name behind.
changing() { { read -r _ number since <"$RUN/changer"; } 2>/dev/null && began "$number" && [ "$BEGAN" = "$since" ]; }

finish() {
	if [ -d "$STATE" ]; then
		new_modules >>"$STATE/modules"
		rm -rf "$RUN/old" "$RUN/new" "$RUN/all" "$RUN/standing" "$RUN/none" "$RUN/unit" "$RUN/repaired" "$RUN/changer" \
			"$RUN/bird/next" "$RUN"/charon.* "$RUN"/forms.* "$RUN"/login.* "$RUN"/ip.* "$RUN"/wg.* "$RUN"/nft.* "$RUN"/sysctl.*
	else
		rm -rf "$RUN"
	fi
}

# One line, and a blank on each side of each name.
loaded_modules() {
	printf ' '
	while read -r module _; do printf '%s ' "$module"; done </proc/modules
}

# Those that have come since the lock was taken.
new_modules() {
	while read -r module _; do
		case $MODULES in *" $module "*) ;; *) say "$module" ;; esac
	done </proc/modules
}

# What a step prints are its failures; that it breaks off is one too.
failures_of() {
	set +e
	outcome=$(set -e; "$@"; say .complete)
	set -e
	case $outcome in
	*.complete) printf '%s' "${outcome%.complete}" ;;
	*) say "$outcome"; say "it broke off in '$1'." ;;
	esac
}

refuse_failures() {
	[ -z "$2" ] || die "$1
$(printf '%s\n' "$2" | sed '/^$/d; s/^/  - /')"
}

# Cuts up a unit as it stands in the file $1 and as it will in $2 (none: not there).
prepare() {
	rm -rf "$RUN/old" "$RUN/new"
	mkdir "$RUN/old" "$RUN/new"
	[ ! -f "$1" ] || split_unit "$1" "$RUN/old"
	[ ! -f "$2" ] || split_unit "$2" "$RUN/new"
}

# Checks what the hosts' own tools can check without changing anything. $1 is the list of all other units, $2 the file of
# this one as it stands (none: not there); all units as they will be follow.
validate() {
	others=$1 standing=$2
	shift 2
	[ -f "$standing" ] || standing=
	# shellcheck disable=SC2086 # a list of files
	ensure_tables $others $standing
	# shellcheck disable=SC2086
	prepare_nft "$RUN/old" "$RUN/new" $others
	! touches_bird || prepare_bird "$@"
	! touches_charon || prepare_charon "$@"
}

# As validate, with what iproute2 and the kernel can say too.
rehearse() {
	validate "$@"
	rehearse_ip "$(fragment "$RUN/old/ip")" "$(fragment "$RUN/new/ip")"
	rehearse_wireguard "$RUN/new"
	rehearse_charon "$RUN/new"
}

touches_bird() {
	for section in bird bfd bird-tables; do
		[ ! -e "$RUN/old/$section" ] && [ ! -e "$RUN/new/$section" ] || return 0
	done
	return 1
}

# $1 is how addresses, links and rules change: apply_ip, or return_ip on the way back. Additions come first, removals
# last: filters stand before what they filter comes, and as long as it is there. The files of all units follow.
change() {
	how=$1
	shift
	[ ! -e "$RUN/new/header" ] || apply_nft
	apply_early_sysctl "$RUN/new/sysctl"
	"$how" "$RUN/old" "$RUN/new"
	ensure_wireguard "$RUN/new"
	apply_sysctl "$RUN/new/sysctl"
	apply_shaping "$RUN/old" "$RUN/new"
	! touches_charon || apply_charon
	if [ -e "$RUN/new/header" ]; then
		! touches_bird || apply_bird
		undo_ip "$RUN/ip.late"
		give_up_sysctl "$@"
	else
		# What sends goes before what keeps it on its way: first forwarding, then links, then rules and routes.
		give_up_sysctl "$@"
		undo_ip "$RUN/ip.late"
		! touches_bird || apply_bird
		flush_tables <"$RUN/old/header"
		apply_nft
	fi
	apply_logins
}

give_up_sysctl() { [ ! -e "$RUN/old/sysctl" ] || restore_sysctl "$@"; }

# BIRD leaves its routes behind in tables that it is no longer told of (persist). They are the unit's own by its claim.
flush_tables() {
	while read -r word kind table; do
		case $word,$kind in
		claim,table) for family in -4 -6; do ip $family route flush table "$table" 2>/dev/null || true; done ;;
		esac
	done
}

# Prepared and validated, from the file $2 to the file $3, for the unit $1; $4 as in change.
move() {
	prepare "$2" "$3"
	list_files "$1" ''
	others=$FILES
	[ ! -f "$3" ] || list_files "$1" "$3"
	# shellcheck disable=SC2086 # a list of files
	validate "$others" "$2" $FILES
	# shellcheck disable=SC2086
	change "$4" $FILES
}

# A change that was cut off is taken back before anything else happens. What cannot be taken back is said, and
# `status` says it until that unit is whole again.
#
# A power cut may leave either file empty, since neither is synced: it has taken the change along with everything else.
recover() {
	leftovers=
	if [ -e "$STATE/staged" ]; then
		read_header "$STATE/staged"
		! grep -qx '\[end\]' "$STATE/staged" ||
			leftovers=$(failures_of move "$UNIT" "$STATE/staged" "$STATE/units/$UNIT" return_ip)
	elif [ -e "$STATE/leaving" ]; then
		UNIT=$(cat "$STATE/leaving")
		[ ! -f "$STATE/units/$UNIT" ] || leftovers=$(failures_of reinstate "$UNIT")
	else
		return 0
	fi
	rm -f "$STATE/staged" "$STATE/mended" "$STATE/leaving" "$STATE/nothing-added" "$STATE/nothing-loaded"
	# Or it would go off in the next change, before that has a timer of its own.
	disarm
	if [ -n "$leftovers" ]; then
		leftovers=$(printf '%s\n' "$leftovers" | sed "/^\$/d; s|^|$UNIT: |")
		say "$leftovers" >>"$STATE/broken"
		! mine "$UNIT" || say "$leftovers" >&2
	fi
}

# Puts back the confirmed unit $1, of which something may be gone.
reinstate() {
	prepare '' "$STATE/units/$1"
	list_files "$1" "$STATE/units/$1"
	# shellcheck disable=SC2086 # a list of files
	ensure "$RUN/new" $FILES
}

# Makes the unit UNIT what $RUN/unit holds; its sections are in $RUN/new.
transact() {
	confirmed="$STATE/units/$UNIT"
	list_files "$UNIT" ''
	others=$FILES
	list_files "$UNIT" "$RUN/unit"
	! is_damaged "$UNIT" || mend "$confirmed"
	if cmp -s "$confirmed" "$RUN/unit"; then
		# While another is damaged, nothing is put back.
		# shellcheck disable=SC2086 # a list of files
		[ -n "$DAMAGED" ] || refuse_failures "$UNIT is unchanged, but cannot be put back on $HOST:" "$(failures_of ensure "$RUN/new" $FILES)"
		# Whoever has confirmed it may have been killed before it was on the disk.
		sync "${confirmed%/*}"
		whole
		say "unchanged"
		return
	fi
	# shellcheck disable=SC2086 # lists of files
	refuse_failures "$HOST cannot take $UNIT; nothing has changed:" "$(failures_of rehearse "$others" "$confirmed" $FILES)"
	[ -d "$STATE" ] || mkdir "$STATE"
	cp "$RUN/unit" "$STATE/staged"
	arm
	# shellcheck disable=SC2086 # a list of files
	failures=$(failures_of change apply_ip $FILES)
	[ -n "$failures" ] || failures=$(verify)
	[ -n "$failures" ] || failures=$(prove_session)
	[ -z "$failures" ] || take_back "$HOST could not take $UNIT" "$failures"
	[ -e "$confirmed" ] || announce "$RUN/new/announce"
	confirm "$STATE/staged" "$confirmed"
	disarm
	tell_watcher "$RUN/old" "$RUN/new"
	follow_metrics
	whole
	say "applied"
}

# What the unit asked for and the host has not, although every step has succeeded.
verify() {
	missing_ip "$(fragment "$RUN/new/ip")" | sed "s/.*/[ip] '&': it has no effect./"
	missing_wireguard "$RUN/new" | sed "s/ .*//; s/.*/[wireguard] '&': it is not as it should be./"
	[ ! -e "$RUN/new/nft" ] || missing_tables "$RUN/new/nft" | sed 's/^/[nft] /'
	missing_logins "$RUN/new" | sed 's/^/[customer] missing: /'
}

# Ends a change that has gone wrong, for the reasons $2; the sentence $1 begins with the host.
take_back() {
	printf '%s' "$2" >"$RUN/reasons"
	recover 2>"$RUN/leftovers"
	reasons=$(cat "$RUN/reasons") leftovers=$(cat "$RUN/leftovers")
	rm -f "$RUN/reasons" "$RUN/leftovers"
	[ -n "$UNITS" ] || uninstall
	[ -z "$leftovers" ] || refuse_failures "$1, AND IT COULD NOT BE TAKEN BACK WHOLE; 'extrudectl status' goes on to say so:" "$reasons
$leftovers"
	refuse_failures "$1; it is as it was before:" "$reasons"
}

# What could not be taken back of the unit UNIT is in place again.
whole() {
	[ -e "$STATE/broken" ] || return 0
	grep -vF "$UNIT: " "$STATE/broken" >"$STATE/broken.next" || true
	mv "$STATE/broken.next" "$STATE/broken"
	[ -s "$STATE/broken" ] || rm "$STATE/broken"
}

# Makes the file $1 the confirmed unit UNIT, in the file $2. From the last rename on the unit survives a power cut; until
# then the one before does.
confirm() {
	[ -d "${2%/*}" ] || mkdir -p "${2%/*}"
	# A name in the order without a file is passed over. It is there already if a change was cut off right here.
	case "$UNITS " in
	*" $UNIT "*) ;;
	*) grep -qxF -e "$UNIT" "$STATE/order" 2>/dev/null || say "$UNIT" >>"$STATE/order" ;;
	esac
	if [ -e "$2" ]; then note_digests "$1" "$2"; else note_digests "$1"; fi
	sync "$1" "$STATE/order" "$STATE/digests.next"
	mv "$STATE/digests.next" "$STATE/digests"
	# Not every file system keeps renames in their order.
	sync "$STATE"
	mv "$1" "$2"
	sync "${2%/*}"
	# It is no longer either of two.
	note_digests "$2"
	mv "$STATE/digests.next" "$STATE/digests"
}

# The text of a unit that was damaged has come anew: that is what was confirmed, by whoever keeps it.
mend() {
	cp "$RUN/unit" "$STATE/mended"
	confirm "$STATE/mended" "$1"
	list_units
	find_damaged
	list_files "$UNIT" "$RUN/unit"
}

# Puts back what is missing of the units whose sections are in the directory $1, and prints what cannot be. The files of
# all units follow. What was missing is added to $RUN/repaired.
ensure() {
	sections=$1
	shift
	ensure_nft "$sections" "$@"
	[ ! -e "$sections/ip" ] || ensure_ip "$sections/ip"
	ensure_wireguard "$sections"
	ensure_sysctl "$sections/sysctl"
	ensure_shaping "$sections/shaping"
	if [ -e "$sections/charon" ]; then
		stopped_charons "$sections/charon" | sed 's/^/[charon] /' >>"$RUN/repaired"
		prepare_charon "$@"
		apply_charon
	fi
	if [ -e "$sections/bird" ] || [ -e "$sections/bfd" ]; then
		prepare_bird "$@"
		apply_bird
	fi
	ensure_logins "$sections"
}
