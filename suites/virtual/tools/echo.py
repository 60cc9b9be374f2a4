# SPDX-License-Identifier: MIT
"""Sends back what it gets, on TCP port 7, for ever."""
import socket
import threading


def serve(peer):
    try:
        while data := peer.recv(65536):
            peer.sendall(data)
    except OSError:
        pass


server = socket.create_server(("", 7))
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
