# SPDX-License-Identifier: Apache-2.0
"""Queries that never left: firewall, no route, too long, refused. Needs a kernel with kprobes."""
import re
import subprocess
import sys
import time
from collections import Counter

import pytest

from checks import PYTHON, check_fields, check_nothing_lost, check_process, show
from lab import CLOSED, CLOSED6, HERE, KNOT, KNOT6, SILENT, ZONE, patient, usable, wait_until
from snoop import Snoop

NOWHERE, NOWHERE6 = "198.51.100.1", "2001:db8::1"  # no route goes there

# Sends one query in a way of its own, and prints what the kernel said.
SEND = """
import errno, os, socket, sys, time
sys.path.insert(0, {here!r})
import wire
mode, server, zone = sys.argv[1:]
name = f"p{{os.getpid()}}-1.{{mode}}.{{zone}}"
message = wire.query(os.getpid() & 0xffff, name)
tcp = mode == "tcp"
family = socket.AF_INET6 if ":" in server else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
result = "sent"
try:
    if mode in ("connected", "again", "newid"):
        s.connect((server, 53))
        s.send(message)
        if mode != "connected":
            time.sleep(0.1)  # for the ICMP error
            if mode == "newid":
                message = wire.query(os.getpid() + 1 & 0xffff, name.replace("-1.", "-2."))
            s.send(message)
    elif tcp:
        s.connect((server, 53))
    elif mode == "pieces":
        s.sendmsg([message[:5], message[5:6], message[6:]], [], 0, (server, 53))
    elif mode == "long":
        s.sendto(message + bytes(70000), (server, 53))
    else:
        s.sendto(message, (server, 53))
except OSError as error:
    result = errno.errorcode[error.errno]
print(os.getpid(), result)
"""


@pytest.fixture
def firewall(lab):
    """firewall("ip daddr 10.53.0.2 drop"): what leaves the client."""

    def add(match):
        chain = f"type filter hook output priority 0; {match};"
        rules = f"table inet sends {{\nchain c {{\n{chain}\n}}\n}}\n"
        lab.client.run("nft", "-f", "-", stdin=rules)

    yield add
    subprocess.run([*lab.client.enter, "nft", "delete", "table", "inet", "sends"], check=False)


def send(host, mode, server, zone):
    """The client's pid and error."""
    script = SEND.format(here=str(HERE))
    pid, result = host.run(sys.executable, "-c", script, mode, server, zone).split()
    return int(pid), result


def run(host, script):
    """A shell script whose $$ is the pid of the process that asks."""
    subprocess.run([*host.enter, "sh", "-c", script], capture_output=True, check=False)


def failed(rows):
    return [row for row in rows if row["event"] == "send_failed"]


def wait_failed(snoop, count, zone):
    deadline = time.monotonic() + patient(5)
    while len(failed(snoop.rows(zone))) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)  # for one too many
    return failed(snoop.rows(zone))


def check_failed(rows, error, server, **fields):
    check_fields(rows, error=error, server=server, server_port=53, role="client", **fields)
    check_fields(rows, comm=PYTHON, qtype="A", proto="udp")
    check_process(rows, PYTHON)
    assert all("rcode" not in row and row["latency_ms"] >= 0 for row in rows), show(rows)


# How it is sent, where to, and what the kernel says to it.
CASES = [
    *((mode, KNOT, "EPERM") for mode in ("sendto", "connected", "pieces")),
    *((mode, KNOT6, "EPERM") for mode in ("sendto", "connected", "pieces")),
    ("sendto", "::ffff:" + KNOT, "EPERM"),
    ("connected", "::ffff:" + KNOT, "EPERM"),
    ("sendto", NOWHERE, "ENETUNREACH"),
    ("sendto", NOWHERE6, "ENETUNREACH"),
    ("long", KNOT, "EMSGSIZE"),
    ("long", KNOT6, "EMSGSIZE"),
]


