# SPDX-License-Identifier: Apache-2.0
"""
What resolvers count, and how they are told to forget.

`hits` are clients' queries that were answered from the cache, `misses` those that were not; beside
them is what the resolver itself says, by its own names.
"""
import re
import signal
import socket


def numbers(text, pattern):
    """name -> number; of repeated names the sum."""
    found = {}
    for name, value in re.findall(pattern, text, re.M):
        found[name] = found.get(name, 0) + float(value)
    return found


def with_hits(found, hits, misses):
    return {**found, "hits": int(hits), "misses": int(misses)}


def unbound_control(resolver, *words):
    return resolver.control("unbound-control", "-c", resolver.config, *words)


def unbound(resolver):
    found = numbers(unbound_control(resolver, "stats_noreset"), r"^(\S+)=([\d.]+)$")
    return with_hits(found, found["total.num.cachehits"], found["total.num.cachemiss"])


def rndc(resolver, *words):
    return resolver.control("rndc", "-c", resolver.host.directory / "rndc.conf", *words)


def bind9(resolver):
    path = resolver.host.directory / "named.stats"
    path.unlink(missing_ok=True)
    rndc(resolver, "stats")
    found = numbers(path.read_text(), r"^ +(?=\d+ (.+))(\d+) ")
    requests = found.get("IPv4 requests received", 0) + found.get("IPv6 requests received", 0)
    misses = found.get("queries caused recursion", 0)
    return with_hits(found, requests - misses, misses)


def kresd_control(resolver, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(resolver.host.directory / "kresd.control"))
        s.sendall(f"{line}\n".encode())
        text = b""
        while not text.rstrip().endswith(b">") or text.count(b">") < 2:
            text += s.recv(65536)
        return text.decode()


def kresd(resolver):
    """Without its questions to itself."""
    found = numbers(kresd_control(resolver, "stats.list()"), r"\['([\w.]+)'\] = (\d+)")
    asked = found["request.total"] - found["request.internal"]
    return with_hits(found, found["answer.cached"], asked - found["answer.cached"])


def rec_control(resolver, *words):
    directory = resolver.host.directory
    return resolver.control(
        "rec_control", f"--config-dir={directory}", f"--socket-dir={directory}", *words
    )


def pdns(resolver):
    """Packets that were answered before are in a cache of their own, in front of the other."""
    found = numbers(rec_control(resolver, "get-all"), r"^(\S+)\t(\d+)$")
    return with_hits(found, found["cache-hits"] + found["packetcache-hits"], found["cache-misses"])


def dnsmasq(resolver):
    """It counts our own questions for its counters as hits."""
    found = {}
    for name in ("misses", "hits"):
        words = (f"@{resolver.address}", "+short", "CHAOS", "TXT", f"{name}.bind")
        found[name] = int(resolver.control("dig", *words).strip().strip('"'))
    found["hits"] -= resolver.asked_itself
    resolver.asked_itself += 2
    return found


def resolved(resolver):
    """By D-Bus, with the libraries of its own build."""
    text = resolver.host.command(resolver.controller or "resolvectl", "statistics").stdout
    found = numbers(text, r"^ *([A-Z][\w /]+): (\d+)$")
    return with_hits(found, found["Cache Hits"], found["Cache Misses"])


def nscd(resolver):
    text = resolver.control("nscd", "-f", resolver.config, "-g")
    hosts = text[text.index("hosts cache:") :].split("cache:")[1]
    found = {name: int(value) for value, name in re.findall(r"^ +(\d+)  (cache .+)$", hosts, re.M)}
    hits = sum(value for name, value in found.items() if "hits" in name)
    return with_hits(found, hits, sum(value for name, value in found.items() if "misses" in name))


READ = {
    "unbound": unbound,
    "bind9": bind9,
    "kresd": kresd,
    "pdns": pdns,
    "dnsmasq": dnsmasq,
    "resolved": resolved,
    "nscd": nscd,
}


def flush_unbound(resolver):
    unbound_control(resolver, "flush_zone", ".")
    unbound_control(resolver, "flush_infra", "all")


def by_signal(program, number):
    return lambda resolver: resolver.processes[program].send_signal(number)


FLUSH = {
    "unbound": flush_unbound,
    "bind9": lambda resolver: rndc(resolver, "flush"),
    "kresd": lambda resolver: kresd_control(resolver, "cache.clear()"),
    "pdns": lambda resolver: rec_control(resolver, "wipe-cache", ".$"),
    "dnsmasq": by_signal("dnsmasq", signal.SIGHUP),
    "resolved": by_signal("systemd-resolved", signal.SIGUSR2),
    "nscd": lambda resolver: resolver.control("nscd", "-f", resolver.config, "-i", "hosts"),
}
