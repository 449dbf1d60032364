"""Echo server of a probe: python3 -c SOURCE udp|tcp PORT SECONDS 4|6. Ends with its input, or after SECONDS."""
import select
import socket
import struct
import sys
import time

protocol, port, end = sys.argv[1], int(sys.argv[2]), time.monotonic() + float(sys.argv[3])
FAMILY = socket.AF_INET6 if sys.argv[4] == "6" else socket.AF_INET
IP_PKTINFO = 8
SO_RCVBUFFORCE = 33


def echo_datagrams(server):
    for _ in range(256):
        try:
            data, ancillary, _, peer = server.recvmsg(2048, 128)
        except BlockingIOError:
            return
        # Answered from the address that was asked, however the route back would choose it.
        replies = []
        for level, kind, value in ancillary:
            if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
                replies = [(level, kind, struct.pack("=I4s4s", 0, value[8:12], b"\0" * 4))]
            if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
                replies = [(level, kind, value[:16] + b"\0" * 4)]
        try:
            server.sendmsg([data], replies, 0, peer)
        except OSError:
            pass  # No route back right now: the probe counts the loss.


def open_server():
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    server = socket.socket(FAMILY, kind)
    server.setblocking(False)
    if protocol == "udp":
        # What arrives while this program waits for a processor is no loss of the network's.
        server.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    if protocol == "udp" and FAMILY == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    elif protocol == "udp":
        server.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    else:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", port))
    if protocol == "tcp":
        server.listen(64)
    return server


def echo_stream(connection):
    """Small messages: what a socket's buffer cannot take is not worth a queue of our own."""
    try:
        data = connection.recv(65536)
        if data:
            connection.sendall(data)
        return bool(data)
    except BlockingIOError:
        return True
    except OSError:
        return False


server = open_server()
connections = []
print("ready", flush=True)
while time.monotonic() < end:
    readable, _, _ = select.select([sys.stdin, server, *connections], [], [], 1)
    if sys.stdin in readable and not sys.stdin.buffer.read1(1):
        break
    if server in readable:
        if protocol == "udp":
            echo_datagrams(server)
        else:
            connection, _ = server.accept()
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connections.append(connection)
    for connection in [one for one in connections if one in readable]:
        if not echo_stream(connection):
            connection.close()
            connections.remove(connection)
