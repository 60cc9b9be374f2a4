# SPDX-License-Identifier: MIT
"""pmtu.py 4|6: sends what is too long for the second link. How long is that known?"""
import json
import socket
import subprocess
import sys
import time

import packets

EXPIRES, MTU = 600, 1400
family, address = {"4": (socket.AF_INET, "192.0.2.1"), "6": (socket.AF_INET6, "fd00:2::1")}[sys.argv[1]]
IP_MTU_DISCOVER, IP_PMTUDISC_DO, IPV6_MTU_DISCOVER = 10, 2, 23  # linux/in.h, linux/in6.h


def known():
    route = subprocess.run(["ip", "route", "get", address], check=True, capture_output=True, text=True).stdout
    return "mtu %d" % MTU in route


peer = socket.socket(family, socket.SOCK_DGRAM)
if family == socket.AF_INET:
    peer.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
else:
    peer.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO)
assert not known()
peer.connect((address, 9))
peer.send(bytes(1440))
learnt = time.monotonic()
assert known(), "nothing was learnt"
time.sleep(learnt + EXPIRES - 0.05 - time.monotonic())
assert known(), "it is forgotten too early"
while known():
    time.sleep(0.01)
forgotten = time.monotonic()
print("known for %.3f s" % (forgotten - learnt))
packets.check(forgotten - learnt, EXPIRES, 0.03, "its life")
