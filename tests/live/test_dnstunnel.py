# SPDX-License-Identifier: Apache-2.0
"""What dnstunnel alerts to on a running kernel, and whom it names."""
import json
import re
import subprocess

import pytest

import alerts
import asking
from asking import programs  # noqa
from checks import check_fields, show
from daemons import start_knot
from lab import (
    CLIENT,
    CLIENT6,
    IPV6,
    KNOT,
    KNOT6,
    SILENT,
    UNBOUND,
    ZONE,
    patient,
    usable,
    wait_until,
)
from snoop import DNSTUNNEL, Snoop

COM = "10.53.0.8"  # a name server for com. of its own
COM_ZONE = """$ORIGIN com.
$TTL 1
@ SOA ns hostmaster {serial} 3600 600 86400 1
@ NS ns
ns A 192.0.2.53
*.rebinding A {address}
*.inside A 10.0.0.1
"""
CONTAINER = "0123456789abcdef" * 4
CONSONANTS = "bcdfghjklmnpqrstvwxz"


@pytest.fixture(scope="module")
def watch():
    """One that sees all of the host, whoever is asked; whatever it opens, it closes."""
    with Snoop("--resolver", "any", tool=DNSTUNNEL) as snoop:
        yield snoop
        snoop.stop()
    rows = alerts.matching(snoop.rows())
    states = [sum(row["state"] == state for row in rows) for state in ("open", "closed")]
    assert states[0] == states[1] > 0, show(rows)


class Com:
    """A knot that answers for com., and whose zone changes."""

    def __init__(self, lab):
        self.lab, self.serial = lab, 1
        lab.server.run("ip", "addr", "add", f"{COM}/24", "dev", "veth0")
        self.process = start_knot(lab, lab.server, "com", [f"{COM}@53"], {"com": self.zone()})

    def zone(self, address="203.0.113.5"):
        return COM_ZONE.format(serial=self.serial, address=address)

    def change(self, address):
        self.serial += 1
        folder = self.lab.directory / "com"
        (folder / "com.zone").write_text(self.zone(address))
        self.lab.server.run("knotc", "-c", folder / "knot.conf", "-b", "zone-reload", "com")


@pytest.fixture(scope="module")
def com(lab):
    return Com(lab)


def unescaped(text):
    return re.sub(
        rb"\\(\d{3}|.)",
        lambda m: bytes([int(m[1])]) if len(m[1]) == 3 else m[1],
        text.encode("ascii"),
    )


def first_label(name):
    """Of a name as it is printed, the octets before the first dot that is one."""
    return unescaped(re.match(r"(?:\\\d{3}|\\.|[^.\\])*", name)[0])


# ---- Who ----


