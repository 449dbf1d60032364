# What units of customers may hold. A customer's unit is taken only if each of its lines, secrets included, is one that
# [forms] of the colo's unit allows at that place: an automaton, as data. Lines of [forms] are
#   first KIND PLACES           with which places a unit of this kind begins
#   never ADDRESSES             what no tunnel may lead to
#   PLACE PLACES FORM           a line, and which places follow it, or "end"
# A form is text with holes, <NAME>. What fits a hole follows from the unit's own name, from what its customer was given, or
# from units that are there: so whatever is accepted is the customer's own, and nothing of it is ever interpreted.

# awk: names that follow from the unit's name, as the library derives them (planning/names.ts). The digest is its SHA-256.
NAMES_OF='
	function byte(at) { return (index(HEX, substr(digest, 2 * at + 1, 1)) - 1) * 16 + index(HEX, substr(digest, 2 * at + 2, 1)) - 1 }
	function word(at) { return ((byte(at) * 256 + byte(at + 1)) * 256 + byte(at + 2)) * 256 + byte(at + 3) }
	function slug(long, name) {
		name = unit
		sub(/.*\//, "", name)
		name = tolower(name)
		gsub(/[^a-z0-9]/, "", name)
		return name == "" ? "x" : substr(name, 1, long)
	}
	function derive(at, id) {
		for (at = 0; at < 6; at++) id = id substr("abcdefghijkmnpqrstuvwxyz23456789", byte(at) % 32 + 1, 1)
		known["unit"] = unit
		known["link"] = "x-" slug(6) "-" id
		known["symbol"] = "x_" slug(24) "_" id
		known["number"] = sprintf("%d", 1073741824 + word(24) % 1073741823)
		known["hexadecimal"] = sprintf("0x%x", known["number"])
		known["port"] = sprintf("%d", 10000 + word(20) % 22768)
	}'

# awk: addresses as hexadecimal digits; nothing if the text is not the one spelling of an address (RFC 5952).
ADDRESSES='
	BEGIN { HEX = "0123456789abcdef" }
	function hex_of(text) { return text ~ /:/ ? hex_of6(text) : hex_of4(text) }
	function hex_of4(text, part, i, hex) {
		if (split(text, part, ".") != 4) return ""
		for (i = 1; i <= 4; i++) {
			if (part[i] !~ /^(0|[1-9][0-9]?[0-9]?)$/ || part[i] + 0 > 255) return ""
			hex = hex sprintf("%02x", part[i])
		}
		return hex
	}
	function hex_of6(text, half, group, count, i, hex, back) {
		if (text !~ /^[0-9a-f:]+$/ || split(text, half, "::") > 2) return ""
		count = split(half[1], group, ":")
		for (i = 1; i <= count; i++) hex = hex substr("0000" group[i], length(group[i]) + 1)
		if (text ~ /::/) {
			count = split(half[2], group, ":")
			for (i = 1; i <= count; i++) back = back substr("0000" group[i], length(group[i]) + 1)
			while (length(hex) + length(back) < 32) hex = hex "0000"
		}
		hex = hex back
		return length(hex) == 32 && text_of6(hex) == text ? hex : ""
	}
	function text_of6(hex, i, group, run, best, from, text) {
		for (i = 1; i <= 8; i++) {
			group[i] = substr(hex, 4 * i - 3, 4)
			sub(/^0+/, "", group[i])
			run = group[i] == "" ? run + 1 : 0
			if (run > best) { best = run; from = i - run + 1 }
		}
		if (best < 2) from = 0
		for (i = 1; i <= 8; i++) {
			if (from && i >= from && i < from + best) { if (i == from) text = text "::"; continue }
			text = text (text == "" || text ~ /:$/ ? "" : ":") (group[i] == "" ? "0" : group[i])
		}
		return text
	}
	# The address with all bits after the first ones zero.
	function masked(hex, count, rest, digit, kept) {
		rest = count % 4
		kept = substr(hex, 1, int(count / 4))
		if (rest) {
			digit = index(HEX, substr(hex, int(count / 4) + 1, 1)) - 1
			kept = kept substr(HEX, digit - digit % 2 ^ (4 - rest) + 1, 1)
		}
		while (length(kept) < length(hex)) kept = kept "0"
		return kept
	}
	# Takes ADDRESS or ADDRESS/LENGTH apart, into hex and long; not where bits after LENGTH are set.
	function take_apart(text, part) {
		hex = long = ""
		if (split(text, part, "/") == 2 && part[2] !~ /^(0|[1-9][0-9]?[0-9]?)$/) return 0
		hex = hex_of(part[1])
		long = text ~ /\// ? part[2] + 0 : 4 * length(hex)
		return hex != "" && long <= 4 * length(hex) && masked(hex, long) == hex
	}
	# Whether all of an address or prefix is in one of the prefixes of the customer.
	function is_given(text, i) {
		if (!take_apart(text)) return 0
		for (i = 1; i <= prefixes; i++)
			if (length(prefix[i]) == length(hex) && long >= prefix_long[i] && masked(hex, prefix_long[i]) == prefix[i]) return 1
		return 0
	}'

# awk: whether a line fits a form. 2 stands for one that has the form, and a value that is not the customer's: "why" says so.
FITS='
	function fits(form, line, at, end, hole, value, outcome) {
		split("", tried)
		why = ""
		outcome = 1
		while ((at = index(form, "<")) > 0) {
			if (substr(line, 1, at - 1) != substr(form, 1, at - 1)) return 0
			end = index(form, ">")
			hole = substr(form, at + 1, end - at - 1)
			line = substr(line, at)
			form = substr(form, end + 1)
			value = value_in(hole, line)
			if (value == "") return 0
			if (!is_right(hole, value)) outcome = 2
			line = substr(line, length(value) + 1)
		}
		return line "" == form "" ? outcome : 0
	}
	# The longest text at the beginning of the line that can be a value at all.
	function value_in(hole, line) {
		if (hole in known && hole != "port") {
			if (index(line, known[hole]) == 1) return known[hole]
			match(line, /^[A-Za-z0-9._\/@-]+/)
		}
		else if (hole ~ /^(address4|remote4)$/) match(line, /^[0-9.]+/)
		else if (hole ~ /^(address6|remote6)$/) match(line, /^[0-9a-f:]+/)
		else if (hole == "prefix4") match(line, /^[0-9.]+\/[0-9]+/)
		else if (hole == "prefix6") match(line, /^[0-9a-f:]+\/[0-9]+/)
		else if (hole == "path") match(line, /^[a-z0-9-]+/)
		else if (hole == "paths") match(line, /^[a-z0-9,-]+/)
		else if (hole == "need") match(line, /^[A-Za-z0-9._\/@-]+/)
		else if (hole == "key") match(line, /^[A-Za-z0-9+\/]+=/)
		else if (hole == "secret") match(line, /^[A-Za-z0-9+\/]+=*/)
		else match(line, /^[0-9]+/)
		return RLENGTH > 0 ? substr(line, 1, RLENGTH) : ""
	}
	# What a hole says twice has to be the same.
	function is_right(hole, value, range) {
		if (hole in known && hole != "port") return value == known[hole] || unfit(value " may not stand here, but " known[hole])
		if (hole ~ /^(address|prefix)[46]$/) return is_given(value) || unfit(value " is in none of the prefixes of " login)
		if (hole ~ /^remote[46]$/) {
			if (hex_of(value) == "") return unfit(value " is not an address")
			if (value in never || value in others) return unfit("no tunnel of " login " may lead to " value)
			return is_same("remote", value)
		}
		if (hole == "port") {
			if (value !~ /^[1-9][0-9]?[0-9]?[0-9]?[0-9]?$/ || value + 0 != known["port"] && !(value + 0 >= port_first && value + 0 <= port_last))
				return unfit("the UDP port " value " is neither " known["port"] " nor one that " login " was given")
			return is_same("port", value)
		}
		if (hole == "path") return value in links || unfit(value " is no tunnel of " login)
		if (hole == "paths") return are_links(value)
		if (hole == "need") return is_own(value) || unfit(value " is no unit of " login)
		if (hole == "key") return length(value) == 44 || unfit("a key of WireGuard has 44 characters")
		if (hole == "secret") return 1
		split(hole, range, "-")
		return value ~ /^(0|[1-9][0-9]*)$/ && length(value) < 11 && value + 0 >= range[1] + 0 && value + 0 <= range[2] + 0 || unfit(value " is not a number from " range[1] " to " range[2])
	}
	function unfit(text) { why = text; return 0 }
	function is_same(hole, value) {
		if (hole in bound && bound[hole] != value || hole in tried && tried[hole] != value) return unfit(value " is another " hole " than before")
		tried[hole] = value
		return 1
	}
	function are_links(list, name, i) {
		for (i = split(list, name, ","); i > 0; i--) if (!(name[i] in links)) return unfit(name[i] " is no tunnel of " login)
		return 1
	}
	function is_own(name, stack) {
		for (stack in stacks) if (index(name, stack "/") == 1) return 1
		return 0
	}'

# awk: what is wrong with a unit of a customer, a sentence a line.
# shellcheck disable=SC2016 # awk's
JUDGE='
	which == "customer" && $1 == login {
		if ($2 == "stack") stacks[$3]
		if ($2 == "prefix" && take_apart($3)) { prefix[++prefixes] = hex; prefix_long[prefixes] = long }
		if ($2 == "ports") { port_first = $3; port_last = $4 }
		if ($2 ~ /^(units|tunnels)$/) most[$2] = $3
	}
	which == "forms" && $1 == "first" { first[$2] = $3; next }
	which == "forms" && $1 == "never" { for (i = 2; i <= NF; i++) never[$i]; next }
	which == "forms" { after[$1] = $2; form[$1] = substr($0, length($1) + length($2) + 3) }
	which == "units" && FNR == 1 { header = 1 }
	which == "units" && /^\[/ { header = 0 }
	which == "units" && header && /^unit / { own = is_own($2); count["units"] += own }
	which == "units" && header && /^claim / && !own { for (i = 3; i <= NF; i++) others[$i] }
	which == "units" && header && /^claim link / && own { links[$3]; count["tunnels"]++ }
	which == "unit" && FNR == 1 { places = begin(); count["units"]++ }
	which == "unit" && /^claim link / { count["tunnels"]++ }
	which == "unit" && !stopped { places = step($0 "", places) }
	END {
		if (!stopped && index("," places ",", ",end,") == 0) print "it is not complete."
		for (kind in most) if (count[kind] > most[kind]) print login " may have " most[kind] " " kind ", and this would make " count[kind] "."
	}
	function begin(part) {
		derive()
		split(unit, part, "/")
		if (!(part[4] in first)) { print "a unit of the kind " part[4] " is not a customer\047s to make."; stopped = 1 }
		return first[part[4]]
	}
	# The places that may follow a line.
	function step(line, places, list, i, n, outcome, good, doubtful, reason, name) {
		n = split(places, list, ",")
		for (i = 1; i <= n; i++) {
			if (!(list[i] in form)) continue
			outcome = fits(form[list[i]], line)
			if (outcome == 1) { good = good "," after[list[i]]; for (name in tried) bound[name] = tried[name] }
			if (outcome == 2 && doubtful == "") { doubtful = after[list[i]]; reason = why }
		}
		if (good == "" && doubtful != "" && !(reason in said)) { print reason "."; said[reason] }
		if (good == "" && doubtful == "") {
			print "line " FNR " is none that the colo takes from customers there" (ended ? "." : ": \047" line "\047. Does the colo\047s stack have an older release of extrude?")
			stopped = 1
		}
		if (line == "[end]") ended = 1
		return good == "" ? doubtful : substr(good, 2)
	}'

# Refuses the unit in $RUN/unit, of the name UNIT, where the caller is a customer and may not have it.
check_form() {
	[ -n "$CUSTOMER" ] || return 0
	mine "$UNIT" || die "$UNIT is no unit of $CUSTOMER's. Nothing has changed."
	# What one program takes for the end of a text another may not.
	[ "$(tr -d '\t\n -~' <"$RUN/unit" | wc -c)" -eq 0 ] || die "$UNIT holds characters that no unit has. Nothing has changed."
	list_files "$UNIT" ''
	digest=$(printf '%s' "$UNIT" | sha256sum)
	extract customer "$GIVEN" >"$RUN/forms.customer"
	extract forms "$COLO" >"$RUN/forms.allowed"
	# shellcheck disable=SC2086 # a list of files
	complaints=$(awk -v login="$CUSTOMER" -v unit="$UNIT" -v digest="${digest%% *}" "$NAMES_OF$ADDRESSES$FITS$JUDGE" \
		which=customer "$RUN/forms.customer" which=forms "$RUN/forms.allowed" which=units $FILES which=unit "$RUN/unit")
	rm -f "$RUN"/forms.*
	refuse_failures "$CUSTOMER may not have $UNIT so; nothing has changed:" "$complaints"
}
