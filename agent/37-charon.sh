# charon, strongSwan's daemon for IKE, in instances of our own beside the system's. A line of [charon] is
#   INSTANCE CONNECTION ID [port PORT] [interface INTERFACE] [mark MARK/MASK]
# and the unit's [swanctl] is for that instance. ID is the number (reqid) of the connection's security associations.
# [x509] holds files for the instance's folders of certificates and keys: a line FOLDER/NAME.pem, then what is in it. In
# both, "secret:NAME" stands for the secret that came with the unit under that name, and "encap = auto" for what is known
# of the line.

CHARON=$RUN/charon

# Composes what each instance in the files that follow is started with and what it loads; apply_charon carries it out.
prepare_charon() {
	rm -rf "$RUN/charon.next"
	mkdir "$RUN/charon.next"
	extract charon "$@" | while read -r instance _; do
		mkdir -p "$RUN/charon.next/$instance.d/x509" "$RUN/charon.next/$instance.d/x509ca" "$RUN/charon.next/$instance.d/private"
	done
	[ $# -eq 0 ] || awk -v directory="$RUN/charon.next/" -v encapsulated="$(known_encapsulated)" '
		function revealed(text, name, at) {
			for (name in secret)
				if (at = index(text, "secret:" name))
					text = substr(text, 1, at - 1) secret[name] substr(text, at + 7 + length(name))
			return text
		}
		function finish(file) {
			if (instance == "") return
			text = revealed(text)
			sub(/encap = auto/, "encap = " (index(encapsulated, " " connection " ") ? "yes" : "no"), text)
			printf "%s", text > (directory instance ".d/swanctl.conf")
			for (file in pem) {
				printf "%s", revealed(pem[file]) > (directory instance ".d/" file)
				close(directory instance ".d/" file)
			}
			instance = text = ""
			split("", secret)
			split("", pem)
		}
		FNR == 1 { finish(); section = ""; ended = 0 }
		ended { secret[$1] = $2; next }
		/^\[[^]]*\]$/ { section = $0; ended = section == "[end]"; next }
		section == "[charon]" { instance = $1; connection = $2; sub(/^[^ ]+ [^ ]+ [^ ]+ ?/, ""); print > (directory instance ".options") }
		section == "[swanctl]" { text = text $0 "\n" }
		section == "[x509]" && /\.pem$/ { file = $0; next }
		section == "[x509]" { pem[file] = pem[file] $0 "\n" }
		END { finish() }' "$@"
	for options in "$RUN/charon.next"/*.options; do
		[ -e "$options" ] || continue
		instance=${options##*/}
		instance=${instance%.options}
		read -r words <"$options" || words=
		rm "$options"
		charon_settings "$instance" "$words" >"$RUN/charon.next/$instance.conf"
		case " $words " in *' port '*)
			port=${words#*port }
			charon_runs "$instance" || ! listens "${port%% *}" || say "[charon] the UDP port ${port%% *} is in use here, and not by extrude."
			;;
		esac
	done
}

# strongswan.conf(5) of the instance $1 with the options $2. Routes, addresses and rules are not charon's to make.
charon_settings() {
	port=0 interface='' mark=''
	# shellcheck disable=SC2086 # a list of words
	set -- "$1" $2
	instance=$1
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		port) port=$2 ;;
		interface) interface="	interfaces_use = $2" ;;
		mark) mark="		socket-default { fwmark = $2 }" ;;
		esac
		shift 2
	done
	cat <<-EOF
		charon-systemd {
			load = random nonce aes sha1 sha2 hmac kdf gmp pem pkcs1 x509 pubkey kernel-netlink socket-default vici
			port = 0
			port_nat_t = $port
			install_routes = no
			install_virtual_ip = no
			routing_table = 0
			threads = 8
			retransmit_timeout = 1.0
			retransmit_base = 1.5
			retransmit_tries = 4
		$interface
			plugins {
				vici { socket = unix://$CHARON/$instance.vici }
		$mark
			}
		}
		swanctl { load = random }
	EOF
}

charon_runs() { [ -e "$CHARON/$1.pid" ] && read -r pid <"$CHARON/$1.pid" && kill -0 "$pid" 2>/dev/null; }

# swanctl for the instance $1, with what follows. By systemd, since Debian's AppArmor profile for it knows the system's
# own files only.
charonctl() {
	instance=$1
	shift
	systemd-run --quiet --wait --pipe --collect --property=AppArmorProfile=-unconfined \
		--setenv=STRONGSWAN_CONF="$CHARON/$instance.conf" \
		/usr/sbin/swanctl "$@" --uri "unix://$CHARON/$instance.vici" 2>&1 </dev/null
}

apply_charon() {
	[ -d "$CHARON" ] || mkdir "$CHARON"
	for conf in "$CHARON"/*.conf; do
		instance=${conf##*/}
		[ ! -e "$conf" ] || [ -e "$RUN/charon.next/$instance" ] || end_charon "${instance%.conf}"
	done
	for next in "$RUN/charon.next"/*.conf; do
		[ -e "$next" ] || continue
		instance=${next##*/}
		bring_charon "${instance%.conf}"
	done
	forget_associations
	if rmdir "$CHARON" 2>/dev/null; then
		cipher_modules >>"$STATE/modules"
		rm -f "$RUN/modules.charon"
	fi
}

