# SPDX-License-Identifier: Apache-2.0
"""What became of a lookup: answers, timeouts, refusals, and responses that answer nothing."""
import functools
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

import pytest

from checks import PYTHON, check_fields, check_nothing_lost, check_process, show
from lab import (
    CLOSED,
    CLOSED6,
    DOCKER,
    ELSEWHERE,
    ELSEWHERE6,
    HERE,
    KNOT,
    NAT,
    PROGRAMS,
    ROGUE,
    ROGUE6,
    ROGUE_ZONE,
    SILENT,
    ZONE,
    patient,
    usable,
)
from snoop import Snoop

REFUSED = {"type": 3, "code": 3}  # RFC 792: port unreachable
REFUSED6 = {"type": 1, "code": 4}  # RFC 4443, section 3.1
TIMEOUT_SECONDS = 0.6  # before the `late` answer, after the `delay`ed one


@dataclass(frozen=True)
class Ask:
    """One run of ask.py: one lookup."""

    mode: str
    server: str
    zone: str
    arguments: tuple = ()

    def start(self, host):
        return host.start(
            sys.executable,
            HERE / "ask.py",
            self.mode,
            "--server",
            self.server,
            "--zone",
            self.zone,
            *self.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


def rows_of(start, host, asks, expected, *options):
    """
    Runs the clients at the same time; the rows of each, `expected` to be so many; the counters.
    """
    with start("--timeout", TIMEOUT_SECONDS, *options) as snoop:
        for process in [ask.start(host(snoop)) for ask in asks]:
            assert process.wait(patient(20)) == 0
        for ask in asks:
            snoop.wait_rows(expected, ask.zone, 3)
        counters = snoop.stop()
        check_nothing_lost(counters)
        return [snoop.rows(ask.zone) for ask in asks], counters


def run(host, script, **kwargs):
    """A shell script whose $$ is the pid of the process that asks; its exit status is its own affair."""
    subprocess.run(
        [*host.enter, "sh", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=patient(60),
        check=False,
        **kwargs,
    )


def outcome(rows):
    return [(row["event"], *([row["unmatched"]] if "unmatched" in row else [])) for row in rows]


ANSWER, TIMEOUT = ("answer",), ("timeout",)
# behaviour of the server: events in order, fields of the first row, more arguments of ask.py
BEHAVIOURS = {
    "good": ([ANSWER], {"rcode": "NOERROR"}, ()),
    "delay": ([ANSWER], {"rcode": "NOERROR"}, ("--wait", 1)),
    "nxdomain": ([ANSWER], {"rcode": "NXDOMAIN"}, ()),
    "servfail": ([ANSWER], {"rcode": "SERVFAIL"}, ()),
    "silent": ([TIMEOUT], {}, ()),
    "late": ([TIMEOUT, ("response", "late")], {}, ("--wait", 2)),
    "twice": ([ANSWER, ("response", "duplicate")], {"rcode": "NOERROR"}, ("--linger", 0.5)),
    "wrongid": ([("response", "id"), TIMEOUT], {}, ()),
    "wrongquestion": ([("response", "question"), TIMEOUT], {}, ()),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_behaviour(lab, tag, shared, behaviour):
    """Over IPv4 and IPv6, on connected and unconnected sockets."""
    events, fields, arguments = BEHAVIOURS[behaviour]
    asks = [
        Ask(mode, server, f"{mode}{number}.{tag}.{behaviour}.{ROGUE_ZONE}", arguments)
        for mode in ("sendto", "connected")
        for number, server in enumerate((ROGUE, ROGUE6))
    ]
    all_rows, counters = rows_of(shared, lambda _: lab.client, asks, len(events))
    for ask, rows in zip(asks, all_rows):
        assert outcome(rows) == events, f"{ask}: {show(rows)}"
        check_fields(rows[:1], server=ask.server, **fields)
        check_fields(rows, comm=PYTHON, proto="udp", role="client")
        check_fields([row for row in rows if row["event"] != "response"], attempts=1)
        if behaviour == "delay":
            assert 300 <= rows[0]["latency_ms"] < 500, show(rows)
        if behaviour != "wrongquestion":  # there the name is not the one that was asked
            check_process(rows, PYTHON)
    assert counters["unmatched"] >= len(asks) * sum(event[0] == "response" for event in events)


def rogue_rows(lab, shared, behaviour, tag, arguments, server, mode, expected):
    ask = Ask(mode, server, f"{tag}.{behaviour}.{ROGUE_ZONE}", tuple(arguments))
    (rows,), counters = rows_of(shared, lambda _: lab.client, [ask], expected)
    return rows, counters


def test_no_question_section(lab, tag, shared):
    """RFC 1035 does not ask for one: FORMERR comes without, and answers the query of its id."""
    rows, _ = rogue_rows(lab, shared, "noquestion", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [ANSWER], show(rows)
    check_fields(rows, rcode="FORMERR", attempts=1)
    check_process(rows, PYTHON)


def test_damaged_answer(lab, tag, shared):
    """What can be read is shown, with the reason why it is not all."""
    rows, counters = rogue_rows(lab, shared, "damaged", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [ANSWER], show(rows)
    assert rows[0]["malformed"] and rows[0]["rcode"] == "NOERROR", show(rows)
    assert counters["malformed"] >= 1


def test_answer_without_a_header(lab, tag, shared):
    rows, counters = rogue_rows(lab, shared, "headless", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)
    assert counters["malformed"] >= 1


@pytest.mark.parametrize("server,other", [(ROGUE, ELSEWHERE), (ROGUE6, ELSEWHERE6)])
def test_answer_from_another_address(lab, tag, shared, server, other):
    rows, _ = rogue_rows(lab, shared, "elsewhere", tag, [], server, "sendto", 2)
    assert outcome(rows) == [("response", "server"), TIMEOUT], show(rows)
    check_fields(rows[:1], server=other)
    check_fields(rows[1:], server=server, attempts=1)
    check_process(rows, PYTHON)


def test_answer_from_another_address_to_a_connected_socket(lab, tag, shared):
    """The kernel gives it to nobody; the refusal that it sends is not the query's."""
    rows, _ = rogue_rows(lab, shared, "elsewhere", tag, [], ROGUE, "connected", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)


def test_answer_to_nobody(lab, tag, shared):
    """The process is gone when the answer comes: there is no socket to see it on."""
    rows, _ = rogue_rows(lab, shared, "late", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)


@pytest.mark.smoke
@pytest.mark.parametrize("mode", ["sendto", "connected"])
def test_retries_are_one_lookup(lab, tag, shared, mode):
    rows, _ = rogue_rows(lab, shared, "silent", tag, ["--tries", 3, "--wait", 0.2], ROGUE, mode, 1)
    assert outcome(rows) == [TIMEOUT], show(rows)
    check_fields(rows, attempts=3)


def test_another_id_is_another_lookup(lab, tag, shared):
    rows, _ = rogue_rows(
        lab, shared, "silent", tag, ["--tries", 3, "--wait", 0.2, "--new-id"], ROGUE, "sendto", 3
    )
    assert outcome(rows) == [TIMEOUT] * 3, show(rows)
    check_fields(rows, attempts=1)
    assert len({row["id"] for row in rows}) == 3


def test_timeout_over_tcp(lab, tag, shared):
    """The connection is closed without an answer."""
    rows, _ = rogue_rows(lab, shared, "silent", tag, [], ROGUE, "tcp", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)
    check_fields(rows, attempts=1, proto="tcp")


CLOSED_PORTS = [
    ("127.0.0.1", 9953, REFUSED),
    ("::1", 9953, REFUSED6),
    (CLOSED, 53, REFUSED),
    (CLOSED6, 53, REFUSED6),
]


@pytest.mark.smoke
@pytest.mark.parametrize("newer", [False, True], ids=["namespace-older", "namespace-newer"])
def test_closed_port(lab, tag, newer):
    """An ICMP error, from this host or another; also in a namespace that is newer than the tool."""
    cases = [
        (mode, *closed)
        for mode in ("sendto", "connected")
        for closed in CLOSED_PORTS
        if usable(closed[0])
    ]
    asks = [
        Ask(mode, server, f"{number}.{tag}.{ZONE}", ("--port", port))
        for number, (mode, server, port, _) in enumerate(cases)
    ]
    host = functools.lru_cache(lambda _: lab.another_client() if newer else lab.client)
    all_rows, _ = rows_of(Snoop, host, asks, 1, "-P", "53,9953")
    for (mode, server, port, icmp), rows in zip(cases, all_rows):
        assert outcome(rows) == [("refused",)], f"{mode} {server}: {show(rows)}"
        check_fields(rows, server=server, server_port=port, attempts=1, comm=PYTHON)
        assert rows[0]["icmp"].items() >= icmp.items() and rows[0]["icmp"]["text"], show(rows)
        check_process(rows, PYTHON)


@pytest.mark.parametrize("first,options", [(CLOSED, "timeout:3"), (SILENT, "timeout:1")])
def test_failover(lab, tag, shared, first, options):
    """The first server is dead: the resolver library takes the second. One lookup, two attempts."""
    zone = f"{tag}.{ZONE}"
    lab.client.resolv_conf(first, KNOT, options=options)
    with shared() as snoop:
        run(lab.client, f"exec getent ahosts p$$-1.{zone}")
        rows = snoop.wait_rows(2, zone)
        snoop.stop()
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {
        ("answer", "A"): 1,
        ("answer", "AAAA"): 1,
    }, show(rows)
    check_fields(rows, server=KNOT, rcode="NOERROR")
    check_process(rows, "getent")
    # The refusal of A may come between: where the kernel tells failed sends, AAAA's is one more.
    assert all(row["attempts"] in ((2, 3) if first == CLOSED else (2,)) for row in rows), show(rows)
    if first == SILENT:
        assert all(
            1000 <= row["latency_ms"] < 1900 for row in rows
        ), "latency is not since the first attempt"


def test_library_gives_up(lab, tag, shared):
    """All servers silent, two rounds: the attempts of each type are one timeout."""
    zone = f"{tag}.{ZONE}"
    lab.client.resolv_conf(SILENT, options="timeout:1 attempts:2")
    with shared("--timeout", "2") as snoop:
        run(lab.client, f"exec getent ahosts p$$-1.{zone}")
        snoop.wait_rows(2, zone)
        snoop.stop()
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {
        ("timeout", "A"): 1,
        ("timeout", "AAAA"): 1,
    }, show(rows)
    check_fields(rows, attempts=2, server=SILENT)
    check_process(rows, "getent")


# Clients that ask again over TCP what came back truncated: script, comm, query types
FALLBACKS = {
    "dig": (f"exec dig @{KNOT} +bufsize=512 p$$-1.ZONE", "dig", ["A"]),
    "kdig": (f"exec kdig @{KNOT} p$$-1.ZONE", "kdig", ["A"]),
    "getent": ("exec getent ahosts p$$-1.ZONE", "getent", ["A", "AAAA"]),
    "go": (f"exec {PROGRAMS}/ask ZONE 1", "ask", ["A", "AAAA"]),
    "musl": (f"exec {PROGRAMS}/musl_ask ZONE 1", "musl_ask", None),
    "python": (
        f"exec {sys.executable} {HERE}/ask.py fallback --server {KNOT} --zone ZONE",
        PYTHON,
        ["A"],
    ),
}


@pytest.mark.parametrize("client", FALLBACKS)
def test_truncated_then_tcp(lab, tag, shared, client):
    # Go asks for 1,232 octets. glibc repeats the lookup when many addresses overflow its buffer.
    zone = f"{tag}.{'long' if client == 'getent' else 'big'}.{ZONE}"
    script, comm, qtypes = FALLBACKS[client]
    lab.client.resolv_conf(KNOT)
    with shared("--timeout", "2") as snoop:
        run(lab.client, script.replace("ZONE", zone))
        snoop.wait_rows(len(qtypes or "AA"), zone, 4)
        snoop.stop()
    rows = snoop.rows(zone)
    check_process(rows, comm)
    if qtypes is None:  # musl before 1.2.4 takes what came
        qtypes, attempts, protocol = ["A", "AAAA"], rows[0]["attempts"], rows[0]["proto"]
        assert (attempts, protocol) in ((1, "udp"), (2, "tcp")), show(rows)
    else:
        attempts, protocol = 2, "tcp"
    assert Counter((row["event"], row["qtype"]) for row in rows) == Counter(
        ("answer", t) for t in qtypes
    ), show([{**row, "answers": len(row.get("answers", []))} for row in rows])
    for row in rows:
        assert (row["attempts"], row["proto"]) == (attempts, protocol), show(
            [{**row, "answers": "..."}]
        )
        assert ("tc" in row["flags"]) == (protocol == "udp")


def test_truncated_and_left_at_that(lab, tag, shared):
    rows, _ = rogue_rows(lab, shared, "truncated", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [ANSWER], show(rows)
    check_fields(rows, attempts=1, proto="udp")
    assert "tc" in rows[0]["flags"]


@pytest.mark.parametrize("server", [NAT, DOCKER])
@pytest.mark.parametrize("client", ["getent", "go", "musl"])
def test_nat_with_resolver_libraries(lab, tag, shared, server, client):
    """Redirected by NAT: shown once, with the server that the process asked."""
    zone = f"{tag}.{ZONE}"
    script, comm, _ = FALLBACKS[client]
    lab.client.resolv_conf(server)
    with shared() as snoop:
        run(lab.client, script.replace("ZONE", zone))
        snoop.wait_rows(2, zone, 4)
        snoop.stop()
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {
        ("answer", "A"): 1,
        ("answer", "AAAA"): 1,
    }, show(rows)
    check_fields(rows, server=server, server_port=53, attempts=1)
    check_process(rows, comm)
