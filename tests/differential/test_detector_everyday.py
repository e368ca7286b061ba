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
WARNING = 6 << 20  # of tshark's severities
LEAK = "papaya-lantern.com"


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


FIELDS = """frame.time_epoch dns.flags.response dns.id ip.src ip.dst udp.srcport udp.dstport dns.a
    dns.cname dns.resp.name _ws.malformed _ws.expert.severity _ws.expert.message""".split()
Seen = collections.namedtuple("Seen", [field.replace("_ws.", "").replace(".", "_")
                                       for field in FIELDS])


def seen(path):
    """What tshark makes of each packet; of a field that is there more than once, all with ;."""
    command = ["tshark", "-n", "-r", path, "-T", "fields",
               "-E", "separator=,", "-E", "aggregator=;"]
    command += [part for field in FIELDS for part in ("-e", field)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [Seen(*line.split(",", len(FIELDS) - 1)) for line in run.stdout.splitlines()]


def is_sound(row):
    """No malformed part, no warning but of repeats, and each alias leads to a record."""
    severities = [int(severity) for severity in row.expert_severity.split(";") if severity]
    if row.malformed or max(severities, default=0) >= WARNING and \
            "retransmission" not in row.expert_message:
        return False
    return not row.dns_a or set(row.dns_cname.split(";")) <= {"", *row.dns_resp_name.split(";")}


def test_a_day_is_whole_and_in_order(tmp_path):
    """As many questions as asked for, all answered, few repeated."""
    path = tmp_path / "day.pcap"
    everyday.main([str(path), "--queries", "20000"])
    rows, asked, answered = seen(path), collections.Counter(), 0
    times = [float(row.frame_time_epoch) for row in rows]
    assert times == sorted(times)
    assert [row for row in rows if not is_sound(row)] == []
    for row in rows:
        if row.dns_flags_response in ("0", "False"):
            asked[row.dns_id, row.ip_src, row.udp_srcport] += 1
        else:
            assert asked[row.dns_id, row.ip_dst, row.udp_dstport] >= 1, row
            answered += 1
    assert answered == 20000 and 10 <= sum(asked.values()) - 20000 <= 100


@pytest.mark.parametrize("view", [(), ("--forwarded",)], ids=("clients", "forwarder"))
def test_a_day_is_quiet(tmp_path, view):
    """With each client seen by itself; and from behind a forwarder, all of them as one."""
    path = tmp_path / "day.pcap"
    write(path, everyday.Day(options(path, *view)))
    found = alerts(path)
    print(shown(found))
    counts = by_severity(found)
    assert counts["HIGH"] == 0 and counts["MEDIUM"] <= 1, f"{counts}\n{shown(found)}"


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


@pytest.mark.skipif(not tshark.captures("everyday"), reason=f"no captures in {tshark.DATA}")
def test_captures_of_ordinary_traffic_are_quiet():
    """All of them together: one alert of LOW at most."""
    found = {(path.name, *key): row for path in tshark.captures("everyday")
             for key, row in alerts(path).items()}
    counts = by_severity(found)
    assert counts["HIGH"] == counts["MEDIUM"] == 0 and counts["LOW"] <= 1, \
        "\n".join(f"{key}: {json.dumps(row)}" for key, row in found.items())


@pytest.mark.skipif(not tshark.captures("tunnels"), reason=f"no captures in {tshark.DATA}")
@pytest.mark.parametrize("path", tshark.captures("tunnels"), ids=lambda p: p.name)
def test_captured_tunnels_are_found(path):
    found = alerts(path)
    assert any(key[0] in ("TUNNEL", "EXFILTRATION") and row["severity"] != "LOW"
               for key, row in found.items()), shown(found)
