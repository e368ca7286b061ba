# SPDX-License-Identifier: Apache-2.0
"""dnstunnel beside real tunnels: every record type and encoding of iodine, and dns2tcp."""
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import alerts
import captures
from checks import show
from lab import Cgroup
from snoop import DNSTUNNEL, Snoop
from tunnels import Tunnel, Tunnels

# Where iodine's names and answers have room for so much: -m, without the search for how much.
FRAGMENT, NAME_FRAGMENT = "600", "150"
HOST_NAMES = ("base32", "base64", "base64u", "base128")
ENCODINGS = {"NULL": ("",), "PRIVATE": ("",), "TXT": (*HOST_NAMES, "raw")}
ENCODINGS |= dict.fromkeys(("SRV", "MX", "CNAME", "A"), HOST_NAMES)

PARALLEL = 6  # tunnels at once
FLOWS = 10  # seconds
BURST = 5000  # octets up and down, before somebody types
QUERIES = 50
IDLES = 600  # seconds

# A lazy iodine asks each 4 s while nothing is said. It is asked to do so each second, and what
# was recorded is read with a clock that runs slower: the same messages, at the usual pace.
STRETCH = 4
RECORDED = 150  # seconds: STRETCH times that is what IDLES allows


def iodine(qtype, encoding, lazy, path):
    size = NAME_FRAGMENT if qtype in ("CNAME", "A") else FRAGMENT
    return Tunnel("iodine", qtype, encoding, lazy, path, ("-m", size))


BUSY = {
    qtype: [
        iodine(qtype, encoding, lazy, path)
        for encoding in encodings
        for lazy in (True, False)
        for path in ("direct", "unbound")
    ]
    for qtype, encodings in ENCODINGS.items()
}
BUSY["dns2tcp"] = [
    Tunnel("dns2tcp", qtype, path=path)
    for qtype in ("TXT", "KEY")
    for path in ("direct", "unbound")
]
TYPED = [
    iodine("NULL", "", True, "direct"),
    iodine("TXT", "base64", True, "unbound"),
    iodine("A", "base32", True, "direct"),
    Tunnel("dns2tcp", "TXT"),
]
MEASURED = [iodine("NULL", "", True, "direct"), iodine("A", "base32", False, "direct")]
MEASURE = 20000  # octets, random ones: up and down
EXCESS = 4  # base32 is 8 octets for 5, each piece has a head, and a busy machine asks again
LAZY_IDLE = [
    Tunnel("iodine", qtype, options=("-m", NAME_FRAGMENT, "-I", "1"), path=path)
    for qtype, path in (
        ("NULL", "direct"),
        ("TXT", "unbound"),
        ("CNAME", "unbound"),
        ("A", "direct"),
    )
]
IDLE = [
    Tunnel("iodine", "MX", lazy=False, options=("-m", FRAGMENT)),
    Tunnel("iodine", "A", lazy=False, options=("-m", NAME_FRAGMENT), path="unbound"),
    Tunnel("dns2tcp", "TXT"),
    Tunnel("dns2tcp", "KEY", path="unbound"),
]


class Watched:
    """The tunnels, with one dnstunnel that sees all sockets of this machine."""

    def __init__(self, directory, stack):
        self.directory, self.stack = directory, stack
        self.tunnels = Tunnels(directory)
        stack.callback(self.tunnels.close)
        self.snoop = stack.enter_context(Snoop(tool=DNSTUNNEL))
        self.lock, self.uses = threading.Lock(), {}

    def alerts(self, tunnel, severity="HIGH"):
        with self.lock:
            return alerts.leaking(self.snoop.rows(), tunnel.domain, severity=severity)

    def blamed(self, tunnel):
        """The alerts that name the process."""
        return [row for row in self.alerts(tunnel) if row.get("pid") == tunnel.process.pid]

    def busy(self, tunnel, group, burst=BURST):
        """Lets data flow through all tunnels of the group, some at once; on the first call."""
        if tunnel.domain not in self.uses:
            self.tunnels.serve(group)
            with ThreadPoolExecutor(PARALLEL) as pool:
                for one in group:
                    self.uses[one.domain] = pool.submit(self.use, one, burst)
        self.uses[tunnel.domain].result()

    def use(self, tunnel, burst):
        """Until there is an alert that names the process, or it is too late."""
        self.tunnels.start(tunnel)
        self.tunnels.wait(tunnel)
        flow = self.tunnels.flow(tunnel, "work", burst, FLOWS)
        while flow.poll() is None and not self.blamed(tunnel):
            time.sleep(0.05)
        if flow.poll() is None:
            flow.terminate()
        flow.wait()
        tunnel.process.terminate()
        tunnel.process.wait()


class Idle:
    """Tunnels through which nothing is sent, and what dnssnoop has recorded of them."""

    def __init__(self, watched):
        self.watched, tunnels = watched, watched.tunnels
        self.path = watched.directory / "idle.pcapng"
        self.group = Cgroup("idle")
        watched.stack.callback(self.group.close)
        tunnels.serve(LAZY_IDLE + IDLE)
        watched.stack.callback(self.end)
        for tunnel in LAZY_IDLE + IDLE:
            tunnels.start(tunnel, self.group)
        for tunnel in LAZY_IDLE + IDLE:
            tunnels.wait(tunnel)
            if tunnel.program == "dns2tcp":  # asks nothing before somebody connects
                tunnels.flow(tunnel, "hold", 0, 3 * RECORDED)
        self.recorder = watched.stack.enter_context(
            Snoop("-w", self.path, "--cgroup", self.group.path)
        )
        self.until = time.time() + RECORDED

    @staticmethod
    def end():
        """Before their cgroup is removed."""
        for tunnel in LAZY_IDLE + IDLE:
            if tunnel.process:
                tunnel.process.kill()
                tunnel.process.wait()

    def wait(self):
        time.sleep(max(self.until - time.time(), 0))
        if self.recorder.process.poll() is None:
            self.recorder.stop()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield Watched(tmp_path_factory.mktemp("tunnels"), stack)


