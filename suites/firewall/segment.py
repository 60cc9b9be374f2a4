#!/usr/bin/env -S python3 -SE
# SPDX-License-Identifier: MIT
"""Sends what no socket sends.

    segment.py tcp ADDRESS PORT FLAGS     a segment of no connection, such as "SA" (SYN, ACK)
    segment.py ping ADDRESS COUNT         so many echo requests at once, each a flow of its own
    segment.py ping6 ADDRESS COUNT        the same over IPv6
    segment.py icmp6 ADDRESS TYPE [HOPS]  an ICMPv6 message with 40 zero bytes

How many get through is counted by `packets`.
"""
import socket
import struct
import sys

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def own_address(to):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((to, 9))
        return probe.getsockname()[0]


def tcp(to, port, flags):
    bits = sum(FLAGS[flag] for flag in flags)
    header = struct.pack("!HHIIBBHHH", 40000, int(port), 1, 1, 5 << 4, bits, 1024, 0, 0)
    pseudo = socket.inet_aton(own_address(to)) + socket.inet_aton(to) + struct.pack("!HH", 6, 20)
    header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.sendto(header, (to, 0))


def ping(to, count):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        for number in range(int(count)):
            echo = struct.pack("!BBHHH", 8, 0, 0, 1000 + number, 1)
            raw.sendto(echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:], (to, 0))


def ping6(to, count):
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        for number in range(int(count)):
            raw.sendto(struct.pack("!BBHHH", 128, 0, 0, 1000 + number, 1), (to, 0))


def icmp6(to, kind, hops="255"):
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, int(hops))
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, int(hops))
        raw.sendto(struct.pack("!BBH", int(kind), 0, 0) + bytes(40), (to, 0))


{"tcp": tcp, "ping": ping, "ping6": ping6, "icmp6": icmp6}[sys.argv[1]](*sys.argv[2:])
