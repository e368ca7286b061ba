# SPDX-License-Identifier: Apache-2.0
"""dnschain in the lab: each upstream query is in the chain that it belongs to, and in no other."""
import contextlib
import ipaddress
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import clients
import resolvers
import zones
from chains import DNSCHAIN, MARGIN, Chain, Hops, begin_of, is_own, key_of_query, met_by_chance, pids_of, waited, waits
from livelab import wait_until

# One of each kind: cold, cached, negative, aliases, other servers, broken servers, signed.
NAMES = [
    "www.example.com",
    "www.example.com",
    "chain.example.com",
    "cross.example.com",
    "nothere.example.com",
    "empty.example.com",
    "v4only.example.com",
    "www.example.org",
    "www.dept.example.com",
    "www.signed.com",
    "nothere.signed.com",
    "www.bogus.com",
    "www.big.com",
    "www.truncated.com",
    "www.slow.com",
    "www.lame.com",
    "www.halflame.com",
    "www.refused.com",
    "www.halfdead.com",
    "www.dead.com",
]
# Those that only forward wait long for the dead: they ask an unbound, which is tested itself.
DEAD = {"www.halfdead.com", "www.dead.com"}
FORWARDERS = {"dnsmasq", "resolved", "nscd"}
CLIENTS, MANY = 20, 100


@pytest.fixture(scope="module")
def tool():
    subprocess.run(["make", "-s", "build/dnschain"], cwd=clients.ROOT, check=True)
    with Chain("-b", 65536) as chain:
        yield chain
        counters = chain.stop()
    assert counters["lost"] == 0, f"lost: {counters}"


@pytest.fixture(scope="module")
def unbound(dnslab):
    return dnslab.resolver("unbound")


def run(host, *command):
    """The process that ran it, which ended well."""
    process = host.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, 2), errors  # getent's word for "not found"
    return process


def from_resolver(queries, resolver):
    """What it sent to authorities."""
    authorities = set(zones.SERVERS)
    return [
        q for q in queries if q.client in resolver.host.addresses and q.server in authorities
    ]


def look_up(dnslab, resolver, tool, *calls, **options):
    """(what the caller was told, its chains, what the resolver sent meanwhile and a moment later)"""
    dnslab.quiet(0.2)
    mark = dnslab.mark()
    told = clients.lookup(dnslab, resolver.host, *calls, **options)
    chains = tool.calls(told[0].pid, len(calls))
    dnslab.quiet(0.2)
    return told, chains, from_resolver(dnslab.queries_since(mark), resolver)


# ---- One after the other ------------------------------------------------------------------------


def is_late(query, name):
    """Of a zone with dead servers, whose addresses are still asked for when the next name is."""
    return query.qname.startswith("ns") and any(
        f".{query.qname}".endswith(f".{zone}.") and not f".{name}".endswith(f".{zone}")
        for zone in ("dead.com", "halfdead.com")
    )


def check_one(chain, queries, resolver, name):
    """All that was sent while it waited is in the chain; nothing else is."""
    hops = Hops([chain], resolver)
    sent = {key_of_query(query): query for query in queries}
    invented = set(hops.by_key) - set(sent)
    assert not invented, f"{name}: not on the wire: {invented}"
    for query in queries:
        inside = waited(chain, resolver, query)
        # By TCP it goes on with what was asked before by UDP.
        if is_own(query) or inside is None or (query.proto == "tcp" and not inside):
            continue
        sought_on = is_late(query, name) or met_by_chance(chain, resolver, query)
        if sought_on and not hops.of(query):
            continue
        assert bool(hops.of(query)) == inside, (
            f"{name}: {query} was sent while {'some' if inside else 'no'}body waited, "
            f"{waits(chain, resolver)}, but is {'not ' if inside else ''}in the chain"
        )


def code_of(chain):
    return "0" if chain["result"] == "OK" else chain["result"]


