# SPDX-License-Identifier: Apache-2.0
"""
DNS over one TCP connection, as clients and servers rarely do it.

tcp_peer.py ask SERVER STEP NAME...: asks for all names at once, STEP octets a segment (0: one
segment for all), and reads as many answers.
tcp_peer.py serve ADDRESS COUNT: takes one connection, waits for COUNT queries and answers the
last one first, all in one segment.
"""
import socket
import struct
import sys
import time

import wire

SECONDS = 60  # a tool may be starting meanwhile, on a slow machine
GAP = 0.002  # between segments, so that none are joined


def framed(message):
    return struct.pack("!H", len(message)) + message


def read_messages(stream, count):
    for _ in range(count):
        (size,) = struct.unpack("!H", stream.read(2))
        yield stream.read(size)


def ask(server, step, *names):
    octets = b"".join(framed(wire.query(i, name)) for i, name in enumerate(names))
    step = int(step) or len(octets)
    with socket.create_connection((server, 53), SECONDS) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(octets), step):
            s.sendall(octets[at : at + step])
            if step < len(octets):
                time.sleep(GAP)
        for answer in read_messages(s.makefile("rb"), len(names)):
            print(int.from_bytes(answer[:2], "big"), flush=True)


def serve(address, count):
    with socket.create_server((address, 53)) as listener:
        listener.settimeout(SECONDS)
        print("ready", flush=True)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(SECONDS)
            answers = []
            for query in read_messages(connection.makefile("rb"), int(count)):
                asked = wire.question_of(query)
                ident = int.from_bytes(query[:2], "big")
                answers.insert(0, wire.response(ident, asked, wire.address_record(asked)))
            connection.sendall(b"".join(map(framed, answers)))
            connection.recv(1)  # until the client closes


if __name__ == "__main__":
    {"ask": ask, "serve": serve}[sys.argv[1]](*sys.argv[2:])