@pytest.mark.parametrize(
    "all_messages",
    [pytest.param(False, id="lookups", marks=pytest.mark.smoke), pytest.param(True, id="messages")],
)
def test_failed(lab, tag, firewall, all_messages):
    firewall("udp dport 53 drop")
    with Snoop(*(["-a"] if all_messages else [])) as snoop:
        assert "failed sends are not seen" not in snoop.err.text()
        done = []
        for number, (mode, server, error) in enumerate(CASES):
            zone = f"n{number}.{tag}.{ZONE}"
            done.append((mode, server, error, zone, *send(lab.client, mode, server, zone)))
        all_rows = [wait_failed(snoop, 1, case[3]) for case in done]
        check_nothing_lost(snoop.stop())
    for (mode, server, error, zone, pid, said), rows in zip(done, all_rows):
        assert said == error, (mode, server, said)
        assert len(rows) == 1, f"{mode} to {server}: {show(rows)}"
        if all_messages:
            assert "attempts" not in rows[0]
            rows[0]["latency_ms"] = 0
        else:
            check_fields(rows, attempts=1)
        check_failed(rows, error, server.removeprefix("::ffff:"), pid=pid)
        assert rows[0]["qname"] == f"p{pid}-1.{mode}.{zone}" and rows[0]["client_port"], show(rows)
        length = 17 + len(rows[0]["qname"]) + 1
        assert (rows[0]["query_size"] == length) == (mode != "long"), show(rows)
        if mode == "connected":
            assert rows[0]["client"], show(rows)
        elif error == "ENETUNREACH":
            assert "client" not in rows[0], show(rows)


@pytest.mark.parametrize("server", usable(CLOSED, CLOSED6))
def test_refused_before(lab, tag, server):
    """The ICMP error of a query is told to the next call: to a retry, or to another query."""
    zone = f"{tag}.{ZONE}"
    with Snoop() as snoop:
        said = [send(lab.client, mode, server, f"{mode}.{zone}") for mode in ("again", "newid")]
        snoop.wait_rows(3, zone)
        time.sleep(0.5)
        check_nothing_lost(snoop.stop())
    assert [error for _, error in said] == ["ECONNREFUSED"] * 2
    retried, others = (snoop.rows(f"{mode}.{zone}") for mode in ("again", "newid"))
    assert [row["event"] for row in retried] == ["send_failed"], show(retried)
    check_failed(retried, "ECONNREFUSED", server, attempts=2)
    assert [row["event"] for row in others] == ["refused", "send_failed"], show(others)
    assert others[1]["qname"] == others[0]["qname"].replace("-1.", "-2.")
    check_fields(others[1:], error="ECONNREFUSED", attempts=1)


def test_connect(lab, tag):
    """Before a TCP connection there is no name, but a process and a server."""
    with Snoop() as snoop:
        done = {server: send(lab.client, "tcp", server, ZONE) for server in (NOWHERE, NOWHERE6)}
        snoop.wait_rows(2, "")
        time.sleep(0.3)
        check_nothing_lost(snoop.stop())
    rows = failed(snoop.rows())
    assert [row["server"] for row in rows] == list(done), show(rows)
    check_fields(rows, error="ENETUNREACH", proto="tcp", server_port=53, comm=PYTHON)
    assert [(row["pid"], row["error"]) for row in rows] == list(done.values())
    assert not {"qname", "id", "flags", "rcode", "latency_ms"} & rows[0].keys(), show(rows)


def test_dig(lab, tag, firewall):
    zone = f"{tag}.{ZONE}"
    firewall(f"ip daddr {KNOT} reject")
    with Snoop("-x") as snoop:
        run(lab.client, f"exec dig +tries=2 +time=1 @{KNOT} p$$-1.{zone}")
        rows = wait_failed(snoop, 1, zone)
        check_nothing_lost(snoop.stop())
    assert rows, "nothing failed"
    check_fields(rows, error="EPERM", server=KNOT, comm="dig", role="client")
    check_process(rows, "dig")


@pytest.mark.parametrize("first", [KNOT, NOWHERE], ids=["EPERM", "ENETUNREACH"])
def test_library_takes_the_next_server(lab, tag, firewall, first):
    """One lookup, answered in the end; no query of it is told by itself."""
    zone = f"{tag}.{ZONE}"
    second = "10.53.0.3"  # unbound
    firewall(f"ip daddr {KNOT} drop")
    lab.client.resolv_conf(first, second, options="timeout:1")
    with Snoop("-c", "getent") as snoop:
        run(lab.client, f"exec getent ahosts p$$-1.{zone}")
        snoop.wait_rows(2, zone)
        time.sleep(0.5)
        check_nothing_lost(snoop.stop())
    rows = snoop.rows(zone)
    assert Counter((row["event"], row["qtype"]) for row in rows) == {
        ("answer", "A"): 1,
        ("answer", "AAAA"): 1,
    }, show(rows)
    check_process(rows, "getent")
    check_fields(rows, server=second)
    if first == KNOT:
        assert any(row["attempts"] == 2 for row in rows), show(rows)
        return
    # The library connects its socket first: there is no query yet.
    connects = [row for row in failed(snoop.rows()) if "qname" not in row]
    assert connects, "connect() has not failed"
    check_fields(connects, error="ENETUNREACH", server=NOWHERE, comm="getent", proto="udp")


