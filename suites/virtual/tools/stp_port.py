# SPDX-License-Identifier: MIT
"""stp_port.py INTERFACE...: makes a bridge with spanning tree of them. When does the first one forward?"""
import json
import subprocess
import sys
import time

import wheel

FORWARD_DELAY = 15


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def state():
    link = json.loads(ip("-d", "-j", "link", "show", sys.argv[1]))[0]
    return link["linkinfo"]["info_slave_data"]["state"]


def look_at(when, wanted):
    time.sleep(when - time.monotonic())
    print("after %.2f s: %s" % (time.monotonic() - began, state()))
    assert state() == wanted, "not " + wanted


ip("link", "add", "br0", "type", "bridge", "stp_state", "1")
for interface in sys.argv[1:]:
    ip("link", "set", interface, "master", "br0")
began = time.monotonic()
ip("link", "set", "br0", "up")
begun = time.monotonic()
assert state() == "listening"
learns = wheel.fires(began, FORWARD_DELAY), wheel.fires(begun, FORWARD_DELAY)
look_at(learns[0] - 0.02, "listening")
look_at(learns[1] + 0.02, "learning")
look_at(wheel.fires(learns[0], FORWARD_DELAY) - 0.02, "learning")
look_at(wheel.fires(learns[1], FORWARD_DELAY) + 0.02, "forwarding")