def test_one_after_the_other(dnslab, resolver, tool):
    resolver.host.resolv_conf(resolver.address, options="timeout:4 attempts:1")
    seen, pids = 0, pids_of(resolver)
    for name in NAMES:
        if name in DEAD and resolver.kind in FORWARDERS:
            continue
        (told,), (chain,), queries = look_up(dnslab, resolver, tool, f"getaddrinfo:{name}")
        assert (chain["call"], chain["name"], code_of(chain)) == ("getaddrinfo", name, told.code)
        check_one(chain, queries, resolver, name)
        # The answer came from nobody else, or from an authority.
        asked = [q for q in queries if waited(chain, resolver, q) is not False and not is_own(q)]
        local = [h["cache"] for h in chain["hops"] if h.get("responder", {}).get("pid") in pids]
        assert ("miss" in local) <= bool(asked), f"{name}: {chain}"
        certain = [
            q
            for q in asked
            if waited(chain, resolver, q) and not met_by_chance(chain, resolver, q)
        ]
        assert ("miss" in local) >= bool(certain), f"{name}: {chain}"
        seen += len(asked)
    assert seen > 50


def test_evidence(dnslab, unbound, tool):
    """Which links a cold lookup has, of which kind, and what the events are."""
    unbound.flush()
    _, (chain,), _ = look_up(dnslab, unbound, tool, "getaddrinfo:chain.example.com")
    hops = {hop["hop"]: hop for hop in chain["hops"]}
    assert sorted(hops) == list(range(1, len(hops) + 1))
    first = [h for h in hops.values() if h["parent"] == 0]
    assert {h["linked_by"] for h in first} == {"thread+name"}
    assert {h["qtype"] for h in first} == {"A", "AAAA"}
    kinds = Counter(h["linked_by"] for h in hops.values() if h["parent"])
    for kind in ("name", "minimised", "cname", "nameserver", "validation"):
        assert kinds[kind], f"no {kind}: {kinds}"
    # A server that a referral named.
    referred = [h for h in hops.values() if "referred_by" in h]
    assert referred
    for hop in referred:
        zone = hops[hop["referred_by"]].get("zone")
        assert zone is None or f".{hop['qname']}".endswith(f".{zone}"), hop
        assert hops[hop["referred_by"]]["start_ms"] < hop["start_ms"]
    events = [event["event"] for event in chain["events"]]
    assert events[0] == "QUERY_START" and events[-1] == "QUERY_COMPLETE"
    assert {"CACHE_MISS", "UPSTREAM_QUERY", "UPSTREAM_RESPONSE", "REFERRAL", "CNAME",
            "VALIDATION"} <= set(events)  # fmt: skip
    times = [event["ms"] for event in chain["events"]]
    assert times == sorted(times)
    assert 0 < chain["upstream_ms"] < chain["total_ms"]


def test_truncation(dnslab, unbound, tool):
    _, (chain,), _ = look_up(dnslab, unbound, tool, "getaddrinfo:www.truncated.com")
    events = [event["event"] for event in chain["events"]]
    assert "TRUNCATED" in events and "TCP_FALLBACK" in events
    fallback = [h for h in chain["hops"] if h["event"] == "TCP_FALLBACK" and h["parent"]]
    assert fallback and all(h["proto"] == "tcp" for h in fallback)


def test_retries(dnslab, unbound, tool):
    """Of a server that answers nothing; the chain is told when the resolver has given up, too."""
    unbound.flush()
    unbound.host.resolv_conf(unbound.address, options="timeout:2 attempts:1")
    (told,), (chain,), _ = look_up(dnslab, unbound, tool, "getaddrinfo:www.dead.com")
    assert code_of(chain) == told.code == "EAI_AGAIN"
    dead = [h for h in chain["hops"] if h["server"] == zones.SERVERS["dead"]]
    assert {h["outcome"] for h in dead} <= {"GIVEN-UP", "PENDING", "TIMEOUT"}
    assert [h for h in dead if h["event"] == "RETRY"]
    assert {"RETRY", "TIMEOUT", "QUERY_FAILED"} <= {event["event"] for event in chain["events"]}


# Each twice: it is not in the cache, then it is. Of those with two types, both are asked for; not of
# an alias: when the first has told it, whether the second asked anybody depends on the moment.
COUNTED = [
    "getaddrinfo:www.example.com",
    "getaddrinfo:www.dept.example.com",
    "gethostbyname:alias.example.com",
    "gethostbyname:chain.example.com",
    "gethostbyname:broken.example.com",
    "gethostbyname:nothere.example.com",
    "gethostbyname:empty.example.com",
    "gethostbyname:www.signed.com",
    "gethostbyname:nothere.signed.com",
]
# What a resolver counts otherwise than by requests.
COUNTED_OTHERWISE = {
    # What the last step met alone, as the name that an alias leads to.
    "kresd": ("alias.", "chain.", "broken."),
    # Every step, and what is not there twice: it asks again in a simpler way (DVE-2018-0001).
    "resolved": ("alias.", "chain.", "broken.", "nothere."),
}