# The instance $1 as it was composed; what is so already is left alone.
bring_charon() {
	next=$RUN/charon.next/$1
	if charon_runs "$1" && cmp -s "$next.conf" "$CHARON/$1.conf"; then
		! diff -qr "$next.d" "$CHARON/$1.d" >/dev/null 2>&1 || return 0
		take_charon "$1"
		answer=$(charonctl "$1" --load-all --noprompt --file "$CHARON/$1.d/swanctl.conf") ||
			say "[charon] $1 did not take its connections: $(printf '%s' "$answer" | sed '/^opening directory /d' | grep -i -m 1 'fail\|error' || true)"
	else
		mv "$next.conf" "$CHARON/$1.conf"
		take_charon "$1"
		[ -e "$RUN/modules.charon" ] || say "$MODULES" >"$RUN/modules.charon"
		systemctl restart "extrude-charon@$1.service" 2>"$RUN/charon.log" ||
			say "[charon] $1 does not start: $(journalctl --quiet --output=cat --lines=1 --unit="extrude-charon@$1.service")"
	fi
}

# What swanctl loads into the instance $1: it looks for certificates and keys in the folder of the file that it is given.
take_charon() {
	rm -rf "$CHARON/$1.d"
	mv "$RUN/charon.next/$1.d" "$CHARON"
}

end_charon() {
	systemctl -q stop "extrude-charon@$1.service" || true
	rm -rf "$CHARON/$1".*
}

# Ends what the connections that leave ($RUN/old, not $RUN/new) have agreed on, and what a charon that was killed has
# left behind of it.
forget_associations() {
	awk 'which == "new" { stays[$2]; next } !($2 in stays) { print $1, $2, $3 }' \
		which=new "$(fragment "$RUN/new/charon")" which=old "$(fragment "$RUN/old/charon")" |
		while read -r instance connection id; do
			[ ! -e "$CHARON/$instance.conf" ] || charonctl "$instance" --terminate --ike "$connection" --force --timeout 1 >/dev/null || true
			rm -f "$RUN/encapsulated/$connection"
			ip xfrm state deleteall reqid "$id" 2>/dev/null || true
			policies_of "$id" | ip -force -batch - 2>/dev/null || true
		done
}

# Commands of ip -batch that delete the policies of the number $1.
policies_of() {
	ip xfrm policy list 2>/dev/null | awk -v id="$1" '
		function finish() { if (found && direction != "") print "xfrm policy delete " selector " dir " direction mark link }
		/^[^\t]/ { finish(); selector = $0; direction = mark = link = ""; found = 0 }
		/^\tdir / { direction = $2 }
		/^\tmark / { split($2, part, "/"); mark = " mark " part[1] " mask " part[2] }
		/^\tif_id / { link = " if_id " $2 }
		/^\t\tproto / { for (i = 1; i < NF; i++) if ($i == "reqid" && $(i + 1) == id) found = 1 }
		END { finish() }'
}

# Whether this kernel can encrypt at all, in a network namespace that ends with the command. It loads the modules that
# charon's first association would load, some time after the change.
rehearse_charon() {
	[ -e "$1/charon" ] || return 0
	if grep -q '_addrs = .*:' "$1/swanctl"; then
		# Linux has had it since 5.8.
		rehearse_esp 2001:db8::1 2001:db8::2 :: 'in UDP over IPv6, which a line needs whose address is IPv6'
	else
		rehearse_esp 192.0.2.1 192.0.2.2 0.0.0.0 'in UDP'
	fi
}

rehearse_esp() {
	unshare --net ip xfrm state add src "$1" dst "$2" proto esp spi 0x1000 reqid 1 mode tunnel \
		aead 'rfc4106(gcm(aes))' 0x0000000000000000000000000000000000000000 128 encap espinudp 4500 4500 "$3" 2>"$RUN/charon.log" ||
		say "[charon] the kernel cannot encrypt with AES-GCM $4: $(cat "$RUN/charon.log")"
}

touches_charon() { [ -e "$RUN/old/charon" ] || [ -e "$RUN/new/charon" ]; }

# The instances in the fragment $1 that do not run.
stopped_charons() {
	[ -e "$1" ] || return 0
	cut -d ' ' -f 1 "$1" | sort -u | while read -r instance; do
		charon_runs "$instance" || say "$instance is not running"
	done
}

# The connections whose ESP travels in UDP, since it was found not to pass otherwise; a blank on each side of each.
known_encapsulated() {
	printf ' '
	for known in "$RUN/encapsulated"/*; do [ ! -e "$known" ] || printf '%s ' "${known##*/}"; done
}

# The service of an instance, whose name is %i.
write_charon_service() {
	cat >"$SYSTEMD/extrude-charon@.service" <<EOF
[Unit]
Description=charon of extrude: keys of its IPsec tunnels (%i)
StartLimitIntervalSec=0

[Service]
Type=notify
Environment=STRONGSWAN_CONF=$CHARON/%i.conf
ExecStart=/usr/sbin/charon-systemd
ExecStartPost=/bin/sh -c 'echo \$MAINPID >$CHARON/%i.pid'
ExecStartPost=/usr/sbin/swanctl --load-all --noprompt --file $CHARON/%i.d/swanctl.conf --uri unix://$CHARON/%i.vici
Restart=always
RestartSec=100ms
# Debian's profiles know the system's own charon only.
AppArmorProfile=-unconfined
# It would set net.core.xfrm_acq_expires for the whole host.
ProtectKernelTunables=yes
EOF
}

# The kernel loads ciphers by itself when two ends have agreed on them, after the change that let them: those that have
# come since the first instance was started.
cipher_modules() {
	[ -e "$RUN/modules.charon" ] || return 0
	read -r before <"$RUN/modules.charon"
	sed -n 's/^module *: //p' /proc/crypto | sort -u | while read -r module; do
		case " kernel $before " in *" $module "*) ;; *) say "$module" ;; esac
	done
}
