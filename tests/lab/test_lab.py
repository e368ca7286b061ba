# SPDX-License-Identifier: Apache-2.0
"""The lab is what zones.py says, and what it takes for the truth is true."""
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import clients
import resolvers
import zones
from clients import dig, lookup
from keeper import processes_in
from livelab import IPV6, Cgroup, wait_until
from zones import HOST, ORG, WWW, WWW6

HERE = Path(__file__).resolve().parent
VALIDATING = ("unbound", "bind9", "kresd", "pdns")

# (name, type) -> what every resolver makes of it
ANSWERS = {
    ("www.example.com", "A"): ("NOERROR", [WWW]),
    ("www.example.com", "AAAA"): ("NOERROR", [WWW6]),
    ("www.dept.example.com", "A"): ("NOERROR", [HOST]),
    ("www.example.org", "A"): ("NOERROR", [ORG]),
    ("nothere.example.com", "A"): ("NXDOMAIN", []),
    ("nothere.com", "A"): ("NXDOMAIN", []),
    ("v4only.example.com", "AAAA"): ("NOERROR", []),
    ("empty.example.com", "A"): ("NOERROR", []),
    ("any.wild.example.com", "A"): ("NOERROR", [HOST]),
    ("alias.example.com", "A"): ("NOERROR", [WWW]),
    ("cross.example.com", "A"): ("NOERROR", [ORG]),
    ("chain.example.com", "A"): ("NOERROR", [HOST]),
    ("broken.example.com", "A"): ("NXDOMAIN", []),
    ("loop1.example.com", "A"): ("SERVFAIL", []),
    ("www.signed.com", "A"): ("NOERROR", [HOST]),
    ("any.wild.signed.com", "A"): ("NOERROR", [HOST]),
    ("www.bogus.com", "A"): ("SERVFAIL", []),
    ("www.big.com", "A"): ("NOERROR", sorted(f"198.19.1.{i}" for i in range(1, 91))),
    ("www.slow.com", "A"): ("NOERROR", [HOST]),
    ("www.truncated.com", "A"): ("NOERROR", [HOST]),
    ("www.halflame.com", "A"): ("NOERROR", [HOST]),
    ("www.halfdead.com", "A"): ("NOERROR", [HOST]),
    ("www.lame.com", "A"): ("SERVFAIL", []),
    ("www.refused.com", "A"): ("SERVFAIL", []),
    ("1.0.18.198.in-addr.arpa", "PTR"): ("NOERROR", ["root.server.example.com."]),
}
if IPV6:
    ANSWERS["www.six.com", "A"] = ("NOERROR", [HOST])

# What must have reached whom for the answers above: (server, protocol, name, type, rcode).
ASKED = [
    ("ns1|ns2", "udp", "www.example.com.", "A", "NOERROR"),
    ("hoster", "udp", "www.dept.example.com.", "A", "NOERROR"),
    ("hoster", "udp", "www.example.org.", "A", "NOERROR"),
    ("ns1|ns2", "udp", "nothere.example.com.", "A", "NXDOMAIN"),
    ("hoster", "udp", "hop.example.org.", "A", "NOERROR"),
    ("hoster", "udp", "nothere.example.org.", "A", "NXDOMAIN"),
    ("ns1", "udp", "signed.com.", "DNSKEY", "NOERROR"),
    ("ns1", "udp", "bogus.com.", "DNSKEY", "NOERROR"),
    ("ns2", "tcp", "www.big.com.", "A", "NOERROR"),
    ("truncates", "tcp", "www.truncated.com.", "A", "NOERROR"),
    # Minimised, it may be the zone's name.
    ("lame", "udp", "lame.com.", "", "NOERROR"),
    ("refuses", "udp", "refused.com.", "", "REFUSED"),
]


def from_host(queries, host):
    return [query for query in queries if query.client in host.addresses]


