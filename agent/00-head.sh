#!/bin/sh
# extrudectl: keeps units of configuration on this host. extrude's Pulumi components install and call it over SSH.
# It knows nothing of tunnels. A unit is a text of native fragments and claims (docs/agent.md); this program stores it,
# checks its claims against all other units, applies it, and takes it away without a trace.
#
# Processes cost more than anything else that happens here, so shell builtins read small files, and one awk does what a
# pipeline would.
set -eu
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

VERSION=0.1.0
PROTOCOL=1
STATE=/var/lib/extrude
RUN=/run/extrude
AGENT=/usr/local/sbin/extrudectl
SYSTEMD=/etc/systemd/system
SECTIONS='lines sysctl shaping ip wireguard charon swanctl x509 nft nft-elements bird-tables bfd bird announce guard damping quality room'
SECTIONS="$SECTIONS customer keys forms"
# The login of the customer who calls, and the stacks that are his; empty for whoever may do everything.
CUSTOMER='' STACKS=''
# What to do where a unit is of a newer release than this program.
UPGRADE="Upgrade the agent: run \`pulumi up\` of the stack that has this machine's Host, with the release of extrude that made the unit, or a newer one."
# How long an nftables element that a unit gives up goes on matching, so that packets in flight still pass.
ELEMENT_GRACE=60s

die() {
	[ -z "$CUSTOMER" ] || note_call "refused: $*" || true
	printf 'extrude: %s\n' "$*" >&2
	exit 1
}

say() { printf '%s\n' "$*"; }
