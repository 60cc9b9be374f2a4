# SPDX-License-Identifier: MIT
"""An idle connection with SO_KEEPALIVE and nothing else, whose peer is cut off: when is it probed, and when
is it known to be dead?"""
import errno
import socket
import sys
import time

import packets
import wheel

# include/net/tcp.h: TCP_KEEPALIVE_TIME, TCP_KEEPALIVE_PROBES, TCP_KEEPALIVE_INTVL. RFC 9293, 3.8.4: the
# first no less than two hours.

IDLE, PROBES, BETWEEN = 7200, 9, 75

sniffer = packets.Sniffer()
peer = socket.create_connection((sys.argv[1], 7))
peer.sendall(b"before\n")
assert peer.recv(100) == b"before\n"
last_heard = time.monotonic()
peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
armed = time.monotonic()
try:
    peer.recv(100)
    sys.exit("the peer has closed it")
except OSError as error:
    ended = time.monotonic()
    assert error.errno == errno.ETIMEDOUT, error

probes = [when for when in sniffer.times(packets.OUT, lambda data: packets.tcp_flags(data) == 16)  # ACK; the end is told by an RST
          if when > armed + 60]
print("probed after", *("%.2f" % (when - armed) for when in probes), "s, dead after",
      "%.2f s" % (ended - armed))
assert len(probes) == PROBES, "%d probes" % len(probes)
wanted = wheel.fires(armed, IDLE)
for when in probes + [ended]:
    packets.check(when, wanted, 0.001, "probe")
    wanted = wheel.fires(wanted, BETWEEN)
