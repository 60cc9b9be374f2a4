#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One case after another through Mininet's Python interface, in one interpreter.

Two hosts with private /run and /tmp, a veth link, IPv4 and IPv6 addresses, one TCP connection with a
payload there and back, the end. Builds a case for every line on stdin, then answers "ok".
"""
import os
import sys

from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.node import Host


def one_case():
    net = Mininet(controller=None, build=False)
    hosts = [
        net.addHost(f"h{i}", cls=Host, ip=f"10.0.0.{i}/24", privateDirs=["/run", "/tmp"])
        for i in (1, 2)
    ]
    net.addLink(*hosts)
    net.build()
    for i, host in enumerate(hosts, 1):
        host.cmd(f"ip -6 addr add fd00::{i}/64 dev h{i}-eth0 nodad")
    one, two = hosts
    server = two.popen(["busybox", "nc", "-ll", "-p", "8080", "-e", "cat"])
    answer = one.cmd("until echo hello | busybox nc 10.0.0.2 8080 2>/dev/null; do :; done")
    server.kill()
    server.wait()
    net.stop()
    assert "hello" in answer, answer


setLogLevel("error")
os.chdir("/")  # the current folder may be below a private one
for _ in sys.stdin:
    one_case()
    print("ok", flush=True)
