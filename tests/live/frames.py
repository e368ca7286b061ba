# SPDX-License-Identifier: Apache-2.0
"""
Ethernet frames octet by octet; as a program, frames.py INTERFACE sends those on stdin, in
hexadecimal, one a line.
"""
import ipaddress
import socket
import struct
import sys
from dataclasses import dataclass

IPV4, IPV6, VLAN, QINQ = 0x0800, 0x86DD, 0x8100, 0x88A8
UDP, HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 17, 0, 43, 44, 60


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass
class Datagram:
    """A UDP datagram."""

    source: str
    destination: str
    source_port: int
    destination_port: int
    payload: bytes

    def addresses(self):
        return b"".join(ipaddress.ip_address(a).packed for a in (self.source, self.destination))

    def udp(self):
        head = struct.pack("!4H", self.source_port, self.destination_port, 8 + len(self.payload), 0)
        pseudo = self.addresses() + struct.pack("!2H", UDP, 8 + len(self.payload))
        total = checksum(pseudo + head + self.payload) or 0xFFFF
        return head[:6] + struct.pack("!H", total) + self.payload

    def ip(self, options=b"", extensions=()):
        """The IP packet, with IPv4 options, or the IPv6 extension headers of these types."""
        if ":" in self.source:
            return self.ipv6(extensions)
        return self.ipv4(self.udp(), options)

    def ipv4(self, content, options=b"", fragment=0):
        words = 5 + len(options) // 4
        head = struct.pack(
            "!2B3H2BH", 0x40 | words, 0, words * 4 + len(content), 99, fragment, 64, UDP, 0
        )
        head += self.addresses() + options
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + content

    def ipv6(self, extensions=(), content=None, kind=UDP):
        content = self.udp() if content is None else content
        for extension in reversed(extensions):
            # Eight octets: next header, length 0, and a PadN option or an empty routing header.
            body = b"\0\0\0\0\0\0" if extension == ROUTING else b"\1\4\0\0\0\0"
            content, kind = bytes([kind, 0]) + body + content, extension
        return struct.pack("!IHBB", 6 << 28, len(content), kind, 64) + self.addresses() + content


def ethernet(packet, tags=(), kind=None):
    kind = kind or (IPV6 if packet[0] >> 4 == 6 else IPV4)
    stacked = b"".join(struct.pack("!2H", tag, 5 + n) for n, tag in enumerate(tags))
    frame = b"\x02\0\0\0\0\x53" + b"\x02\0\0\0\0\x01" + stacked + struct.pack("!H", kind) + packet
    return frame.ljust(60, b"\0")


def fragments(datagram, size):
    """Frames with at most `size` octets of the datagram each."""
    content = datagram.udp()
    frames = []
    for begin in range(0, len(content), size):
        part, more = content[begin : begin + size], begin + size < len(content)
        if ":" in datagram.source:
            head = struct.pack("!2BHI", UDP, 0, begin | more, 99)
            frames.append(ethernet(datagram.ipv6(content=head + part, kind=FRAGMENT)))
        else:
            frames.append(
                ethernet(datagram.ipv4(part, fragment=begin // 8 | (0x2000 if more else 0)))
            )
    return frames


# label, whether IPv6, what makes a frame of a datagram
ENCAPSULATIONS = [
    ("plain", False, lambda d: ethernet(d.ip())),
    ("vlan", False, lambda d: ethernet(d.ip(), (VLAN,))),
    ("qinq", False, lambda d: ethernet(d.ip(), (QINQ, VLAN))),
    ("qinq-as-vlan", False, lambda d: ethernet(d.ip(), (VLAN, VLAN))),
    ("three-tags", False, lambda d: ethernet(d.ip(), (QINQ, VLAN, VLAN))),
    ("options", False, lambda d: ethernet(d.ip(options=b"\x94\4\0\0"))),
    ("all-options", False, lambda d: ethernet(d.ip(options=b"\1" * 40))),
    ("options-vlan", False, lambda d: ethernet(d.ip(options=b"\x94\4\0\0"), (VLAN,))),
    ("padded", False, lambda d: ethernet(d.ip()) + b"\xff" * 9),
    ("ipv6", True, lambda d: ethernet(d.ip())),
    ("ipv6-vlan", True, lambda d: ethernet(d.ip(), (VLAN,))),
    ("ipv6-qinq", True, lambda d: ethernet(d.ip(), (QINQ, VLAN))),
    ("hop-by-hop", True, lambda d: ethernet(d.ip(extensions=(HOP_BY_HOP,)))),
    (
        "extensions",
        True,
        lambda d: ethernet(d.ip(extensions=(HOP_BY_HOP, DESTINATION, ROUTING, DESTINATION))),
    ),
    (
        "extensions-qinq",
        True,
        lambda d: ethernet(d.ip(extensions=(HOP_BY_HOP, DESTINATION)), (QINQ, VLAN)),
    ),
    ("ipv6-padded", True, lambda d: ethernet(d.ip()) + b"\xff" * 9),
]


def main():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((sys.argv[1], 0))
        for line in sys.stdin:
            s.send(bytes.fromhex(line))


if __name__ == "__main__":
    main()
