# SPDX-License-Identifier: Apache-2.0
"""Each filter, against the same dozen lookups: exactly those that it means are shown."""
import contextlib
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from checks import show
from lab import HERE, HIGH_PORT, KNOT, KNOT6, ROGUE, ROGUE_ZONE, ZONE, patient
from snoop import Snoop

NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
PYTHON_ASK = f"{sys.executable} {HERE}/ask.py"

# label -> the command; ZONE and ROGUE stand for label.tag.zone
LOOKUPS = {
    "udp": f"dig @{KNOT} p1.ZONE",
    "aaaa": f"dig @{KNOT} -t AAAA p1.ZONE",
    "tcp": f"dig +tcp @{KNOT} p1.ZONE",
    "ipv6": f"dig @{KNOT6} p1.ZONE",
    "kdig": f"kdig @{KNOT} p1.ZONE",
    "nobody": f"{NOBODY} dig @{KNOT} p1.ZONE",
    "port": f"dig @{KNOT} -p {HIGH_PORT} p1.ZONE",
    "nxdomain": f"dig @{ROGUE} +noedns p1.nxdomain.ROGUE",
    "servfail": f"dig @{ROGUE} +noedns +tries=1 p1.servfail.ROGUE",
    "silent": f"{PYTHON_ASK} sendto --server {ROGUE} --wait 0.1 --zone silent.ROGUE",
    "delay": f"{PYTHON_ASK} sendto --server {ROGUE} --zone delay.ROGUE",
}
# These stand at their gate before the tool starts.
GATED = {
    "gated": f"{PYTHON_ASK} connected --gate --server {KNOT} --zone ZONE",
    "thread": f"{PYTHON_ASK} threads --gate --server {KNOT} --zone ZONE",
}
ALL = {*LOOKUPS, *GATED} - {"port"}
FAILED = {"nxdomain", "servfail", "silent"}
AT_ROGUE = FAILED | {"delay"}
BY_PYTHON = {"gated", "thread", "silent", "delay"}
AT_ONCE = 8  # tools that watch one run of the lookups
TIMEOUT = 0.5  # above the 0.3 s of `delay`


def command(label, text, tag):
    # The label stands below the behaviour's, so that every name holds ".label.tag.".
    text = text.replace(f"{label}.ROGUE", f"{label}.{tag}.{label}.{ROGUE_ZONE}")
    return text.replace("ZONE", f"{label}.{tag}.{ZONE}").split()


class Traffic:
    def __init__(self, lab, tag):
        self.lab, self.tag = lab, tag
        self.gated = {label: self.start(label, text) for label, text in GATED.items()}
        for process in self.gated.values():
            assert process.stdout.readline() == b"ready\n"

    def start(self, label, text):
        return self.lab.client.start(
            *command(label, text, self.tag),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self):
        for process in [
            *[self.start(label, text) for label, text in LOOKUPS.items()],
            *self.gated.values(),
        ]:
            out, _ = process.communicate(b"go\n", timeout=patient(20))
            assert process.returncode == 0, out.decode()
        # Here a filter that shows nothing cannot be told from one that is slow.
        time.sleep(TIMEOUT + 0.2)

    def named(self, arguments):
        """A filter's arguments, with the tag and the pids of this run."""
        arguments = arguments.replace("TAG", self.tag)
        for label, process in self.gated.items():
            arguments = arguments.replace(f"PID-{label}", str(process.pid))
        return arguments.split()

    def rows(self, snoop):
        return [row for row in snoop.rows() if f".{self.tag}." in row.get("qname", "")]

    def labels(self, rows):
        return Counter(row["qname"].split(".")[1] for row in rows)


@pytest.fixture
def traffic(lab, tag):
    traffic = Traffic(lab, tag)
    yield traffic
    for process in traffic.gated.values():
        process.kill()
        process.wait()


