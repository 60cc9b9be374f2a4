# SPDX-License-Identifier: MIT
"""lifetimes.py wait: half a minute, until a router has announced itself. lifetimes.py ROUTER ADDRESS: it is gone now; its route
and its address last so many seconds from its last word on."""
import json
import subprocess
import sys
import time


def ip(*words):
    return subprocess.run(["ip", "-6", *words], capture_output=True, text=True).stdout


def address():
    """Seconds that it is valid and that it is preferred, or None."""
    found = [a for link in json.loads(ip("-j", "address", "show", "dev", "eth0")) for a in link["addr_info"]
             if a.get("local", "").startswith("fd00:1:")]
    return (found[0]["valid_life_time"], found[0]["preferred_life_time"]) if found else None


def has_route():
    return "via fe80::" in ip("route", "get", "2001:db8::1")


if sys.argv[1] == "wait":
    for _ in range(100):
        if address() and has_route():
            sys.exit()
        time.sleep(0.3)
    sys.exit("nothing came:\n" + ip("address") + ip("route"))
route_life, address_life = int(sys.argv[1]), int(sys.argv[2])
valid, preferred = address()
heard = address_life - valid  # so long ago
print("last heard of it %d s ago" % heard)
assert preferred == valid and 0 <= heard <= 600
time.sleep(route_life - heard - 2)
assert has_route(), "the route is gone too early"
time.sleep(4)
assert not has_route(), "the route is there too long"
assert address(), "the address is gone too early"
time.sleep(address_life - route_life - 4)
assert address(), "the address is gone too early"
# net/ipv6/addrconf.c, addrconf_verify_rtnl() looks at addresses every 120 s, or when the next one ends: by a timer that may
# be a bucket of 5.12 s late (kernel/time/timer.c).
time.sleep(2 + 5.12 + 1)
assert not address(), "the address is there too long"
