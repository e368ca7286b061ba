# SPDX-License-Identifier: Apache-2.0
"""
Client and server in one: alone.py NAME SECONDS asks itself for a name with the ids 0 to 99, from a
port that is always the same, and answers after a while.
"""
import socket
import sys
import time

import wire

CLIENT, SERVER = ("127.0.0.1", 5999), ("127.0.0.1", 53)


def bound(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(address)
    s.settimeout(5)
    return s


def main(name, seconds):
    client, server = bound(CLIENT), bound(SERVER)
    queries = [wire.query(i, name) for i in range(100)]
    for query in queries:
        client.sendto(query, SERVER)
    time.sleep(float(seconds))
    for i, query in enumerate(queries):
        server.sendto(wire.response(i, wire.question_of(query)), CLIENT)
    for _ in queries:
        client.recv(512)


if __name__ == "__main__":
    main(*sys.argv[1:])
