"""Sequenced, timestamped probe: python3 -c SOURCE '{"protocol", "to", "port", "rate", "flows", "size", "seconds", "linger", "late"}'.

Sends by an absolute schedule, flow after flow; what comes back is matched by number. Prints JSON lines: "ready", "now"
twice a second, and "report" at the end, which comes when the input ends or after `seconds`. Times are ms since start.
"""
import errno
import json
import select
import socket
import struct
import sys
import time

options = json.loads(sys.argv[1])
TCP = options["protocol"] == "tcp"
SO_RCVBUFFORCE = 33
# Seconds after which nobody waits for the answer to a datagram any more.
LATE = options["late"] or float("inf")
HEADER = struct.Struct("!IIQ")
SIZE = max(HEADER.size, options["size"])


def tell(kind, value):
    print(json.dumps({kind: value}), flush=True)


class Flow:
    def __init__(self, number):
        self.number = number
        family = socket.AF_INET6 if ":" in options["to"] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM if TCP else socket.SOCK_DGRAM)
        if TCP:
            self.socket.settimeout(options["connectSeconds"])
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            # As with the echo: answers may come while this program waits for a processor.
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.connect((options["to"], options["port"]))
        self.socket.setblocking(False)
        self.sent_at = []
        self.answered = set()
        self.duplicates = 0
        self.reordered = 0
        self.highest = -1
        self.last_reply = 0.0
        self.longest_gap = 0.0
        self.rtts = []
        self.broken = None
        self.partial = b""
        self.outgoing = b""

    def send(self, now):
        message = HEADER.pack(self.number, len(self.sent_at), int(now * 1e6)).ljust(SIZE, b".")
        self.sent_at.append(now)
        try:
            if TCP:
                if self.broken is None:
                    self.outgoing += message
                    self.flush()
            else:
                self.socket.send(message)
        except BlockingIOError:
            pass
        except OSError as error:
            self.failed(error, now)

    def flush(self):
        while self.outgoing:
            count = self.socket.send(self.outgoing)
            self.outgoing = self.outgoing[count:]

    def failed(self, error, now):
        """A datagram's error is only a loss; a connection's is its end."""
        if TCP and self.broken is None and error.errno not in (errno.EAGAIN, errno.EINTR):
            self.broken = error.strerror or str(error)
            event(now, self.number, "broken: " + self.broken, 0.0)

    def receive(self, now):
        try:
            if TCP:
                data = self.socket.recv(65536)
                if not data:
                    raise OSError(errno.ECONNRESET, "closed by the other end")
                data = self.partial + data
                whole = len(data) - len(data) % SIZE
                self.partial = data[whole:]
                for start in range(0, whole, SIZE):
                    self.reply(data[start : start + HEADER.size], now)
                self.flush()
            else:
                while True:
                    self.reply(self.socket.recv(65536)[: HEADER.size], now)
        except BlockingIOError:
            pass
        except OSError as error:
            self.failed(error, now)

    def reply(self, header, now):
        _, number, _ = HEADER.unpack(header)
        if number in self.answered:
            self.duplicates += 1
            return
        if not TCP and now - self.sent_at[number] > LATE:
            return
        self.answered.add(number)
        self.reordered += number < self.highest
        self.highest = max(self.highest, number)
        self.rtts.append(now - self.sent_at[number])
        self.silence(now)
        self.last_reply = now
        silence_of_all(now)

    def silence(self, now):
        gap = now - max(self.last_reply, self.sent_at[0] if self.sent_at else now)
        self.longest_gap = max(self.longest_gap, gap)
        if gap > max(noteworthy, 5 * interval * len(flows)):
            event(now - gap, self.number, "silence", gap)

    def losses(self):
        """Rows of lost messages by when they were sent: the first's time, that of the answered one after it, how many."""
        rows, since, count = [], None, 0
        for number, at in enumerate(self.sent_at):
            if number not in self.answered:
                since = at if since is None else since
                count += 1
            elif since is not None:
                rows.append({"fromMs": ms(since), "toMs": ms(at), "count": count})
                since, count = None, 0
        if since is not None:
            rows.append({"fromMs": ms(since), "toMs": ms(self.sent_at[-1]), "count": count})
        return rows

    def report(self):
        rtts = sorted(self.rtts)
        losses = self.losses()
        return {
            "sent": len(self.sent_at),
            "received": len(self.answered),
            "lost": len(self.sent_at) - len(self.answered),
            "duplicates": self.duplicates,
            "reordered": self.reordered,
            "longestGapMs": ms(self.longest_gap),
            "longestLossMs": max((ms((row["toMs"] - row["fromMs"]) / 1000) for row in losses), default=0),
            "losses": losses,
            "medianRttMs": ms(rtts[len(rtts) // 2]) if rtts else None,
            "survived": self.broken is None,
            "broken": self.broken,
            "localPort": self.socket.getsockname()[1],
        }


def ms(seconds):
    return round(seconds * 1000, 1)


events = []
last_of_all = 0.0
longest_of_all = 0.0


def event(at, flow, what, duration):
    if len(events) < 1000:
        events.append({"atMs": ms(at), "flow": flow, "what": what, "durationMs": ms(duration)})


def silence_of_all(now):
    global last_of_all, longest_of_all
    longest_of_all = max(longest_of_all, now - last_of_all)
    last_of_all = now


def total(field):
    return sum(len(getattr(flow, field)) for flow in flows)


interval = 1.0 / options["rate"]
# Emulated hosts pause for a tenth of a second or two when the machine is busy: that is not news.
noteworthy = max(0.25, 5 * interval)
flows = []
try:
    flows = [Flow(number) for number in range(options["flows"])]
except OSError as error:
    tell("failed", "no connection to %s port %d: %s" % (options["to"], options["port"], error.strerror or error))
    sys.exit(1)
origin = time.monotonic()
tell("ready", {"startedAt": round(time.time() * 1000)})
tick, finishing, next_news = 0, None, 0.5
while True:
    now = time.monotonic() - origin
    if finishing is None and now > options["seconds"]:
        finishing = now
    done = all(len(flow.answered) == len(flow.sent_at) or flow.broken for flow in flows)
    if finishing is not None and (done or now > finishing + options["linger"]):
        break
    if finishing is None and now >= tick * interval:
        flows[tick % len(flows)].send(now)
        tick += 1
        continue
    if now > next_news:
        tell("now", {"sent": total("sent_at"), "received": total("answered"), "lastReplyMs": ms(last_of_all)})
        next_news = now + 0.5
    wait = 0.1 if finishing is not None else min(0.5, tick * interval - now)
    sources = [flow.socket for flow in flows if flow.broken is None]
    writers = [flow.socket for flow in flows if flow.broken is None and flow.outgoing]
    listening = sources if finishing is not None else [sys.stdin, *sources]
    readable, _, _ = select.select(listening, writers, [], max(0, wait))
    now = time.monotonic() - origin
    if sys.stdin in readable and not sys.stdin.buffer.read1(1):
        finishing = now
    for flow in flows:
        if flow.socket in readable:
            flow.receive(now)

end = finishing
for flow in flows:
    # Unanswered at the end: silent up to when the last message was sent.
    if flow.sent_at and len(flow.answered) < len(flow.sent_at):
        flow.silence(max(end, flow.last_reply))
if total("answered") < total("sent_at"):
    silence_of_all(max(end, last_of_all))
tell(
    "report",
    {
        "sent": total("sent_at"),
        "received": total("answered"),
        "lost": total("sent_at") - total("answered"),
        "durationMs": ms(end),
        "longestGapMs": ms(longest_of_all),
        "perFlow": [flow.report() for flow in flows],
        "events": events,
    },
)
