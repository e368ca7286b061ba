# SPDX-License-Identifier: Apache-2.0
"""
dnssnoop -i: each hook on real interfaces, with local, forwarded and made-up traffic.
"""
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

import captures
import wire
from checks import PYTHON, check_fields, check_nothing_lost, check_once, check_process, show
from frames import ENCAPSULATIONS, Datagram, ethernet, fragments
from lab import CLIENT, CLIENT6, CLOSED, HERE, IPV6, KNOT, KNOT6, ZONE, patient, usable, wait_until
from snoop import DNSSNOOP, Snoop

KERNEL = tuple(map(int, platform.release().split(".")[:2]))
HOOKS = [*(["tcx"] if KERNEL >= (6, 6) else []), "socket", "xdp"]
BOTH_WAYS = [hook for hook in HOOKS if hook != "xdp"]
COUNT = 20

# What the same lookup has, whatever saw it.
SAME = (
    "event qname qtype rcode proto client client_port server server_port id attempts query_size "
    "response_size pid tid uid comm role answers edns flags malformed unmatched icmp"
).split()


def ask(host, mode, server, zone, *arguments, count=COUNT):
    out = host.run(
        sys.executable,
        HERE / "ask.py",
        mode,
        "--server",
        server,
        "--zone",
        zone,
        "--count",
        count,
        "--wait",
        5,
        *arguments,
    )
    return out.split()


def ask_everything(host, server, server6, zone):
    """Each kind of transport, each with names of its own."""
    names = {}
    for address in usable(server, server6):
        for mode in ("sendto", "connected", "tcp", "tcp-segments"):
            label = f"{mode}-{'6' if ':' in address else '4'}"
            names[label] = ask(host, mode, address, f"{label}.{zone}")
    return [name for some in names.values() for name in some]


def same(rows):
    return sorted(repr([row.get(field) for field in SAME]) for row in rows)


def attached_in(host, interface):
    """How many programs and packet sockets an interface has, in a host's network namespace."""
    return int(host.run(sys.executable, HERE / "bpf_attached.py", interface))


@pytest.mark.parametrize(
    "hook", [pytest.param(hook, marks=[pytest.mark.smoke] * (hook == "xdp")) for hook in HOOKS]
)
def test_loopback_is_as_sockets_show_it(lab, tag, hook):
    """Each lookup once, with its process, and nothing that the sockets do not show."""
    zone = f"{tag}.{ZONE}"
    with Snoop() as sockets, Snoop("-i", "lo", "--hook", hook, host=lab.client) as snoop:
        names = ask_everything(lab.client, "127.0.0.1", "::1", zone)
        for one in (sockets, snoop):
            one.wait_rows(len(names), zone)
            check_nothing_lost(one.stop())
    rows = snoop.rows(zone)
    check_once(rows, names, ["A"])
    check_process(rows, PYTHON)
    check_fields(rows, event="answer", role="client", ifname="lo")
    assert same(rows) == same(sockets.rows(zone))


@pytest.mark.parametrize("hook", BOTH_WAYS)
def test_link_is_as_sockets_show_it(lab, tag, hook):
    zone = f"{tag}.{ZONE}"
    with Snoop() as sockets, Snoop("-i", "veth0", "--hook", hook, host=lab.client) as snoop:
        names = ask_everything(lab.client, KNOT, KNOT6, zone)
        refused = ask(lab.client, "connected", CLOSED, f"closed.{zone}", count=1)
        for one in (sockets, snoop):
            one.wait_rows(len(names) + 1, zone)
            check_nothing_lost(one.stop())
    rows = snoop.rows(zone)
    check_once(rows, names + refused, ["A"])
    check_process(rows, PYTHON)
    check_fields(rows, role="client", ifname="veth0")
    assert same(rows) == same(sockets.rows(zone))


