# SPDX-License-Identifier: Apache-2.0
"""
Captures of leaks through DNS that are made here: what they carry, how it is written in names, to
how many domains, how often. Deterministic: the same arguments give the same octets.

leak.py LEAK FILE writes one of LEAKS.
"""

import itertools
import random
import struct
import sys
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "differential"), str(TESTS / "live")]
import pcap  # noqa
from wire import NXDOMAIN, query, question, response  # noqa

SECOND = 10**9
START = 1_700_000_000 * SECOND + 1
CLIENT, SERVER = "192.0.2.1", ("192.0.2.53", 53)
LATENCY = 23_456_789  # ns, of a resolver that has to ask
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
ONSETS, VOWELS, CODAS = (
    "b c d f g h l m n p r s t v w z".split(),
    "a e i o".split(),
    " n r s".split(" "),
)
WORD_BITS = 11


def words():
    """2048 words of two syllables, which read as words do."""
    syllables = ["".join(s) for s in itertools.product(ONSETS, VOWELS, CODAS)]
    pairs = ["".join(pair) for pair in itertools.product(syllables, repeat=2)]
    return random.Random("words").sample(pairs, 1 << WORD_BITS)


WORDS = words()


def numbers(octets, bits):
    """The octets as numbers of so many bits each; the last is filled up with 0."""
    value, left = int.from_bytes(octets, "big"), -(-len(octets) * 8 // bits)
    value <<= left * bits - len(octets) * 8
    return [value >> i * bits & (1 << bits) - 1 for i in reversed(range(left))]


def in_hex(octets):
    return octets.hex()


def in_base32(octets):
    return "".join(BASE32[number] for number in numbers(octets, 5))


def in_words(octets):
    return "-".join(WORDS[number] for number in numbers(octets, WORD_BITS))


def in_dotted_words(octets):
    return ".".join(WORDS[number] for number in numbers(octets, WORD_BITS))


def padded(octets):
    """A few hexadecimal digits between words that say nothing: in all like a host's name."""
    fill = random.Random(octets).choices(WORDS, k=4)
    return f"{fill[0]}-{fill[1]}-{octets.hex()}.{fill[2]}.{fill[3]}"


def labels(text):
    """Cut where a label is full, between words if there are any."""
    parts = (textwrap.wrap(part.replace("-", " "), 63) for part in text.split("."))
    return ".".join(piece.replace(" ", "-") for part in parts for piece in part)


@dataclass(frozen=True)
class Leak:
    encode: callable
    octets: int  # carried up by each query
    every: float  # seconds from query to query
    payload: int  # octets in all
    domains: tuple = ("leak-hex.test",)
    jitter: float = 0.1  # of `every`, to either side
    exists: bool = True  # False: NXDOMAIN is the answer
    addresses: int = 0  # random ones in each answer: data that comes down; 0: one, always the same
    ttl: int = 60
    among: float = 0  # ordinary lookups for each of the leak's

    @property
    def queries(self):
        return -(-self.payload // self.octets)


def names(leak):
    """(name, octets that it carries up)"""
    source = random.Random(repr((leak.encode.__name__, leak.domains, leak.every)))
    left = leak.payload
    for number in range(leak.queries):
        piece = source.randbytes(min(leak.octets, left))
        left -= len(piece)
        domain = leak.domains[number % len(leak.domains)]
        yield f"{labels(leak.encode(piece))}.{domain}", len(piece)


def address_records(octets, ttl):
    """One A record for each four octets."""
    return b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, ttl, 4) + octets[at : at + 4]
        for at in range(0, len(octets), 4)
    )


