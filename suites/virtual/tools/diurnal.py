# SPDX-License-Identifier: MIT
"""diurnal.py KBIT...: takes what comes over TCP; how much of each hour's rate was used?"""
import socket
import sys
import time

server = socket.create_server(("", 7))
began = time.monotonic()
peer = server.accept()[0]
last = 0
for hour, kbit in enumerate(map(int, sys.argv[1:])):
    end = began + 3600 * (hour + 1)
    taken = 0
    while (left := end - time.monotonic()) > 0:
        peer.settimeout(left)
        try:
            taken += len(peer.recv(65536))
        except TimeoutError:
            break
    # Of 1,514 bytes on the link 1,448 are payload: RFC 9293 with time stamps, RFC 894.
    used = taken * 8 * 1514 / 1448 / 3600 / 1000 / kbit
    print("hour %2d: %2d kbit/s, %.1f %% used" % (hour, kbit, 100 * used))
    assert 0.95 < used < 1.02, "hour %d: %.1f %% used" % (hour, 100 * used)
print("done")