@pytest.mark.parametrize("hook", BOTH_WAYS)
def test_server_side(lab, tag, hook):
    """At the server's end of the link: the client's process is told, as it is on this machine."""
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "veth0", "--hook", hook, host=lab.server) as snoop:
        names = ask_everything(lab.client, KNOT, KNOT6, zone)
        snoop.wait_rows(len(names), zone)
        check_nothing_lost(snoop.stop())
    check_once(snoop.rows(zone), names, ["A"])
    check_process(snoop.rows(zone), PYTHON)


def test_xdp_sees_what_comes_in(lab, tag):
    """Answers alone at the client, and whose they are."""
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "veth0", "--hook", "xdp", host=lab.client) as snoop:
        names = ask_everything(lab.client, KNOT, KNOT6, zone)
        snoop.wait_rows(len(names), zone)
        counters = snoop.stop()
    check_once(snoop.rows(zone), names, ["A"])
    check_process(snoop.rows(zone), PYTHON)
    check_fields(snoop.rows(zone), event="response", unmatched="no_query", role="client")
    assert counters["lost"] == 0
    assert re.search("veth0: (native|generic) XDP", snoop.err.text())


class Wire:
    """Sends frames into the server's end of the link, from an address that nobody has."""

    def __init__(self, lab):
        self.lab = lab

    def send(self, frames):
        hexadecimal = "\n".join(frame.hex() for frame in frames) + "\n"
        self.lab.client.run(sys.executable, HERE / "frames.py", "veth0", stdin=hexadecimal)


def exchange(name, number, encapsulate, ipv6=False):
    """A query and its answer as frames."""
    client, server = ("2001:db8::1", "2001:db8::53") if ipv6 else ("192.0.2.1", "192.0.2.53")
    query = wire.query(number, name)
    asked = wire.question_of(query)
    answer = wire.response(number, asked, wire.address_record(asked))
    return [
        encapsulate(Datagram(client, server, 4000 + number, 53, query)),
        encapsulate(Datagram(server, client, 53, 4000 + number, answer)),
    ]


@pytest.mark.smoke
@pytest.mark.parametrize("hook", HOOKS)
def test_frames(lab, tag, hook):
    """What no socket of this machine sent: tags, options and extension headers, all read."""
    zone = f"{tag}.{ZONE}"
    frames, names = [], []
    for number, (label, ipv6, encapsulate) in enumerate(ENCAPSULATIONS):
        if ipv6 and not IPV6:
            continue
        names.append(f"{label}.{zone}")
        frames += exchange(names[-1], number, encapsulate, ipv6)
    with Snoop("-i", "veth0", "--hook", hook, host=lab.server) as snoop:
        Wire(lab).send(frames)
        snoop.wait_rows(len(names), zone)
        counters = snoop.stop()
    rows = snoop.rows(zone)
    check_once(rows, names, ["A"])
    check_fields(rows, event="answer", pid=None, role=None, ifname="veth0", attempts=1)
    assert counters["lost"] == counters["unmatched"] == counters["malformed"] == 0
    assert counters["truncated"] == 0


@pytest.mark.parametrize("hook", HOOKS)
def test_other_frames_are_nothing(lab, tag, hook):
    """Other types, other ports, and octets that are no packet: no row, no harm."""
    zone = f"{tag}.{ZONE}"
    query = wire.query(1, f"p1.{zone}")
    plain = Datagram("192.0.2.1", "192.0.2.53", 4000, 53, query)
    other_port = ethernet(Datagram("192.0.2.1", "192.0.2.53", 4000, 54, query).ip())
    wrong_type = ethernet(plain.ip(), kind=0x88B5)
    four_tags = ethernet(plain.ip(), tags=(0x88A8, 0x8100, 0x8100, 0x8100, 0x8100))
    cut = [ethernet(plain.ip()[:size]) for size in (1, 19, 21, 24)]
    with Snoop("-i", "veth0", "--hook", hook, "--timeout", "0.5", host=lab.server) as snoop:
        Wire(lab).send([other_port, wrong_type, four_tags, *cut, ethernet(plain.ip())])
        snoop.wait_rows(1, zone, 8)
        snoop.stop()
    check_once(snoop.rows(zone), [f"p1.{zone}"], ["A"])