def test_process(lab, watch, programs, tag):
    """A tunnel of nobody's: process, user, cgroup, client, server, what speaks for it."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    domain = f"{tag}.com"
    dig = programs.dig(lab.client, "xfil", KNOT, prefix=nobody)
    asked = asking.names(domain)
    asking.ask(dig, asked)
    rows = alerts.wait(watch, domain=domain, kind="TUNNEL", severity="HIGH")
    asking.end(dig)
    check_fields(
        alerts.matching(watch.rows(), domain=domain),
        pid=dig.pid, comm="xfil", uid=65534, client=CLIENT, server=KNOT, server_port=53, proto="udp"
    )  # fmt: skip
    (row,) = rows
    assert row["queries"] <= 50 and row["distinct_names"] == row["queries"], row
    assert row["cmdline"].startswith(f"{programs.directory}/xfil @{KNOT} "), row
    assert row["cgroup"].startswith("/") and "container" not in row
    assert set(row["samples"]) <= set(asked) and len(row["samples"]) == 3
    assert {"LONG_LABEL", "TXT_QUERY", "UNIQUE_SUBDOMAINS"} <= set(row["evidence"])
    assert row["score"] == min(sum(row["parts"].values()), 100) >= 70
    assert row["bytes_up"] >= 0.8 * 25 * row["queries"]


def test_a_loop_is_one_client(lab, watch, programs, tag):
    """Each query another process of the same name."""
    domain, count = f"{tag}.com", 45
    loop = 'while read name; do "$0" @"$1" +tries=1 +time=2 "$name" TXT >/dev/null; done'
    names = "\n".join(asking.names(domain, count)) + "\n"
    lab.client.run("sh", "-c", loop, programs.link("dig", "loopdig"), KNOT, stdin=names)
    alerts.wait(watch, domain=domain, severity="HIGH")
    rows = alerts.matching(watch.rows(), domain=domain, kind="TUNNEL")
    assert [row["state"] for row in rows].count("open") == 1, show(rows)
    assert len({row["pid"] for row in rows}) == len(rows) > 1, show(rows)
    assert all(row["queries"] == row["distinct_names"] for row in rows), show(rows)


def test_container(lab, watch, programs, cgroup, tag):
    domain = f"{tag}.com"
    scope = cgroup.path / f"cri-containerd-{CONTAINER}.scope"
    scope.mkdir()
    dig = programs.dig(lab.client, "boxed", KNOT, cgroup=scope)
    try:
        asking.ask(dig, asking.names(domain))
        alerts.wait(watch, domain=domain, severity="HIGH")
        asking.end(dig)
    finally:
        dig.kill()
        dig.wait()
        scope.rmdir()
    check_fields(
        alerts.matching(watch.rows(), domain=domain),
        comm="boxed", container=CONTAINER, cgroup=f"/{cgroup.path.name}/{scope.name}",
    )  # fmt: skip


WAYS = [(KNOT, ["+tcp"], "tcp", CLIENT)]
WAYS += [(KNOT6, [], "udp", CLIENT6), (KNOT6, ["+tcp"], "tcp", CLIENT6)] if IPV6 else []


@pytest.mark.parametrize("server, options, proto, client", WAYS)
def test_ways(lab, watch, programs, tag, server, options, proto, client):
    domain = f"{tag}.com"
    dig = programs.dig(lab.client, "way", server, *options)
    asking.ask(dig, asking.names(domain))
    alerts.wait(watch, domain=domain, severity="HIGH")
    asking.end(dig)
    check_fields(
        alerts.matching(watch.rows(), domain=domain),
        pid=dig.pid, server=server, client=client, proto=proto,
    )  # fmt: skip


def test_who_is_asked_for_others_is_not_blamed(lab, watch, programs, tag):
    """unbound asks knot what it is asked: one client, and that is not unbound."""
    domain = f"{tag}.{ZONE}"
    dig = programs.dig(lab.client, "through", UNBOUND)
    asking.ask(dig, asking.names(domain))
    (row,) = alerts.wait(watch, comm="through", severity="HIGH", kind="TUNNEL")
    asking.end(dig)
    assert (row["domain"], row["server"], row["pid"]) == (ZONE, UNBOUND, dig.pid)
    blamed = [row for row in alerts.matching(watch.rows(), domain=ZONE)
              if any(tag in sample for sample in row["samples"])]
    assert {row["comm"] for row in blamed} == {"through"}, show(blamed)


def test_interface(lab, programs, tag):
    """At the server's end of the link, in text: the interface, and whose it is."""
    domain = f"{tag}.com"
    with Snoop("-i", "veth0", tool=DNSTUNNEL, table=True, host=lab.server) as snoop:
        dig = programs.dig(lab.client, "linked", KNOT)
        asking.ask(dig, asking.names(domain))
        assert snoop.out.wait(lambda lines: any(b" HIGH " in line for line in lines), 10)
        asking.end(dig)
        snoop.stop()
    text = snoop.out.text()
    assert re.search(rf"^!!! HIGH +[\d:.]+ +TUNNEL +{domain}", text, re.M), text
    assert f"{CLIENT} -> {KNOT} on veth0" in text, text
    assert re.search(r"^alerts|; alerts HIGH [1-9]", text, re.M), text


