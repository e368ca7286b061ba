# SPDX-License-Identifier: Apache-2.0
"""The lab is what zones.py says, and its truth is the truth."""
import re


def dig(host, name, *arguments):
    """(status, flags, [addresses])"""
    out = host.command("dig", "+tries=1", "+time=20", name, *arguments).stdout
    status = re.search(r"status: (\w+)", out)
    flags = re.search(r"flags: ([\w ]+);", out)
    addresses = re.findall(r"^[^;]+\sIN\s+(?:A|AAAA)\s+(\S+)", out, re.M)
    return status and status[1], flags and flags[1].split(), addresses


def test_cold_and_cached(dnslab):
    unbound = dnslab.resolver("unbound")
    mark = dnslab.mark()
    assert dig(unbound.host, "www.example.com")[2] == ["198.19.0.1"]
    asked = [(q.server, *q.question) for q in dnslab.queries_since(mark)]
    assert ("root", "com.", "A") in asked
    assert ("com", "example.com.", "A") in asked
    mark = dnslab.mark()
    assert dig(unbound.host, "www.example.com")[2] == ["198.19.0.1"]
    assert "www.example.com." not in [q.qname for q in dnslab.queries_since(mark)]
