# SPDX-License-Identifier: Apache-2.0
"""
The truth on the wire: every DNS query that entered the lab's switch, and what came back for it.

The packets are taken where hosts send them into the switch, once each, and wait in the socket's
buffer until somebody asks; that some did not fit is an error.
"""
import ipaddress
import socket
import struct
from dataclasses import dataclass

import message

ETH_P_ALL, ETH_IPV4, ETH_IPV6 = 0x0003, 0x0800, 0x86DD
SOL_PACKET, PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 263, 6, 23
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
UDP, TCP, SYN = 17, 6, 2
PROTOCOLS = {UDP: "udp", TCP: "tcp"}
ROOM = 64 << 20  # octets
DNS_PORT = 53


@dataclass
class Query:
    """A query that a host sent to a server; one that was sent again is another."""

    time: float  # seconds since 1970
    server: str  # its key in zones.SERVERS, or its address
    client: str  # address
    client_port: int
    proto: str  # "udp", "tcp"
    id: int
    qname: str  # lower case, with the dot at its end
    qtype: str
    rcode: str = None  # of the response; None: there is none (yet)
    truncated: bool = False
    answered: float = None  # when

    @property
    def question(self):
        return self.qname, self.qtype


def ip_payload(frame):
    """(protocol, source, destination, payload) of an Ethernet frame; None unless UDP or TCP."""
    (ethertype,) = struct.unpack_from("!H", frame, 12)
    packet = frame[14:]
    if ethertype == ETH_IPV4 and not int.from_bytes(packet[6:8], "big") & 0x1FFF:
        header = (packet[0] & 15) * 4
        size = int.from_bytes(packet[2:4], "big")
        proto, addresses, body = packet[9], packet[12:20], packet[header:size]
    elif ethertype == ETH_IPV6:
        size = int.from_bytes(packet[4:6], "big")
        proto, addresses, body = packet[6], packet[8:40], packet[40 : 40 + size]
    else:
        return None
    if proto not in PROTOCOLS:
        return None
    half = len(addresses) // 2
    source, destination = (
        str(ipaddress.ip_address(a)) for a in (addresses[:half], addresses[half:])
    )
    return proto, source, destination, body


class Wiretap:
    def __init__(self, make_socket, names):
        """make_socket() is socket.socket() in the switch; names: address -> server's name."""
        self.names = names
        self.queries = []
        self.waiting = {}  # (server, client, port, protocol, id, question) -> Query
        self.streams = {}  # (source, port, destination, port) -> (next number, octets)
        self.socket = make_socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setblocking(False)

    def close(self):
        self.socket.close()

    def read(self):
        """Takes what has come; all queries since the lab began."""
        while True:
            try:
                frame, control, _, _ = self.socket.recvmsg(65536, 64)
            except BlockingIOError:
                break
            seconds, nanoseconds = struct.unpack_from("qq", control[0][2])
            self.take_frame(seconds + nanoseconds / 1e9, frame)
        _, drops = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        assert not drops, f"the wiretap lost {drops} packets: read it more often"
        return self.queries

    def take_frame(self, time, frame):
        found = ip_payload(frame)
        if not found:
            return
        proto, source, destination, body = found
        ports = struct.unpack_from("!HH", body)
        if DNS_PORT not in ports:
            return
        flow = (source, ports[0], destination, ports[1])
        if proto == UDP:
            self.take_message(time, "udp", flow, body[8:])
        else:
            for octets in self.messages_of_stream(flow, body):
                self.take_message(time, "tcp", flow, octets)

    def messages_of_stream(self, flow, segment):
        """The messages that are complete now. What is sent again is taken once; nothing is lost."""
        number, octets = int.from_bytes(segment[4:8], "big"), segment[(segment[12] >> 4) * 4 :]
        if segment[13] & SYN:
            self.streams[flow] = (number + 1, b"")
            return
        following, stream = self.streams.get(flow, (number, b""))
        seen = (following - number) % 2**32
        if seen < len(octets):
            following, stream = number + len(octets), stream + octets[seen:]
        while len(stream) >= 2:
            end = 2 + int.from_bytes(stream[:2], "big")
            if len(stream) < end:
                break
            yield stream[2:end]
            stream = stream[end:]
        self.streams[flow] = (following, stream)

    def take_message(self, time, proto, flow, octets):
        parsed = message.parse(octets)
        if not parsed:
            return
        source, port, destination, other_port = flow
        question = (parsed.qname, parsed.qtype)
        if not parsed.is_response:
            server = self.names.get(destination, destination)
            query = Query(time, server, source, port, proto, parsed.id, *question)
            self.queries.append(query)
            self.waiting[destination, source, port, proto, parsed.id, question] = query
            return
        key = (source, destination, other_port, proto, parsed.id, question)
        query = self.waiting.pop(key, None)
        if query:
            query.rcode, query.truncated, query.answered = parsed.rcode, parsed.truncated, time
