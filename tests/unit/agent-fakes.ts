/**
 * Stand-ins for the programs by which the agent touches a host, as shell scripts. $HOST is the folder that is the host.
 * Each notes what it was called for in $HOST/log; `ip` keeps a kernel's memory in $HOST/kernel, so that what exists
 * cannot be added again and what does not cannot be taken away.
 */
const note = 'note() { printf "%s\\n" "$*" >>"$HOST/log"; }\n';
const failing = (name: string): string => `[ ! -s "$HOST/fail.${name}" ] || { cat "$HOST/fail.${name}"; exit 1; }\n`;

const ip = `${note}
case $* in
'xfrm policy list') cat "$HOST/policies" 2>/dev/null; exit 0 ;;
xfrm*) note "ip $*"; exit 0 ;;
*'-o -force -batch -')
  while read -r question; do
    case $question in
    'link show dev lo') echo '1: lo: <LOOPBACK,UP> mtu 65536' ;;
    *) case $* in -6*) "$0" -6 $question ;; *) "$0" -o $question ;; esac ;;
    esac
  done
  exit 0 ;;
'-force -batch -') sed 's/^/ip /' >>"$HOST/log"; exit 0 ;;
*'monitor route') case $(cat "$HOST/events" 2>/dev/null) in *' via '*) cat "$HOST/events" ;; esac; exit 0 ;;
*monitor*) case $(cat "$HOST/events" 2>/dev/null) in *' via '*) ;; *) cat "$HOST/events" 2>/dev/null ;; esac; exit 0 ;;
*'address show dev '*) for device; do :; done; cat "$HOST/addresses.$device" 2>/dev/null; exit 0 ;;
*'-6 route show table all dev '*) for device; do :; done; cat "$HOST/routes6.$device" 2>/dev/null; exit 0 ;;
*'route show table all dev '*) for device; do :; done; cat "$HOST/routes.$device" 2>/dev/null; exit 0 ;;
*'route show table all') cat "$HOST/routes" 2>/dev/null; exit 0 ;;
*show*) touch "$HOST/kernel" "$HOST/sets"; awk -v asked="$*" '
  BEGIN { six = sub(/^-6 /, "", asked); sub(/^-o /, "", asked); split(asked, word, " "); object = word[1] }
  { own = sub(/^-6 /, "") == six || object == "neigh" }
  !own { next }
  FILENAME ~ /sets$/ { for (i = 4; i <= NF; i++) { if ($i == "up") up[$3]; if ($i == "mtu") mtu[$3] = $(i + 1) } next }
  $1 != object || $2 != "add" { next }
  object == "link" { print "9: " $3 "@NONE: <NOARP" ($3 in up ? ",UP" : "") "> mtu " ($3 in mtu ? mtu[$3] : 1500) " qdisc noop"; next }
  object == "address" { print "9: " $5 " inet " $3 " scope global"; next }
  object == "neigh" { if (asked ~ /proxy/) print $4 " dev " $6 " proxy"; next }
  object == "rule" { sub(/^rule add (priority )?/, ""); rest = substr($0, length($1) + 2); print $1 ":\t" (rest == "" || rest ~ /^(not|from) / ? "" : "from all ") rest; next }
  object == "route" && index($0 " ", " table " word[4] " ") { sub(six ? "/128$" : "/32$", "", $3); print $3 " dev " $5 " scope link metric " $9 }
' "$HOST/sets" "$HOST/kernel"; exit 0 ;;
esac
for batch; do :; done
touch "$HOST/kernel"
grep '^link set' "$batch" >>"$HOST/sets" || true
awk -v kernel="$HOST/kernel" -v log_="$HOST/log" -v force="$(case $* in *-force*) echo 1 ;; esac)" -v refuse="$(cat "$HOST/fail.ip" 2>/dev/null)" -v family="$(case $* in *'-6 -batch'*) echo '-6 ' ;; esac)" '
  # A link is known by its name, whatever it is made of, and takes its addresses along.
  function key(line, word) { if (sub(/^-6 /, "", line)) return "-6 " key(line); split(line, word, " "); return word[1] == "link" ? "link " word[3] : word[1] " " substr(line, length(word[1]) + 6) }
  function complain(text) { print text > "/dev/stderr"; print "Command failed " FILENAME ":" FNR > "/dev/stderr"; status = 1; if (!force) exit }
  BEGIN { while ((getline line < kernel) > 0) { order[++count] = line; present[key(line)] = line } }
  NF == 0 { next }
  { line = family $0 }
  $2 == "set" { if (!(("link " $3) in present)) complain("Cannot find device \\"" $3 "\\""); next }
  $2 == "add" {
    if (refuse != "" && index($0, refuse)) { complain("RTNETLINK answers: Operation not supported"); next }
    if (key(line) in present) { complain($1 == "address" ? "Error: ipv4: Address already assigned." : "RTNETLINK answers: File exists"); next }
    present[key(line)] = line; order[++count] = line; print "ip " line >> log_; next
  }
  $2 == "del" {
    if (!(key(line) in present)) { complain("RTNETLINK answers: No such process"); next }
    delete present[key(line)]; print "ip " line >> log_
    if ($1 == "link") for (k in present) if (k ~ / dev / && index(k " ", " dev " $3 " ")) delete present[k]
    next
  }
  { complain("Object is unknown, try ip help") }
  END {
    printf "" > kernel
    for (i = 1; i <= count; i++) if (present[key(order[i])] == order[i] && !done[order[i]]++) print order[i] > kernel
    exit status
  }' "$batch"
status=$?
for place in "$HOST"/proc-sys/net/ipv4/conf/x-*; do
  [ ! -d "$place" ] || grep -q "^link add \${place##*/} " "$HOST/kernel" || rm -r "$place" "$HOST/net/\${place##*/}"
done
sed -n 's/^link add \\([^ ]*\\) .*/\\1/p' "$HOST/kernel" | while read -r link; do
  place=$HOST/proc-sys/net/ipv4/conf/$link
  [ -d "$place" ] || { mkdir -p "$place" "$HOST/net/$link"; echo 0 >"$place/forwarding"; echo 1 >"$place/rp_filter"; }
done
exit $status
`;

