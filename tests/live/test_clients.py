# SPDX-License-Identifier: Apache-2.0
"""
Every kind of client: lookups of names that carry the pid of the process that asks; each is
reported once, with that pid and the command name.
"""
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

import wire
from checks import PYTHON, check_fields, check_nothing_lost, check_once, check_process, show
from daemons import ADDRESS, ADDRESS6
from lab import (
    CLIENT,
    CLIENT6,
    DOCKER,
    GATE,
    HERE,
    KNOT,
    KNOT6,
    NAT,
    PROGRAMS,
    UNBOUND,
    ZONE,
    patient,
    usable,
)
from snoop import Snoop

BOTH = ("A", "AAAA")
DATA = {"A": ADDRESS, "AAAA": ADDRESS6}

# An emulated machine asks for fewer.
NAMES = int(os.environ.get("LIVE_NAMES", "1000"))

# Says its names and becomes the command, so that they carry the command's pid.
EXEC = 'zone=$1 count=$2; shift 2; names=$(seq -f "p$$-%g.$zone" $count); echo "$names"; exec "$@" $names >&2'

# dig shares its source port (SO_REUSEPORT): of several at once, one now and then gets the answer
# for another that took the same port, which then asks again after 5 s. The tool shows that as it
# is; for one row a name each process has a port of its own, below the ephemeral ones.
OWN_PORTS = 20000


@dataclass(frozen=True)
class Kind:
    """A kind of client: `processes` of the command, which share NAMES names."""

    id: str
    comm: str
    command: tuple = ()  # with `ask`: arguments of ask.py; else what EXEC runs
    ask: bool = False
    program: str = ""  # one of our own, called with zone and count
    qtypes: tuple = ("A",)
    processes: int = 1
    server: str = KNOT
    asked: str = ""  # the server as the program names it, if otherwise
    client: str = CLIENT
    proto: str = "udp"
    where: str = "client"  # the host it runs on
    gate: bool = False  # it is older than the tool
    in_cgroup: bool = False
    snoop_inside: bool = False  # the tool runs in the client's network namespace

    @property
    def names(self):
        return max(NAMES, self.processes)

    def argv(self, zone, share, number):
        if self.program:
            return [PROGRAMS / self.program, zone, share]
        if self.ask:
            return [
                sys.executable,
                HERE / "ask.py",
                *self.command,
                "--server",
                self.asked or self.server,
                "--zone",
                zone,
                "--count",
                share,
                "--wait",
                5,
                *(["--gate"] if self.gate else []),
            ]
        command = [word.format(port=OWN_PORTS + number) for word in self.command]
        return ["sh", "-c", EXEC, "sh", zone, share, *command]


def ask(name, *mode, **kwargs):
    return Kind(name, PYTHON, mode or (name,), ask=True, **kwargs)


KINDS = [
    Kind("dig", "dig", ("dig", f"@{KNOT}", "-b", f"{CLIENT}#{{port}}"), processes=10),
    Kind("dig-tcp", "dig", ("dig", f"@{KNOT}", "+tcp"), processes=10, proto="tcp"),
    Kind(
        "dig-ipv6",
        "dig",
        ("dig", f"@{KNOT6}", "-b", f"{CLIENT6}#{{port}}"),
        processes=10,
        server=KNOT6,
        client=CLIENT6,
    ),
    Kind("kdig", "kdig", ("kdig", f"@{KNOT}"), processes=10),
    Kind("getent", "getent", ("getent", "ahosts"), processes=5, qtypes=BOTH),
    Kind("getent-200-at-once", "getent", ("getent", "ahosts"), processes=200, qtypes=BOTH),
    Kind("go", "ask", program="ask", processes=2, qtypes=BOTH),
    Kind("musl", "musl_ask", program="musl_ask", processes=2, qtypes=BOTH),
    ask("sendto"),
    ask("connected"),
    ask("tcp", proto="tcp"),
    ask("sendto-ipv6", "sendto", server=KNOT6, client=CLIENT6),
    ask("connected-ipv6", "connected", server=KNOT6, client=CLIENT6),
    ask("tcp-ipv6", "tcp", server=KNOT6, client=CLIENT6, proto="tcp"),
    # An IPv6 socket that speaks IPv4 (RFC 3493, section 3.7).
    ask("mapped-sendto", "sendto", asked=f"::ffff:{KNOT}"),
    ask("mapped-connected", "connected", asked=f"::ffff:{KNOT}"),
    ask("mapped-tcp", "tcp", asked=f"::ffff:{KNOT}", proto="tcp"),
    ask("one-id", "sendto", "--id", "7"),
    ask("bursts"),
    ask("turns"),
    ask("tcp-segments", proto="tcp"),
    ask("tcp-split", proto="tcp"),
    ask("older-sendto", "sendto", gate=True),
    ask("older-connected", "connected", gate=True),
    ask("older-connected-ipv6", "connected", gate=True, server=KNOT6, client=CLIENT6),
    ask("older-tcp", "tcp", gate=True, proto="tcp"),
    ask("fork"),
    ask("fork-sendto"),
    ask("fork-connected"),
    ask("older-fork-connected", "fork-connected", gate=True),
    ask("threads"),
    ask("processes"),
    ask("loopback", "sendto", server="127.0.0.1", client="127.0.0.1"),
    ask("loopback-connected", "connected", server="127.0.0.1", client="127.0.0.1"),
    ask("loopback-tcp", "tcp", server="127.0.0.1", client="127.0.0.1", proto="tcp"),
    ask("loopback-ipv6", "connected", server="::1", client="::1"),
    ask("same-namespace", "connected", snoop_inside=True),
    ask("on-the-servers-host", "connected", where="server", client=KNOT),
    ask("child-cgroup", "connected", in_cgroup=True),
    ask("child-cgroup-sendto", "sendto", in_cgroup=True),
    ask("nat-sendto", "sendto", server=NAT),
    ask("nat-connected", "connected", server=NAT),
    ask("nat-tcp", "tcp", server=NAT, proto="tcp"),
    ask("docker-sendto", "sendto", server=DOCKER, client="127.0.0.1"),
    ask("docker-connected", "connected", server=DOCKER, client="127.0.0.1"),
    ask("docker-tcp", "tcp", server=DOCKER, client="127.0.0.1", proto="tcp"),
]

