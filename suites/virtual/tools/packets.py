# SPDX-License-Identifier: MIT
"""When which packets leave or arrive, by CLOCK_MONOTONIC."""
import socket
import struct
import threading
import time

OUT = socket.PACKET_OUTGOING


class Sniffer:
    """Collects (time, direction, bytes from the IP header on) of all IPv4 packets."""

    def __init__(self):
        self.seen = []
        # ETH_P_ALL: others do not see what leaves
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            data, origin = self.socket.recvfrom(65536)
            if origin[1] == 0x0800:
                self.seen.append((time.monotonic(), origin[2], data))

    def times(self, direction, wanted):
        time.sleep(0.001)  # what has just left is still on its way to run()
        return [when for when, way, data in self.seen if way == direction and wanted(data)]


def tcp_flags(data):
    return data[(data[0] & 15) * 4 + 13]


def tcp_payload(data):
    header = (data[0] & 15) * 4
    return len(data) - header - (data[header + 12] >> 4) * 4


def retransmission_timeout(peer):
    """Seconds; tcpi_rto of struct tcp_info."""
    return struct.unpack_from("8xI", peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104))[0] / 1e6


def check(got, wanted, within, what):
    assert abs(got - wanted) <= within, "%s: %.4f s instead of %.4f s" % (what, got, wanted)