const nft = `${note}
case $* in
monitor* | 'list tables') exit 0 ;;
'flush set '*) note "nft $*"; exit 0 ;;
*'list ruleset') cat "$HOST/ruleset" 2>/dev/null; exit 0 ;;
*'list table '*)
  for table; do :; done
  grep -qxF "inet $table" "$HOST/tables" 2>/dev/null || exit 1
  echo "table inet $table as it was made$(cat "$HOST/tampered" 2>/dev/null)"
  case $* in *-t*) ;; *) cat "$HOST/elements" 2>/dev/null ;; esac
  exit 0 ;;
'-c -f '*) ${failing("nft-check")} exit 0 ;;
esac
${failing("nft")}
for file; do :; done
touch "$HOST/tables"
awk '
  FILENAME ~ /tables$/ { made[$0]; next }
  $1 == "table" || $2 == "table" && $1 == "add" { made[$(NF > 2 && $1 == "add" ? 3 : 2) " " $($1 == "add" ? 4 : 3)] }
  $2 == "element" && !(($3 " " $4) in made) { print FILENAME ":1:1-2: Error: No such file or directory"; status = 1; exit }
  END { exit status }' "$HOST/tables" "$file" || exit 1
note nft
sed 's/^/nft| /' "$file" >>"$HOST/log"
cat "$file" >>"$HOST/nft.all"
! grep -q '^delete table' "$file" || rm -f "$HOST/tampered"
touch "$HOST/tables"
sed -n 's/^add element [^{]*{ \\(.*\\) }$/\\1,/p' "$file" >>"$HOST/elements"
while read -r verb kind family table; do
  case $verb,$family in
  delete,*) [ "$kind" != table ] || { grep -vxF "$family $table" "$HOST/tables"; true; } >"$HOST/tables.next" && [ ! -e "$HOST/tables.next" ] || mv "$HOST/tables.next" "$HOST/tables" ;;
  table,*) echo "$kind $family" >>"$HOST/tables" ;;
  esac
done <"$file"
`;

