# SPDX-License-Identifier: Apache-2.0
"""
Asks again and again, on one socket: repeat.py [--port PORT] SERVER[,SERVER...] STEP...

Several servers are asked the same, each on a socket of its own.

A step is NAME[/TYPE]*COUNT, each query waiting for its answer, NAME[/TYPE]!COUNT, without waiting,
or a number of seconds in which answers are only read. It ends when no more come.
"""
import argparse
import itertools
import re
import select
import socket
import time

import wire
from rogue import ROOM, SO_RCVBUFFORCE

STEP = re.compile(r"(\S+?)(?:/(\w+))?([*!])(\d+)")
QUIET = 1  # seconds without an answer: there will be no more
PACE = 50  # queries between looks for answers


def open_socket(server, port):
    s = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    s.connect((server, port))
    return s


def drain(s, wait, end=float("inf")):
    """Reads until nothing comes for `wait` seconds, or until the time `end`."""
    while select.select([s], [], [], min(wait, max(0, end - time.monotonic())))[0]:
        try:
            s.recv(65535)
        except ConnectionRefusedError:
            pass


def send(s, message):
    try:
        s.send(message)
    except ConnectionRefusedError:  # what was sent before
        s.send(message)


def ask(s, idents, name, qtype, how, count):
    for number in range(count):
        send(s, wire.query(next(idents) & 0xFFFF, name.replace("#", str(number)), qtype))
        if how == "*":
            if select.select([s], [], [], QUIET)[0]:
                drain(s, 0)
        elif number % PACE == PACE - 1:
            drain(s, 0)


def repeat(s, steps):
    idents = itertools.count(1)
    for step in steps:
        found = STEP.fullmatch(step)
        if found:
            name, qtype, how, count = found.groups()
            ask(s, idents, name, qtype or "A", how, int(count))
        else:
            drain(s, float(step), time.monotonic() + float(step))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("servers")
    parser.add_argument("steps", nargs="+")
    arguments = parser.parse_args()
    sockets = [open_socket(server, arguments.port) for server in arguments.servers.split(",")]
    for s in sockets:
        repeat(s, arguments.steps)
    for s in sockets:
        drain(s, QUIET)


if __name__ == "__main__":
    main()
