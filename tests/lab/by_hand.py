# SPDX-License-Identifier: Apache-2.0
"""The lab for a person: by_hand.py [RESOLVER...] brings it up, says how to use it, and prints each
query that reaches an authority until Ctrl-C."""
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import resolvers
import zones
from dnslab import DnsLab
from livelab import IPV6


def show_servers(lab):
    print("servers")
    for name, address in zones.SERVERS.items():
        if ":" in address and not IPV6:
            continue
        listed = [zone.name for zone in lab.root.all() if name in zone.servers.values()]
        print(f"  {name:10} {address:14} pid {lab.servers[name].holder.pid:<7} {' '.join(listed)}")


def show_resolver(resolver):
    where = f"{resolver.kind:10} {resolver.host.address:14} pid {resolver.host.holder.pid:<7}"
    print(f"  {where} {' '.join(resolver.processes)}, here as {resolver.address}")
    for name, value in resolver.host.environment.items():
        print(f"    for getaddrinfo(): {name}={value}")


def show_use(resolver):
    entered = f"nsenter --net --mount -t {resolver.host.holder.pid}"
    print("\non a resolver's host, with its resolv.conf, for example:")
    print(f"  {entered} dig www.example.com")
    print(f"  {entered} getent ahosts chain.example.com")
    print("names: the comment in tests/lab/zones.py. Ctrl-C takes everything down.\n", flush=True)


def show_queries(lab, seen):
    for query in lab.queries_since(seen):
        text = f"{query.client:>15} > {query.server:9} {query.proto} {query.qname} {query.qtype}"
        clock = time.strftime("%H:%M:%S", time.localtime(query.time)) + f"{query.time % 1:.3f}"[1:]
        print(f"{clock} {text}", flush=True)
        seen += 1
    return seen


def main(kinds):
    unknown = set(kinds) - set(resolvers.KINDS)
    if unknown:
        sys.exit(f"lab: {unknown.pop()}: no such resolver: there are {' '.join(resolvers.KINDS)}")
    if os.geteuid() != 0:
        sys.exit("lab: namespaces need root: run 'sudo make lab'")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="dnslab-"))
    lab = None
    try:
        lab = DnsLab(directory)
        show_servers(lab)
        print("resolvers")
        started = [lab.resolver(kind) for kind in kinds or resolvers.KINDS]
        for resolver in started:
            show_resolver(resolver)
        show_use(started[0])
        seen = 0
        while True:
            seen = show_queries(lab, seen)
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    finally:
        if lab:
            lab.close()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main(sys.argv[1:])