def lookup(source, at, name, leak):
    """The two packets of one lookup."""
    ident, client = source.randrange(1 << 16), (CLIENT, source.randrange(32768, 61000))
    asked = question(name)
    yield at, pcap.udp(client, SERVER, query(ident, name))
    octets = source.randbytes(4 * leak.addresses) if leak.addresses else bytes([192, 0, 2, 99])
    if leak.exists:
        answer = response(ident, asked, address_records(octets, leak.ttl))
        answer = answer[:6] + struct.pack("!H", len(octets) // 4) + answer[8:]
    else:
        answer = response(ident, asked, rcode=NXDOMAIN)
    yield at + LATENCY + source.randrange(LATENCY), pcap.udp(SERVER, client, answer)


ORDINARY = Leak(encode=None, octets=1, every=1, payload=0)
HOSTS = "www cdn api static img login m assets mail news shop accounts".split()


def ordinary_name(source):
    """What a person's programs ask for: often the same, of sites of which some are liked best."""
    site = WORDS[int(len(WORDS) * source.random() ** 4)]
    return f"{HOSTS[int(len(HOSTS) * source.random() ** 2)]}.{site}.example"


def leaking(leak, source):
    """(time in ns, packet, octets of payload that leave with it)"""
    for number, (name, octets) in enumerate(names(leak)):
        shift = 1 + leak.jitter * source.uniform(-1, 1)
        asked, answered = lookup(
            source, START + round((number + shift) * leak.every * SECOND), name, leak
        )
        yield *asked, octets
        yield *answered, 0


def browsing(source, count, seconds):
    """So many lookups with nothing in them, (time in ns, packet, 0) each."""
    for _ in range(count):
        when = START + source.randrange(seconds * SECOND)
        for packet in lookup(source, when, ordinary_name(source), ORDINARY):
            yield *packet, 0


def made(leak):
    """The leak's packets, and what is among them, in order of time."""
    source = random.Random(repr(leak.domains))
    packets = list(leaking(leak, source))
    seconds = round(leak.queries * leak.every)
    packets += browsing(source, round(leak.among * leak.queries), seconds)
    return sorted(packets, key=lambda packet: packet[0])


def write(path, leak):
    """The capture; (time in ns, octets of payload that have left by then) of each packet."""
    packets = made(leak)
    pcap.write(path, [packet[:2] for packet in packets])
    left = itertools.accumulate(octets for _, _, octets in packets)
    return list(zip((when for when, _, _ in packets), left))


def write_browsing(path, hours, lookups):
    """A capture of ordinary lookups alone."""
    packets = browsing(random.Random("browsing"), lookups, hours * 3600)
    pcap.write(path, sorted(packet[:2] for packet in packets))


def many(count):
    """Registered domains that have nothing in common."""
    return tuple(f"{word}.test" for word in random.Random("domains").sample(WORDS, count))


SLOW_HEX = Leak(in_hex, octets=30, every=30, payload=10_000)
SLOW_BASE32 = replace(SLOW_HEX, encode=in_base32, domains=("leak-base32.test",))
SLOW_WORDS = replace(SLOW_HEX, encode=in_words, octets=12, domains=("leak-words.test",))

LEAKS = {
    "hex": SLOW_HEX,
    "base32": SLOW_BASE32,
    "words": SLOW_WORDS,
    "dotted-words": replace(SLOW_WORDS, encode=in_dotted_words, domains=("leak-dotted.test",)),
    "hex-20": replace(SLOW_HEX, domains=many(20)),
    "base32-20": replace(SLOW_BASE32, domains=many(40)[20:]),
    "words-20": replace(SLOW_WORDS, domains=many(60)[40:]),
    # What is known to look less like a leak.
    "nxdomain": replace(SLOW_HEX, exists=False, domains=("leak-nxdomain.test",)),
    "padded": Leak(padded, octets=6, every=30, payload=6_000, domains=("leak-padded.test",)),
    "padded-fast": Leak(padded, octets=6, every=1, payload=6_000, domains=("leak-fast.test",)),
    "many-domains": Leak(in_base32, octets=20, every=10, payload=10_000, domains=many(200)),
    "low-rate": Leak(in_hex, octets=20, every=600, payload=6_000, domains=("leak-rare.test",)),
    "all-a": Leak(
        in_base32, octets=12, every=2, payload=10_000, domains=("leak-a.test",), addresses=4, ttl=0
    ),
    "all-a-slow": Leak(
        in_base32, octets=12, every=20, payload=6_000, domains=("leak-aslow.test",), addresses=4
    ),
    "down-only": Leak(
        in_hex, octets=2, every=2, payload=2_000, domains=("leak-down.test",), addresses=8, ttl=0
    ),
    "hex-in-browsing": replace(SLOW_HEX, domains=("leak-amid.test",), among=30),
    "words-in-browsing": replace(SLOW_WORDS, domains=("leak-amidwords.test",), among=30),
}


def main(leak, path):
    write(path, LEAKS[leak])


if __name__ == "__main__":
    main(*sys.argv[1:])
