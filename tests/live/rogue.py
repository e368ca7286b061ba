# SPDX-License-Identifier: Apache-2.0
"""
A name server that misbehaves, over UDP and TCP.

The label before "rogue" in the name asked for chooses what it does: p1-1.twice.rogue.test is
answered twice, p1-1.us500.rogue.test after 500 us, and p1-1.again.rogue.test the second time only.
"""
import argparse
import heapq
import itertools
import selectors
import socket
import struct
import sys
import time

import wire

SO_RCVBUFFORCE = 33  # socket(7); Python has no name for it
ROOM = 8 << 20  # octets, for all that comes while we are busy


def answer(ident, asked):
    return wire.response(ident, asked, wire.address_record(asked))


def other_question(asked):
    return asked[:1] + b"z" + asked[2:]


# behaviour -> [(delay in seconds, response)], for UDP
BEHAVIOURS = {
    b"good": lambda i, q: [(0, answer(i, q))],
    b"again": lambda i, q: [(0, answer(i, q))],
    b"silent": lambda i, q: [],
    b"delay": lambda i, q: [(0.3, answer(i, q))],
    b"late": lambda i, q: [(1, answer(i, q))],
    b"twice": lambda i, q: [(0, answer(i, q)), (0.1, answer(i, q))],
    b"wrongid": lambda i, q: [(0, answer(i ^ 0x5555, q))],
    b"wrongquestion": lambda i, q: [(0, answer(i, other_question(q)))],
    b"truncated": lambda i, q: [(0, wire.response(i, q, flags=wire.TC))],
    b"nxdomain": lambda i, q: [(0, wire.response(i, q, rcode=wire.NXDOMAIN))],
    b"servfail": lambda i, q: [(0, wire.response(i, q, rcode=wire.SERVFAIL))],
    b"noquestion": lambda i, q: [(0, wire.response(i, b"", rcode=wire.FORMERR))],
    b"damaged": lambda i, q: [(0, answer(i, q)[:-2])],
    b"headless": lambda i, q: [(0, answer(i, q)[:7])],
    b"elsewhere": lambda i, q: [(0, answer(i, q))],
}


def bound(kind, address, port):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    s.bind((address, port))
    return s


class Server:
    def __init__(self, arguments):
        self.selector = selectors.DefaultSelector()
        self.due = []  # heap of (time, number, socket, client, response)
        self.heard = set()  # what was asked for `again`, once
        self.number = itertools.count()
        for address in arguments.listen:
            self.listen(address, arguments.port)
        self.silent = [
            bound(socket.SOCK_DGRAM, address, arguments.port) for address in arguments.silent
        ]
        self.elsewhere = {
            s.family: s
            for s in (
                bound(socket.SOCK_DGRAM, address, arguments.port) for address in arguments.elsewhere
            )
        }

    def listen(self, address, port):
        udp, tcp = bound(socket.SOCK_DGRAM, address, port), bound(socket.SOCK_STREAM, address, port)
        tcp.listen(64)
        self.selector.register(udp, selectors.EVENT_READ, self.take_datagram)
        self.selector.register(tcp, selectors.EVENT_READ, self.take_connection)

    def behaviour(self, query):
        labels = wire.labels_of(query)
        return labels[labels.index(b"rogue") - 1]

    def take_datagram(self, s):
        query, client = s.recvfrom(65535)
        asked, ident = wire.question_of(query), int.from_bytes(query[:2], "big")
        behaviour = self.behaviour(query)
        out = self.elsewhere[s.family] if behaviour == b"elsewhere" else s
        for delay, response in self.responses(behaviour, client, ident, asked):
            heapq.heappush(
                self.due, (time.monotonic() + delay, next(self.number), out, client, response)
            )

    def responses(self, behaviour, client, ident, asked):
        if behaviour.startswith(b"us"):
            return [(int(behaviour[2:]) / 1e6, answer(ident, asked))]
        key = (client, ident, asked)
        if behaviour == b"again" and key not in self.heard:
            self.heard.add(key)
            return []
        return BEHAVIOURS[behaviour](ident, asked)

    def take_connection(self, s):
        """Over TCP everything is answered well, but on the silent behaviour nothing."""
        connection, _ = s.accept()
        connection.settimeout(2)
        with connection:
            query = connection.recv(65535)[2:]
            if self.behaviour(query) == b"silent":
                return
            response = answer(int.from_bytes(query[:2], "big"), wire.question_of(query))
            connection.sendall(struct.pack("!H", len(response)) + response)

    def send_due(self):
        while self.due and self.due[0][0] <= time.monotonic():
            _, _, s, client, response = heapq.heappop(self.due)
            s.sendto(response, client)

    def serve(self):
        while True:
            wait = max(0, self.due[0][0] - time.monotonic()) if self.due else None
            for key, _ in self.selector.select(wait):
                try:
                    key.data(key.fileobj)
                except (OSError, ValueError, IndexError) as error:
                    print(f"rogue: {error}", file=sys.stderr, flush=True)
            self.send_due()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument(
        "--silent", nargs="*", default=[], help="addresses that take all and say nothing"
    )
    parser.add_argument(
        "--elsewhere", nargs="*", default=[], help="one of a family, to answer `elsewhere` from"
    )
    parser.add_argument("--listen", nargs="+")
    server = Server(parser.parse_args())
    print("ready", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
