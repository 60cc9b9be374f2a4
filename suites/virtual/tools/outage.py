# SPDX-License-Identifier: MIT
"""outage.py ADDRESS LEAST MOST: asks ten times a second until an outage is over, which takes LEAST to MOST seconds."""
import socket
import sys
import time

address, least, most = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
peer = socket.socket(type=socket.SOCK_DGRAM)
peer.settimeout(0.1)
peer.connect((address, 9999))
heard, outage = None, 0
while outage < 1:
    asked = time.monotonic()
    try:
        peer.send(b"x")
        peer.recv(10)
        outage = time.monotonic() - (heard or asked)
        heard = time.monotonic()
        time.sleep(0.1)
    except OSError:
        time.sleep(max(0, asked + 0.1 - time.monotonic()))
print("nothing for %.2f s" % outage)
assert least <= outage <= most
