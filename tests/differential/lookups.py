# SPDX-License-Identifier: Apache-2.0
"""The lookups of a capture, as dnslat -r tells them and as tshark pairs queries with answers."""

import dataclasses
import functools
import json
import os
import subprocess

import compare
import rows
import tshark

DNSLAT = os.environ.get("DNSLAT", tshark.ROOT / "build/dnslat")
TIMEOUT = 5 * 10**9  # ns; dnslat's default
ANSWERED, TIMED_OUT = "slow", "timeout"  # any answer is slow with -m 0
PENDING = "pending"  # neither when the file ends: no line, and counted
HEADER_SIZE = 12
MDNS_PORT = 5353


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a lookup ended: all that must be the same. Times are in ns."""

    event: str
    time: int
    latency: int  # since the first attempt
    attempts: int
    question: tuple
    proto: str  # this and what follows: of the last attempt
    client: tuple
    server: tuple
    ident: int

    def key(self):
        """What a lookup is known by: when it was first asked, and what."""
        return self.time - self.latency, self.question


def scaled(decimal, digits):
    """A decimal number without its point, as if it had so many digits behind that."""
    whole, _, fraction = decimal.partition(".")
    assert len(fraction) <= digits, decimal
    return int(whole + fraction.ljust(digits, "0"))


def from_ms(decimal):
    return scaled(decimal, 6)


def from_seconds(decimal):
    return scaled(decimal, 9)


def ended(row):
    return rows.nanoseconds(row["ts"])


class Report:
    """A summary, and the lookups that were told before it and after the one before."""

    def __init__(self, summary, lookups):
        self.summary = summary
        self.lookups = lookups
        self.end = ended(summary)

    def latencies(self):
        """Of the answers, in ns and rising."""
        answers = (row for row in self.lookups if row["event"] == ANSWERED)
        return sorted(from_ms(row["latency_ms"]) for row in answers)


class Measured:
    """What dnslat -j says of a capture."""

    def __init__(self, path, *options):
        command = [DNSLAT, "-r", path, "-m", "0", "-j", *options]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        self.rows, self.reports, lookups = [], [], []
        for line in run.stdout.splitlines():
            # As text: a float would not keep all digits.
            row = json.loads(line, parse_float=str)
            if row["event"] == "summary":
                self.reports.append(Report(row, lookups))
                lookups = []
            else:
                self.rows.append(row)
                lookups.append(row)
        assert not lookups, "lookups after the last summary"
        # "captured 2, ..., pending 1": without the last where there are none.
        counters = (part.rsplit(" ", 1) for part in run.stderr.split(", "))
        self.pending = next((int(value) for name, value in counters if name == PENDING), 0)

    @property
    def report(self):
        """The only one."""
        (report,) = self.reports
        return report

    def outcomes(self):
        """By key()."""
        found = {}
        for row in self.rows:
            outcome = Outcome(
                row["event"],
                ended(row),
                from_ms(row["latency_ms"]),
                row["attempts"],
                (compare.shown(row["qname"]).lower(), row["qtype"]),
                row["proto"],
                (row["client"], row["client_port"]),
                (row["server"], row["server_port"]),
                row["id"],
            )
            assert outcome.key() not in found, f"two lookups of one key: {row}"
            found[outcome.key()] = outcome
        return found


# For more than one test of a file.
measured = functools.lru_cache(maxsize=None)(Measured)


def field(message, name):
    return next(message.layer.find(name), None)


def is_response(message):
    return field(message, "dns.flags.response") == "1"


def is_mdns(message):
    return all(port == MDNS_PORT for _, port in message.key[2:4])


def question(message):
    """Name and type, as far as tshark has them."""
    entries = compare.entries(message.layer, compare.SECTIONS[0])
    if not entries:
        return None
    rtype = rows.name_of(rows.TYPES, int(entries[0].get("dns.qry.type")), "TYPE")
    return compare.name(entries[0].get("dns.qry.name")).lower(), rtype


class Lookup:
    """A query, its retransmissions and its answers, as tshark or a rule has them."""

    def __init__(self, queries, answers=()):
        self.queries = queries
        self.answers = list(answers)  # more than one over TCP only

    @property
    def first(self):
        return self.queries[0]

    @property
    def last(self):
        return self.queries[-1]

    def outcome(self, end, latency=None):
        """In a file that ends then; the answer is the first one. `latency`: if not tshark's."""
        start = self.first.key[0]
        _, proto, client, server, ident = self.last.key
        if self.answers:
            event, server = ANSWERED, self.answers[0].key[2]
            if latency is None:
                latency = from_seconds(field(self.answers[0], "dns.time"))
        else:
            latency = self.last.key[0] + TIMEOUT - start
            event = TIMED_OUT if start + latency <= end else PENDING
        attempts, asked = len(self.queries), question(self.first)
        return Outcome(
            event, start + latency, latency, attempts, asked, proto, client, server, ident
        )


class Capture:
    """A capture's messages, and the lookups that tshark makes of them."""

    def __init__(self, path):
        self.path = path
        self.messages = list(rows.messages(path))
        self.lookups = []
        self.duplicates = 0
        found = {}
        for message in self.messages:
            here = message.frame, message.key[4]
            request = field(message, "dns.response_to")
            original = field(message, "dns.retransmit_request_in")
            if request:
                found[int(request), here[1]].answers.append(message)
            elif original:
                found[int(original), here[1]].queries.append(message)
            elif not is_response(message):
                found[here] = Lookup([message])
                self.lookups.append(found[here])
            elif field(message, "dns.retransmit_response_in") and not is_mdns(message):
                self.duplicates += 1

    def responses(self):
        """How many that dnslat looks at."""
        return sum(
            is_response(message) and message.size >= HEADER_SIZE and not is_mdns(message)
            for message in self.messages
        )

    @functools.cached_property
    def times(self):
        """Of all frames, by number: fragments are no messages."""
        command = ["tshark", "-n", "-r", self.path, "-T", "fields", "-e", "frame.time_epoch"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        return dict(enumerate(map(from_seconds, run.stdout.split()), 1))
