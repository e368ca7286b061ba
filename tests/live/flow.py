# SPDX-License-Identifier: Apache-2.0
"""
What goes through a tunnel, over TCP.

flow.py serve PORT: the far end of all connections, which echoes.
flow.py work OCTETS SECONDS HOST PORT: so many random octets to and fro, then a few at a time, as
    a person types; prints how many came back.
flow.py hold 0 SECONDS HOST PORT: a connection on which nothing is said.
"""
import os
import socket
import sys
import threading
import time

PIECE = 4096
KEYSTROKE = b"ls -l /etc/ho"
PAUSE = 0.2  # seconds between keystrokes
CONNECT_LIMIT = 20  # seconds


def echo(connection):
    with connection:
        try:
            while piece := connection.recv(PIECE):
                connection.sendall(piece)
        except OSError:
            pass  # the tunnel has ended


def serve(port):
    with socket.create_server(("0.0.0.0", int(port))) as listener:
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=echo, args=(connection,), daemon=True).start()


def receive(connection, size, deadline):
    """How many of `size` octets came before the deadline."""
    got = 0
    while got < size and time.monotonic() < deadline:
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        try:
            piece = connection.recv(min(PIECE, size - got))
        except socket.timeout:
            break
        if not piece:
            break
        got += len(piece)
    return got


def work(connection, size, seconds):
    deadline = time.monotonic() + seconds
    connection.sendall(os.urandom(size))
    got = receive(connection, size, deadline)
    while time.monotonic() < deadline:
        connection.sendall(KEYSTROKE)
        got += receive(connection, len(KEYSTROKE), deadline)
        time.sleep(PAUSE)
    return got


def hold(_, __, seconds):
    time.sleep(seconds)
    return 0


def main(verb, *arguments):
    if verb == "serve":
        serve(*arguments)
        return
    size, seconds, host, port = arguments
    with socket.create_connection((host, int(port)), CONNECT_LIMIT) as connection:
        connection.settimeout(None)
        print({"work": work, "hold": hold}[verb](connection, int(size), float(seconds)))


if __name__ == "__main__":
    main(*sys.argv[1:])