def cache_of(chain, resolver):
    """What each request to the resolver met, by the chain: nscd is not asked by DNS."""
    if resolver.kind == "nscd":
        return ["miss" if chain["hops"] else "hit"]
    hops = [hop for hop in chain["hops"] if hop.get("responder", {}).get("pid") == resolver.pid]
    return [hop["cache"] for hop in hops]


def counted(dnslab, resolver, tool, *calls):
    """({"hits": N, "misses": N} by the tool, the same by the resolver's own counters)"""
    before = resolver.counters()
    told = clients.lookup(dnslab, resolver.host, *calls)
    chains = tool.calls(told[0].pid, len(calls))
    after = resolver.counters()
    seen = Counter(word for chain in chains for word in cache_of(chain, resolver))
    return {"hits": seen["hit"], "misses": seen["miss"]}, {
        key: after[key] - before[key] for key in ("hits", "misses")
    }


@pytest.fixture
def asked_by_dns(resolver):
    """The resolver, and getaddrinfo() asks systemd-resolved by DNS: else no request is seen."""
    if resolver.kind == "resolved":
        resolver.host.nsswitch_conf("files dns")
    yield resolver
    if resolver.kind == "resolved":
        resolver.host.nsswitch_conf(resolvers.RESOLVED_HOSTS)


def test_cache_counters(dnslab, asked_by_dns, tool):
    """The resolver counts the same hits and misses."""
    asked_by_dns.flush()
    for call in COUNTED:
        if call.split(":")[1].startswith(COUNTED_OTHERWISE.get(asked_by_dns.kind, ())):
            continue
        questions = 2 if call.startswith("getaddrinfo") and asked_by_dns.kind != "nscd" else 1
        for hits, misses in ((0, questions), (questions, 0)):
            seen, own = counted(dnslab, asked_by_dns, tool, call)
            assert seen == own == {"hits": hits, "misses": misses}, call


@pytest.mark.parametrize("call", ["gethostbyname:loop1.example.com"])
def test_counted_otherwise(dnslab, unbound, tool, call):
    """Unbound calls what it makes of several cached answers a miss, though it asks nobody."""
    clients.lookup(dnslab, unbound.host, call)
    dnslab.quiet(0.2)
    mark = dnslab.mark()
    seen, own = counted(dnslab, unbound, tool, call)
    assert not from_resolver(dnslab.queries_since(mark), unbound)
    assert own["misses"] and seen == {"hits": own["misses"], "misses": 0}


@pytest.mark.parametrize("kind", ["unbound", "bind9", "kresd", "pdns"])
def test_cache_by_tcp(dnslab, all_resolvers, tool, kind):
    """A chain is told as soon as it is over, though the query came before accept() was possible."""
    resolver = all_resolvers[kind]
    call = "getaddrinfo:www.big.com"  # truncated by UDP
    clients.lookup(dnslab, resolver.host, call)
    (told,) = clients.lookup(dnslab, resolver.host, call)
    (chain,) = tool.calls(told.pid, seconds=5)
    answered = [hop for hop in chain["hops"] if hop["outcome"] != "GIVEN-UP"]
    assert "tcp" in {hop["proto"] for hop in answered}
    assert {hop["cache"] for hop in answered} == {"hit"}


# ---- Many at once -------------------------------------------------------------------------------


def test_same_name_at_once(dnslab, unbound, tool):
    """Whatever is sent for a name belongs to all that wait for it."""
    unbound.flush()
    name = "same.wild.example.com"
    _, chains, queries = look_up(
        dnslab, unbound, tool, *[f"getaddrinfo:{name}"] * CLIENTS, at_once=True
    )
    hops = Hops(chains, unbound)
    sent = {key_of_query(q) for q in queries}
    assert set(hops.by_key) <= sent
    wrong = []
    for query in queries:
        if is_own(query):
            continue
        have = hops.of(query)
        for chain in chains:
            inside = any(
                wait.has(query.time, -MARGIN) and wait.type == query.qtype
                for wait in waits(chain, unbound)
            )
            if inside and query.qname == name + "." and chain["chain_id"] not in have:
                wrong.append((query, chain["chain_id"], "missing"))
        if not have and any(waited(chain, unbound, query) for chain in chains):
            wrong.append((query, None, "in no chain"))
    assert not wrong, wrong[:5]