@pytest.fixture(scope="module")
def resolved_all(dnslab, all_resolvers):
    """Each resolver is asked for everything: kind -> ([Answer], [Query])"""

    def ask(kind):
        return kind, dig(all_resolvers[kind].host, *ANSWERS)

    mark = dnslab.mark()
    with ThreadPoolExecutor(2) as pool:
        answers = dict(pool.map(ask, (kind for kind in all_resolvers if kind != "nscd")))
    queries = dnslab.queries_since(mark)
    return {k: (a, from_host(queries, all_resolvers[k].host)) for k, a in answers.items()}


@pytest.mark.parametrize("kind", [kind for kind in resolvers.KINDS if kind != "nscd"])
def test_answers(resolved_all, kind):
    answers, queries = resolved_all[kind]
    for ((name, qtype), expected), answer in zip(ANSWERS.items(), answers):
        zone = ".".join(name.split(".")[-2:]) + "."
        asked = "\n".join(str(q) for q in queries if q.qname.endswith(zone))
        assert (answer.status, list(answer.data)) == expected, f"{name} {qtype}, asked:\n{asked}"
    validated = {question[0] for question, a in zip(ANSWERS, answers) if "ad" in a.flags}
    if kind in VALIDATING:
        assert {"www.signed.com", "any.wild.signed.com"} <= validated
    assert not {name for name in validated if "example" in name}


@pytest.mark.parametrize("kind", [kind for kind in resolvers.KINDS if kind != "nscd"])
def test_what_reached_the_authorities(resolved_all, kind):
    _, queries = resolved_all[kind]
    for servers, proto, name, qtype, rcode in ASKED:
        assert [
            q
            for q in queries
            if q.server in servers.split("|")
            and (q.proto, q.rcode) == (proto, rcode)
            and (q.question == (name, qtype) or not qtype and q.qname.endswith(name))
        ], f"{name} {qtype} not asked of {servers}"
    for server in ("ns2", "truncates"):
        for query in queries:
            if query.server == server and query.proto == "tcp":
                earlier = {q.question for q in queries if q.truncated and q.time < query.time}
                assert query.question in earlier, f"TCP without truncation before: {query}"
    slow = [q for q in queries if q.server == "slow" and q.answered]
    assert slow and all(q.answered - q.time >= zones.SLOW_MS / 1000 for q in slow)


def test_names_by_the_system(dnslab, resolver):
    """getaddrinfo(), through whatever stands in front."""
    calls = lookup(
        dnslab,
        resolver.host,
        "getaddrinfo:www.example.com",
        "getaddrinfo:chain.example.com",
        "getaddrinfo:nothere.example.com",
        "getaddrinfo:www.bogus.com",
        "getaddrinfo:v4only.example.com",
    )
    # SERVFAIL is a failure that may pass, but for those who ask over a socket of their own.
    failed = "EAI_NONAME" if resolver.kind in ("resolved", "nscd") else "EAI_AGAIN"
    assert [call.code for call in calls] == ["0", "0", "EAI_NONAME", failed, "0"]
    assert set(calls[0].addresses) == {WWW, WWW6}
    assert set(calls[4].addresses) == {HOST}


def counted(before, after):
    """(hits, misses) since."""
    return tuple(after[key] - before[key] for key in ("hits", "misses"))


def test_cold_and_cached(dnslab, resolver):
    """A cold lookup goes from the root on, a cached one nowhere; the resolver counts the same."""
    mark = dnslab.mark()  # it may ask for itself as soon as it has forgotten
    resolver.flush()
    call = "getaddrinfo:cold.many.example.com"
    before = resolver.counters()
    (cold,) = lookup(dnslab, resolver.host, call)
    asked = from_host(dnslab.queries_since(mark), resolver.host)
    assert ("cold.many.example.com.", "A") in [q.question for q in asked]
    assert {"root", "com"} <= {q.server for q in asked}, asked
    between = resolver.counters()
    mark = dnslab.mark()
    (cached,) = lookup(dnslab, resolver.host, call)
    asked = from_host(dnslab.queries_since(mark), resolver.host)
    assert "cold.many.example.com." not in [q.qname for q in asked]
    assert set(cold.addresses) == set(cached.addresses) == {HOST, zones.HOST6}
    after = resolver.counters()
    if before:
        questions = 1 if resolver.kind == "nscd" else 2  # A and AAAA
        assert counted(before, between) == (0, questions)
        assert counted(between, after) == (questions, 0)


