# SPDX-License-Identifier: MIT
"""udp_ask.py ADDRESS SECONDS: asks once a second for so long, over one socket."""
import socket
import sys
import time

peer = socket.socket(type=socket.SOCK_DGRAM)
peer.connect((sys.argv[1], 9999))
for _ in range(int(sys.argv[2]) + 1):
    peer.send(b"x")
    assert peer.recv(100) == b"x"
    time.sleep(1)
peer.send(b"x")
assert peer.recv(100) == b"x"
