# SPDX-License-Identifier: Apache-2.0
"""As much of the DNS message format as the test programs need (RFC 1035, section 4)."""
import struct

TYPES = {"A": 1, "TXT": 16, "AAAA": 28}
QR, TC, RD, RA = 0x8000, 0x0200, 0x0100, 0x0080
FORMERR, SERVFAIL, NXDOMAIN = 1, 2, 3
HEADER_SIZE = 12


def name_to_wire(name):
    """A text name, or labels as octets."""
    labels = name.rstrip(".").encode().split(b".") if isinstance(name, str) else name
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(name, qtype="A"):
    return name_to_wire(name) + struct.pack("!HH", TYPES[qtype], 1)


def query(ident, name, qtype="A"):
    return struct.pack("!6H", ident, RD, 1, 0, 0, 0) + question(name, qtype)


def question_of(message):
    """The octets of a message's only question."""
    end = HEADER_SIZE
    while message[end]:
        end += message[end] + 1
    return message[HEADER_SIZE : end + 5]


def labels_of(message):
    octets, labels = question_of(message), []
    while octets[0]:
        labels.append(octets[1 : octets[0] + 1])
        octets = octets[octets[0] + 1 :]
    return labels


def address_record(asked):
    """An A or AAAA record (TTL 60) that answers the question octets `asked`."""
    data = (
        bytes([192, 0, 2, 99])
        if asked[-4:-2] == b"\0\1"
        else bytes([0x20, 1, 0xD, 0xB8] + [0] * 11 + [0x99])
    )
    return b"\xc0\x0c" + asked[-4:] + struct.pack("!IH", 60, len(data)) + data


def response(ident, asked, answer=b"", flags=0, rcode=0):
    """A response with the question octets `asked` (empty: none) and at most one record."""
    header = struct.pack(
        "!6H", ident, QR | RD | RA | flags | rcode, bool(asked), bool(answer), 0, 0
    )
    return header + asked + answer