def test_dead(dnslab, all_resolvers):
    """Nobody answers, not even by ICMP: tried more than once, and in time given up."""
    with all_resolvers["unbound"].host.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.5)
        s.connect((zones.SERVERS["dead"], 53))
        s.send(b"anything")
        with pytest.raises(TimeoutError):
            s.recv(512)
    mark = dnslab.mark()

    def ask(kind):
        return dig(all_resolvers[kind].host, ("www.dead.com", "A"), tries=1)[0].status

    kinds = [kind for kind in all_resolvers if kind != "nscd"]
    with ThreadPoolExecutor(len(kinds)) as pool:
        assert set(pool.map(ask, kinds)) <= {None, "SERVFAIL"}
    queries = dnslab.queries_since(mark)
    for kind in kinds:
        asked = [q for q in from_host(queries, all_resolvers[kind].host) if q.server == "dead"]
        assert len(asked) > 1, kind
        assert not [q for q in asked if q.rcode], kind


@pytest.mark.parametrize("minimise", [False, True])
@pytest.mark.parametrize("kind", VALIDATING)
def test_minimisation(dnslab, kind, minimise):
    """The root hears the whole name, or its last label."""
    resolver = dnslab.resolver(kind, minimise=minimise)
    mark = dnslab.mark()
    (answer,) = dig(resolver.host, ("www.example.com", "A"))
    assert answer.data == (WWW,)
    asked = from_host(dnslab.queries_since(mark), resolver.host)
    heard = {q.qname for q in asked if q.server == "root"}
    assert ("www.example.com." in heard) == (not minimise)
    resolver.close()


def test_cgroup(dnslab):
    """Resolvers and clients are put into a cgroup on demand, so that a tool sees them alone."""
    group = Cgroup("lab")
    dnslab.cgroup = group.path
    try:
        resolver = dnslab.resolver("dnsmasq")
        sleep = resolver.host.start("sleep", "60")
        inside = set(map(int, (group.path / "cgroup.procs").read_text().split()))
        assert {p.pid for p in (*resolver.processes.values(), sleep)} <= inside
        sleep.kill()
        sleep.wait()
        resolver.close()
    finally:
        dnslab.cgroup = None
        group.close()


@pytest.mark.parametrize("libc", clients.LIBRARIES)
def test_libraries(dnslab, all_resolvers, libc):
    """The same from each C library, with resolv.conf's search list and a resolver elsewhere."""
    host = dnslab.client(all_resolvers["unbound"].host.address, search="nothere.com example.com")
    functions = ("getaddrinfo", "gethostbyname", "gethostbyname_r", "res_query", "res_search")
    calls = lookup(dnslab, host, *(f"{f}:www.example.com" for f in functions), libc=libc)
    assert [call.code for call in calls] == ["0"] * 5
    assert [set(call.addresses) for call in calls] == [{WWW, WWW6}, {WWW}, {WWW}, set(), set()]
    (short,) = lookup(dnslab, host, "getaddrinfo:www", libc=libc)
    assert set(short.addresses) == {WWW, WWW6}
    (reverse,) = lookup(dnslab, host, f"getnameinfo:{zones.SERVERS['root']}", libc=libc)
    assert reverse.addresses == ("root.server.example.com",)
    names = [f"getaddrinfo:n{i}.many.example.com" for i in range(20)]
    many = lookup(dnslab, host, *names, libc=libc, at_once=True)
    assert {call.code for call in many} == {"0"} and len({call.tid for call in many}) == 20


