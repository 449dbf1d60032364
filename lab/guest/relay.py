"""Joins stdin and stdout to a TCP connection: python3 -c SOURCE HOST PORT. Ends when either side does."""
import os
import select
import socket
import sys

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30)
connection.settimeout(None)
while True:
    readable, _, _ = select.select([0, connection], [], [])
    if 0 in readable:
        data = os.read(0, 65536)
        if not data:
            break
        connection.sendall(data)
    if connection in readable:
        data = connection.recv(65536)
        if not data:
            break
        while data:
            data = data[os.write(1, data) :]
