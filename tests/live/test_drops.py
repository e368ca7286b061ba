# SPDX-License-Identifier: Apache-2.0
"""DNS packets that the kernel drops, and why: where it tells (Linux 5.17 with BTF)."""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import captures
from checks import PYTHON, check_fields, check_nothing_lost, check_process, show
from lab import CLIENT, CLIENT6, HERE, KNOT, KNOT6, ZONE, patient, usable
from snoop import Snoop

RELEASE = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups()))
TOLD = RELEASE >= (5, 17) and Path("/sys/kernel/btf/vmlinux").exists()
NOT_SEEN = "dnssnoop: packets that the kernel drops are not seen: this kernel "


def test_what_is_said():
    """Only a kernel that cannot tell is said not to."""
    with Snoop() as snoop:
        snoop.stop()
    assert (NOT_SEEN in snoop.err.text()) == (not TOLD), snoop.err.text()


# Sends all of its queries, then waits; reads nothing.
DEAF = """
import socket, sys, time
sys.path.insert(0, {here!r})
import os, wire
s = socket.socket(socket.AF_INET6 if ":" in {server!r} else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
if {connected}:
    s.connect(({server!r}, 53))
for n in range(60):
    message = wire.query(n + 1, f"p{{os.getpid()}}-{{n}}.{zone}")
    s.send(message) if {connected} else s.sendto(message, ({server!r}, 53))
    time.sleep(0.005)
time.sleep(0.5)
"""

# One answer that nobody asked for; over IPv4, with this UDP checksum (0: none).
ANSWER = """
import socket, struct, sys
sys.path.insert(0, {here!r})
import wire
message = wire.response(1, wire.question({name!r}))
udp = struct.pack("!4H", 53, 4444, 8 + len(message), {checksum}) + message
ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
ip += socket.inet_aton({source!r}) + socket.inet_aton({target!r})
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.sendto(ip + udp, ({target!r}, 0))
"""


def python(host, script, **values):
    host.run(sys.executable, "-c", script.format(here=str(HERE), **values))