def test_different_names_at_once(dnslab, resolver, tool):
    """A query for somebody's own name is in his chain, and in no other."""
    resolver.flush()
    names = [f"n{i}.many.example.com" for i in range(MANY)]
    told, chains, queries = look_up(
        dnslab, resolver, tool, *[f"getaddrinfo:{name}" for name in names], at_once=True
    )
    hops = Hops(chains, resolver)
    by_name = {chain["name"] + ".": chain["chain_id"] for chain in chains}
    assert set(hops.by_key) <= {key_of_query(q) for q in queries}
    right, wrong = 0, []
    for query in queries:
        have = hops.of(query)
        if is_own(query):
            continue
        if query.qname in by_name:
            fits = have <= {by_name[query.qname]}
            chain = hops.chains[by_name[query.qname]]
            fits = fits and (bool(have) or not waited(chain, resolver, query))
        else:
            fits = bool(have) or not any(waited(chain, resolver, query) for chain in chains)
        right += fits
        if not fits:
            wrong.append((query, have))
    foreign = [w for w in wrong if w[0].qname in by_name and w[1] - {by_name[w[0].qname]}]
    assert not foreign, f"in somebody else's chain: {foreign[:3]}"
    assert right >= 0.99 * (right + len(wrong)), f"{right} right, {len(wrong)} wrong: {wrong[:5]}"
    assert right >= MANY


# ---- Callers ------------------------------------------------------------------------------------

FUNCTIONS = [
    "getaddrinfo:www.example.com",
    "getaddrinfo:nothere.example.com",
    "getaddrinfo:www.lame.com",
    "getaddrinfo:198.19.0.1",
    "gethostbyname:www.example.com",
    "gethostbyname2:www.example.com",
    "gethostbyname_r:www.example.com",
    "gethostbyname:nothere.example.com",
    "getnameinfo:198.18.0.1",
    "res_query:www.example.com",
    "res_search:www.example.com",
]


