# SPDX-License-Identifier: Apache-2.0
"""
Messages and packets of everyday.py, made fast: what the same lookup has in common is made once.
A lookup is (name, type, kind): kind is None for what is usual for the type, "nx", "nodata",
"servfail", or a tuple: ("cname", target, ...), ("a", address, ...), ("txt", text, ...).
"""

import struct
import zlib

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    "NAPTR": 35, "DS": 43, "DNSKEY": 48, "TLSA": 52, "OPENPGPKEY": 61, "SVCB": 64, "HTTPS": 65,
    "CAA": 257,
}
OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"  # EDNS(0), 1232 octets, no options
QUESTION_AT = b"\xc0\x0c"
SERVFAIL, NXDOMAIN = 2, 3
HEAD = struct.Struct("!6H")
FIXED = struct.Struct("!HHIH")
RECORD = struct.Struct("=4I")
PACKET = struct.Struct("!BBHHHBBH4s4sHHHH")
FILE_HEAD = struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)  # ns, LINKTYPE_RAW
TTLS = (20, 60, 60, 120, 300, 300, 300, 600, 1800, 3600, 14400, 86400)
SECOND = 10**9


def ttl_of(name):
    return TTLS[zlib.crc32(name.encode()) % len(TTLS)]


def wire_name(name):
    if not name:
        return b"\0"
    labels = name.encode().split(b".")
    wire = b"".join([bytes((len(label),)) + label for label in labels]) + b"\0"
    if len(wire) > 255 or not all(0 < len(label) < 64 for label in labels):
        raise ValueError(f"no domain name: {name!r}")
    return wire


def record(owner, kind, ttl, data):
    return owner + FIXED.pack(TYPES[kind], 1, ttl, len(data)) + data


PUBLIC = (13, 18, 23, 34, 52, 62, 80, 91, 104, 142, 151, 157, 185, 195, 199, 204)


def address(seed):
    network = PUBLIC[seed % len(PUBLIC)]
    return bytes((network, seed >> 8 & 255, seed >> 16 & 255, 1 + (seed >> 24) % 254))


def strings(*texts):
    """Character strings of at most 255 octets each (RFC 1035, section 3.3.14)."""
    octets = [text.encode() for text in texts]
    parts = [text[i:i + 255] for text in octets for i in range(0, len(text) or 1, 255)]
    return b"".join(bytes((len(part),)) + part for part in parts)


# What answers a type when nothing else is said: record data, from a number that the name gives.
USUAL = {
    "A": lambda n, seed: [address(seed * k) for k in range(1, 2 + seed % 3)],
    "AAAA": lambda n, seed: [b"\x2a\x02\x26" + struct.pack("!IIIB", seed, 0, seed >> 3, 1)],
    "NS": lambda n, seed: [wire_name(f"ns{k}.dns-{seed % 40}.net") for k in range(1, 5)],
    "CNAME": lambda n, seed: [wire_name(f"target{seed % 9}.{n.split('.', 1)[-1]}")],
    "PTR": lambda n, seed: [wire_name(f"host-{seed % 65536}.pool{seed % 97}.isp{seed % 31}.net")],
    "MX": lambda n, seed: [struct.pack("!H", 10) + wire_name(f"mx1.mail{seed % 60}.net")],
    "TXT": lambda n, seed: [strings(f"v=spf1 include:_spf{seed % 90}.mail-{seed % 50}.net -all")],
    "SRV": lambda n, seed: [struct.pack("!3H", 0, 100, 443 + seed % 3000)
                            + wire_name(f"srv{seed % 9}.{n.split('.', 2)[-1]}")],
    "SOA": lambda n, seed: [wire_name("ns1.example.net") + wire_name("admin.example.net")
                            + struct.pack("!5I", 2023111500 + seed % 99, 7200, 3600, 1209600, 300)],
    "TLSA": lambda n, seed: [b"\3\1\1" + struct.pack("!8I", *[seed * k & 0xffffffff
                                                              for k in range(1, 9)])],
    "HTTPS": lambda n, seed: [b"\0\1\0" + b"\0\1\0\6\2h3\2h2"],
    "SVCB": lambda n, seed: [b"\0\1" + wire_name("dns.example.net") + b"\0\1\0\3\2h2"],
    "CAA": lambda n, seed: [b"\0\5issueletsencrypt.org"],
    "DS": lambda n, seed: [struct.pack("!HBB8I", seed & 0xffff, 13, 2, *[seed * k & 0xffffffff
                                                                         for k in range(1, 9)])],
    "DNSKEY": lambda n, seed: [b"\1\1\3\x0d" + struct.pack("!16I", *[seed * k & 0xffffffff
                                                                     for k in range(1, 17)])],
    "NAPTR": lambda n, seed: [struct.pack("!2H", 100, 10) + strings("u", "E2U+sip")
                              + strings(f"!^.*$!sip:info@sip{seed % 50}.example.net!") + b"\0"],
    "OPENPGPKEY": lambda n, seed: [struct.pack("!I", seed) * 100],
}