def test_command(lab, programs, tag):
    """Only what the command does, and its exit status."""
    domain, other = f"{tag}.com", f"other{tag}.com"
    link = programs.link("dig", "within")
    outside = programs.dig(lab.client, "without", KNOT)
    script = f'"{link}" @{KNOT} +tries=1 +time=2 -f - >/dev/null; sleep 1; exit 3'
    tool = lab.client.start(
        DNSTUNNEL, "-j", "--", "sh", "-c", script,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    asking.ask(outside, asking.names(other, 200))
    out, _ = tool.communicate("".join(f"{n} TXT\n" for n in asking.names(domain)), timeout=patient(90))
    asking.end(outside)
    assert tool.returncode == 3
    rows = alerts.matching([json.loads(line) for line in out.splitlines() if line[0] == "{"])
    assert {(row["comm"], row.get("domain")) for row in rows} == {("within", domain)}, show(rows)
    assert rows[-1]["state"] == "closed" and rows[-1]["queries"] == 60


@pytest.mark.parametrize("options, packets", [([], 3), (["-c", "knotd"], 2)])
@pytest.mark.parametrize("server", usable(KNOT, KNOT6))
def test_loopback(lab, programs, tag, server, options, packets):
    """Of an answer the side that asked is enough, unless only the other one is wanted."""
    dig = programs.dig(lab.server, "local", server)
    with Snoop(*options, tool=DNSTUNNEL) as snoop:
        asking.ask(dig, asking.names(f"{tag}.com", 60))
        asking.end(dig)
        rows = [] if options else alerts.wait(snoop, domain=f"{tag}.com", severity="HIGH")
        counters = snoop.stop()
    assert counters["captured"] == packets * 60, counters
    assert all(row["pid"] == dig.pid for row in rows), show(rows)
    rows = alerts.matching(snoop.rows(), domain=f"{tag}.com")
    assert len({row.get("pid") for row in rows}) == 1, show(rows)
    assert rows[-1]["queries"] == 60, show(rows)


def test_two_at_once(lab, watch, programs, tag):
    """A second copy sees the same, and takes nothing from the first."""
    domain = f"{tag}.com"
    with Snoop(tool=DNSTUNNEL) as second:
        dig = programs.dig(lab.client, "twice", KNOT)
        asking.ask(dig, asking.names(domain))
        for snoop in (watch, second):
            alerts.wait(snoop, domain=domain, severity="HIGH", pid=dig.pid)
        second.kill()
    asking.ask(dig, asking.names(f"more{domain}"))
    alerts.wait(watch, domain=f"more{domain}", severity="HIGH", pid=dig.pid)
    asking.end(dig)


# ---- What ----


def test_rapid_queries(lab, watch, programs, tag):
    """The same name all the time: over 100 a second, and far below."""
    name = [[tag.encode(), b"com"]]
    fast = programs.sender(lab.client, "fast", SILENT, name, count=4000, pause=0.002)
    slow = programs.sender(lab.client, "slow", SILENT, name, count=100, pause=0.05)
    (row,) = alerts.wait(watch, comm="fast", kind="RAPID_QUERIES")
    fast.kill()
    fast.wait()
    assert slow.wait(patient(20)) == 0
    assert (row["severity"], row["pid"], row["evidence"]) == ("LOW", fast.pid, ["RAPID_QUERIES"])
    assert row["queries"] > 300 and row["samples"] == [f"{tag}.com"] and "domain" not in row
    assert not alerts.matching(watch.rows(), comm="slow")


def test_generated_names(lab, watch, programs, com, tag):
    """They do not exist. Those of another program, that do, are not told."""
    source = iter(asking.names(tag, 64))
    made = ["".join(CONSONANTS[int(c, 16)] for c in next(source)[:15]) for _ in range(32)]
    dig = programs.dig(lab.client, "botnet", COM)
    asking.ask(dig, [f"{label}.com" for label in made], "A")
    alerts.wait(watch, comm="botnet", kind="DGA", severity="HIGH", pid=dig.pid)
    asking.end(dig)
    (row, *_) = alerts.matching(watch.rows(), comm="botnet")
    assert "domain" not in row and {name.removesuffix(".com") for name in row["samples"]} <= {*made}
    assert set(row["parts"]) == {"suspicious", "nxdomain"}, row


def test_rebinding(lab, watch, com, tag):
    """The zone changes: from a public address to a private one. One that always was is none."""

    def asked(address, domain="rebinding.com"):
        def found():
            return lab.client.run("dig", f"@{COM}", "+short", f"{tag}.{domain}").strip()

        wait_until(lambda: found() == address, 10, f"{address} is answered")

    asked("10.0.0.1", "inside.com")
    com.change("203.0.113.6")
    asked("203.0.113.6")
    assert not alerts.matching(watch.rows(), domain="rebinding.com")
    com.change("192.168.1.1")
    asked("192.168.1.1")
    (row,) = alerts.wait(watch, kind="REBINDING", domain="rebinding.com")
    assert (row["severity"], row["server"], row["comm"]) == ("HIGH", COM, "dig")
    assert row["parts"] == {"address": 60, "ttl": 15}
    assert not alerts.matching(watch.rows(), domain="inside.com")


def test_other_servers(lab, programs, cgroup, tag):
    """What resolv.conf says is for whom it is: not for containers, nor for name servers."""
    scope = cgroup.path / f"cri-containerd-{CONTAINER}.scope"
    scope.mkdir()
    lab.client.resolv_conf(KNOT)
    try:
        with Snoop(tool=DNSTUNNEL, host=lab.client) as snoop:
            started = [
                programs.dig(lab.client, "told", KNOT),
                programs.dig(lab.client, "local", "127.0.0.1"),
                programs.dig(lab.client, "boxed", UNBOUND, cgroup=scope),
                programs.dig(lab.client, "bypass", UNBOUND),
            ]
            for dig in started:
                asking.ask(dig, [f"a.{tag}.{ZONE}"], "A")
                asking.end(dig)
            # Last: what the others did has been seen by then, and that unbound asked knot.
            (row,) = alerts.wait(snoop, kind="UNUSUAL_RESOLVER", comm="bypass")
            snoop.stop()
    finally:
        lab.client.resolv_conf()
        scope.rmdir()
    assert (row["severity"], row["server"], row["pid"]) == ("LOW", UNBOUND, started[3].pid)
    named = {r["comm"] for r in alerts.matching(snoop.rows(), kind="UNUSUAL_RESOLVER")}
    assert "bypass" in named and not named & {"told", "local", "boxed", "unbound"}, named


def test_more_servers(lab, programs, tag):
    lab.client.resolv_conf(KNOT)
    try:
        with Snoop("--resolver", UNBOUND, tool=DNSTUNNEL, host=lab.client) as snoop:
            for server in (UNBOUND, COM, SILENT):
                dig = programs.dig(lab.client, f"to{server[-1]}", server, "+time=1")
                asking.ask(dig, [f"a.{tag}.{ZONE}"], "A")
                dig.stdin.close()
                dig.wait(patient(10))
            alerts.wait(snoop, kind="UNUSUAL_RESOLVER", comm="to7")
            snoop.stop()
    finally:
        lab.client.resolv_conf()
    named = {r["comm"] for r in alerts.matching(snoop.rows(), kind="UNUSUAL_RESOLVER")}
    assert {"to7", "to8"} <= named and "to3" not in named


# ---- Hostile octets ----


def hostile(domain, count=60):
    """Labels of any octets below a domain of any octets."""
    return [[octets, b"\x1b[31m" + domain.encode(), b"com"]
            for octets in (bytes((7 * n + 5 * i * i + 3 * i * n) % 256 for i in range(40))
                           for n in range(count))]


def test_hostile_names(lab, watch, programs, tag):
    """In JSON: valid UTF-8 without control characters, and all octets are there."""
    labels = hostile(tag)
    domain = rf"\027[31m{tag}.com"
    programs.sender(lab.client, "hostile\x1b[0m", SILENT, labels, pause=0.001).wait(patient(20))
    (row,) = alerts.wait(watch, domain=domain, kind="TUNNEL", severity="HIGH")
    assert row["comm"] == r"hostile\027[0m" and r"hostile\027[0m" in row.get("cmdline", row["comm"])
    sent = [label.lower() for label, *_ in labels]
    assert all(first_label(sample).lower() in sent for sample in row["samples"]), row
    for line in watch.out.lines:
        text = line.decode("utf-8")
        assert text[-1] == "\n" and text[:-1].isprintable(), line


@pytest.mark.parametrize("columns", [None, 80])
def test_hostile_names_in_text(lab, programs, tag, columns):
    """A terminal gets our colours, and nothing else to obey."""
    with Snoop(tool=DNSTUNNEL, table=True, columns=columns) as snoop:
        programs.sender(lab.client, "hostile\x1b[0m", SILENT, hostile(tag), pause=0.001).wait(patient(20))
        assert snoop.out.wait(
            lambda lines: any(tag.encode() in line and b" HIGH" in line for line in lines), 10
        ), snoop.out.text()
        snoop.stop()
    text = snoop.out.text()
    assert ("\x1b[1;31m!!! HIGH  \x1b[0m" in text) == bool(columns), text
    plain = re.sub(r"\x1b\[(36|33|1;31|0)m", "", text).replace("\r\n", "\n") if columns else text
    bad = [line for line in plain.splitlines() if not re.fullmatch(r"[ -~…]*", line)]
    assert not bad, bad[:3]
    assert r"hostile\027[0m" in text and rf"\027[31m{tag}.com" in text
