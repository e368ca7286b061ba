# SPDX-License-Identifier: Apache-2.0
"""
dnstunnel -r over ordinary DNS raises next to no alert, and over tunnels it does. Ordinary are the
captures of others, and a day that tests/detector/everyday.py makes: 100,000 queries, or as many
as EVERYDAY_QUERIES says (a whole day has 1,000,000).
"""

import collections
import hashlib
import json
import os
import subprocess
import sys

import pytest

import tshark

sys.path.append(str(tshark.ROOT / "tests" / "detector"))
import everyday  # noqa

DNSTUNNEL = os.environ.get("DNSTUNNEL", tshark.ROOT / "build/dnstunnel")
QUERIES = int(os.environ.get("EVERYDAY_QUERIES", "100000"))
NAMES = tshark.DATA / "names" / "train.csv"
SEVERITIES = ("LOW", "MEDIUM", "HIGH")
LEAK = "papaya-lantern.com"

needs_tool = pytest.mark.skipif(not (tshark.ROOT / "tools/dnstunnel.c").exists(),
                                reason="dnstunnel is not written yet")


def alerts(path):
    """The worst severity of each (kind, domain, client), and one such alert."""
    run = subprocess.run([DNSTUNNEL, "-r", path, "-j"], capture_output=True, text=True, check=False,
                         timeout=600)
    assert run.returncode == 0, run.stderr
    worst = {}
    for row in map(json.loads, run.stdout.splitlines()):
        if row["event"] != "alert":
            continue
        key = row["kind"], row.get("domain"), row.get("client")
        before = worst.get(key, row)
        if SEVERITIES.index(row["severity"]) >= SEVERITIES.index(before["severity"]):
            worst[key] = row
    return worst


def by_severity(found):
    return collections.Counter(row["severity"] for row in found.values())


def shown(found):
    """For a person: what was raised, and the numbers behind it."""
    return "\n".join(json.dumps(row) for row in found.values()) or "no alert"


def options(path, *more):
    names = ["--names", str(NAMES)] if NAMES.exists() else []
    return everyday.parse([str(path), "--queries", str(QUERIES), *names, *more])


def write(path, day):
    with open(path, "wb") as out:
        day.write(out)


def digest(path, *arguments):
    everyday.main([str(path), "--queries", "3000", *arguments])
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_day_is_made_again(tmp_path):
    first = digest(tmp_path / "a.pcap", "--seed", "7")
    assert digest(tmp_path / "b.pcap", "--seed", "7") == first
    assert digest(tmp_path / "c.pcap", "--seed", "8") != first


def test_a_day_is_whole_and_in_order(tmp_path):
    """As tshark sees it: as many questions as asked for, all answered, none malformed."""
    path = tmp_path / "day.pcap"
    everyday.main([str(path), "--queries", "20000"])
    fields = ("frame.time_epoch", "dns.flags.response", "dns.id", "ip.src", "ip.dst", "udp.srcport",
              "udp.dstport", "_ws.malformed", "_ws.expert.severity")
    run = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=,", *(
        part for field in fields for part in ("-e", field))], capture_output=True, text=True,
        check=True)
    last, asked, answered = 0, collections.Counter(), 0
    for line in run.stdout.splitlines():
        time, response, ident, source, target, source_port, target_port, malformed, expert = \
            line.split(",")[:9]
        assert float(time) >= last and not malformed, line
        assert not expert or int(expert) < 6 << 20, line  # warnings and errors
        last = float(time)
        if response in ("0", "False"):
            asked[ident, source, source_port] += 1
        else:
            assert asked[ident, target, target_port] >= 1, line
            answered += 1
    repeats = sum(asked.values()) - 20000
    assert answered == 20000 and 10 <= repeats <= 100


@needs_tool
@pytest.mark.parametrize("view", [(), ("--forwarded",)], ids=("clients", "forwarder"))
def test_a_day_is_quiet(tmp_path, view):
    """With each client seen by itself; and from behind a forwarder, all of them as one."""
    path = tmp_path / "day.pcap"
    write(path, everyday.Day(options(path, *view)))
    found = alerts(path)
    print(shown(found))
    counts = by_severity(found)
    assert counts["HIGH"] == 0 and counts["MEDIUM"] <= 1, f"{counts}\n{shown(found)}"


@needs_tool
def test_a_leak_is_found_in_a_day(tmp_path):
    """Else the silence above would say nothing: a name each 30 s among all the others."""
    path = tmp_path / "leak.pcap"
    day = everyday.Day(options(path, "--first", "9", "--hours", "3"))
    leak = everyday.Activity("leak", 0, everyday.ALWAYS, lambda draw, client: [
        (0, (f"{draw.hex(60)}.{LEAK}", "A", None))], (5,))
    day.plan.append((leak, [120, 120, 120]))
    write(path, day)
    found = alerts(path)
    leaks = [row for key, row in found.items() if key[1] == LEAK]
    assert any(row["severity"] != "LOW" for row in leaks), shown(found)
    others = by_severity({key: row for key, row in found.items() if key[1] != LEAK})
    assert others["HIGH"] == 0 and others["MEDIUM"] <= 1, shown(found)


@needs_tool
@pytest.mark.skipif(not tshark.captures("everyday"), reason=f"no captures in {tshark.DATA}")
def test_captures_of_ordinary_traffic_are_quiet():
    """All of them together: one alert of LOW at most."""
    found = {(path.name, *key): row for path in tshark.captures("everyday")
             for key, row in alerts(path).items()}
    counts = by_severity(found)
    assert counts["HIGH"] == counts["MEDIUM"] == 0 and counts["LOW"] <= 1, \
        "\n".join(f"{key}: {json.dumps(row)}" for key, row in found.items())


@needs_tool
@pytest.mark.skipif(not tshark.captures("tunnels"), reason=f"no captures in {tshark.DATA}")
@pytest.mark.parametrize("path", tshark.captures("tunnels"), ids=lambda p: p.name)
def test_captured_tunnels_are_found(path):
    found = alerts(path)
    assert any(key[0] in ("TUNNEL", "EXFILTRATION") and row["severity"] != "LOW"
               for key, row in found.items()), shown(found)
