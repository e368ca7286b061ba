# SPDX-License-Identifier: Apache-2.0
"""
What goes through a tunnel, over TCP.

flow.py serve PORT: the far end of all connections.
flow.py up|down OCTETS SECONDS HOST PORT: random octets, as many as pass in that time.
flow.py trickle COUNT SECONDS HOST PORT: a few octets each way, COUNT times, as a person types.
flow.py hold 0 SECONDS HOST PORT: a connection without data.
Each prints how many octets came through.
"""
import os
import socket
import sys
import threading
import time

PIECE = 4096
KEYSTROKE = b"ls -l /etc/ho"


def read_all(connection, size, deadline):
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


def answer(connection):
    """As the first line says: `up N`, `down N` or `echo`."""
    with connection:
        stream = connection.makefile("rb")
        verb, _, size = stream.readline().decode().partition(" ")
        if verb == "up":
            stream.read(int(size))
            connection.sendall(b"!")
        elif verb == "down":
            connection.sendall(os.urandom(int(size)))
        else:
            while piece := stream.read1(PIECE):
                connection.sendall(piece)


def ignore_errors(connection):
    try:
        answer(connection)
    except (OSError, ValueError):
        pass  # the tunnel, or the test, has ended


def serve(port):
    with socket.create_server(("0.0.0.0", int(port))) as listener:
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=ignore_errors, args=(connection,), daemon=True).start()


def up(connection, size, seconds):
    deadline = time.monotonic() + seconds
    connection.sendall(f"up {size}\n".encode())
    sent = 0
    connection.settimeout(seconds)
    try:
        while sent < size and time.monotonic() < deadline:
            sent += connection.send(os.urandom(min(PIECE, size - sent)))
    except socket.timeout:
        return sent
    read_all(connection, 1, deadline)
    return sent


def down(connection, size, seconds):
    connection.sendall(f"down {size}\n".encode())
    return read_all(connection, size, time.monotonic() + seconds)


def trickle(connection, count, seconds):
    connection.sendall(b"echo\n")
    got = 0
    for _ in range(count):
        connection.sendall(KEYSTROKE)
        got += read_all(connection, len(KEYSTROKE), time.monotonic() + seconds)
        time.sleep(seconds / count)
    return got


def hold(connection, _, seconds):
    connection.sendall(b"echo\n")
    time.sleep(seconds)
    return 0


def work(connection, size, seconds):
    """`size` octets to and fro, then as a person types, until the time is over."""
    deadline = time.monotonic() + seconds
    connection.sendall(b"echo\n" + os.urandom(size))
    got = read_all(connection, size, deadline)
    while time.monotonic() < deadline:
        connection.sendall(KEYSTROKE)
        got += read_all(connection, len(KEYSTROKE), deadline)
        time.sleep(0.2)
    return got


VERBS = {"work": work, "up": up, "down": down, "trickle": trickle, "hold": hold}


def main(verb, *arguments):
    if verb == "serve":
        serve(*arguments)
        return
    amount, seconds, host, port = arguments
    with socket.create_connection((host, int(port)), 20) as connection:
        print(VERBS[verb](connection, int(amount), float(seconds)))


if __name__ == "__main__":
    main(*sys.argv[1:])