@pytest.mark.parametrize("hook", HOOKS)
def test_fragments(lab, tag, hook):
    """A first fragment is a message that was cut, the others are counted."""
    zone = f"{tag}.{ZONE}"
    frames, wanted = [], 0
    for ipv6 in (False, True) if IPV6 else (False,):
        query = wire.query(7, f"p{int(ipv6)}.{zone}")
        answer = wire.response(7, wire.question_of(query), b"\0" * 1000)
        ends = ("2001:db8::53", "2001:db8::1") if ipv6 else ("192.0.2.53", "192.0.2.1")
        frames += fragments(Datagram(*ends, 53, 4000, answer), 400)
        wanted += 1
    later = len(frames) - wanted
    with Snoop("-i", "veth0", "--hook", hook, "-a", host=lab.server) as snoop:
        Wire(lab).send(frames)
        snoop.wait_rows(wanted, zone)
        counters = snoop.stop()
    assert later >= 2 * wanted
    assert len(snoop.rows(zone)) == wanted == counters["truncated"]
    assert f"fragments {later}" in snoop.err.text(), snoop.err.text()
    assert counters["lost"] == 0


@pytest.fixture(scope="module")
def routed(lab):
    """A host behind a router of its own, on which the tool runs: inner - router - server."""
    inner, router = lab.host("inner"), lab.host("router")
    lab.join(router, "outside", ("10.55.0.1",), "vethR", ("10.55.0.2",))
    router.run(
        "ip",
        "link",
        "add",
        "inside",
        "type",
        "veth",
        "peer",
        "name",
        "veth0",
        "netns",
        inner.holder.pid,
    )
    for host, name, address in ((router, "inside", "10.56.0.1"), (inner, "veth0", "10.56.0.2")):
        host.run("ip", "addr", "add", f"{address}/24", "dev", name)
        host.run("ip", "link", "set", name, "up")
    inner.run("ip", "route", "add", "default", "via", "10.56.0.1")
    router.run("ip", "route", "add", "default", "via", "10.55.0.2")
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    lab.server.run("ip", "route", "add", "10.56.0.0/24", "via", "10.55.0.1")
    return inner, router


@pytest.mark.smoke
@pytest.mark.parametrize("hook", BOTH_WAYS)
def test_forwarded(routed, tag, hook):
    inner, router = routed
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "inside", "--hook", hook, host=router) as snoop:
        names = ask(inner, "sendto", KNOT, zone) + ask(inner, "tcp", KNOT, f"tcp.{zone}")
        snoop.wait_rows(len(names), zone)
        check_nothing_lost(snoop.stop())
    check_once(snoop.rows(zone), names, ["A"])
    check_fields(snoop.rows(zone), event="answer", ifname="inside", client="10.56.0.2")


@pytest.mark.parametrize("arguments", [["-i", "any"], ["-i", "inside", "-i", "outside"]])
def test_forwarded_is_seen_on_each_interface(routed, tag, arguments):
    inner, router = routed
    zone = f"{tag}.{ZONE}"
    with Snoop(*arguments, host=router) as snoop:
        names = ask(inner, "sendto", KNOT, zone)
        fallen_back = ask(inner, "fallback", KNOT, f"fallback.{zone}", count=1)
        snoop.wait_rows(2 * len(names + fallen_back), zone)
        counters = snoop.stop()
    assert counters["unmatched"] == counters["lost"] == 0
    for interface in ("inside", "outside"):
        rows = [row for row in snoop.rows(zone) if row["ifname"] == interface]
        check_once(rows, names + fallen_back, ["A"])
        check_fields(rows, event="answer", attempts=1)
    assert len(snoop.rows(zone)) == 2 * len(names + fallen_back)


