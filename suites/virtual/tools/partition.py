# SPDX-License-Identifier: MIT
"""Sends a line into a partition that began meanwhile. When is it repeated, and how does that end?

partition.py ADDRESS heals|stays
"""
import errno
import math
import socket
import sys
import time

import packets
import wheel

TCP_RTO_MIN, TCP_RTO_MAX = 0.2, 120  # include/net/tcp.h; RFC 6298, 2.4 and 2.5
RETRIES2 = 15  # tcp_retries2

# tcp_timer.c, tcp_model_timeout(): as long as so many timeouts, each twice the one before, from
# TCP_RTO_MIN on.
doubled = int(math.log2(TCP_RTO_MAX / TCP_RTO_MIN))
PATIENCE = ((2 << doubled) - 1) * TCP_RTO_MIN + (RETRIES2 - doubled) * TCP_RTO_MAX

address, heals = sys.argv[1], sys.argv[2] == "heals"
sniffer = packets.Sniffer()
peer = socket.create_connection((address, 7))
peer.sendall(b"before\n")
assert peer.recv(100) == b"before\n"
time.sleep(1)  # the link is cut meanwhile
timeout = packets.retransmission_timeout(peer)
began = time.monotonic()
peer.sendall(b"meanwhile\n")
error = None
try:
    assert peer.recv(100) == b"meanwhile\n"
except OSError as failed:
    error = failed
ended = time.monotonic()

sent = [when for when in sniffer.times(packets.OUT, packets.tcp_payload) if when >= began]
print("sent after", *("%.2f" % (when - began) for when in sent), "s, ended after",
      "%.2f s: %s" % (ended - began, error or "an answer"))
# The second copy is the probe of RFC 8985, 7.2; it starts the timeout anew. RFC 6298, 5.5: each is
# twice the one before.
for before, when in zip(sent[1:], sent[2:] + ([] if heals else [ended])):
    packets.check(when, wheel.fires(before, timeout), 0.001, "a timeout of %.2f s" % timeout)
    timeout = min(2 * timeout, TCP_RTO_MAX)
if heals:
    assert not error, error
    assert sent[-2] - began < 600 <= sent[-1] - began + 1, "it is the first copy since then"
    packets.check(ended, sent[-1], 0.001, "the answer")
else:
    # The timeout is over that ends when the time has come, not earlier.
    assert error and error.errno == errno.ETIMEDOUT, error
    assert sent[-1] - sent[2] < PATIENCE <= ended - sent[2], "given up after %.2f s" % (ended - began)
