# SPDX-License-Identifier: Apache-2.0
"""What became of a lookup: answers, timeouts, refusals, and responses that answer nothing."""
import subprocess
import sys
from collections import Counter

import pytest

from checks import PYTHON, check_fields, check_process, show
from lab import (CLOSED, CLOSED6, DOCKER, ELSEWHERE, ELSEWHERE6, HERE, KNOT, NAT, PROGRAMS, ROGUE, ROGUE6,
                 ROGUE_ZONE, SILENT, ZONE)
from snoop import Snoop

REFUSED = {"type": 3, "code": 3}   # RFC 792: port unreachable
REFUSED6 = {"type": 1, "code": 4}  # RFC 4443, section 3.1


def ask(host, mode, server, zone, *arguments):
    """One lookup with ask.py; returns its name."""
    out = host.run(sys.executable, HERE / "ask.py", mode, "--server", server, "--zone", zone, *arguments)
    return out.strip()


def run(host, script, **kwargs):
    """A shell script whose $$ is the pid of the process that asks; its exit status is its own affair."""
    subprocess.run([*host.enter, "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60, check=False, **kwargs)


def outcome(rows):
    return [(row["event"], *([row["unmatched"]] if "unmatched" in row else [])) for row in rows]


# behaviour: events in order, fields of the first row, arguments of ask.py
ANSWER, TIMEOUT = ("answer",), ("timeout",)
BEHAVIOURS = {
    "good": ([ANSWER], {"rcode": "NOERROR"}, []),
    "delay": ([ANSWER], {"rcode": "NOERROR"}, []),
    "nxdomain": ([ANSWER], {"rcode": "NXDOMAIN"}, []),
    "servfail": ([ANSWER], {"rcode": "SERVFAIL"}, []),
    "silent": ([TIMEOUT], {}, []),
    "late": ([TIMEOUT, ("response", "late")], {}, ["--wait", 3]),
    "twice": ([ANSWER, ("response", "duplicate")], {"rcode": "NOERROR"}, ["--linger", 0.5]),
    "wrongid": ([("response", "id"), TIMEOUT], {}, []),
    "wrongquestion": ([("response", "question"), TIMEOUT], {}, []),
}


def rogue_rows(lab, behaviour, tag, arguments, server, mode, expected, *options):
    zone = f"{tag}.{behaviour}.{ROGUE_ZONE}"
    with Snoop("--timeout", "1", *options) as snoop:
        ask(lab.client, mode, server, zone, "--wait", 0.5, *arguments)
        # `wrongquestion` changes the first letter, not the zone.
        snoop.wait_rows(expected, zone, 3)
        counters = snoop.stop()
        return snoop.rows(zone), counters


@pytest.mark.parametrize("server", [ROGUE, ROGUE6])
@pytest.mark.parametrize("mode", ["sendto", "connected"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_behaviour(lab, tag, behaviour, mode, server):
    events, fields, arguments = BEHAVIOURS[behaviour]
    rows, counters = rogue_rows(lab, behaviour, tag, arguments, server, mode, len(events))
    assert outcome(rows) == events, show(rows)
    check_fields(rows[:1], server=server, **fields)
    check_fields(rows, comm=PYTHON, proto="udp", role="client")
    check_fields([row for row in rows if row["event"] != "response"], attempts=1)
    assert counters["unmatched"] >= sum(event[0] == "response" for event in events)
    if behaviour == "delay":
        assert 300 <= rows[0]["latency_ms"] < 700, show(rows)
    if behaviour != "wrongquestion":
        check_process(rows, PYTHON)


def test_no_question_section(lab, tag):
    """RFC 1035 does not ask for one: FORMERR comes without, and answers the query of its id."""
    rows, _ = rogue_rows(lab, "noquestion", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [ANSWER], show(rows)
    check_fields(rows, rcode="FORMERR", attempts=1)
    check_process(rows, PYTHON)


def test_damaged_answer(lab, tag):
    """What can be read is shown, with the reason why it is not all."""
    rows, counters = rogue_rows(lab, "damaged", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [ANSWER], show(rows)
    assert rows[0]["malformed"] and rows[0]["rcode"] == "NOERROR", show(rows)
    assert counters["malformed"] >= 1


def test_answer_without_a_header(lab, tag):
    rows, counters = rogue_rows(lab, "headless", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)
    assert counters["malformed"] >= 1


@pytest.mark.parametrize("server,other", [(ROGUE, ELSEWHERE), (ROGUE6, ELSEWHERE6)])
def test_answer_from_another_address(lab, tag, server, other):
    rows, _ = rogue_rows(lab, "elsewhere", tag, [], server, "sendto", 2)
    assert outcome(rows) == [("response", "server"), TIMEOUT], show(rows)
    check_fields(rows[:1], server=other)
    check_fields(rows[1:], server=server, attempts=1)
    check_process(rows, PYTHON)


def test_answer_from_another_address_to_a_connected_socket(lab, tag):
    """The kernel gives it to nobody; the refusal that it sends is not the query's."""
    rows, _ = rogue_rows(lab, "elsewhere", tag, [], ROGUE, "connected", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)


def test_answer_to_nobody(lab, tag):
    """The process is gone when the answer comes: there is no socket to see it on."""
    rows, _ = rogue_rows(lab, "late", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)


@pytest.mark.parametrize("mode", ["sendto", "connected"])
def test_retries_are_one_lookup(lab, tag, mode):
    rows, _ = rogue_rows(lab, "silent", tag, ["--tries", 3, "--wait", 0.2], ROGUE, mode, 1)
    assert outcome(rows) == [TIMEOUT], show(rows)
    check_fields(rows, attempts=3)


def test_another_id_is_another_lookup(lab, tag):
    rows, _ = rogue_rows(lab, "silent", tag, ["--tries", 3, "--wait", 0.2, "--new-id"], ROGUE, "sendto", 3)
    assert outcome(rows) == [TIMEOUT] * 3, show(rows)
    check_fields(rows, attempts=1)
    assert len({row["id"] for row in rows}) == 3


def test_timeout_over_tcp(lab, tag):
    """The connection is closed without an answer."""
    rows, _ = rogue_rows(lab, "silent", tag, [], ROGUE, "tcp", 1)
    assert outcome(rows) == [TIMEOUT], show(rows)
    check_fields(rows, attempts=1, proto="tcp")


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("mode", ["sendto", "connected"])
@pytest.mark.parametrize("server,port,icmp", [
    ("127.0.0.1", 9953, REFUSED), ("::1", 9953, REFUSED6), (CLOSED, 53, REFUSED), (CLOSED6, 53, REFUSED6)])
def test_closed_port(lab, tag, server, port, icmp, mode, where):
    """An ICMP error, from this host or another; also in a namespace that is newer than the tool."""
    zone = f"{tag}.{ZONE}"
    with Snoop("--timeout", "2", "-P", "53,9953") as snoop:
        host = lab.client if where == "before" else lab.another_client()
        ask(host, mode, server, zone, "--port", port, "--wait", 0.3)
        snoop.wait_rows(1, zone, 4)
        snoop.stop()
        rows = snoop.rows(zone)
    assert outcome(rows) == [("refused",)], show(rows)
    check_fields(rows, server=server, server_port=port, attempts=1, comm=PYTHON)
    assert {key: rows[0]["icmp"][key] for key in icmp} == icmp and rows[0]["icmp"]["text"], show(rows)
    check_process(rows, PYTHON)


@pytest.mark.parametrize("first,options", [(CLOSED, "timeout:3"), (SILENT, "timeout:1")])
def test_failover(lab, tag, first, options):
    """The first server is dead: the resolver library takes the second. One lookup, two attempts."""
    zone = f"{tag}.{ZONE}"
    lab.client.resolv_conf(first, KNOT, options=options)
    with Snoop() as snoop:
        run(lab.client, f"exec getent ahosts p$$-1.{zone}")
        rows = snoop.wait_rows(2, zone)
        snoop.stop()
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {("answer", "A"): 1, ("answer", "AAAA"): 1}, \
        show(rows)
    check_fields(rows, attempts=2, server=KNOT, rcode="NOERROR")
    check_process(rows, "getent")
    if first == SILENT:
        assert all(1000 <= row["latency_ms"] < 1900 for row in rows), "latency is not since the first attempt"


def test_library_gives_up(lab, tag):
    """All servers silent, two rounds: the attempts of each type are one timeout."""
    zone = f"{tag}.{ZONE}"
    lab.client.resolv_conf(SILENT, options="timeout:1 attempts:2")
    with Snoop("--timeout", "2") as snoop:
        run(lab.client, f"exec getent ahosts p$$-1.{zone}")
        snoop.wait_rows(2, zone)
        snoop.stop()
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {("timeout", "A"): 1, ("timeout", "AAAA"): 1}, \
        show(rows)
    check_fields(rows, attempts=2, server=SILENT)
    check_process(rows, "getent")


# Clients that ask again over TCP what came back truncated: script, comm, query types
FALLBACKS = {
    "dig": (f"exec dig @{KNOT} +noedns p$$-1.ZONE", "dig", ["A"]),
    "kdig": (f"exec kdig @{KNOT} p$$-1.ZONE", "kdig", ["A"]),
    "getent": ("exec getent ahosts p$$-1.ZONE", "getent", ["A", "AAAA"]),
    "go": (f"exec {PROGRAMS}/ask ZONE 1", "ask", ["A", "AAAA"]),
    "musl": (f"exec {PROGRAMS}/musl_ask ZONE 1", "musl_ask", None),
    "python": (f"exec {sys.executable} {HERE}/ask.py fallback --server {KNOT} --zone ZONE", PYTHON, ["A"]),
}


@pytest.mark.parametrize("client", FALLBACKS)
def test_truncated_then_tcp(lab, tag, client):
    zone = f"{tag}.big.{ZONE}"
    script, comm, qtypes = FALLBACKS[client]
    lab.client.resolv_conf(KNOT)
    with Snoop("--timeout", "2") as snoop:
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
    assert Counter((row["event"], row["qtype"]) for row in rows) == Counter(("answer", t) for t in qtypes), \
        show([{**row, "answers": len(row.get("answers", []))} for row in rows])
    for row in rows:
        assert (row["attempts"], row["proto"]) == (attempts, protocol), show([{**row, "answers": "..."}])
        assert ("tc" in row["flags"]) == (protocol == "udp")


def test_truncated_and_left_at_that(lab, tag):
    rows, _ = rogue_rows(lab, "truncated", tag, [], ROGUE, "sendto", 1)
    assert outcome(rows) == [ANSWER], show(rows)
    check_fields(rows, attempts=1, proto="udp")
    assert "tc" in rows[0]["flags"]


@pytest.mark.parametrize("server", [NAT, DOCKER])
@pytest.mark.parametrize("client", ["getent", "go", "musl"])
def test_nat_with_resolver_libraries(lab, tag, server, client):
    """Redirected by NAT: shown once, with the server that the process asked."""
    zone = f"{tag}.{ZONE}"
    script, comm, _ = FALLBACKS[client]
    lab.client.resolv_conf(server)
    with Snoop() as snoop:
        run(lab.client, script.replace("ZONE", zone))
        snoop.wait_rows(2, zone, 4)
        snoop.stop()
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {("answer", "A"): 1, ("answer", "AAAA"): 1}, \
        show(rows)
    check_fields(rows, server=server, server_port=53, attempts=1)
    check_process(rows, comm)