def test_forwarded_with_xdp(routed, tag):
    """The query comes in on one interface, its answer on the other."""
    inner, router = routed
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "inside", "-i", "outside", "--hook", "xdp", host=router) as snoop:
        names = ask(inner, "sendto", KNOT, zone)
        snoop.wait_rows(len(names), zone)
        check_nothing_lost(snoop.stop())
    check_once(snoop.rows(zone), names, ["A"])
    check_fields(snoop.rows(zone), event="answer", ifname="outside")


@pytest.mark.parametrize("hook", HOOKS)
def test_any(lab, tag, hook):
    """Loopback and a link at once, each lookup once and with its interface."""
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "any", "--hook", hook, host=lab.client) as snoop:
        on_link = ask(lab.client, "sendto", KNOT, f"link.{zone}")
        on_loopback = ask(lab.client, "sendto", "127.0.0.1", f"lo.{zone}")
        snoop.wait_rows(len(on_link + on_loopback), zone, 8 if hook == "xdp" else 10)
        snoop.stop()
    rows = snoop.rows(zone)
    check_once(rows, on_link + on_loopback, ["A"])
    expected = Counter({"veth0": len(on_link), "lo": len(on_loopback)})
    assert Counter(row["ifname"] for row in rows) == expected
    if hook != "xdp":
        check_fields(rows, event="answer")


def test_any_sees_later_interfaces(lab, tag):
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "any", host=lab.server) as snoop:
        client = lab.another_client()
        names = ask(client, "sendto", KNOT, zone)
        snoop.wait_rows(len(names), zone)
        snoop.stop()
    check_once(snoop.rows(zone), names, ["A"])
    check_fields(snoop.rows(zone), event="answer", ifname=f"veth{len(lab.hosts) - 1}")


def test_table_has_a_column(lab, tag):
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "any", host=lab.server, table=True) as snoop:
        ask(lab.client, "sendto", KNOT, zone, count=1)
        assert snoop.out.wait(lambda lines: len(lines) >= 2, 5)
        snoop.stop()
    heading, row = snoop.out.text().splitlines()[:2]
    assert "IFACE" in heading and " veth0 " in row and row.index("veth0") == heading.index("IFACE")