def test_other_programs(all_resolvers):
    host = all_resolvers["unbound"].host
    assert host.command("curl", "-sS", "http://www.example.com/").returncode == 0
    python = "import socket; print(socket.gethostbyname('www.example.org'))"
    assert host.command(sys.executable, "-c", python).stdout.split() == [ORG]


def with_port(message):
    return message.client, message.client_port, *without_port(message)


def without_port(message):
    return message.proto, message.id, message.qname, message.qtype


def check_same(logged, wire, key, at_least=None):
    """
    A server's log and the wire have the same queries; the log may lag behind by a second.
    `at_least`: which of those on the wire must be logged; the others may be.
    """

    def differences():
        a, b = Counter(map(key, logged())), Counter(map(key, wire()))
        missing = b - a
        return a - b, Counter({k: n for k, n in missing.items() if not at_least or at_least(k)})

    try:
        wait_until(lambda: differences() == (Counter(), Counter()), 10, "")
    except AssertionError:
        extra, missing = differences()
        pytest.fail(
            f"only logged: {extra.total()} {list(extra)[:5]}, "
            f"only on the wire: {missing.total()} {list(missing)[:5]}"
        )


@pytest.mark.parametrize("server", ["root", "com", "org", "ns1", "hoster", "lame", "refuses"])
def test_wire_and_authority_agree(dnslab, server):
    """knot's, nsd's and bind9's own logs of all that the tests have asked so far."""
    host = dnslab.servers[server]
    assert dnslab.tapped(host)
    check_same(
        # What asked whether it is ready came from the host itself.
        lambda: [t for t in dnslab.tapped(host) if t.client not in host.addresses],
        lambda: [q for q in dnslab.queries_since() if q.server == server],
        with_port,
    )


@pytest.mark.parametrize("kind", ["unbound", "bind9", "pdns"])
def test_wire_and_resolver_agree(dnslab, all_resolvers, kind):
    """
    Its own log of what it sent. kresd has none; pdns has none of what it asks for itself; unbound's
    and bind9's address is 0.0.0.0, and unbound's port that of the query before where it asks again.
    """
    host = all_resolvers[kind].host
    check_same(
        lambda: [t for t in dnslab.tapped(host) if t.kind == "resolver_query"],
        lambda: from_host(dnslab.queries_since(), host),
        without_port,
        (lambda k: k[2].split(".")[0] in ("www", "cold", "alias")) if kind == "pdns" else None,
    )


BY_ITSELF = """
import sys
from pathlib import Path
import resolvers
from dnslab import DnsLab
lab = DnsLab(Path(sys.argv[1]) / "lab")
hosts = [*lab.servers.values(), *(lab.resolver(kind).host for kind in resolvers.KINDS)]
holders = [lab.switch.holder.pid, *(host.holder.pid for host in hosts)]
print(*holders, flush=True)
sys.stdin.readline()
lab.close()
"""


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_nothing_is_left(tmp_path, how):
    """Of a lab that was closed, and of one whose process was killed."""
    with contextlib.ExitStack() as stack:
        check_nothing_is_left(tmp_path, how, stack)


def check_nothing_is_left(tmp_path, how, stack):
    mounts = Path("/proc/self/mounts").read_text()
    process = subprocess.Popen(
        [sys.executable, "-c", BY_ITSELF, tmp_path],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        pids = process.stdout.readline().split()
        # Held until the end of this test: their inodes are not given to others, meanwhile.
        held = [stack.enter_context(open(f"/proc/{pid}/ns/net", "rb")) for pid in pids]
        namespaces = {os.fstat(file.fileno()).st_ino for file in held}
        assert len(processes_in(namespaces)) > 30
        if how == "killed":
            process.send_signal(signal.SIGKILL)
        process.communicate("\n", timeout=30)
    finally:
        process.kill()
        process.wait()
    if how == "closed":
        assert process.returncode == 0
    wait_until(lambda: not processes_in(namespaces), 10, "all processes are gone")
    assert Path("/proc/self/mounts").read_text() == mounts
