# SPDX-License-Identifier: Apache-2.0
"""dnschain for the lab's tests: its chains, and what they should be by the wire."""
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "live"))
from snoop import DNSSNOOP, Snoop  # noqa

import zones

DNSCHAIN = DNSSNOOP.with_name("dnschain")

# What resolvers ask for themselves, whoever waits: which trust anchors they have (RFC 8145).
OWN = ("_ta-",)
# Of the root's server, which is known to resolvers from their hints: no message may have told it.
HINTED = ("root.", "a.root.")
# Seconds: the wire is stamped a little later than the sockets, by another clock's reading.
MARGIN = 0.0003


class Chain(Snoop):
    """A running dnschain."""

    def __init__(self, *arguments, **kwargs):
        super().__init__(*arguments, tool=DNSCHAIN, **kwargs)

    def chains(self):
        return [row for row in self.rows() if row["event"] == "chain"]

    def calls(self, pid, count=1, seconds=30):
        """The chains of a process' calls, in their order, when there are so many."""
        deadline = time.monotonic() + seconds
        while True:
            found = [c for c in self.chains() if c.get("pid") == pid and c["kind"] == "call"]
            if len(found) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert len(found) == count, f"{len(found)} chains of {pid}, not {count}: {found}"
        return sorted(found, key=lambda chain: chain["ts"])


def begin_of(chain):
    whole, fraction = chain["ts"].rstrip("Z").split(".")
    seconds = datetime.fromisoformat(whole + "+00:00").timestamp()
    return seconds + float("0." + fraction)


def pids_of(resolver):
    pids = {process.pid for process in resolver.processes.values()}
    return pids | (pids_of(resolver.backend) if resolver.backend else set())


def key_of_hop(hop):
    """What tells a query from all others, on the wire and in a chain."""
    name = hop["qname"].rstrip(".").lower() + "."
    return hop["proto"], hop["client_port"], hop["id"], name, hop["qtype"]


def key_of_query(query):
    return query.proto, query.client_port, query.id, query.qname, query.qtype


def is_own(query):
    return query.qname.startswith(OWN) or query.qname in HINTED


class Hops:
    """The queries to authorities that a resolver has asked, in chains: key -> {chain's id: hop}."""

    def __init__(self, chains, resolver):
        pids, authorities = pids_of(resolver), set(zones.SERVERS.values())
        self.chains = {chain["chain_id"]: chain for chain in chains}
        self.by_key = {}
        for chain in chains:
            for hop in chain["hops"]:
                if hop.get("asker", {}).get("pid") in pids and hop["server"] in authorities:
                    self.by_key.setdefault(key_of_hop(hop), {})[chain["chain_id"]] = hop

    def of(self, query):
        """The ids of the chains that have it."""
        return set(self.by_key.get(key_of_query(query), {}))


@dataclass(frozen=True)
class Wait:
    """For the process that asks the authorities. `end` None: it was not answered."""

    name: str
    type: str
    cache: str
    begin: float
    end: float | None

    def has(self, time, margin=0.0):
        return self.begin - margin < time and (self.end is None or time < self.end + margin)


def waits(chain, resolver):
    pid = (resolver.backend or resolver).pid
    found = []
    for hop in chain["hops"]:
        if hop.get("responder", {}).get("pid") != pid:
            continue
        begin = begin_of(chain) + hop["start_ms"] / 1000
        end = begin + hop["latency_ms"] / 1000 if "latency_ms" in hop else None
        found.append(Wait(hop["qname"] + ".", hop["qtype"], hop.get("cache"), begin, end))
    return found


def waited(chain, resolver, query):
    """
    True: somebody waited when the query was sent; None: it is too near to an end to tell, or the
    caller had given up, and the chain may have ended, without an answer.
    """
    over = begin_of(chain) + chain["total_ms"] / 1000
    spans = waits(chain, resolver)
    if any(w.has(query.time, -MARGIN) and (w.end or query.time < over) for w in spans):
        return True
    return None if any(w.has(query.time, MARGIN) for w in spans) else False


def met_by_chance(chain, resolver, query):
    """
    Where a name server is; whoever waited meanwhile was answered from the cache. Of name servers
    that it knows an IPv4 address of, pdns looks for others by itself, once a second.
    """
    if not query.qname.startswith("ns"):
        return False
    if (resolver.backend or resolver).kind == "pdns" and query.qtype == "AAAA":
        return True
    met = [w for w in waits(chain, resolver) if w.has(query.time, MARGIN)]
    return bool(met) and all(w.cache == "hit" for w in met)