const bird = `for file; do :; done
cp "$file" "$HOST/bird.checked"
[ ! -s "$HOST/fail.bird" ] || { sed "s|^|bird: $file:|" "$HOST/fail.bird"; exit 1; }
`;

const birdc = `${note}
shift 2
case $* in
'show status') echo 'Daemon is up and running' ;;
configure) note birdc configure; cat "$HOST/run/bird/conf" >"$HOST/bird.running"; if [ -s "$HOST/fail.birdc" ]; then cat "$HOST/fail.birdc"; else echo Reconfigured; fi ;;
'show bfd sessions') echo extrude_bfd:; echo 'IP address Interface State Since'; cat "$HOST/sessions" 2>/dev/null || true ;;
*) note "birdc $*" ;;
esac
`;

const systemctl = `${note}
note "systemctl $*"
instance=\${*##* extrude-charon@}
instance=\${instance%.service}
case $* in
'restart extrude-charon@'*)
  [ ! -s "$HOST/fail.charon" ] || exit 1
  cp "$HOST/pid" "$HOST/run/charon/$instance.pid"
  cp "$HOST/run/charon/$instance.d/swanctl.conf" "$HOST/charon.$instance" ;;
*'stop extrude-charon@'*) rm "$HOST/charon.$instance" ;;
'start extrude-bird.service') cp "$HOST/pid" "$HOST/run/bird.pid"; cat "$HOST/run/bird/conf" >"$HOST/bird.running" ;;
*'stop '*extrude-bird.service*) rm -f "$HOST/run/bird.pid" "$HOST/bird.running" ;;
esac
`;

const modprobe = `case $* in *no_such*) exit 1 ;; esac
`;

const noted = (name: string): string => `${note}note "${name} $*"\n`;

/** A timer is only noted, as is what swanctl is told. */
const systemdRun = `${note}
case $* in *' /usr/sbin/swanctl '*)
  note "swanctl \${*#* /usr/sbin/swanctl }"
  case $* in *--load-all*)
    [ ! -s "$HOST/fail.swanctl" ] || { cat "$HOST/fail.swanctl"; exit 1; }
    file=\${*#*--file } && file=\${file%% *} && instance=\${file%.d/swanctl.conf} && cp "$file" "$HOST/charon.\${instance##*/}"
  esac
  exit ;;
esac
for word; do case $word in --on-active=*) note "timer $word" ;; esac; done
[ ! -e "$HOST/fail.timer" ] || { echo 'Failed to connect to bus' >&2; exit 1; }
`;

/** The other end acknowledges more each time it is asked, unless the connection is cut. */
const ss = `acked=$(cat "$HOST/acked" 2>/dev/null || echo 1000)
[ -e "$HOST/cut" ] || acked=$((acked + 10))
echo "$acked" >"$HOST/acked"
echo "ESTAB 0 0 10.0.0.1:22 10.0.0.2:5 ino:7 sk:1 <-> bytes_acked:5 x"
echo "ESTAB 0 0 10.0.0.1:22 10.0.0.2:4 ino:77 sk:1 <-> bytes_sent:9 bytes_acked:$acked x"
`;

/** Remembers interfaces as \`wg show all dump\` prints them. What it was called with is noted, what it has read is not. */
const wg = `${note}
touch "$HOST/wg"
case $* in
'show all dump') cat "$HOST/wg"; exit 0 ;;
esac
note "wg $*"
[ ! -s "$HOST/fail.wg" ] || { cat "$HOST/fail.wg" >&2; exit 1; }
grep -q "^link add $2 " "$HOST/kernel" || { echo 'Unable to access interface: No such device' >&2; exit 1; }
{ grep -v "^$2	" "$HOST/wg" || true; } >"$HOST/wg.next"
awk -v name="$2" 'BEGIN { mark = "off"; keep = "off"; end = "(none)" }
  { given[$1] = $3 }
  END {
    if ("FwMark" in given) mark = given["FwMark"]
    if ("PersistentKeepalive" in given) keep = given["PersistentKeepalive"]
    if ("Endpoint" in given) end = given["Endpoint"]
    port = ("ListenPort" in given) ? given["ListenPort"] : 54321
    OFS = "\\t"
    print name, given["PrivateKey"], "public-of-" given["PrivateKey"], port, mark
    print name, given["PublicKey"], "(none)", end, given["AllowedIPs"], 0, 0, 0, keep
  }' /dev/stdin >>"$HOST/wg.next"
mv "$HOST/wg.next" "$HOST/wg"
`;