# arguments -> whether the lookup of a client (True: it itself, False: another) is shown
def test_filters(lab, tag):
    zone = f"{tag}.{ZONE}"
    process = lab.client.start(
        *[sys.executable, HERE / "ask.py", "sendto", "--gate", "--server", KNOT, "--zone", zone],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n"
    shown = {
        f"-p {process.pid}": True,
        f"-p {os.getpid()}": False,
        f"-t {process.pid}": True,
        f"-c {PYTHON}": True,
        "-c dig": False,
        "-u root": True,
        "-u nobody": False,
        "--role client": True,
        "--role server": False,
        "--role both": True,
    }
    snoops = {a: Snoop("-i", "veth0", *a.split(), host=lab.client) for a in shown}
    try:
        process.communicate(b"go\n", timeout=patient(10))
        time.sleep(0.5)
        rows = {}
        for arguments, snoop in snoops.items():
            snoop.stop()
            rows[arguments] = len(snoop.rows(zone))
    finally:
        for snoop in snoops.values():
            snoop.kill()
    assert rows == {arguments: int(wanted) for arguments, wanted in shown.items()}


def test_role_server_has_the_servers_process(lab, tag):
    """The client is no socket of this machine: what is known is who answers."""
    zone = f"{tag}.{ZONE}"
    names = [f"p{n}.{zone}" for n in range(5)]
    link = json.loads(lab.server.run("ip", "-j", "link", "show", "veth0"))[0]
    frames = [
        bytes.fromhex(link["address"].replace(":", ""))
        + ethernet(Datagram(CLIENT, KNOT, 4100 + n, 53, wire.query(n, name)).ip())[6:]
        for n, name in enumerate(names)
    ]
    with Snoop("-i", "veth0", "--role", "server", host=lab.server) as snoop:
        Wire(lab).send(frames)
        snoop.wait_rows(5, zone)
        snoop.stop()
    check_once(snoop.rows(zone), names, ["A"])
    check_fields(snoop.rows(zone), event="answer", comm="knotd", role="server")


TWINS = """
import socket, sys, wire
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 30053))
print("ready", flush=True)
for line in sys.stdin:
    s.sendto(wire.query(int(line.split()[0]), line.split()[1]), ("127.0.0.1", 53))
    s.settimeout(0.3)
    try:
        s.recv(65535)
    except OSError:
        pass
    print("asked", flush=True)
"""


@pytest.mark.parametrize("hook", HOOKS)
def test_twins_are_not_mistaken(lab, tag, hook):
    """Two sockets with the same addresses and ports in two namespaces: never the other's process."""
    zone = f"{tag}.{ZONE}"
    twins = [
        host.start(
            sys.executable,
            "-c",
            TWINS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )
        for host in (lab.client, lab.server)
    ]
    with Snoop("-i", "lo", "--hook", hook, host=lab.server) as snoop:
        for twin in twins:
            assert twin.stdout.readline() == "ready\n"
        for number in range(3):
            for which, twin in enumerate(twins):
                twin.stdin.write(f"{number} p{number}.twin{which}.{zone}\n")
                twin.stdin.flush()
                assert twin.stdout.readline() == "asked\n"
        snoop.wait_rows(3, zone)
        snoop.stop()
    for twin in twins:
        twin.communicate()
    check_once(snoop.rows(zone), [f"p{n}.twin1.{zone}" for n in range(3)], ["A"])
    assert {row.get("pid") for row in snoop.rows(zone)} <= {None, twins[1].pid}, show(
        snoop.rows(zone)
    )


def dummy(host, name="gone0", up=True):
    """A link that can be deleted."""
    host.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p")
    if up:
        for end in (name, f"{name}p"):
            host.run("ip", "link", "set", end, "up")


def ended(snoop, seconds=10):
    status = snoop.process.wait(patient(seconds))
    snoop.err.thread.join()
    return status, snoop.err.text()


@pytest.mark.smoke
@pytest.mark.parametrize("hook", HOOKS)
def test_interface_goes(lab, hook):
    dummy(lab.client)
    with Snoop("-i", "gone0", "--hook", hook, host=lab.client) as snoop:
        lab.client.run("ip", "link", "del", "gone0")
        status, text = ended(snoop)
    assert status == 1
    assert text.count("dnssnoop: gone0: the interface is gone\n") == 1, text


@pytest.mark.parametrize("hook", HOOKS)
def test_one_of_two_interfaces_goes(lab, tag, hook):
    zone = f"{tag}.{ZONE}"
    dummy(lab.server)
    with Snoop("-i", "gone0", "-i", "veth0", "--hook", hook, host=lab.server) as snoop:
        lab.server.run("ip", "link", "del", "gone0")
        line = b"dnssnoop: gone0: the interface is gone\n"
        assert snoop.err.wait(lambda lines: line in lines, 5), snoop.err.text()
        names = ask(lab.client, "sendto", KNOT, zone)
        snoop.wait_rows(len(names), zone, 8)
        snoop.stop()
    check_once(snoop.rows(zone), names, ["A"])


def test_interface_that_is_down(lab, tag):
    dummy(lab.client, "down0", up=False)
    try:
        with Snoop("-i", "down0", host=lab.client) as snoop:
            assert "dnssnoop: down0: the interface is down" in snoop.err.text()
            snoop.stop()
        lab.client.run("ip", "link", "set", "down0", "up")
        with Snoop("-i", "down0", host=lab.client) as snoop:
            assert "dnssnoop: down0: the interface has no carrier" in snoop.err.text()
            lab.client.run("ip", "link", "set", "down0p", "up")
            snoop.stop()
    finally:
        lab.client.run("ip", "link", "del", "down0")


def run(host, *arguments):
    return subprocess.run(
        [*host.enter, DNSSNOOP, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(60),
        check=False,
    )


def test_no_such_interface(lab):
    done = run(lab.client, "-i", "nosuch0")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("dnssnoop: nosuch0: no such interface: there are ")
    assert "lo" in done.stderr and "veth0" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("hook", BOTH_WAYS)
def test_two_on_one_interface(lab, tag, hook):
    zone = f"{tag}.{ZONE}"
    arguments = ["-i", "veth0", "--hook", hook]
    with Snoop(*arguments, host=lab.client) as first, Snoop(*arguments, host=lab.client) as second:
        names = ask(lab.client, "sendto", KNOT, zone)
        for snoop in (first, second):
            snoop.wait_rows(len(names), zone)
            snoop.stop()
            check_once(snoop.rows(zone), names, ["A"])
            check_process(snoop.rows(zone), PYTHON)


def test_two_with_xdp(lab):
    with Snoop("-i", "veth0", "--hook", "xdp", host=lab.client) as first:
        done = run(lab.client, "-i", "veth0", "--hook", "xdp")
        first.stop()
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("dnssnoop: veth0: it has an XDP program already")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    "sig", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.smoke)]
)
def test_nothing_stays_attached(lab, hook, sig):
    assert attached_in(lab.client, "veth0") == 0
    with Snoop("-i", "veth0", "--hook", hook, host=lab.client) as snoop:
        assert attached_in(lab.client, "veth0") == (2 if hook == "tcx" else 1)
        snoop.process.send_signal(sig)
        snoop.process.wait(patient(5))
    wait_until(lambda: attached_in(lab.client, "veth0") == 0, 3, "all programs are detached")


