# SPDX-License-Identifier: MIT
"""Answers every question for an IPv4 address with 192.0.2.1, and every other with nothing."""
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 53))
while True:
    query, client = server.recvfrom(512)
    question = query[12 : query.index(0, 12) + 5]
    is_a = question[-4:-2] == b"\0\1"
    head = query[:2] + b"\x81\x80\0\1\0" + bytes([is_a]) + b"\0\0\0\0"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1" if is_a else b""
    server.sendto(head + question + answer, client)
