# SPDX-License-Identifier: Apache-2.0
"""A network that delays, loses, reorders and repeats packets (tc netem)."""
import contextlib
import subprocess
import sys
from collections import Counter

import pytest

from checks import PYTHON, check_fields, check_nothing_lost, check_once, check_process, show
from lab import HERE, KNOT, KNOT6, ZONE, patient

SLOW = 500  # ms that an emulated, busy machine may add


@pytest.fixture(scope="module", autouse=True)
def module():
    subprocess.run(["modprobe", "sch_netem"], check=True)


@contextlib.contextmanager
def network(host, effect):
    """What `host` sends goes through netem."""
    host.run("tc", "qdisc", "add", "dev", "veth0", "root", "netem", *effect.split())
    try:
        yield
    finally:
        host.run("tc", "qdisc", "del", "dev", "veth0", "root")


def start(lab, mode, zone, *arguments, server=KNOT):
    return lab.client.start(
        sys.executable,
        HERE / "ask.py",
        mode,
        "--server",
        server,
        "--zone",
        zone,
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process):
    out, _ = process.communicate(timeout=patient(120))
    assert process.returncode == 0
    return out.split()


def number_of(row):
    """Of the lookup: names are p<pid>-<number>.<zone>."""
    return int(row["qname"].split(".")[0].split("-")[1])


def check_all(rows, names):
    check_once(rows, names, ["A"])
    check_process(rows, PYTHON)
    check_fields(rows, event="answer", rcode="NOERROR")


@pytest.mark.parametrize("server", [KNOT, KNOT6])
@pytest.mark.parametrize("mode", ["sendto", "connected", "tcp"])
def test_delay(lab, tag, shared, mode, server):
    """A lookup takes what the network takes; for TCP the handshake is before it."""
    zone = f"{tag}.{ZONE}"
    with shared() as snoop, network(lab.server, "delay 300ms"):
        names = finish(start(lab, mode, zone, "--count", 5, "--wait", 5, server=server))
        rows = snoop.wait_rows(5, zone)
        check_nothing_lost(snoop.stop())
    check_all(rows, names)
    check_fields(rows, attempts=1)
    assert all(300 <= row["latency_ms"] < 300 + SLOW for row in rows), show(rows)


@pytest.mark.parametrize("mode", ["sendto", "connected"])
def test_first_attempt_is_lost(lab, tag, shared, mode):
    """One lookup of two attempts, whose time runs from the first."""
    zone = f"{tag}.{ZONE}"
    with shared("-a") as messages, shared() as snoop:
        with network(lab.client, "loss 100%"):
            asks = start(lab, mode, zone, "--tries", 2, "--wait", 2)
            sent = messages.wait_rows(1, zone, 30)
            check_fields(sent, event="query")
        names = finish(asks)
        rows = snoop.wait_rows(1, zone)
        check_nothing_lost(snoop.stop())
        messages.stop()
    check_all(rows, names)
    check_fields(rows, attempts=2)
    assert 2000 <= rows[0]["latency_ms"] < 2000 + SLOW, show(rows)


def test_reordered_answers(lab, tag, shared):
    """Half of the answers pass the others, each is its own query's."""
    zone = f"{tag}.{ZONE}"
    with shared() as snoop, network(lab.server, "delay 500ms reorder 50%"):
        names = finish(start(lab, "bursts", zone, "--count", 100, "--wait", 10))
        rows = snoop.wait_rows(100, zone)
        check_nothing_lost(snoop.stop())
    check_all(rows, names)
    order = [number_of(row) for row in rows]
    assert order != sorted(order), "netem has not reordered anything"
    delayed = sum(row["latency_ms"] >= 500 for row in rows)
    assert 20 < delayed < 80, f"{delayed} of 100 took 500 ms or more"


@pytest.mark.parametrize("repeats", ["server", "client"])
def test_duplicated(lab, tag, shared, repeats):
    """Whether it repeats answers or queries, each lookup has one answer and one duplicate."""
    zone = f"{tag}.{ZONE}"
    with shared() as snoop, network(getattr(lab, repeats), "duplicate 100%"):
        asks = [start(lab, "sendto", f"{n}.{zone}", "--linger", 2) for n in range(10)]
        names = [name for process in asks for name in finish(process)]
        rows = snoop.wait_rows(2 * len(names), zone)
        counters = snoop.stop()
    check_nothing_lost(counters)
    check_all([row for row in rows if row["event"] == "answer"], names)
    others = [row for row in rows if row["event"] != "answer"]
    check_fields(others, event="response", unmatched="duplicate")
    assert Counter(row["qname"] for row in others) == Counter(names), show(others)
    assert counters["unmatched"] == len(names)


@pytest.mark.parametrize("mode", ["tcp", "tcp-split"])
@pytest.mark.parametrize("loses", ["server", "client"])
def test_tcp_under_loss(lab, tag, shared, mode, loses):
    """What TCP sends again is neither another lookup nor another attempt."""
    zone = f"{tag}.{ZONE}"
    with shared("--timeout", "60") as snoop, network(getattr(lab, loses), "loss 20%"):
        names = finish(start(lab, mode, zone, "--count", 40, "--wait", 60))
        rows = snoop.wait_rows(len(names), zone)
        check_nothing_lost(snoop.stop())
    check_all(rows, names)
    check_fields(rows, attempts=1, proto="tcp")
    assert any(row["latency_ms"] > 150 for row in rows), "nothing was lost and sent again"
