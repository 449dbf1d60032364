# What is kept of the confirmed units is checked before anything is built on it. $STATE/digests says of each unit which
# text was confirmed, as "SHA-256 NAME"; while a unit is being confirmed it may be either of two.

# DAMAGED: the units whose files are not what was confirmed, or of which $STATE/order does not know any more.
find_damaged() {
	DAMAGED=
	list_files '' ''
	# Those of an agent that wrote no digests yet are taken as they are.
	# shellcheck disable=SC2086 # a list of files
	[ -e "$STATE/digests" ] || [ -z "$UNITS" ] || digests_of $FILES | sort >"$STATE/digests"
	[ -e "$STATE/digests" ] || return 0
	# shellcheck disable=SC2086
	doubtful=$(digests_of $FILES | awk '
		which == "confirmed" { confirmed[$0]; known[$2]; next }
		{ listed[$2] }
		!($0 in confirmed) { print $2 }
		END { for (name in known) if (!(name in listed)) print name }' which=confirmed "$STATE/digests" which=kept -)
	# One that has been removed may be known for a moment longer.
	for name in $doubtful; do [ ! -f "$STATE/units/$name" ] || DAMAGED="$DAMAGED $name"; done
}

# Of the units' files that follow.
digests_of() { [ $# -eq 0 ] || sha256sum "$@" 2>/dev/null | sed "s|  $STATE/units/| |"; }

is_damaged() { case "$DAMAGED " in *" $1 "*) return 0 ;; esac; return 1; }

# Whether $RUN/unit is what was confirmed of the damaged unit UNIT, as far as that is known.
can_mend() {
	digest=$(sha256sum <"$RUN/unit")
	grep -qxF "${digest%% *} $UNIT" "$STATE/digests" || ! grep -qF " $UNIT" "$STATE/digests"
}

# A sentence for each that is the caller's.
describe_damaged() {
	for name in $DAMAGED; do
		! mine "$name" || say "$STATE/units/$name is not as it was confirmed: it was edited or cut off. Put it back from a backup, or have its stack apply it again, as it was: \`extrude forget\` of this host, then \`pulumi up\`."
	done
}

# What is composed with a damaged unit would lose what that held.
refuse_damaged() {
	[ -n "$DAMAGED" ] || return 0
	reasons=$(describe_damaged)
	die "nothing has changed: ${reasons:-a unit that another stack has here is not as it was confirmed. Whoever owns this host has to put it back.}"
}

# Leaves of UNITS what can be relied on.
pass_over_damaged() {
	sound=
	for name in $UNITS; do is_damaged "$name" || sound="$sound $name"; done
	UNITS=$sound
}

# Writes to $STATE/digests.next that the unit UNIT may be what any of the files that follow holds; without any, it is gone.
note_digests() {
	[ -e "$STATE/digests" ] || : >"$STATE/digests"
	{ [ $# -eq 0 ] || sha256sum "$@"; } | awk -v unit="$UNIT" '
		which == "kept" { if ($2 != unit) print; next }
		!said[$1]++ { print $1, unit }' which=kept "$STATE/digests" which=new - | sort >"$STATE/digests.next"
}
