# SPDX-License-Identifier: MIT
"""flood.py ADDRESS: sends over TCP as fast as it goes, until nobody takes it."""
import socket
import sys

peer = socket.create_connection((sys.argv[1], 7))
peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
try:
    while True:
        peer.sendall(bytes(8192))
except OSError:
    pass