@pytest.mark.parametrize("libc", clients.LIBRARIES)
@pytest.mark.parametrize("older", [False, True], ids=["newer", "older"])
def test_callers(dnslab, unbound, libc, older):
    """Of three C libraries, by processes that are older than the tool, and newer."""
    command = clients.command(dnslab, unbound.host, *FUNCTIONS, libc=libc, waits=True)

    def start():
        process = unbound.host.start(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "ready\n"
        return process

    caller = start() if older else None
    with Chain() as tool:
        if not older:
            caller = start()
            time.sleep(1)  # its C library is looked for meanwhile
        out, _ = caller.communicate("go\n", timeout=60)
        told = clients.parse(out)
        chains = tool.calls(told[0].pid, len(FUNCTIONS))
        tool.stop()
    for call, chain in zip(told, chains):
        assert chain["call"] == call.function or call.function.startswith("res_")
        assert (chain["name"], chain["tid"]) == (call.name, call.tid)
        if call.function in ("getaddrinfo", "getnameinfo"):
            assert code_of(chain) == call.code, chain
        else:
            assert chain["success"] == (call.code == "0"), chain
        assert abs(begin_of(chain) - call.start / 1e9) < 0.1
        numeric = call.name == "198.19.0.1"
        assert bool(chain["hops"]) != numeric
        if numeric:
            assert "HOSTS" in [event["event"] for event in chain["events"]]


FEW = 128


@contextlib.contextmanager
def few_descriptors():
    """For what is started meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def own_libc(host, number, command):
    """It maps a C library that is a file of its own, as in a container."""
    folder = host.directory / f"libc-{number}"
    folder.mkdir()
    shutil.copy(re.search(r"/\S*/libc\.so\.6", Path("/proc/self/maps").read_text())[0], folder)
    return host.start(
        "env", f"LD_LIBRARY_PATH={folder}", *command,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def descriptors(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_many_libraries_come_and_go(dnslab, unbound):
    """More probes (12 functions) than there may be descriptors at first; they go with the library."""
    command = clients.command(dnslab, unbound.host, "getaddrinfo:www.example.com", waits=True)
    with few_descriptors():
        tool = Chain()
    with tool:
        children = Path(f"/proc/{tool.process.pid}/task/{tool.process.pid}/children")
        attacher = max(children.read_text().split(), key=descriptors)
        before = descriptors(attacher)
        callers = [own_libc(unbound.host, number, command) for number in range(4)]
        for caller in callers:
            assert caller.stdout.readline() == "ready\n"
        wait_until(lambda: descriptors(attacher) > before + 3 * 2 * 12, 60, "four are probed")
        time.sleep(2)  # the last one's other functions
        most = descriptors(attacher)
        assert most > FEW
        for caller in callers:
            told = clients.parse(caller.communicate("go\n", timeout=60)[0])
            (chain,) = tool.calls(told[0].pid)
            assert chain["result"] == "OK"
        wait_until(lambda: descriptors(attacher) <= most - 2 * 10, 60, "probes of one are gone")
        tool.stop()
    assert "not probed" not in tool.err.text()


def test_python_and_curl(dnslab, unbound, tool):
    for command in (
        [sys.executable, "-c", "import socket; socket.getaddrinfo('www.example.org', 80)"],
        ["getent", "ahosts", "www.example.org"],
    ):
        done = run(unbound.host, *command)
        (chain,) = tool.calls(done.pid)
        assert chain["name"] == "www.example.org" and chain["result"] == "OK"


def test_java(dnslab, unbound, tool):
    """Its main thread is not the process' first one; it says no more than UnknownHostException."""
    unbound.host.resolv_conf(unbound.address, options="timeout:4 attempts:1")
    names = ["www.example.com", "v4only.example.com", "nothere.example.com", "www.lame.com"]
    done = unbound.host.command("java", clients.HERE / "Lookup.java", *names)
    assert done.returncode == 0, done.stderr
    told = clients.parse(done.stdout)
    chains = tool.calls(told[0].pid, len(names))
    for call, chain in zip(told, chains):
        assert (chain["call"], chain["name"], chain["tid"]) == ("getaddrinfo", call.name, call.tid)
        assert call.tid != call.pid
        assert code_of(chain) == call.code, chain
        first = [hop for hop in chain["hops"] if not hop["parent"]]
        assert {hop["linked_by"] for hop in first} == {"thread+name"}
        answered = {a for hop in first for a in hop.get("addresses", [])}
        assert {ipaddress.ip_address(a) for a in call.addresses} == set(
            map(ipaddress.ip_address, answered)
        )
    assert [call.code for call in told] == ["0", "0", "EAI_NONAME", "EAI_AGAIN"]


def test_own_queries(dnslab, unbound, tool):
    """Who does not call the C library begins with its query."""
    done = run(unbound.host, "dig", "www.example.com")

    def found():
        return [c for c in tool.chains() if c.get("pid") == done.pid and c["kind"] == "query"]

    wait_until(found, 10, "dig's chain")
    (chain,) = found()
    assert (chain["name"], chain["result"]) == ("www.example.com", "OK")
    assert [hop["linked_by"] for hop in chain["hops"] if not hop["parent"]] == ["beginning"]


# ---- The tool -----------------------------------------------------------------------------------


def test_command_alone(dnslab, unbound):
    """With a command, its chains alone; with what the resolver does for it."""
    unbound.flush()
    other = unbound.host.start("sh", "-c", "while getent hosts www.example.org; do sleep 0.1; done",
                               stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        done = unbound.host.command(
            DNSCHAIN, "-j", "--", "sh", "-c", "getent ahosts www.example.com; exit 3"
        )
    finally:
        other.kill()
        other.wait()
    assert done.returncode == 3, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    chains = [row for row in rows if row["event"] == "chain"]
    assert [chain["name"] for chain in chains] == ["www.example.com"]
    assert chains[0]["cache"] == "miss" and len(chains[0]["hops"]) > 3


def test_filters(dnslab, unbound):
    with Chain("-N", "example.org", "-x") as wanted, Chain("-c", "nobody") as nobody:
        host = unbound.host
        for name in ("www.example.com", "www.example.org", "nothere.example.org"):
            done = run(host, "getent", "ahosts", name)
        (chain,) = wanted.calls(done.pid)
        assert chain["name"] == "nothere.example.org"
        wanted.stop()
        nobody.stop()
        assert [c["name"] for c in wanted.chains()] == ["nothere.example.org"]
        assert not nobody.chains()


def test_connect(dnslab, unbound):
    url = "import urllib.request as r; r.urlopen('http://www.example.com/').read()"
    with Chain("--connect", "-c", sys.executable.rsplit("/", 1)[-1]) as tool:
        done = run(unbound.host, sys.executable, "-c", url)
        (chain,) = tool.calls(done.pid)
        tool.stop()
    assert chain["connect"]["port"] == 80
    assert chain["connect"]["address"] in (zones.WWW, zones.WWW6)
    assert chain["connect"]["latency_ms"] >= chain["connect"]["dns_ms"] == chain["total_ms"]


def test_capture_file(dnslab, unbound, tmp_path):
    """What was written shows the same requests and upstream queries, though no calls."""
    unbound.flush()
    path = tmp_path / "chain.pcapng"
    with Chain("-w", path) as tool:
        done = run(unbound.host, "getent", "ahosts", "www.signed.com")
        (live,) = tool.calls(done.pid)
        tool.stop()
    replay = subprocess.run(
        [DNSCHAIN, "-j", "-r", path], stdout=subprocess.PIPE, text=True, check=True
    )
    rows = [json.loads(line) for line in replay.stdout.splitlines()]
    replayed = [r for r in rows if r["event"] == "chain" and r.get("pid") == done.pid]
    assert {r["kind"] for r in replayed} == {"query"}

    def links(chains):
        return {(h["id"], h["client_port"], h["linked_by"]) for c in chains for h in c["hops"]
                if h["parent"]}  # fmt: skip

    assert links(replayed) == links([live])


def test_text(dnslab, unbound):
    unbound.flush()
    with Chain("-N", "example.com", table=True) as tool:
        done = run(unbound.host, "getent", "ahosts", "www.example.com")
        tool.out.wait(lambda lines: any(b"COMPLETE" in line for line in lines), 20)
        tool.stop()
    text = tool.out.text()
    assert re.search(rf'^CHAIN \d+  getent\[{done.pid}\]  getaddrinfo\("www.example.com"\)  [\d.]+ ms  OK$', text, re.M)
    assert re.search(r"^  \+[\d.]+ +-> 127.0.0.1:53 unbound\[\d+\] +#1 A www.example.com$", text, re.M)
    assert re.search(r"^ +CACHE MISS$", text, re.M)
    assert re.search(r"-> 198.18.0.1:53 .* A com  \(minimised\)  [\d.]+ ms  REFERRAL com \(1 server\)$", text, re.M)
    assert re.search(r"^  COMPLETE  hops \d+, upstream [\d.]+ ms, own [\d.]+ ms$", text, re.M)
    assert re.search(r"^unbound\[\d+\] +\d+ +\d+ +[\d.]+ +\d+$", text, re.M)


def test_timeline(dnslab, unbound):
    with Chain("-N", "example.com", "--timeline", table=True) as tool:
        unbound.host.command("getent", "ahosts", "www.example.com")
        tool.out.wait(lambda lines: any(b"#1 A" in line for line in lines), 20)
        tool.stop()
    assert re.search(r"^#1 A www.example.com @127.0.0.1 +\|[ #]+\| [\d.]+$", tool.out.text(), re.M)


def children_of(pid):
    done = subprocess.run(
        ["pgrep", "-P", str(pid)], stdout=subprocess.PIPE, text=True, check=False
    )
    return done.stdout.split()


def test_nothing_is_left(dnslab, unbound):
    """The child that attaches ends with the tool, whatever ends that; so does that one's own."""
    for sig in (signal.SIGINT, signal.SIGKILL):
        with Chain() as tool:
            (child,) = children_of(tool.process.pid)
            (opener,) = children_of(child)
            tool.process.send_signal(sig)
            tool.process.wait(10)
            tool.out.thread.join()
            tool.err.thread.join()

            def gone():
                return not any(os.path.exists(f"/proc/{pid}") for pid in (child, opener))

            # Each probe that goes waits until no processor can be in it.
            wait_until(gone, 30, "the children have ended")
