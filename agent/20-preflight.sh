# What has to be true before anything changes.

# Reads the header on stdin. A missing package is printed as "package NAME", everything else as a sentence.
check_requirements() {
	modules=
	while read -r key kind what with; do
		[ "$key" = require ] || continue
		case $kind in
		command) command -v "$what" >/dev/null || say "package $with" ;;
		module) [ -d "/sys/module/$what" ] || modules="$modules $what" ;;
		directory) [ -d "$what" ] || say "there is no directory $what here. The package $with brings that of node_exporter." ;;
		link) [ -e "/sys/class/net/$what" ] || say "there is no interface $what here." ;;
		address) check_address "$what" "${with#dev }" ;;
		login) check_login "$what" ;;
		*) say "this agent ($VERSION) cannot check 'require $kind'. $UPGRADE" ;;
		esac
	done
	# shellcheck disable=SC2086 # a list of names
	[ -z "$modules" ] || modprobe -n -q -a $modules || for module in $modules; do
		modprobe -n -q "$module" || say "the kernel module $module is missing (kernel $(uname -r))."
	done
}

# $1 is ADDRESS or ADDRESS/LENGTH.
check_address() {
	held=
	case $1 in *:*) family=6 ;; *) family=4 ;; esac
	addresses=$(ip -o -$family address show dev "$2" 2>/dev/null || true)
	while read -r _ _ _ address _; do
		[ "$1" != "$address" ] && [ "$1" != "${address%/*}" ] || return 0
		held="$held${held:+, }$address"
	done <<-EOF
		$addresses
	EOF
	say "$2 does not hold $1; it holds ${held:-no IPv$family address}."
}

# What the header in the file $1 claims or needs, against all other units. A customer hears only of units of its own.
check_others() {
	shift
	# Where the names differ in their last part only, a component was probably renamed.
	awk -v own="$UNIT" -v customer="$CUSTOMER" -v stacks="$STACKS" '
		function shown(name, stack, i) {
			for (i = split(stacks, stack, " "); i > 0; i--) if (index(name, stack[i] "/") == 1) return name
			return customer == "" ? name : "another unit"
		}
		function renamed(name) {
			if (substr(name, 1, match(name, "[^/]*$") - 1) != substr(own, 1, match(own, "[^/]*$") - 1)) return ""
			sub(".*/", "", name); sub("@.*", "", name)
			return " If that is the same component under its earlier name, give it the option aliases: [{ name: \"" name "\" }]."
		}
		FNR == 1 { name = ""; ended = 0 }
		/^\[/ { ended = 1 }
		ended { next }
		NR == FNR { if (/^claim /) claims[$0]; if (/^need /) needs[++count] = $2; next }
		/^unit / { name = $2; here[name] }
		/^claim / && $0 in claims { print substr($0, 7) " is claimed by " shown(name) "." renamed(name) }
		END { for (i = 1; i <= count; i++) if (!(needs[i] in here)) print "it needs " needs[i] ", which is not on this host." }
	' "$RUN/new/header" "$@"
}

# What the unit is about to make and is there already, made by somebody else.
check_foreign() {
	foreign_ip "$(fragment "$RUN/new/ip")" "$(fragment "$RUN/old/ip")" "$@"
	foreign_shaping "$RUN/new/shaping"
	awk 'which == "old" { old[$0]; next } /^claim (table|nft|udp-port|login) / && !($0 in old) { print $2, $3 }' \
		which=old "$(fragment "$RUN/old/header")" which=new "$RUN/new/header" | while read -r kind name; do
		case $kind in
		table) [ -z "$(for family in -4 -6; do ip $family route show table "$name" 2>/dev/null || true; done)" ] || say "the routing table $name has routes that are not extrude's." ;;
		udp-port) ! listens "$name" || say "the UDP port $name is in use here, and not by extrude. Give the uplink another \`port\`." ;;
		login) ! has_login "$name" || say "the user $name is there already, and is not extrude's." ;;
		nft) ! nft list table inet "$name" >/dev/null 2>&1 || say "the nftables table inet $name is there already, and is not extrude's." ;;
		esac
	done
}

# Whether something has the UDP port $1. ss would load kernel modules.
listens() { grep -q "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") " /proc/net/udp /proc/net/udp6 2>/dev/null; }

# Room for the unit, twice, and for what else changes, in KiB. A full disk is found before anything has changed.
ROOM=1024

check_room() {
	room=$(df -Pk "${STATE%/*}" 2>/dev/null | awk 'NR == 2 { print $4 }')
	[ "${room:-$ROOM}" -ge "$ROOM" ] || say "only $room KiB are free for $STATE; $ROOM are needed."
}

# All that is wrong at once; missing packages on one line, with the command that installs them. $1 is the file of the unit
# as it stands.
preflight() {
	list_files "$UNIT" ''
	# shellcheck disable=SC2086 # a list of files
	found=$(check_requirements <"$RUN/new/header"; check_room; check_others "$RUN/new/header" $FILES; cmp -s "$RUN/unit" "$1" || check_foreign $FILES)
	packages='' reasons=''
	while read -r reason; do
		case $reason in
		'') ;;
		'package '*) packages="$packages ${reason#package }" ;;
		*) reasons="$reasons
  - $reason" ;;
		esac
	done <<-EOF
		$found
	EOF
	if [ -n "$packages" ] && [ -z "$reasons" ] && may_install; then
		install_packages "$packages"
		packages=
	fi
	[ -z "$packages" ] || reasons="
  - packages are missing; install them with: apt-get install$packages (or set installPackages: true).$reasons"
	[ -z "$reasons" ] || die "$HOST refuses $UNIT; nothing has changed:$reasons"
}

# What the host's own unit allows, it allows to all.
# shellcheck disable=SC2086 # a list of files
may_install() { [ "$INSTALL_PACKAGES" = yes ] || { [ -n "$FILES" ] && grep -qxF 'install-packages yes' $FILES; }; }

installed_packages() { dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort; }

# Remembers exactly what came, so that exactly that goes again.
install_packages() {
	mkdir -p "$STATE"
	installed_packages >"$RUN/packages"
	# Nobody has asked for a charon of the system's, which would load modules and write sysctls.
	systemctl -q mask --runtime strongswan.service
	# shellcheck disable=SC2086 # a list of names
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $1 >"$RUN/apt.log" 2>&1 </dev/null ||
		{ systemctl -q unmask --runtime strongswan.service; die "apt-get could not install$1; nothing else has changed: $(tail -n 3 "$RUN/apt.log")"; }
	installed_packages | comm -13 "$RUN/packages" - >>"$STATE/packages"
	if grep -qx bird2 "$STATE/packages"; then systemctl -q disable --now bird.service; fi
	systemctl -q unmask --runtime strongswan.service
	if grep -qx charon-systemd "$STATE/packages"; then systemctl -q disable strongswan.service; fi
}
