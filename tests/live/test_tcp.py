# SPDX-License-Identifier: Apache-2.0
"""DNS over TCP: streams cut and joined anyhow, many queries on one connection, zone transfers."""
import re
import subprocess
import sys

import pytest

from checks import check_fields, check_nothing_lost, check_once, show
from daemons import TRANSFER_RECORDS, TRANSFER_ZONE
from lab import CLOSED, HERE, KNOT, KNOT6, ZONE, patient, usable
from snoop import Snoop

COUNT = 40
PEER = (sys.executable, HERE / "tcp_peer.py")
# ";; Received 104448 B (7 messages, 998 records)"
TRANSFERRED = re.compile(r"Received (\d+) B \((\d+) messages, (\d+) records\)")


def names_of(zone, count=COUNT):
    return [f"p{i}.{zone}" for i in range(count)]


def check_all_answered(snoop, names, zone, **fields):
    """An answer that matched nothing, or came twice, would be one more row of its name."""
    snoop.wait_rows(len(names), zone)
    counters = snoop.stop()
    rows = snoop.rows(zone)
    check_once(rows, names, ["A"])
    check_fields(rows, event="answer", proto="tcp", attempts=1, **fields)
    check_nothing_lost(counters)
    return rows


@pytest.fixture(params=["sockets", "interface"])
def tracing(request, lab):
    """tracing(): a dnssnoop that sees the client's sockets, or the packets of its interface."""
    if request.param == "sockets":
        return Snoop
    return lambda *arguments: Snoop("-i", "veth0", *arguments, host=lab.client)


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.smoke), 7, 0])
def test_queries_in_segments_of_any_size(lab, tag, tracing, step):
    """One octet a segment; and all queries in one."""
    zone = f"{tag}.{ZONE}"
    names = names_of(zone, 5 if step else COUNT)
    with tracing() as snoop:
        out = lab.client.run(*PEER, "ask", KNOT, step, *names)
        check_all_answered(snoop, names, zone, server=KNOT)
    assert sorted(map(int, out.split())) == list(range(len(names)))


def test_answers_out_of_order(lab, tag, tracing):
    """The first query is answered last; both sides are seen, each as what it is."""
    zone = f"{tag}.{ZONE}"
    names = names_of(zone)
    server = lab.server.start(*PEER, "serve", CLOSED, COUNT, stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"ready\n"
    with tracing() as snoop:
        out = lab.client.run(*PEER, "ask", CLOSED, 0, *names)
        rows = check_all_answered(snoop, names, zone, server=CLOSED)
    assert server.wait(patient(10)) == 0
    assert list(map(int, out.split())) == list(reversed(range(COUNT)))
    assert [row["id"] for row in rows] == list(reversed(range(COUNT)))


@pytest.mark.parametrize("server", usable(KNOT, KNOT6))
def test_one_connection_kept_open(lab, tag, shared, server):
    zone = f"{tag}.{ZONE}"
    names = names_of(zone)
    with shared() as snoop:
        lab.client.run("kdig", f"@{server}", "+tcp", "+keepopen", *names)
        rows = check_all_answered(snoop, names, zone, server=server, comm="kdig")
    assert len({row["client_port"] for row in rows}) == 1, show(rows)


def test_many_connections_at_once(lab, tag):
    """dnsperf: each query and its answer, whatever shares a segment."""
    zone, count = f"{tag}.{ZONE}", 5000
    names = names_of(zone, count)
    queries = lab.directory / f"{tag}.queries"
    queries.write_text("".join(f"{name} A\n" for name in names))
    with Snoop("-b", 16384) as snoop:
        out = lab.client.run(
            "dnsperf", "-m", "tcp", "-s", KNOT, "-d", queries, "-n", 1, "-c", 8, "-q", 200
        )
        assert re.search(rf"Queries completed: +{count} ", out), out
        rows = check_all_answered(snoop, names, zone, comm="dnsperf")
    assert len({row["client_port"] for row in rows}) == 8


@pytest.mark.parametrize("server", [pytest.param(KNOT, marks=pytest.mark.smoke), *usable(KNOT6)])
def test_zone_transfer(lab, tracing, server):
    """Several messages are one lookup, with their number, records and octets."""
    with tracing() as snoop:
        out = lab.client.run("kdig", f"@{server}", TRANSFER_ZONE, "AXFR")
        size, messages, records = map(int, TRANSFERRED.search(out).groups())
        assert messages > 1 and records == TRANSFER_RECORDS + 1
        rows = snoop.wait_rows(1, TRANSFER_ZONE)
        counters = snoop.stop()
        rows = snoop.rows(TRANSFER_ZONE)
    assert len(rows) == 1, show(rows)
    check_fields(
        rows,
        event="answer",
        qtype="AXFR",
        proto="tcp",
        rcode="NOERROR",
        messages=messages,
        records=records,
        response_size=size,
        server=server,
        attempts=1,
    )
    check_nothing_lost(counters)


def test_zone_transfer_at_the_server(lab, shared):
    """It sends segments of up to 64 KiB, which are cut only behind the hook."""
    with shared("--role", "server", "-q", "AXFR") as snoop:
        out = lab.client.run("kdig", f"@{KNOT}", TRANSFER_ZONE, "AXFR")
        size, messages, records = map(int, TRANSFERRED.search(out).groups())
        rows = snoop.wait_rows(1, TRANSFER_ZONE)
        counters = snoop.stop()
    assert len(rows) == 1, show(rows)
    check_fields(
        rows, event="answer", messages=messages, records=records, response_size=size, comm="knotd"
    )
    check_nothing_lost(counters)


def test_zone_transfer_in_the_table(lab):
    with Snoop(table=True) as snoop:
        out = lab.client.run("kdig", f"@{KNOT}", TRANSFER_ZONE, "AXFR")
        _, messages, records = TRANSFERRED.search(out).groups()
        assert snoop.out.wait(lambda lines: len(lines) > 1, 10)
        snoop.stop()
        lines = [line for line in snoop.out.text().splitlines() if TRANSFER_ZONE in line]
    assert len(lines) == 1 and lines[0].endswith(f" {records} records, {messages} messages"), lines


@pytest.mark.parametrize("serial, records", [(7, 1), (6, TRANSFER_RECORDS + 1)])
def test_incremental_transfer(lab, shared, serial, records):
    """The client has the newest version; or one of which the server knows nothing any more."""
    with shared("-q", "IXFR") as snoop:
        lab.client.run("kdig", f"@{KNOT}", "+tcp", TRANSFER_ZONE, f"IXFR={serial}")
        snoop.wait_rows(1, TRANSFER_ZONE)
        snoop.stop()
        rows = snoop.rows(TRANSFER_ZONE)
    assert len(rows) == 1, show(rows)
    check_fields(rows, event="answer", qtype="IXFR", records=records)
    assert (rows[0]["messages"] > 1) == (records > 1)


def test_refused_transfer(lab, shared):
    with shared("-q", "AXFR") as snoop:
        lab.client.run("sh", "-c", f"! kdig @{KNOT} {ZONE} AXFR")
        rows = snoop.wait_rows(1, ZONE)
        snoop.stop()
    check_fields(rows, event="answer", messages=1, records=0, rcode="NOTAUTH")
