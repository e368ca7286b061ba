# SPDX-License-Identifier: Apache-2.0
"""dnschain for the lab's tests: its chains, and those beside what reached the authorities."""
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "live"))
from snoop import DNSSNOOP, Snoop  # noqa

DNSCHAIN = DNSSNOOP.with_name("dnschain")

# What resolvers ask for themselves, whoever waits: their trust anchors (RFC 8145, RFC 5011), and
# whether their servers are still there (RFC 8109).
OWN = ("_ta-", "_is-")


class Chain(Snoop):
    """A running dnschain."""

    def __init__(self, *arguments, **kwargs):
        super().__init__(*arguments, tool=DNSCHAIN, **kwargs)

    def chains(self):
        return [row for row in self.rows() if row["event"] == "chain"]

    def of_process(self, pid, count=1, seconds=20):
        """The chains of a process' calls, when there are so many, and no more for a moment."""
        deadline = time.monotonic() + seconds
        while True:
            found = [c for c in self.chains() if c.get("pid") == pid and c["kind"] == "call"]
            if len(found) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert len(found) == count, f"{len(found)} chains of {pid}, not {count}: {found}"
        return found


def key_of_hop(hop):
    """What tells a query from all others, on both sides."""
    name = hop["qname"].rstrip(".").lower() + "."
    return hop["proto"], hop["client_port"], hop["id"], name, hop["qtype"]


def key_of_query(query):
    return query.proto, query.client_port, query.id, query.qname, query.qtype


def upstream(chain, pids):
    """The hops that these processes have asked."""
    return [hop for hop in chain["hops"] if hop.get("asker", {}).get("pid") in pids]


def is_own(question):
    return question[0].startswith(OWN)


def names(hops):
    return sorted(f"{hop['qname']} {hop['qtype']}" for hop in hops)


class Comparison:
    """Upstream queries by the truth and by the chains of calls."""

    def __init__(self, chains, queries, resolver):
        pids = {p.pid for p in resolver.processes.values()}
        if resolver.backend:
            pids |= {p.pid for p in resolver.backend.processes.values()}
        self.truth = {key_of_query(q): q for q in queries if q.client in resolver.host.addresses}
        self.told = {}  # key -> ids of the chains
        self.hops = {}
        for chain in chains:
            for hop in upstream(chain, pids):
                if hop["server"].startswith("127."):
                    continue
                self.told.setdefault(key_of_hop(hop), set()).add(chain["chain_id"])
                self.hops[key_of_hop(hop)] = hop

    def missing(self):
        """Queries that no chain has."""
        return {k: q for k, q in self.truth.items() if k not in self.told}

    def invented(self):
        return {k: ids for k, ids in self.told.items() if k not in self.truth}