/** Remembers root qdiscs: the kernel's own, or what was set. */
const tc = `${note}
case $* in
'qdisc show dev '*)
  [ -d "$HOST/net/$4" ] || exit 1
  cat "$HOST/qdisc.$4" 2>/dev/null || echo 'qdisc fq_codel 0: root refcnt 2 limit 10240p'
  exit 0 ;;
esac
note "tc $*"
[ ! -s "$HOST/fail.tc" ] || { cat "$HOST/fail.tc" >&2; exit 2; }
case $2 in
replace) device=$4 handle=$7; shift 7; echo "qdisc $1 $handle root refcnt 2 \${*#* }" >"$HOST/qdisc.$device" ;;
del) rm "$HOST/qdisc.$4" ;;
esac
`;

const df = `echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
echo "/dev/vda 9 9 $(cat "$HOST/free" 2>/dev/null || echo 999999) 9% /"
`;

/** Users are lines of $HOST/users. */
const users = {
  getent: `case $1 in passwd) grep "^$2:" "$HOST/users" 2>/dev/null || exit 2 ;; esac\n`,
  useradd: `${note}note "useradd $*"\n${failing("useradd")}for name; do :; done\necho "$name:*:999" >>"$HOST/users"\n`,
  userdel: `${note}note "userdel $*"\nfor name; do :; done\n{ grep -v "^$name:" "$HOST/users" || true; } >"$HOST/users.next"\nmv "$HOST/users.next" "$HOST/users"\n`,
  chgrp: noted("chgrp"),
  visudo: `${failing("visudo")}exit 0\n`,
  sshd: 'cat "$HOST/sshd" 2>/dev/null || echo "authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2"\n',
  sudo: "exit 1\n",
  logger: 'for text; do :; done\nprintf "%s\\n" "$text" >>"$HOST/journal.customers"\n',
};

export const fakes = {
  ...users,
  "apt-get": noted("apt-get"),
  arping: noted("arping"),
  bird,
  birdc,
  "charon-systemd": noted("charon-systemd"),
  conntrack: noted("conntrack"),
  df,
  "dpkg-query": "echo 'base installed'\n",
  fping: `${note}note "fping $*"\ncat "$HOST/pings" >&2\n`,
  // Nobody has this number: what a test ends are real processes.
  id: 'case $* in "-u "*) echo 4294901 ;; *) echo 0 ;; esac\n',
  perl: `${note}while read -r line; do note "perl $line"; done\n`,
  install: 'for folder; do :; done; mkdir -p "$folder"\n',
  ip,
  journalctl: '[ ! -e "$HOST/journal" ] || . "$HOST/journal"\n',
  modprobe,
  nft,
  rmmod: noted("rmmod"),
  // The watcher's own loops end at once.
  sleep: `case $1 in 30 | 0.5) exit 1 ;; esac
[ ! -e "$HOST/clock-runs" ] || { read -r now _ <"$HOST/proc-uptime"; echo "$((\${now%.*} + $1)).00 0" >"$HOST/proc-uptime"; }
${noted("sleep")}`,
  ss,
  swanctl: noted("swanctl"),
  sync: "exit 0\n",
  systemctl,
  "systemd-run": systemdRun,
  tc,
  wg,
  // What is rehearsed succeeds.
  unshare: '[ ! -s "$HOST/fail.unshare" ] || { cat "$HOST/fail.unshare" >&2; exit 1; }\n',
} as const;