def test_retry_does_not_hide_the_first(lab, tag, firewall):
    """An attempt that waits for its answer still does when the next one fails."""
    zone = f"{tag}.{ZONE}"
    script = (
        "import socket, sys, time, os; sys.path.insert(0, sys.argv[1]); import wire\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "m = wire.query(7, f'p{os.getpid()}-1.' + sys.argv[2])\n"
        f"s.sendto(m, ('{SILENT}', 53))\n"
        "print(flush=True); sys.stdin.readline()\n"
        "try: s.sendto(m, ('%s', 53))\nexcept PermissionError: pass\n" % SILENT
    )
    with Snoop("--timeout", "2") as snoop:
        process = lab.client.start(
            sys.executable,
            "-c",
            script,
            HERE,
            zone,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        firewall(f"ip daddr {SILENT} drop")
        process.communicate(b"\n", 10)
        wait_until(lambda: snoop.rows(zone), 10, "the lookup ends")
        check_nothing_lost(snoop.stop())
    rows = snoop.rows(zone)
    assert [row["event"] for row in rows] == ["timeout"], show(rows)
    check_fields(rows, attempts=2)


def test_filters(lab, tag, firewall, cgroup):
    zone = f"{tag}.{ZONE}"
    firewall("udp dport 53 drop")
    inside = ["--cgroup", cgroup.path]
    right = (["-c", PYTHON], ["-4"], ["--udp"], inside)
    wrong = (["-c", "other"], ["-6"], ["--tcp"], ["-P", "5300"], ["--role", "server"])
    snoops = [Snoop(*arguments) for arguments in (*right, *wrong)]
    script = SEND.format(here=str(HERE))
    ask = f'exec "$@" sendto {KNOT}'
    for name, path in (("inside", cgroup.path), ("outside", cgroup.path.parent)):
        join = f"echo $$ >{path}/cgroup.procs; {ask} {name}.{zone}"
        lab.client.run("sh", "-c", join, "sh", sys.executable, "-c", script)
    for snoop in snoops[: len(right)]:
        wait_failed(snoop, 1 if snoop is snoops[3] else 2, zone)
    for snoop, arguments in zip(snoops, (*right, *wrong)):
        snoop.stop()
        names = sorted(row["qname"].split(".")[2] for row in failed(snoop.rows(zone)))
        expected = ["inside", "outside"] if arguments in right else []
        assert names == (["inside"] if arguments is inside else expected), arguments


def test_text(lab, tag, firewall):
    zone = f"{tag}.{ZONE}"
    firewall("udp dport 53 drop")
    with Snoop("-x", table=True) as snoop:
        send(lab.client, "sendto", KNOT, zone)
        send(lab.client, "tcp", NOWHERE, zone)
        assert snoop.out.wait(lambda lines: sum(b"SENDFAIL" in l for l in lines) == 2, 5)
        snoop.stop()
    lines = [line for line in snoop.out.text().splitlines() if "SENDFAIL" in line]
    udp, tcp = sorted(lines, key=lambda line: " tcp " in line)
    assert re.search(rf"{PYTHON} .* {KNOT} +A +\S+{zone} +SENDFAIL +\d\S+ EPERM$", udp), udp
    assert re.search(rf"{PYTHON} .*tcp +{NOWHERE} +- +- +SENDFAIL +- ENETUNREACH$", tcp), tcp


def test_what_is_sent_does_not_fail(lab, tag):
    zone = f"{tag}.{ZONE}"
    with Snoop() as snoop:
        for server in usable(KNOT, KNOT6):
            for mode in ("sendto", "connected", "pieces", "tcp"):
                assert send(lab.client, mode, server, zone)[1] == "sent"
        time.sleep(0.5)
        check_nothing_lost(snoop.stop())
    assert not failed(snoop.rows()), show(failed(snoop.rows()))