# arguments (with TAG, and PID-label for a gated client) -> labels
FILTERS = [
    ("", ALL),
    ("-p PID-gated", {"gated"}),
    ("-p PID-thread", {"thread"}),
    ("-t PID-gated", {"gated"}),
    ("-t PID-thread", set()),  # its main thread does not ask
    ("-u 65534", {"nobody"}),
    ("-u nobody", {"nobody"}),
    ("-u root", ALL - {"nobody"}),
    ("-c dig", ALL - BY_PYTHON - {"kdig"}),
    ("-c kdig", {"kdig"}),
    ("-c kdi", set()),
    (f"-N TAG.{ZONE}", ALL - AT_ROGUE),
    (f"-N udp.TAG.{ZONE}", {"udp"}),
    ("-N UDP.TAG.Example.TEST.", {"udp"}),
    (f"-N dp.TAG.{ZONE}", set()),
    ("-N *.tcp.TAG.*", {"tcp"}),
    ("-N p1.ip?6.TAG.*", {"ipv6"}),
    (f"-N udp.TAG.{ZONE} -N tcp.TAG.{ZONE}", {"udp", "tcp"}),
    (f"-N TAG.{ZONE} -N !udp.TAG.{ZONE}", ALL - AT_ROGUE - {"udp"}),
    (f"-N !TAG.{ZONE}", AT_ROGUE),
    ("-q AAAA", {"aaaa"}),
    ("-q 28", {"aaaa"}),
    ("-q a", ALL - {"aaaa"}),
    ("-q A -q AAAA", ALL),
    ("-q TXT", set()),
    ("-R NXDOMAIN", {"nxdomain"}),
    ("-R 2 -R NXDOMAIN", {"servfail", "nxdomain"}),
    ("-R NOERROR", ALL - FAILED),
    ("-x", FAILED),
    ("-x -R SERVFAIL", {"servfail"}),
    ("-x -c dig", {"nxdomain", "servfail"}),
    ("-m 250", {"delay", "silent"}),
    ("-m 5000", set()),
    (f"-P {HIGH_PORT}", {"port"}),
    (f"-P 53,{HIGH_PORT}", ALL | {"port"}),
    ("-P 5353", set()),
    ("-4", ALL - {"ipv6"}),
    ("-6", {"ipv6"}),
    ("-4 -6", ALL),
    ("--udp", ALL - {"tcp"}),
    ("--tcp", {"tcp"}),
    ("--udp --tcp", ALL),
    ("--tcp -6", set()),
]


def filtered(traffic, filters):
    """Runs the traffic once, under a tool for each of the filters; the rows that each shows."""
    with contextlib.ExitStack() as stack:
        # The threads outlive the tools, which die with what started them.
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        tools = [
            pool.submit(Snoop, "--timeout", TIMEOUT, *traffic.named(arguments))
            for arguments in filters
        ]
        snoops = [stack.enter_context(tool.result()) for tool in tools]
        traffic.run()
        for snoop in snoops:
            snoop.stop()
        return {arguments: traffic.rows(snoop) for arguments, snoop in zip(filters, snoops)}


@pytest.fixture(scope="module")
def rows_by_filter():
    return {}


@pytest.mark.parametrize("number", range(len(FILTERS)), ids=[text or "none" for text, _ in FILTERS])
def test_filter(rows_by_filter, number, request):
    arguments, expected = FILTERS[number]
    if arguments not in rows_by_filter:
        traffic = request.getfixturevalue("traffic")
        some = [text for text, _ in FILTERS[number : number + AT_ONCE]]
        rows_by_filter.update(filtered(traffic, some))
    rows = rows_by_filter[arguments]
    labels = Counter(row["qname"].split(".")[1] for row in rows)
    assert labels == Counter(expected), f"{arguments}: {show(rows)}"


def test_role_server(traffic):
    with Snoop("--timeout", TIMEOUT, "--role", "server") as snoop:
        traffic.run()
        snoop.stop()
    rows = traffic.rows(snoop)
    assert traffic.labels(rows) == Counter(ALL), show(rows)
    assert {row["role"] for row in rows} == {"server"}
    by_rogue = [row for row in rows if row["server"] == ROGUE]
    assert {row["comm"] for row in rows if row not in by_rogue} == {"knotd"}
    assert {row["event"] for row in by_rogue if "silent" in row["qname"]} == {"timeout"}


@pytest.mark.smoke
def test_role_both(traffic):
    with Snoop("--timeout", TIMEOUT, "--role", "both") as snoop:
        traffic.run()
        snoop.stop()
    rows = traffic.rows(snoop)
    roles = Counter((row["qname"].split(".")[1], row["role"]) for row in rows)
    assert roles == Counter((label, role) for label in ALL for role in ("client", "server")), show(
        rows
    )


@pytest.mark.smoke
def test_cgroup(traffic, cgroup):
    # A socket belongs to the cgroup that it was made in: `thread` makes its own after this.
    cgroup.add(traffic.gated["thread"].pid)
    with Snoop("--cgroup", cgroup.path) as snoop:
        traffic.run()
        counters = snoop.stop()
    assert traffic.labels(traffic.rows(snoop)) == Counter({"thread"})
    assert counters["captured"] == 2, "the query and its answer are all that this cgroup saw"


def test_all_messages(traffic):
    with Snoop("--timeout", TIMEOUT, "-a") as snoop:
        traffic.run()
        snoop.stop()
    events = Counter((row["qname"].split(".")[1], row["event"]) for row in traffic.rows(snoop))
    expected = {(label, "query") for label in ALL} | {
        (label, "response") for label in ALL - {"silent"}
    }
    assert events == Counter(expected)


def test_duration(lab):
    del lab
    began = time.monotonic()
    with Snoop("-d", 1) as snoop:
        tracing = time.monotonic()
        snoop.finish(5)
    assert time.monotonic() - began >= 1 and time.monotonic() - tracing < 2
