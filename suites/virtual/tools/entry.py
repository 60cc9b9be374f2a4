# SPDX-License-Identifier: MIT
"""entry.py PROTOCOL SECONDS: the only conntrack entry of this protocol is there for so long from its last packet on,
and not for a jiffy more than it must."""
import sys
import time

protocol, wanted = sys.argv[1], int(sys.argv[2])


def left():
    with open("/proc/net/nf_conntrack") as table:
        found = [line.split() for line in table if line.split()[2] == protocol]
    assert len(found) <= 1, found
    return int(found[0][4]) if found else None


seconds = left()
print("%s s left" % seconds)
assert seconds in (wanted, wanted - 1), "the timeout is another"
time.sleep(seconds - 0.5)
assert left() is not None, "it is gone too early"
time.sleep(1.52)  # the whole second that was begun, and a jiffy
assert left() is None, "it is there too long"