def ask(host, server, zone, *arguments):
    process = host.start(
        sys.executable,
        HERE / "ask.py",
        "sendto",
        "--server",
        server,
        "--zone",
        zone,
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    assert process.wait(patient(20)) == 0


def dropped(rows):
    return [row for row in rows if row["event"] == "dropped"]


@pytest.fixture
def rule(lab):
    """rule("input udp sport 53 drop"): until the test is done."""

    def add(text):
        hook, _, match = text.partition(" ")
        chain = f"type filter hook {hook} priority 0; {match};"
        lab.client.run(
            "nft", "-f", "-", stdin=f"table inet drops {{\nchain c {{\n{chain}\n}}\n}}\n"
        )

    yield add
    subprocess.run([*lab.client.enter, "nft", "delete", "table", "inet", "drops"], check=False)


if TOLD:

    @pytest.mark.parametrize(
        "connected",
        [
            pytest.param(True, id="connected", marks=pytest.mark.smoke),
            pytest.param(False, id="unconnected"),
        ],
    )
    @pytest.mark.parametrize("server", usable(KNOT, KNOT6))
    def test_answers_that_are_not_read(lab, tag, server, connected):
        """The socket's buffer is full: the answer came, and the process will never have it."""
        zone = f"{tag}.{ZONE}"
        with Snoop() as snoop:
            python(lab.client, DEAF, server=server, zone=zone, connected=connected)
            snoop.wait_rows(60 + 30, zone, drops=True)
            check_nothing_lost(snoop.stop())
        rows = snoop.rows(zone, drops=True)
        full = [row for row in dropped(rows) if row["reason"] == "SOCKET_RCVBUFF"]
        assert 30 <= len(full) <= 60, show(dropped(rows))
        assert len({row["qname"] for row in full}) == len(full)
        check_fields(full, role="client", proto="udp", server=server, server_port=53)
        check_fields(full, client=CLIENT6 if ":" in server else CLIENT)
        check_process(full, PYTHON)

    @pytest.mark.parametrize("server", usable(KNOT, KNOT6))
    def test_answers_that_a_firewall_drops(lab, tag, rule, server, tmp_path):
        """Before any socket: the process is that of the query, whose lookup times out."""
        zone, path = f"{tag}.{ZONE}", tmp_path / "written.pcapng"
        rule("input udp sport 53 drop")
        with Snoop("--timeout", "1", "-w", path) as snoop:
            ask(lab.client, server, zone, "--wait", "0.3")
            rows = snoop.wait_rows(2, zone, drops=True)
            check_nothing_lost(snoop.stop())
        assert [row["event"] for row in rows] == ["dropped", "timeout"], show(rows)
        check_fields(rows, role="client", server=server)
        check_fields(rows[:1], reason="NETFILTER_DROP")
        check_process(rows, PYTHON)
        assert rows[0]["response_size"] > rows[1]["query_size"], show(rows)
        again = captures.read(path, "--timeout", "1").rows
        assert [row for row in again if tag in row.get("qname", "")] == [
            {key: value for key, value in row.items() if key != "cmdline"} for row in rows
        ]

    @pytest.mark.parametrize("server", usable(KNOT, KNOT6))
    def test_queries_that_a_firewall_drops(lab, tag, rule, server):
        zone = f"{tag}.{ZONE}"
        rule("output udp dport 53 drop")
        with Snoop("-a") as snoop:
            lab.client.run("sh", "-c", f"dig +tries=1 +time=1 @{server} p$$-1.{zone} >&2 || true")
            rows = snoop.wait_rows(1, zone, drops=True)
            check_nothing_lost(snoop.stop())
        rows = dropped(rows)
        assert rows, "nothing was dropped"
        check_fields(rows, role="client", server=server, comm="dig", reason="NETFILTER_DROP")
        assert all(row["query_size"] for row in rows), show(rows)

    @pytest.mark.parametrize(
        "checksum,reason", [(1, "UDP_CSUM"), (0, "NO_SOCKET")], ids=["checksum", "no-socket"]
    )
    def test_answers_to_nobody(lab, tag, shared, checksum, reason):
        """No socket, no process."""
        zone = f"{tag}.{ZONE}"
        with shared("-x") as snoop:
            python(lab.server, ANSWER, name=zone, checksum=checksum, source=KNOT, target=CLIENT)
            rows = snoop.wait_rows(1, zone, drops=True)
            check_nothing_lost(snoop.stop())
        assert [row["event"] for row in rows] == ["dropped"], show(rows)
        check_fields(
            rows, reason=reason, client=CLIENT, client_port=4444, server=KNOT, role="client"
        )
        assert not {"pid", "latency_ms"} & rows[0].keys(), show(rows)

    def test_what_is_read_is_no_drop(lab, tag, shared):
        """Neither is what went well."""
        zone = f"{tag}.{ZONE}"
        with shared() as snoop:
            for mode in ("sendto", "connected", "tcp"):
                process = lab.client.start(
                    sys.executable,
                    HERE / "ask.py",
                    mode,
                    "--server",
                    KNOT,
                    "--zone",
                    f"{mode}.{zone}",
                    "--count",
                    50,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
                assert process.wait(patient(20)) == 0
            rows = snoop.wait_rows(150, zone, drops=True)
            time.sleep(0.3)
            rows = snoop.rows(zone, drops=True)
            check_nothing_lost(snoop.stop())
        check_fields(rows, event="answer")
        assert len(rows) == 150

    def test_text(lab, tag, rule):
        zone = f"{tag}.{ZONE}"
        rule("input udp sport 53 drop")
        with Snoop("--timeout", "1", table=True) as snoop:
            ask(lab.client, KNOT, zone, "--wait", "0.3")
            assert snoop.out.wait(lambda lines: any(b"TIMEOUT" in line for line in lines), 5)
            snoop.stop()
        line = next(line for line in snoop.out.text().splitlines() if "DROPPED" in line)
        assert re.search(rf"{PYTHON} .* A +\S+{zone} +DROPPED +- +NETFILTER_DROP$", line), line

    def test_filters(lab, tag, rule):
        """Only what belongs to the process, the cgroup, the port."""
        zone = f"{tag}.{ZONE}"
        rule("output udp dport 53 drop")
        wrong = (["-c", "other"], ["-P", "5300"], ["--tcp"], ["--role", "server"])
        snoops = [Snoop("-a", *arguments) for arguments in (["-c", "dig"], *wrong)]
        lab.client.run("sh", "-c", f"dig +tries=1 +time=1 @{KNOT} p$$-1.{zone} >&2 || true")
        assert dropped(snoops[0].wait_rows(1, zone, drops=True))
        time.sleep(0.3)
        for snoop, arguments in zip(snoops, (["-c", "dig"], *wrong)):
            snoop.stop()
            assert bool(dropped(snoop.rows(zone, drops=True))) == (snoop is snoops[0]), arguments

    def test_one_cgroup(lab, tag, rule, cgroup):
        zone = f"{tag}.{ZONE}"
        rule("output udp dport 53 drop")
        with Snoop("-a", "--cgroup", cgroup.path) as snoop:
            for name, path in (("inside", cgroup.path), ("outside", cgroup.path.parent)):
                script = f"dig +tries=1 +time=1 @{KNOT} {name}.{zone} >&2 || true"
                lab.client.run("sh", "-c", f"echo $$ >{path}/cgroup.procs; {script}")
            assert dropped(snoop.wait_rows(1, zone, drops=True))
            snoop.stop()
        names = {row["qname"] for row in dropped(snoop.rows(zone, drops=True))}
        assert names == {f"inside.{zone}"}
