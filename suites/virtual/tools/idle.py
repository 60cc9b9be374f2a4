# SPDX-License-Identifier: MIT
"""idle.py ADDRESS SECONDS alive|dead: a connection on which nothing is said for so long. Does a line come back?"""
import socket
import sys
import time

address, seconds, alive = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "alive"
peer = socket.create_connection((address, 7))
peer.sendall(b"before\n")
assert peer.recv(100) == b"before\n"
time.sleep(seconds)
peer.sendall(b"after\n")
peer.settimeout(600)
try:
    assert peer.recv(100) == b"after\n"
    assert alive, "it is alive"
except TimeoutError:
    assert not alive, "it is dead"
