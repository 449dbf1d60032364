"""Prints a host's whole state as JSON, {section: [line, ...]}, normalised so that an idle host prints the same again.

Run as root by python3 from stdin. What is left out, and why, is said where it is left out. One program rather than many:
under software emulation every process that is started costs a tenth of a second.
"""
import hashlib
import json
import os
import pwd
import grp
import re
import stat
import subprocess

ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def lines(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, text=True)
    # `ip -o` puts a backslash where it would begin another line.
    return [re.sub(r"(\\(?=\s)|\s)+", " ", line).strip() for line in done.stdout.splitlines()]


def installed(program):
    return any(os.access(os.path.join(path, program), os.X_OK) for path in ENVIRONMENT["PATH"].split(":"))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def modules():
    # Names only: use counts change with every packet socket.
    return sorted(line.split()[0] for line in read("/proc/modules").decode().splitlines())


def links():
    # Interface numbers are left out: a device that was made again is the same state.
    return sorted(re.sub(r"^\d+: ", "", line) for line in lines("ip", "-o", "-d", "link", "show"))


def qdiscs():
    # Handles from 8000: on are numbered by the kernel in the order of their making.
    return sorted(re.sub(r"^(qdisc \w+) 8[0-9a-f]{3}:", r"\1", line) for line in lines("tc", "qdisc", "show"))


def addresses():
    # Remaining lifetimes run.
    found = lines("ip", "-o", "address", "show")
    return sorted(re.sub(r"_lft \d+sec", "_lft dynamic", re.sub(r"^\d+: ", "", line)) for line in found)


def both(*command):
    return [family + " " + line for family, flag in (("inet", "-4"), ("inet6", "-6")) for line in lines("ip", flag, *command)]


def routes():
    def settled(line):
        # Lifetimes of learned routes run; and which next hop is named first depends on which device is older.
        route, *hops = re.sub(r" expires \d+sec", "", line).split(" nexthop ")
        return " nexthop ".join([route, *sorted(hop.strip() for hop in hops)])

    return sorted(settled(line) for line in both("-o", "route", "show", "table", "all"))


def neighbours():
    # Only what somebody configured: learned entries come and go with traffic.
    proxies = ["proxy " + line for line in lines("ip", "neighbour", "show", "proxy")]
    return sorted(lines("ip", "neighbour", "show", "nud", "permanent") + proxies)


def nft(loaded):
    # Stateless: without the values of counters and quotas. Not asked where the module is absent: asking would load it.
    if "nf_tables" not in loaded:
        return []
    done = subprocess.run(["nft", "-s", "list", "ruleset"], stdout=subprocess.PIPE, env=ENVIRONMENT, text=True)
    return [line for line in done.stdout.splitlines() if line.strip()]


def joined(found):
    """`ip xfrm` indents an entry's further lines, which `lines` has stripped: entries begin with src."""
    entries = []
    for line in found:
        if line.startswith("src ") and not re.match(r"src \S+ dst \S+ (proto|uid|dir) ", line) or not entries:
            entries.append(line)
        else:
            entries[-1] += " " + line
    return entries


def ipsec(loaded):
    # Without keys, which are secrets, and without replay windows, which count packets.
    found = []
    if "xfrm_user" in loaded:
        states = [line for line in lines("ip", "xfrm", "state", "list", "nokeys") if "anti-replay context" not in line]
        found += ["state " + entry for entry in joined(states)]
        found += ["policy " + entry for entry in joined(lines("ip", "xfrm", "policy", "list"))]
    if os.path.exists("/run/charon.vici") and installed("swanctl"):
        found += ["connection " + line for line in lines("swanctl", "--list-conns")]
    return sorted(found)


def wireguard(loaded):
    # Without keys, handshakes and byte counts.
    if "wireguard" not in loaded or not installed("wg"):
        return []
    kinds = ("peers", "allowed-ips", "listen-port", "fwmark", "persistent-keepalive")
    return sorted(kind + " " + line for kind in kinds for line in lines("wg", "show", "all", kind))


# Random numbers, counters of what the kernel has in use, its cursor for process ids, a value it tunes by itself, and
# a registry of foreign binary formats, which is another file system.
VOLATILE_SYSCTLS = re.compile(
    r"/(random|binfmt_misc)$|/(dentry-state|inode-nr|inode-state|file-nr|aio-nr|pty/nr|ns_last_pid|nf_conntrack_count"
    r"|quota/syncs|tcp_fastopen_key|netdev_rss_key|cad_pid|max_newidle_lb_cost|stable_secret)$"
)


def sysctls():
    found = []
    for directory, below, names in os.walk("/proc/sys"):
        below[:] = [name for name in below if not VOLATILE_SYSCTLS.search(directory + "/" + name)]
        for name in names:
            path = directory + "/" + name
            if VOLATILE_SYSCTLS.search(path):
                continue
            try:
                value = read(path).decode(errors="replace").strip()
            except OSError:
                continue  # Some can only be written.
            found.append(path[len("/proc/sys/") :] + "\t" + re.sub(r"\s+", " ", value))
    return sorted(found)


