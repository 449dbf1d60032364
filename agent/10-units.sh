# Units. A confirmed unit is a file, $STATE/units/NAME, its text as it arrived; $STATE/order lists the names, the oldest
# first: what a unit needs is older than itself.

check_unit_name() {
	case $1 in
	*[!A-Za-z0-9._/@-]* | */.* | */-* | */_* | .* | -* | _* | */ | *//*) ;;
	*/*/*/*/*/*) ;;
	?*/?*/?*/?*/?*) return 0 ;;
	esac
	die "'$1' is not a unit's name, ORGANIZATION/PROJECT/STACK/kind/name."
}

# UNITS: the names of all confirmed units.
list_units() {
	UNITS=
	[ -e "$STATE/order" ] || return 0
	while read -r name; do
		[ ! -f "$STATE/units/$name" ] || UNITS="$UNITS $name"
	done <"$STATE/order"
}

# FILES: the texts of all confirmed units in their order, with the unit $1 as it stands in the file $2 (none: without it).
list_files() {
	FILES='' rest=$2
	for name in $UNITS; do
		if [ "$name" != "$1" ]; then
			FILES="$FILES $STATE/units/$name"
		else
			FILES="$FILES $2" rest=
		fi
	done
	FILES="$FILES $rest"
}

# The lines of one section in the files that follow.
extract() {
	heading="[$1]"
	shift
	[ $# -gt 0 ] || return 0
	awk -v heading="$heading" '
		FNR == 1 { on = ended = 0 }
		/^\[end\]$/ { ended = 1 }
		ended { next }
		/^\[[^]]*\]$/ { on = $0 == heading; next }
		on' "$@"
}

# Cuts the unit in the file $1 into a file per section in the directory $2; what follows [end] are secrets.
split_unit() {
	awk -v directory="$2" -v known=" $SECTIONS " -v upgrade="$UPGRADE" '
		BEGIN { section = "header" }
		ended { print > (directory "/secrets"); next }
		/^\[[^]]*\]$/ {
			section = substr($0, 2, length($0) - 2)
			if (section == "end") { ended = 1; next }
			if (section ~ / / || !index(known, " " section " ")) {
				ended = 1
				print "the unit has a section [" section "] that this agent does not know. " upgrade
				exit
			}
			next
		}
		{ print > (directory "/" section) }
		END { if (!ended) print "the unit arrived cut off. Nothing has changed; run the command again." }
	' "$1"
}

# Cuts up all units in the files that follow into one file per section, and one for secrets, in the directory $1.
gather() {
	rm -rf "$1"
	mkdir "$1"
	directory=$1
	shift
	[ $# -eq 0 ] || awk -v directory="$directory" '
		FNR == 1 { section = "header"; ended = 0 }
		ended { print > (directory "/secrets"); next }
		/^\[[^]]*\]$/ { section = substr($0, 2, length($0) - 2); ended = section == "end"; next }
		{ print > (directory "/" section) }' "$@"
}

# What the header in the file $1 says of the unit as a whole.
read_header() {
	SPOKEN='' UNIT='' HOST='' DRAIN=0 INSTALL_PACKAGES=no
	while read -r key value; do
		case $key in
		extrude) SPOKEN=${value#unit } ;;
		unit) UNIT=$value ;;
		host) HOST=$value ;;
		drain) DRAIN=$value ;;
		install-packages) INSTALL_PACKAGES=$value ;;
		'['*) break ;;
		esac
	done <"$1"
}

check_protocol() {
	{ [ "$SPOKEN" -ge 1 ] && [ "$SPOKEN" -le "$PROTOCOL" ]; } 2>/dev/null ||
		die "the unit speaks protocol '$SPOKEN', this agent ($VERSION) up to $PROTOCOL. $UPGRADE"
}
