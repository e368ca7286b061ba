# SPDX-License-Identifier: Apache-2.0
"""TCP in capture files: what live traffic seldom shows. Needs no root."""
import random
import socket
import struct

from captures import errors, pcap, read
from wire import address_record, query, question, response

CLIENT, SERVER = "192.0.2.1", "192.0.2.53"
FIN, SYN, RST, ACK = 1, 2, 4, 16
SECOND = 10**9
FLOOD = 100_000


def packet(sport, dport, sequence, flags, payload=b"", client=CLIENT, got=0):
    """From the client where `dport` is 53, else from the server; `got` is acknowledged."""
    source, destination = (client, SERVER) if dport == 53 else (SERVER, client)
    tcp = struct.pack(
        "!HHIIBBHHH", sport, dport, sequence % 2**32, got % 2**32, 5 << 4, flags, 65535, 0, 0
    )
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(destination) + tcp + payload


def framed(message):
    return struct.pack("!H", len(message)) + message


def answer(ident, name):
    return response(ident, question(name), address_record(question(name)))


class Connection:
    """Both directions' octets; queries and answers for `names`."""

    def __init__(self, names, port=40000, client=CLIENT, start=2**32 - 100):
        self.port, self.client, self.start = port, client, start
        self.names = names
        self.asked = b"".join(framed(query(i, n)) for i, n in enumerate(names))
        self.answered = b"".join(framed(answer(i, n)) for i, n in enumerate(names))

    def out(self, begin, end, flags=ACK):
        return packet(
            self.port, 53, self.start + 1 + begin, flags, self.asked[begin:end], self.client
        )

    def back(self, begin, end, flags=ACK):
        return packet(
            53,
            self.port,
            self.start + 1 + begin,
            flags,
            self.answered[begin:end],
            self.client,
            self.start + 1 + len(self.asked),
        )

    def opening(self):
        return [
            packet(self.port, 53, self.start, SYN, client=self.client),
            packet(53, self.port, self.start, SYN | ACK, client=self.client),
        ]


def pieces(take, size, step):
    return [take(at, min(at + step, size)) for at in range(0, size, step)]


def show_of(tmp_path, packets, step=1000, *arguments, check=True):
    """What dnssnoop makes of these packets, `step` ns apart."""
    path = tmp_path / "tcp.pcap"
    path.write_bytes(pcap([(SECOND + i * step, octets) for i, octets in enumerate(packets)], 101))
    return read(path, *arguments, check=check)


def names(count, label="n"):
    return [f"{label}{i}.example.test" for i in range(count)]


def check_answered(done, expected):
    assert [row["qname"].rstrip(".") for row in done.rows] == expected
    assert {row["event"] for row in done.rows} == {"answer"}
    assert not errors(done)
    assert "lost 0" in done.stderr and "truncated 0" in done.stderr, done.stderr


def test_any_order(tmp_path):
    """Segments of three octets, shuffled in threes, a tenth of them twice."""
    connection = Connection(names(30))
    randomly = random.Random(53)
    packets = connection.opening()
    for take, octets in (
        (connection.out, connection.asked),
        (connection.back, connection.answered),
    ):
        cut = pieces(take, len(octets), 3)
        for at in range(0, len(cut), 3):
            some = cut[at : at + 3]
            randomly.shuffle(some)
            packets += some + [s for s in some if randomly.random() < 0.1]
    check_answered(show_of(tmp_path, packets), connection.names)


def test_syn_flood(tmp_path):
    """Nothing of it is shown, and nothing of the others is lost."""
    connection = Connection(names(4))
    half = len(connection.asked) // 2
    flood = [
        packet(1024 + i % 50000, 53, i * 7919, SYN, client=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
        for i in range(FLOOD)
    ]
    packets = connection.opening() + [connection.out(0, half)] + flood
    packets += [connection.out(half, None), connection.back(0, None)]
    done = show_of(tmp_path, packets)
    check_answered(done, connection.names)
    assert "evicted" not in done.stderr


def test_promises_that_are_not_kept(tmp_path):
    """1,000 flows claim 65,535 octets and never send them: they are cut, and all accounted for."""
    head = struct.pack("!H", 65535) + query(7, "never.example.test")
    flood = []
    for i in range(1000):
        flood += [packet(1024 + i, 53, 99, SYN), packet(1024 + i, 53, 100, ACK, head)]
    connection = Connection(names(4), port=50000)
    half = len(connection.asked) // 2
    packets = connection.opening() + flood[:-20] + [connection.out(0, half)] + flood[-20:]
    packets += [connection.out(half, None), connection.back(0, None)]
    done = show_of(tmp_path, packets)
    answered = [row for row in done.rows if row["event"] == "answer"]
    assert [row["qname"].rstrip(".") for row in answered] == connection.names
    assert "truncated 1000" in done.stderr and "evicted streams 9" in done.stderr, done.stderr


def test_a_port_is_used_again(tmp_path):
    """The first connection breaks off in a query: by a RST, by a FIN, or without a word."""
    for end in ([], [FIN | ACK], [RST]):
        first, second = Connection(names(2, "a")), Connection(names(2, "b"), start=77)
        broken = len(first.asked) - 5
        packets = first.opening() + [first.out(0, broken)]
        packets += [first.out(broken, broken, flags) for flags in end]
        packets += second.opening() + [second.out(0, None), second.back(0, None)]
        done = show_of(tmp_path, packets)
        answered = [row["qname"].rstrip(".") for row in done.rows if row["event"] == "answer"]
        assert answered == second.names
        assert "truncated 1," in done.stderr, done.stderr


def test_joined_in_the_middle(tmp_path):
    """A capture that began later, within a message; what was passed over is counted."""
    connection = Connection(names(3))
    second = len(framed(query(0, connection.names[0])))
    packets = [connection.out(9, second), connection.out(second, None)]
    packets += [connection.back(0, None)]
    done = show_of(tmp_path, packets)
    answered = [row["qname"].rstrip(".") for row in done.rows if row["event"] == "answer"]
    assert answered == connection.names[1:]
    assert "lost 1 (unreadable 1)" in done.stderr, done.stderr


def test_a_lost_segment(tmp_path):
    """Of 30 queries one lacks a segment: the others are seen before their answers."""
    connection = Connection(names(30))
    packets = connection.opening() + pieces(connection.out, len(connection.asked), 16)
    del packets[20]
    packets += pieces(connection.back, len(connection.answered), 100)
    done = show_of(tmp_path, packets, 1000 * 1000)
    answered = [row for row in done.rows if row["event"] == "answer"]
    assert len(answered) >= 29, done.stderr
    assert "truncated 1," in done.stderr, done.stderr


def test_what_is_no_dns(tmp_path):
    """Another protocol on the port: nothing is shown of it, and it is counted."""
    octets = b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n" * 20
    packets = [packet(40000, 53, 1000 + at, ACK, octets[at : at + 50]) for at in range(0, 700, 50)]
    done = show_of(tmp_path, packets)
    assert not done.rows
    assert "captured 0" in done.stderr and "lost 14 (unreadable 14)" in done.stderr, done.stderr
