# SPDX-License-Identifier: Apache-2.0
"""
What servers say of themselves: dnstap, which knot, nsd, bind9, unbound, pdns and kresd all write.

The receiver's end of Frame Streams (github.com/farsightsec/fstrm) and as much of protobuf as
dnstap.proto needs. Servers send what they have about once a second.
"""
import ipaddress
import os
import selectors
import socket
import struct
import threading
from dataclasses import dataclass

import message

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
ACCEPT, START, STOP, READY, FINISH = 1, 2, 3, 4, 5
FIELD_CONTENT_TYPE = 1

# Fields of Dnstap and of its Message.
MESSAGE = 14
TYPE, PROTOCOL, CLIENT, SERVER, CLIENT_PORT, SERVER_PORT = 1, 3, 4, 5, 6, 7
QUERY_SECONDS, QUERY_NANOSECONDS, QUERY_MESSAGE = 8, 9, 10
RESPONSE_SECONDS, RESPONSE_NANOSECONDS, RESPONSE_MESSAGE = 12, 13, 14

KINDS = {
    1: "auth_query", 2: "auth_response", 3: "resolver_query", 4: "resolver_response",
    5: "client_query", 6: "client_response", 7: "forwarder_query", 8: "forwarder_response",
}  # fmt: skip
PROTOCOLS = {1: "udp", 2: "tcp"}


@dataclass(frozen=True)
class Tapped:
    """A message as a server logged it. `client` asked: for resolver_..., the server itself."""

    kind: str  # of KINDS
    time: float  # seconds since 1970
    proto: str
    client: str
    client_port: int
    server: str  # None where the writer leaves it out
    id: int
    qname: str
    qtype: str
    rcode: str  # None: a query


def varint(octets, at):
    value = shift = 0
    while True:
        value |= (octets[at] & 0x7F) << shift
        at += 1
        if octets[at - 1] < 0x80:
            return value, at
        shift += 7


def fields(octets):
    """A protobuf message: number -> value; of repeated ones the last."""
    found, at = {}, 0
    while at < len(octets):
        key, at = varint(octets, at)
        wire_type = key & 7
        if wire_type == 0:
            value, at = varint(octets, at)
        else:
            size = {1: 8, 5: 4}.get(wire_type)
            if size is None:
                size, at = varint(octets, at)
            value, at = octets[at : at + size], at + size
            if wire_type != 2:
                value = int.from_bytes(value, "little")
        found[key >> 3] = value
    return found


def tapped(octets):
    """A frame; None for messages that the lab has no use for."""
    m = fields(fields(octets).get(MESSAGE, b""))
    is_query = QUERY_MESSAGE in m and m[TYPE] % 2
    parsed = message.parse(m.get(QUERY_MESSAGE if is_query else RESPONSE_MESSAGE, b""))
    if m.get(TYPE) not in KINDS or not parsed:
        return None
    seconds, nanoseconds = (
        (QUERY_SECONDS, QUERY_NANOSECONDS) if is_query else (RESPONSE_SECONDS, RESPONSE_NANOSECONDS)
    )
    address = {n: str(ipaddress.ip_address(m[n])) for n in (CLIENT, SERVER) if m.get(n)}
    return Tapped(
        KINDS[m[TYPE]],
        m.get(seconds, 0) + m.get(nanoseconds, 0) / 1e9,
        PROTOCOLS.get(m.get(PROTOCOL)),
        address.get(CLIENT),
        m.get(CLIENT_PORT),
        address.get(SERVER),
        parsed.id,
        parsed.qname,
        parsed.qtype,
        parsed.rcode if parsed.is_response else None,
    )


def control(kind, with_type=True):
    body = struct.pack("!I", kind)
    if with_type:
        body += struct.pack("!II", FIELD_CONTENT_TYPE, len(CONTENT_TYPE)) + CONTENT_TYPE
    return struct.pack("!II", 0, len(body)) + body


class Connection:
    """One writer's stream."""

    def __init__(self, stream, take):
        self.stream, self.take, self.octets = stream, take, b""

    def read(self):
        """False at the end. A writer may be gone before its last frame is acknowledged."""
        try:
            octets = self.stream.recv(1 << 18)
            self.octets += octets
            while self.one_frame():
                pass
            return bool(octets)
        except OSError:
            return False

    def one_frame(self):
        if len(self.octets) < 4:
            return False
        (size,) = struct.unpack_from("!I", self.octets)
        begin = 4
        if size == 0:  # a control frame, whose size follows
            if len(self.octets) < 8:
                return False
            (control_size,) = struct.unpack_from("!I", self.octets, 4)
            begin = 8
        end = begin + (size or control_size)
        if len(self.octets) < end:
            return False
        frame, self.octets = self.octets[begin:end], self.octets[end:]
        if size:
            self.take(frame)
        else:
            self.answer(struct.unpack_from("!I", frame)[0])
        return True

    def answer(self, kind):
        if kind == READY:
            self.stream.sendall(control(ACCEPT))
        elif kind == STOP:
            self.stream.sendall(control(FINISH, with_type=False))


class Receiver:
    """Listens where it is told to, in a thread of its own."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.messages = {}  # path of the socket -> [Tapped], in the order of their coming
        self.wake, self.ended = socket.socketpair()
        self.selector.register(self.ended, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def listen(self, path):
        """A socket for one writer; anybody may write to it."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        os.chmod(path, 0o666)
        listener.listen()
        messages = self.messages[path] = []

        def take(frame):
            message_of_frame = tapped(frame)
            if message_of_frame:
                messages.append(message_of_frame)

        self.selector.register(listener, selectors.EVENT_READ, lambda: self.accept(listener, take))
        return path

    def accept(self, listener, take):
        connection = Connection(listener.accept()[0], take)

        def read():
            if not connection.read():
                self.selector.unregister(connection.stream)
                connection.stream.close()

        self.selector.register(connection.stream, selectors.EVENT_READ, read)

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.ended:
                    return
                key.data()

    def close(self):
        self.wake.send(b"x")
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.wake.close()
        self.selector.close()
