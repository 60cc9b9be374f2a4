# SPDX-License-Identifier: MIT
"""How long does a connection that we closed first stay in TIME-WAIT?"""
import socket
import sys
import time

import packets
import wheel

# include/net/tcp.h, TCP_TIMEWAIT_LEN. RFC 9293, 3.6.1 asks for twice the longest life of a segment, which it
# takes for two minutes; Linux has 60 s.
WAIT = 60


def in_time_wait():
    with open("/proc/net/tcp") as table:
        return any(line.split()[3] == "06" for line in table)


peer = socket.create_connection((sys.argv[1], 7))
peer.shutdown(socket.SHUT_WR)
assert peer.recv(100) == b""
began = time.monotonic()
peer.close()
assert in_time_wait()
wanted = wheel.fires(began, WAIT)
time.sleep(wanted - began - 0.01)
assert in_time_wait(), "it is gone too early"
while in_time_wait():
    time.sleep(0.0001)
ended = time.monotonic()
print("TIME-WAIT for %.3f s" % (ended - began))
packets.check(ended, wanted, 0.002, "its end")