SMOKE = {"getent", "go", "musl", "sendto", "connected-ipv6", "tcp", "older-connected", "docker-tcp"}


def start(kind, lab, zone):
    """The processes; those that wait at the gate stand there when this returns."""
    host = getattr(lab, kind.where)
    gate = GATE if kind.in_cgroup else []
    started = [
        host.start(
            *gate,
            *kind.argv(zone, kind.names // kind.processes, number),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for number in range(kind.processes)
    ]
    if kind.gate or kind.in_cgroup:
        for process in started:
            assert process.stdout.readline() == "ready\n"
    return started


def finish(processes):
    """Lets the processes ask; returns the names they asked for."""
    names = []
    for process in processes:
        out, _ = process.communicate("go\n", timeout=patient(60))
        assert process.returncode == 0, f"client ended with {process.returncode}"
        names += out.split()
    return names


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=kind.id, marks=pytest.mark.smoke if kind.id in SMOKE else ())
        for kind in KINDS
    ],
)
def test_client(kind, lab, tag, shared, request):
    zone = f"{tag}.{ZONE}"
    lab.client.resolv_conf(KNOT)
    early = start(kind, lab, zone) if kind.gate or kind.in_cgroup else []
    if kind.in_cgroup:
        cgroup = request.getfixturevalue("cgroup")
        for process in early:
            cgroup.add(process.pid)
    inside = Snoop(host=lab.client) if kind.snoop_inside else None
    with inside or (Snoop() if early else shared()) as snoop:
        names = finish(early or start(kind, lab, zone))
        assert len(names) == kind.names
        snoop.wait_rows(len(names) * len(kind.qtypes), zone)
        check_nothing_lost(snoop.stop())
    rows = snoop.rows(zone)
    check_once(rows, names, kind.qtypes)
    check_process(rows, kind.comm)
    check_fields(
        rows,
        event="answer",
        role="client",
        proto=kind.proto,
        server=kind.server,
        server_port=53,
        client=kind.client,
        rcode="NOERROR",
        attempts=1,
        uid=0,
        qclass="IN",
    )
    wrong = [row for row in rows if [r["data"] for r in row["answers"]] != [DATA[row["qtype"]]]]
    assert not wrong, f"not the answer:\n{show(wrong)}"
    assert all(0 < row["latency_ms"] < 5000 for row in rows)


def test_resolver_asks_too(lab, tag, shared):
    """A resolver's own lookups are its own, next to those of its clients."""
    zone = f"{tag}.{ZONE}"
    kind = ask("unbound", "connected", server=UNBOUND)
    with shared() as snoop:
        names = finish(start(kind, lab, zone))
        snoop.wait_rows(2 * len(names), zone)
        check_nothing_lost(snoop.stop())
    rows = snoop.rows(zone)
    by_unbound = [row for row in rows if row["comm"] == "unbound"]
    by_client = [row for row in rows if row["comm"] != "unbound"]
    check_once(by_client, names, ["A"])
    check_process(by_client, PYTHON)
    check_once(by_unbound, names, ["A"])
    check_fields(by_unbound, pid=lab.unbound.pid, server=KNOT, client=UNBOUND, event="answer")


def test_server_role(lab, tag):
    """With --role server the same lookups, as the server sees them."""
    zone = f"{tag}.{ZONE}"
    with Snoop("--role", "server") as snoop:
        names = finish(start(ask("connected"), lab, zone))
        snoop.wait_rows(len(names), zone)
        check_nothing_lost(snoop.stop())
    check_once(snoop.rows(zone), names, ["A"])
    check_fields(
        snoop.rows(zone), role="server", comm="knotd", server=KNOT, client=CLIENT, event="answer"
    )


@pytest.mark.parametrize("server", usable(KNOT, KNOT6))
def test_another_program_sends(server, lab, tag, shared, tmp_path):
    """On a socket that the one before it has connected: no hook sees that named again."""
    (tmp_path / "query").write_bytes(wire.query(7, f"executed.{tag}.{ZONE}"))
    snoop = shared()
    script = f"exec 3<>/dev/udp/{server}/53; exec cat {tmp_path}/query >&3"
    process = lab.client.start("bash", "-c", script)
    assert process.wait(patient(20)) == 0
    (row,) = snoop.wait_rows(1, f"{tag}.{ZONE}")
    assert (row["comm"], row["pid"]) == ("cat", process.pid), show([row])
