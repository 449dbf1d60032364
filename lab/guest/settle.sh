# Run as root before the snapshot: waits for the end of booting and does once what tests do often, so that copies have
# the programs in memory and the kernel modules that looking at a host would load are loaded already.
set -eu
state=$(systemctl is-system-running --wait || true)
if [ "$state" != running ]; then
	echo "the system is $state, not running:" >&2
	systemctl --failed --no-legend >&2
	systemctl --failed --no-legend --plain | while read -r unit _; do journalctl -b -o cat -n 20 -u "$unit" >&2; done
	exit 1
fi
# Looking at these loads their modules: nft and ip xfrm their netlink families, ss its socket diagnosis.
nft list ruleset
ss -tuna >/dev/null
ss -xa >/dev/null
ip xfrm state
ip xfrm policy >/dev/null
ip -d link >/dev/null
ip -6 route show table all >/dev/null
ip neigh show proxy
sysctl -a >/dev/null 2>&1
systemctl list-units --all >/dev/null
python3 -c 'import json, socket, select, time, hashlib'
sudo -u admin sudo -n true
apt-get -qq update
sync
