# SPDX-License-Identifier: Apache-2.0
"""What the lab reads of a DNS message (RFC 1035, section 4): header, question, counts."""
import struct
from dataclasses import dataclass

TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV",
    35: "NAPTR", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 64: "SVCB",
    65: "HTTPS", 255: "ANY",
}  # fmt: skip
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
QR, AA, TC, RD, AD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0020
HEADER = struct.Struct("!6H")


@dataclass(frozen=True)
class Message:
    id: int
    flags: int
    qname: str  # lower case, with the dot at its end; "" without a question
    qtype: str

    @property
    def is_response(self):
        return bool(self.flags & QR)

    @property
    def truncated(self):
        return bool(self.flags & TC)

    @property
    def rcode(self):
        return RCODES.get(self.flags & 15, f"RCODE{self.flags & 15}")


def name_at(octets, at):
    """The name there, not compressed, and where it ends. Raises IndexError past the octets' end."""
    labels = []
    while octets[at]:
        labels.append(octets[at + 1 : at + 1 + octets[at]].decode("latin-1").lower())
        at += 1 + octets[at]
    return ".".join(labels) + ".", at + 1


def parse(octets):
    """A message, or None for what is none."""
    try:
        ident, flags, questions, _, _, _ = HEADER.unpack_from(octets)
        if not questions:
            return Message(ident, flags, "", "")
        name, end = name_at(octets, HEADER.size)
        (qtype,) = struct.unpack_from("!H", octets, end)
    except (struct.error, IndexError):
        return None
    return Message(ident, flags, name, TYPES.get(qtype, f"TYPE{qtype}"))


def query(ident, name, qtype="A", flags=RD):
    number = next(n for n, text in TYPES.items() if text == qtype)
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return HEADER.pack(ident, flags, 1, 0, 0, 0) + wire + struct.pack("!HH", number, 1)