@pytest.mark.parametrize("hook", HOOKS)
def test_traffic_goes_on(lab, tag, hook):
    """Large TCP segments and jumbo datagrams pass whole, whatever is attached."""
    zone = f"{tag}.{ZONE}"
    with Snoop("-i", "veth0", "--hook", hook, host=lab.server) as snoop:
        before = time.monotonic()
        ask(lab.client, "tcp-segments", KNOT, zone, count=250)
        assert time.monotonic() - before < 5
        snoop.stop()


def test_ebpf_is_the_program_that_is_used():
    texts = {}
    for arguments in ([], ["-i", "lo"], ["-i", "lo", "--hook", "xdp"]):
        done = subprocess.run(
            [DNSSNOOP, "--ebpf", *arguments], capture_output=True, text=True, check=True
        )
        texts[len(arguments)] = done.stdout
    assert "#define IS_RAW_IP(ifindex)" in texts[2] and "on_xdp" in texts[4]
    assert "IS_RAW_IP" not in texts[0]


if "tcx" not in HOOKS:

    def test_no_tcx(lab):
        done = run(lab.client, "-i", "veth0", "--hook", "tcx")
        assert done.returncode == 1 and "6.6" in done.stderr and "--hook socket" in done.stderr


@pytest.mark.parametrize("hook", HOOKS)
def test_written_and_read(lab, tag, tmp_path, hook):
    """The file has the interfaces too: the same lines, with the same filters."""
    zone, path = f"{tag}.{ZONE}", tmp_path / "written.pcapng"
    arguments = ["-i", "veth0", "-i", "lo", "--hook", hook, "-w", path]
    with Snoop(*arguments, host=lab.client) as snoop:
        names = ask_everything(lab.client, KNOT, KNOT6, f"link.{zone}")
        names += ask_everything(lab.client, "127.0.0.1", "::1", f"lo.{zone}")
        snoop.wait_rows(len(names), zone)
        snoop.stop()
    rows = [{k: v for k, v in row.items() if k != "cmdline"} for row in snoop.rows()]
    assert {row["ifname"] for row in rows} == {"veth0", "lo"}
    assert captures.read(path).rows == rows
    for arguments, key, value in (
        (["--role", "client"], "role", "client"),
        (["-c", "knotd"], "comm", "knotd"),
        (["-c", PYTHON], "comm", PYTHON),
    ):
        expected = [row for row in rows if row.get(key) == value]
        assert captures.read(path, *arguments).rows == expected, arguments