def negative(name, ttl):
    """The SOA of the zone, which is taken to be the name's last two labels."""
    zone = ".".join(name.split(".")[-2:])
    offset = 0xC00C + len(name) + 1 - len(zone) - 1 if name else 0xC00C
    owner = struct.pack("!H", offset)
    data = (b"\3ns1" + owner + b"\x0ahostmaster" + owner
            + struct.pack("!5I", 2023111501, 7200, 3600, 1209600, ttl))
    return record(owner, "SOA", ttl, data)


def aliases(name, targets, ttl):
    """The CNAME records of a chain, and where its last target is."""
    owner, parts, at = QUESTION_AT, [], 12 + len(wire_name(name)) + 4
    for target in targets:
        data = wire_name(target)
        parts.append(record(owner, "CNAME", ttl, data))
        owner = struct.pack("!H", 0xC000 | at + len(parts[-1]) - len(data))
        at += len(parts[-1])
    return parts, owner


def answer_of(name, kind_of_type, kind):
    """(response code, answers, authorities, their octets)."""
    ttl, seed = ttl_of(name), zlib.crc32(name.encode()) | 1
    if kind == "servfail":
        return SERVFAIL, 0, 0, b""
    if kind in ("nx", "nodata"):
        return (NXDOMAIN if kind == "nx" else 0), 0, 1, negative(name, min(ttl, 900))
    parts, owner = [], QUESTION_AT
    if kind and kind[0] == "cname":
        parts, owner = aliases(name, kind[1:], ttl)
        seed = zlib.crc32(kind[-1].encode()) | 1
        if kind_of_type not in ("A", "AAAA"):  # the last target has none such
            return 0, len(parts), 0, b"".join(parts)
    if kind and kind[0] == "a":
        data = [bytes(map(int, text.split("."))) for text in kind[1:]]
    elif kind and kind[0] == "txt":
        data = [strings(text) for text in kind[1:]]
    elif kind and kind[0] == "ptr":
        data = [wire_name(kind[1])]
    else:
        data = USUAL[kind_of_type](name, seed)
    parts += [record(owner, kind_of_type, ttl, octets) for octets in data]
    return 0, len(parts), 0, b"".join(parts)


class Messages:
    """Octets of lookups; forget() bounds what is kept."""

    def __init__(self):
        self.known = {}

    def forget(self):
        self.known.clear()

    def parts(self, lookup):
        found = self.known.get(lookup)
        if not found:
            name, kind_of_type, kind = lookup
            question = wire_name(name) + struct.pack("!HH", TYPES[kind_of_type], 1)
            found = self.known[lookup] = (question, answer_of(name, kind_of_type, kind))
        return found

    def pair(self, ident, lookup, edns, mixed=None):
        """Query and response; `mixed` changes the case of the question's letters."""
        question, (rcode, answers, authorities, records) = self.parts(lookup)
        if mixed:
            question = mixed(question)
        tail = OPT if edns else b""
        query = HEAD.pack(ident, 0x0100, 1, 0, 0, edns) + question + tail
        head = HEAD.pack(ident, 0x8180 | rcode, 1, answers, authorities, edns)
        return query, head + question + records + tail


def packet(time, source, source_port, target, target_port, payload):
    """A capture's record: IPv4 and UDP without checksums."""
    size = 28 + len(payload)
    return RECORD.pack(time // SECOND, time % SECOND, size, size) + PACKET.pack(
        0x45, 0, size, 0, 0, 64, 17, 0, source, target, source_port, target_port, size - 20, 0
    ) + payload
