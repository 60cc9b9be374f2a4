# SPDX-License-Identifier: MIT
"""Connects to where nobody answers: when does the kernel send its SYNs, when does it give up?"""
import errno
import socket
import sys
import time

import packets
import wheel

# net/ipv4/tcp_ipv4.c, tcp_sk_init(): tcp_syn_retries is TCP_SYN_RETRIES (6), and before the timeout
# doubles there are tcp_syn_linear_timeouts (4) of the same length (tcp_timer.c,
# tcp_retransmit_timer()). The first is one second (RFC 6298, 2.1; TCP_TIMEOUT_INIT).
TIMEOUTS = [1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64]

sniffer = packets.Sniffer()
try:
    socket.create_connection((sys.argv[1], 80))
    sys.exit("it is connected")
except OSError as error:
    given_up = time.monotonic()
    assert error.errno == errno.ETIMEDOUT, error
sent = sniffer.times(packets.OUT, lambda data: packets.tcp_flags(data) & 2)
print("SYNs after", *("%.3f" % (when - sent[0]) for when in sent), "s, given up after",
      "%.3f s" % (given_up - sent[0]))
assert len(sent) == len(TIMEOUTS), "%d SYNs" % len(sent)
wanted = sent[0]
for timeout, when in zip(TIMEOUTS, sent[1:] + [given_up]):
    wanted = wheel.fires(wanted, timeout)
    packets.check(when, wanted, 0.001, "a timeout of %d s" % timeout)