# Left out, with all below them:
UNLISTED = {
    # The volatile journal and its streams; invocation ids of units; logind's sessions.
    "/run/log/journal",
    "/run/systemd/journal",
    "/run/systemd/units",
    "/run/systemd/sessions",
    "/run/systemd/users",
    "/run/systemd/seats",
    "/run/systemd/inhibit",
    # udev's database: a mirror of devices and modules, which are listed themselves.
    "/run/udev",
    # Time stamps of sudo; the message of the day, which every login writes.
    "/run/sudo",
    "/run/motd.dynamic",
    "/run/motd.dynamic.new",
    # The package database, which is listed by package, and apt's lists.
    "/var/lib/dpkg",
    "/var/lib/apt",
    # A seed that every shutdown writes, and time stamps of timers.
    "/var/lib/systemd/random-seed",
    "/var/lib/systemd/timers",
}
# The directory appears with the first transient unit and stays; what is in it is listed.
UNLISTED_ITSELF = {"/run/systemd/transient"}
# Their contents differ after every restart, or login.
CONTENT_VARIES = re.compile(r"\.pid$|^/run/utmp$")
KINDS = {stat.S_IFDIR: "directory", stat.S_IFSOCK: "socket", stat.S_IFIFO: "fifo", stat.S_IFBLK: "device", stat.S_IFCHR: "device"}
names_of = {}


def owner(status):
    key = (status.st_uid, status.st_gid)
    if key not in names_of:
        try:
            names_of[key] = pwd.getpwuid(key[0]).pw_name + ":" + grp.getgrgid(key[1]).gr_name
        except KeyError:
            names_of[key] = "%d:%d" % key
    return names_of[key]


def describe(path, status):
    if stat.S_ISLNK(status.st_mode):
        return "-> " + os.readlink(path)
    who = "%04o %s" % (stat.S_IMODE(status.st_mode), owner(status))
    if not stat.S_ISREG(status.st_mode):
        return KINDS.get(stat.S_IFMT(status.st_mode), "?") + " " + who
    if CONTENT_VARIES.search(path):
        return who
    return "%s sha256:%s" % (who, hashlib.sha256(read(path)).hexdigest()[:16])


def tree(directory, device, found):
    for entry in os.scandir(directory):
        path = entry.path
        if path in UNLISTED:
            continue
        try:
            status = entry.stat(follow_symlinks=False)
            if path not in UNLISTED_ITSELF:
                found.append(path + "\t" + describe(path, status))
            # Other file systems mounted below are not this host's files.
            if entry.is_dir(follow_symlinks=False) and status.st_dev == device:
                tree(path, device, found)
        except FileNotFoundError:
            continue  # Gone since the directory was read.


def files():
    found = []
    for root in ("/etc", "/usr/local", "/var/lib", "/run"):
        tree(root, os.stat(root).st_dev, found)
    return sorted(found)


def packages():
    found = []
    for stanza in read("/var/lib/dpkg/status").decode().split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version): (.*)$", stanza, re.M))
        if fields:
            found.append("%(Package)s\t%(Version)s %(Status)s" % {"Version": "", **fields})
    return sorted(found)


def units():
    # What runs or has failed. Units that are merely known come and go with who asks for them, enablement is links in
    # /etc, and devices are the kernel's.
    listed = lines("systemctl", "list-units", "--plain", "--no-legend", "--full", "--state=active,failed,activating,reloading")
    words = [line.split() for line in listed]
    return sorted(" ".join((word[0], word[2], word[3])) for word in words if not word[0].endswith(".device"))


def processes():
    # Left out: kernel threads, udev's workers, and what hangs below a connection to the SSH server (this program too).
    parents, shown, doors = {}, {}, {0, 2}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            arguments = read("/proc/%d/cmdline" % pid).replace(b"\0", b" ").decode(errors="replace").strip()
            after_name = read("/proc/%d/stat" % pid).decode(errors="replace").rpartition(")")[2].split()
            user = pwd.getpwuid(os.stat("/proc/%d" % pid).st_uid).pw_name
        except (OSError, KeyError):
            continue
        parents[pid] = int(after_name[1])
        if "[listener]" in arguments or "systemd-udevd" in arguments:
            doors.add(pid)
        shown[pid] = user + " " + re.sub(r" \d+ of [\d-]+ startups", "", arguments)

    def hidden(pid):
        while pid > 1:
            if pid == 2 or parents.get(pid, 0) in doors - {0}:
                return True
            pid = parents.get(pid, 0)
        return False

    return sorted(text for pid, text in shown.items() if not hidden(pid) and not text.endswith(" "))


# First, before anything below can load one.
loaded = modules()
print(
    json.dumps(
        {
            "modules": loaded,
            "links": links(),
            "qdiscs": qdiscs(),
            "addresses": addresses(),
            "rules": both("rule", "show"),
            "routes": routes(),
            "nexthops": sorted(lines("ip", "nexthop", "show")),
            "neighbours": neighbours(),
            "nft": nft(loaded),
            "ipsec": ipsec(loaded),
            "wireguard": wireguard(loaded),
            "sysctls": sysctls(),
            "files": files(),
            "packages": packages(),
            "units": units(),
            "processes": processes(),
        }
    )
)
