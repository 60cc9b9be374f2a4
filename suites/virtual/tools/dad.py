# SPDX-License-Identifier: MIT
"""dad.py ADDRESS: for how long is a new address tentative?"""
import json
import subprocess
import sys
import time

import packets
import wheel


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def is_tentative():
    addresses = json.loads(ip("-6", "-j", "address", "show", "dev", "eth0"))[0]["addr_info"]
    return next(a for a in addresses if a.get("local") == sys.argv[1]).get("tentative", False)


# RFC 4862, 5.1: one solicitation (DupAddrDetectTransmits), then a second without an answer (RetransTimer); 5.4.2:
# before it a random delay of up to a second (net/ipv6/addrconf.c, addrconf_dad_kick(): rtr_solicit_delay).
ip("address", "add", sys.argv[1] + "/64", "dev", "eth0")
began = time.monotonic()
assert is_tentative()
while is_tentative():
    time.sleep(0.01)
took = time.monotonic() - began
print("tentative for %.3f s" % took)
assert 1 <= took <= wheel.fires(wheel.fires(began, 1), 1) - began + 0.05
