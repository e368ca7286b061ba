# SPDX-License-Identifier: Apache-2.0
"""
dnschain where it depends on the kernel: calls of the C library, tied to their queries and to what
a resolver does for them. What it makes of them is tested in tests/lab.
"""
import sys
import time

import pytest

from lab import HERE, KNOT, SILENT, UNBOUND, UNBOUND6, ZONE, patient, usable
from snoop import DNSSNOOP, Snoop

DNSCHAIN = DNSSNOOP.with_name("dnschain")


@pytest.fixture(scope="module")
def tool():
    # A server here that never answers is waited for.
    with Snoop("--timeout", "3", tool=DNSCHAIN) as chains:
        yield chains
        counters = chains.stop()
    assert counters["lost"] == 0


@pytest.fixture(scope="module", autouse=True)
def same_resolv_conf(lab):
    """Other tests go by what is there."""
    path = lab.client.directory / "resolv.conf"
    text = path.read_text()
    yield
    path.write_text(text)


def chains_of(tool, count, **wanted):
    """Those that have these values; when there are so many, or after some seconds."""
    deadline = time.monotonic() + patient(20)
    while True:
        found = [
            row
            for row in tool.rows()
            if row["event"] == "chain" and wanted.items() <= row.items()
        ]
        if len(found) >= count or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert len(found) == count, found
    return found


def look_up(lab, server, name):
    """getent, which calls getaddrinfo() once."""
    lab.client.resolv_conf(server, options="attempts:1 timeout:2")
    process = lab.client.start("getent", "ahosts", name)
    process.wait(patient(30))
    return process.pid


@pytest.mark.smoke
@pytest.mark.parametrize("server", usable(UNBOUND, UNBOUND6))
def test_call_and_resolver(lab, tool, tag, server):
    """The call, its two queries, and for each what unbound asks knot; then from the cache."""
    name = f"p1.{tag}.{ZONE}"
    for cache in ("miss", "hit"):
        pid = look_up(lab, server, name)
        (chain,) = chains_of(tool, 1, kind="call", pid=pid)
        assert (chain["call"], chain["name"], chain["result"]) == ("getaddrinfo", name, "OK")
        assert (chain["comm"], chain["cache"]) == ("getent", cache)
        asked = [hop for hop in chain["hops"] if not hop["parent"]]
        assert sorted(hop["qtype"] for hop in asked) == ["A", "AAAA"]
        for hop in asked:
            assert (hop["server"], hop["linked_by"], hop["cache"]) == (server, "thread+name", cache)
            assert hop["asker"]["pid"] == pid and hop["responder"]["comm"] == "unbound"
        upstream = [hop for hop in chain["hops"] if hop["parent"]]
        assert {hop["server"] for hop in upstream} == ({KNOT} if cache == "miss" else set())
        assert {hop["asker"]["comm"] for hop in upstream} <= {"unbound"}
        assert 0 < chain["total_ms"] < 10000 and chain["upstream_ms"] < chain["total_ms"]


@pytest.mark.smoke
def test_failures(lab, tool, tag):
    for server, name, result, rcode in (
        (KNOT, f"{tag}.none.{ZONE}", "EAI_NONAME", "NXDOMAIN"),
        (SILENT, f"p1.{tag}.{ZONE}", "EAI_AGAIN", None),
    ):
        pid = look_up(lab, server, name)
        (chain,) = chains_of(tool, 1, kind="call", pid=pid)
        assert (chain["name"], chain["result"], chain["success"]) == (name, result, False)
        assert {hop.get("rcode") for hop in chain["hops"]} == {rcode}, chain


@pytest.mark.smoke
def test_own_queries(lab, tool, tag):
    """Who does not call the C library begins with the query."""
    ask = [sys.executable, HERE / "ask.py", "sendto", "--zone", f"{tag}.{ZONE}", "--count", "3"]
    process = lab.client.start(*ask, "--server", KNOT)
    process.wait(patient(30))
    for chain in chains_of(tool, 3, kind="query", pid=process.pid):
        assert len(chain["hops"]) == 1 and chain["hops"][0]["linked_by"] == "beginning"
        assert chain["hops"][0]["outcome"] == "ANSWER"


def test_at_once(lab, tool, tag):
    """Forty callers, forty chains, no query in another's."""
    lab.client.resolv_conf(UNBOUND)
    names = [f"p{i}.{tag}.{ZONE}" for i in range(40)]
    callers = {lab.client.start("getent", "ahosts", name): name for name in names}
    for process, name in callers.items():
        process.wait(patient(30))
        (chain,) = chains_of(tool, 1, kind="call", pid=process.pid)
        assert (chain["name"], chain["result"]) == (name, "OK")
        assert {hop["qname"] for hop in chain["hops"]} == {name}
