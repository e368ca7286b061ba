# SPDX-License-Identifier: Apache-2.0
"""Capture files that are made here: IPv4 without link layer (LINKTYPE_RAW)."""

import ipaddress
import struct

UDP, TCP = 17, 6
SYN, ACK = 2, 16


def ipv4(protocol, source, destination, content):
    addresses = b"".join(ipaddress.IPv4Address(host).packed for host, _ in (source, destination))
    size = 20 + len(content)
    return struct.pack("!BBHHHBBH", 0x45, 0, size, 0, 0, 64, protocol, 0) + addresses + content


def udp(source, destination, payload):
    """A packet; ends are (address, port)."""
    head = struct.pack("!4H", source[1], destination[1], 8 + len(payload), 0)
    return ipv4(UDP, source, destination, head + payload)


def tcp(source, destination, sequence, payload=b"", flags=ACK):
    head = struct.pack(
        "!HHIIBBHHH", source[1], destination[1], sequence, 1, 5 << 4, flags, 65535, 0, 0
    )
    return ipv4(TCP, source, destination, head + payload)


def write(path, packets):
    """(time in ns, octets) each."""
    with open(path, "wb") as out:
        out.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101))
        for time, octets in packets:
            size = len(octets)
            out.write(struct.pack("=4I", time // 10**9, time % 10**9, size, size) + octets)
