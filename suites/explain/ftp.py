# SPDX-License-Identifier: MIT
"""An FTP server for one file: passive mode, a connection of its own for the data."""
import socket


def lines_of(client):
    """The lines that CLIENT sends; a probe that opens and resets sends none."""
    try:
        yield from client.makefile("r", newline="\r\n")
    except ConnectionResetError:
        return


control = socket.create_server(("", 21))
while True:
    client, _ = control.accept()
    data = None

    def say(text):
        try:
            client.sendall((text + "\r\n").encode())
        except OSError:
            pass  # whoever asked has gone

    say("220 ready")
    for line in lines_of(client):
        word = (line.split() or ["NOOP"])[0].upper()  # a probe sends an empty line
        if word == "PASV":
            data = socket.create_server((client.getsockname()[0], 0))
            host = client.getsockname()[0].replace(".", ",")
            port = data.getsockname()[1]
            say(f"227 Entering Passive Mode ({host},{port >> 8},{port & 255})")
        elif word == "RETR":
            say("150 here it comes")
            data.settimeout(1)
            try:
                sink, _ = data.accept()
                sink.sendall(b"hello\n")
                sink.close()
                say("226 done")
            except TimeoutError:
                say("425 nobody came")
        elif word == "QUIT":
            say("221 bye")
            break
        else:
            say({"USER": "331 and?", "PASS": "230 in", "TYPE": "200 fine"}.get(word, "502 no"))
    client.close()