@pytest.fixture(scope="module")
def idle(watched):
    return Idle(watched)


def named(group):
    return [pytest.param(tunnel, id=tunnel.name) for tunnel in group]


EVERY_BUSY = [
    pytest.param(group, tunnel, id=tunnel.name)
    for group, tunnels in BUSY.items()
    for tunnel in tunnels
]


def test_idle_begins(idle):
    """First: they are idle while others are busy."""
    assert idle.recorder.process.poll() is None


@pytest.mark.parametrize("group, tunnel", EVERY_BUSY)
def test_busy(watched, group, tunnel):
    watched.busy(tunnel, BUSY[group])
    found = watched.alerts(tunnel)
    alerts.check_process(found, tunnel)
    alerts.check_alert(watched.blamed(tunnel), tunnel.began, FLOWS, QUERIES)


@pytest.mark.parametrize("tunnel", named(TYPED))
def test_typed(watched, tunnel):
    """Somebody types a few characters a second, and there was nothing before."""
    watched.busy(tunnel, TYPED, burst=0)
    alerts.check_alert(watched.blamed(tunnel), tunnel.began, FLOWS, QUERIES)


def test_interface(watched):
    """At the server's end of the link, where the packets are another host's."""
    tunnel = iodine("TXT", "base64", True, "direct")
    with Snoop("-i", "veth0", tool=DNSTUNNEL, host=watched.tunnels.server) as snoop:
        watched.busy(tunnel, [tunnel])
        snoop.stop()
        found = alerts.leaking(snoop.rows(), tunnel.domain)
    alerts.check_alert(found, tunnel.began, FLOWS, QUERIES)
    assert (found[0]["client"], found[0]["server"]) == ("10.53.0.1", tunnel.server)


@pytest.mark.parametrize("tunnel", named(MEASURED))
def test_bytes(watched, cgroup, tunnel):
    """What it says went up and down is at least what did, and not several times as much."""
    tunnels = watched.tunnels
    tunnels.serve([tunnel])
    with Snoop("--cgroup", cgroup.path, tool=DNSTUNNEL) as snoop:
        tunnels.start(tunnel, cgroup)
        tunnels.wait(tunnel)
        flow = tunnels.flow(tunnel, "work", MEASURE, FLOWS / 2)
        assert int(flow.communicate()[0]) >= MEASURE
        sent, received = tunnels.carried(tunnel)
        tunnel.process.terminate()
        tunnel.process.wait()
        snoop.stop()
    found = alerts.leaking(snoop.rows(), tunnel.domain, severity="LOW")
    states = [row["state"] for row in found]
    assert states[0] == "open" and states.index("closed") == len(states) - 1, show(found)
    assert MEASURE <= found[-1]["bytes_up"] <= EXCESS * sent, (sent, show(found[-1:]))
    assert MEASURE <= found[-1]["bytes_down"] <= EXCESS * received, (received, show(found[-1:]))


def severity_by_then(tunnel):
    """Of A records, a query each second, it is HIGH a minute later only: see test_slow_idle."""
    return "MEDIUM" if tunnel.qtype == "A" else "HIGH"


@pytest.mark.parametrize("tunnel", named(IDLE))
def test_idle(watched, idle, tunnel):
    idle.wait()
    found = watched.alerts(tunnel, severity_by_then(tunnel))
    alerts.check_process(found, tunnel)
    alerts.check_alert(alerts.matching(found, pid=tunnel.process.pid), tunnel.began, RECORDED)


@pytest.fixture(scope="module")
def recorded(idle):
    """When the record begins, in seconds; its alerts, and those if it is read STRETCH times slower."""
    idle.wait()
    packets = captures.packets(idle.path)
    first = packets[0][0]
    stretched = Path(f"{idle.path}.stretched")
    slower = [(first + STRETCH * (when - first), octets) for when, octets in packets]
    stretched.write_bytes(captures.pcap(slower, *captures.LINKS["raw"]))
    return first / 1e9, alerts.read(idle.path), alerts.read(stretched)


@pytest.mark.parametrize("tunnel", named(LAZY_IDLE + IDLE))
def test_recorded_idle(recorded, tunnel):
    """Without the setup; with the processes that dnssnoop has noted."""
    first, rows, _ = recorded
    found = alerts.leaking(rows, tunnel.domain, severity=severity_by_then(tunnel))
    alerts.check_process(found, tunnel)
    alerts.check_alert(found, first, RECORDED)


@pytest.mark.parametrize("tunnel", named(LAZY_IDLE + IDLE))
def test_slow_idle(recorded, tunnel):
    first, _, rows = recorded
    alerts.check_alert(alerts.leaking(rows, tunnel.domain), first, IDLES)
