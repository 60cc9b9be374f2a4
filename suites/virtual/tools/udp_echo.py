# SPDX-License-Identifier: MIT
"""Sends back what it gets, on UDP port 9999, for ever."""
import socket

server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("", 9999))
while True:
    data, peer = server.recvfrom(2000)
    server.sendto(data, peer)
