# SPDX-License-Identifier: Apache-2.0
"""Captures of lookups that take a course which no capture at hand has."""

import struct
import sys

import pcap
import tshark

sys.path.append(str(tshark.ROOT / "tests" / "live"))
from wire import TC, address_record, query, question, response  # noqa

SECOND = 10**9
START = 1700000000 * SECOND + 1  # whole microseconds would hide what is rounded
CLIENT, SERVER, OTHER_SERVER = ("192.0.2.1", 40000), ("192.0.2.53", 53), ("192.0.2.54", 53)
CONNECTION = ("192.0.2.1", 40001)
AXFR, SOA = 252, 6


def asks(ident, name, client=CLIENT, server=SERVER):
    return pcap.udp(client, server, query(ident, name))


def answer(ident, name, flags=0):
    return response(ident, question(name), address_record(question(name)), flags)


def answers(ident, name, flags=0, client=CLIENT, server=SERVER):
    return pcap.udp(server, client, answer(ident, name, flags))


def framed(message):
    return struct.pack("!H", len(message)) + message


def opening(at):
    return [
        (at, pcap.tcp(CONNECTION, SERVER, 0, flags=pcap.SYN)),
        (at + 0.01, pcap.tcp(SERVER, CONNECTION, 0, flags=pcap.SYN | pcap.ACK)),
    ]


def segments(source, destination, parts):
    """Of one direction, from its first octet on."""
    sequence = 1
    for at, octets in parts:
        yield at, pcap.tcp(source, destination, sequence, octets)
        sequence += len(octets)


def asks_over_tcp(*parts):
    return list(segments(CONNECTION, SERVER, parts))


def answers_over_tcp(*parts):
    return list(segments(SERVER, CONNECTION, parts))


def truncated():
    return [
        (0, asks(1, "a.example")),
        (0.1, answers(1, "a.example", TC)),
        *opening(0.2),
        *asks_over_tcp((0.4, framed(query(2, "a.example")))),
        *answers_over_tcp((0.7, framed(answer(2, "a.example")))),
    ]


def pipelined():
    """Two queries, two answers in the other order, each pair in segments that cut one."""
    asked = framed(query(1, "a.example")) + framed(query(2, "b.example"))
    answered = framed(answer(2, "b.example")) + framed(answer(1, "a.example"))
    return [
        *opening(0),
        *asks_over_tcp((0.1, asked[:40]), (0.2, asked[40:])),
        *answers_over_tcp((0.3, answered[:60]), (0.5, answered[60:])),
    ]


def transfer():
    asked = question("example")[:-4] + struct.pack("!2H", AXFR, 1)
    soa = b"\xc0\x0c" + struct.pack("!2HIH2s5I", SOA, 1, 60, 22, b"\0\0", 7, 1, 1, 1, 1)
    record = address_record(question("example"))
    request = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + asked
    parts = [framed(response(1, asked, part)) for part in (soa, record, soa)]
    return [
        *opening(0),
        *asks_over_tcp((0.1, framed(request))),
        *answers_over_tcp((0.2, parts[0]), (0.4, parts[1]), (0.8, parts[2])),
    ]


# Packets, with their time in seconds; and the summary's counters that are not 0.
SCENARIOS = {
    "retry": (
        [
            (0, asks(1, "a.example")),
            (1, asks(1, "a.example")),
            (1.5, answers(1, "a.example")),
            (1.6, answers(1, "a.example")),
        ],
        {"retries": 1, "unmatched": 1, "duplicates": 1},
    ),
    "reused id": (
        [
            (0, asks(1, "a.example")),
            (1, answers(1, "a.example")),
            (1, asks(1, "a.example")),
            (3, answers(1, "a.example")),
            (3, asks(1, "b.example")),
            (3.000001, answers(1, "b.example")),
        ],
        {},
    ),
    "other server": (
        [
            (0, asks(1, "a.example")),
            (0.1, asks(1, "a.example", server=OTHER_SERVER)),
            (0.2, answers(1, "a.example", server=OTHER_SERVER)),
            (0.5, answers(1, "a.example")),
        ],
        {},
    ),
    "wrong answers": (
        [
            (0, asks(1, "a.example")),
            (0.1, answers(2, "a.example")),
            (0.2, answers(1, "a.example", server=OTHER_SERVER)),
            (0.3, answers(1, "a.example", client=CONNECTION)),
            (0.4, answers(1, "a.example")),
        ],
        {"unmatched": 3},
    ),
    "case": ([(0, asks(1, "a.eXample")), (0.1, answers(1, "A.exAmple"))], {}),
    "late": (
        [(0, asks(1, "a.example")), (6, answers(1, "a.example"))],
        {"timeouts": 1, "unmatched": 1, "late": 1},
    ),
    "asked after the timeout": (
        [
            (0, asks(1, "a.example")),
            (5.5, asks(1, "a.example")),
            (5.6, answers(1, "a.example")),
        ],
        {"timeouts": 1},
    ),
    "long retries": (
        [
            (0, asks(1, "a.example")),
            (4, asks(1, "a.example")),
            (8, asks(1, "a.example")),
            (9, answers(1, "a.example")),
        ],
        {"retries": 2},
    ),
    "shared id": (
        [
            (0, asks(1, "a.example")),
            (0.1, asks(1, "b.example")),
            (0.2, answers(1, "b.example")),
            (0.4, answers(1, "a.example")),
        ],
        {},
    ),
    "truncated": (truncated(), {"retries": 1}),
    "pipelined": (pipelined(), {}),
    "transfer": (transfer(), {}),
}


def write(path, name):
    """The scenario's capture, with nanoseconds."""
    packets, _ = SCENARIOS[name]
    pcap.write(path, [(START + round(at * SECOND), octets) for at, octets in packets])
