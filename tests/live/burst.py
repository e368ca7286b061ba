# SPDX-License-Identifier: Apache-2.0
"""
Many lookups at once, over UDP: burst.py [--comm NAME] SERVER LABEL SOCKETS BEHAVIOUR=COUNT...

rogue.py answers them; what it shall do `again` is sent again. Prints how many were answered.
"""
import argparse
import ctypes
import select
import socket
import time

import wire
from rogue import ROOM, SO_RCVBUFFORCE

RETRY = 0.3  # seconds
PACE = 20  # queries between looks for answers: the server is as slow as we are
PR_SET_NAME = 15
QUIET = 3  # seconds without an answer: there will be no more


def connected(server):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    s.connect((server, 53))
    s.setblocking(False)
    return s


def queries(sockets, label, plan):
    """(socket, query, is sent again): each socket has ids of its own."""
    number = 0
    for part in plan:
        behaviour, count = part.split("=")
        for _ in range(int(count)):
            name = f"q{number}.{label}.{behaviour}.rogue.test"
            yield (
                sockets[number % len(sockets)],
                wire.query(number // len(sockets), name),
                behaviour == "again",
            )
            number += 1


def receive(sockets, wait):
    """How many answers there are."""
    count = 0
    for s in select.select(sockets, [], [], wait)[0]:
        try:
            while s.recv(65535):
                count += 1
        except BlockingIOError:
            pass
    return count


def main(server, label, count, *plan):
    sockets = [connected(server) for _ in range(int(count))]
    again, answered = [], 0
    for number, (s, query, is_again) in enumerate(queries(sockets, label, plan)):
        s.send(query)
        if is_again:
            again.append((s, query))
        if number % PACE == PACE - 1:
            answered += receive(sockets, 0.001)
    time.sleep(RETRY)
    for s, query in again:
        s.send(query)
    while True:
        more = receive(sockets, QUIET)
        if not more:
            break
        answered += more
    print(answered)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--comm")
    parser.add_argument("words", nargs="+")
    arguments = parser.parse_args()
    if arguments.comm:
        ctypes.CDLL(None).prctl(PR_SET_NAME, arguments.comm.encode(), 0, 0, 0)
    main(*arguments.words)
