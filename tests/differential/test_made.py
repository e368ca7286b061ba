# SPDX-License-Identifier: Apache-2.0
"""
The differential test with messages that are made here: types that no capture has, and a test
that needs no captures. tshark must decode each record's data, and to the same text.
"""

import struct

import pytest

import compare
import pcap
import tshark
from dump import dump

NAME = "076578616d706c6503636f6d00"

# Type and data; compare.py makes the text that is expected of tshark's fields.
RECORDS = {
    "A": (1, "c0000201"),
    "NS": (2, NAME),
    "NS of the root": (2, "00"),
    "CNAME": (5, "03777777" + NAME),
    "SOA": (6, NAME + "0a686f73746d617374" "6572" + NAME + "0000000100001c2000000e1000127500000003e8"),
    "PTR": (12, "0b6120622e635c64656621ff" + NAME),
    "HINFO": (13, "0a5641582d31312f37383004554e4958"),
    "MX": (15, "000a046d61696c" + NAME),
    "TXT": (16, "0568656c6c6f0003202221"),
    "AAAA": (28, "20010db8000000000000000000000001"),
    "AAAA mapped": (28, "00000000000000000000ffffc0000201"),
    "AAAA zeros": (28, "20010db8000000010000000000000001"),
    "SRV": (33, "000000010035" + NAME),
    "NAPTR": (35, "0064003201730d7a333935302b49324c2b49324300065f7a33393530045f746370" + NAME),
    "DS": (43, "ec4505012bb183af5f22588179a53b0a98631fad1a292118"),
    "SSHFP": (44, "0201123456789abcdef67890123456789abcdef67890"),
    "RRSIG": (46, "00010503000151803e7c9dd73e5510d70a52" + NAME + "a090755ba58d1aff"),
    "RRSIG in 2105": (46, "00010503000151" "80fa000000800000000a52" + NAME + "a0"),
    "NSEC": (47, NAME + "0006400100000003"),
    "DNSKEY": (48, "0100030503010001ff"),
    "NSEC3": (50, "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b000722010000000290"),
    "NSEC3 unsalted": (50, "0101000000" "0a174eb2409fe28bcb4887" "000140"),
    "NSEC3PARAM": (51, "0100000c04aabbccdd"),
    "TLSA": (52, "030101d2abde240d7cd3ee"),
    "TKEY": (249, "086773732d747369670063f40a8663f55c06000300000002a1810000"),
    "TSIG": (250, "0b686d61632d7368613235360000" "00573c2f36012c0004deadbeef1e6c00000000"),
    "WKS": (11, "c0a8000106e005"),
    "SVCB": (64, "0010" + NAME + "0001000602683202683300030002003500040004c0000201"
                 "0006001020010db8000000000000000000000001"),
    "HTTPS": (65, "000100" "00010003026832"),
    "SPF": (99, "0b763d73706631202b616c6c"),
    "CAA": (257, "0005697373756563612e6e65743b20613d62"),
    "CAA critical": (257, "80056973737565" "3b"),
    "unknown": (65280, "deadbeef"),
}


def message(rtype, rdata):
    """A response with one answer."""
    octets = bytes.fromhex(rdata)
    question = bytes.fromhex(NAME) + struct.pack("!HH", rtype, 1)
    header = struct.pack("!6H", 0x1234, 0x8180, 1, 1, 0, 0)
    return header + question + struct.pack("!HHHIH", 0xC00C, rtype, 1, 300, len(octets)) + octets


@pytest.fixture(scope="module")
def decoded(tmp_path_factory):
    """Both decoders' views of all messages, by name."""
    path = tmp_path_factory.mktemp("made") / "made.pcap"
    wires = [message(*record) for record in RECORDS.values()]
    server, client = ("192.0.2.1", 53), ("192.0.2.2", 40000)
    pcap.write(path, [(0, pcap.udp(server, client, wire)) for wire in wires])
    theirs = list(tshark.messages(path))
    assert [wire for _, wire, _, _ in theirs] == wires
    return dict(zip(RECORDS, zip(dump(wires), theirs)))


@pytest.mark.parametrize("what", RECORDS)
def test_made(decoded, what):
    ours, (_, _, layer, malformed) = decoded[what]
    assert not malformed
    assert "malformed" not in ours and "why" not in ours["records"][0]
    compared = list(compare.fields(ours, layer, malformed))
    assert [c for c in compared if c[1] != c[2]] == []
    assert any(field.endswith(" data") for field, _, _ in compared), "data not compared"
