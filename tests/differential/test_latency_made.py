# SPDX-License-Identifier: Apache-2.0
"""As test_latency.py, of lookups that are made here: it needs no captures."""

import json
import subprocess

import pytest

import lookups
import made_lookups
from lookup_rules import differences

COUNTERS = ("timeouts", "retries", "unmatched", "duplicates", "late", "refused", "send_failed")


@pytest.mark.parametrize("name", made_lookups.SCENARIOS)
def test_made(name, tmp_path):
    path = tmp_path / "made.pcap"
    made_lookups.write(path, name)
    measured = lookups.Measured(path)
    found = differences(f"made: {name}", lookups.Capture(path), measured)
    assert not found, "\n".join(found)
    counted = {key: measured.report.summary[key] for key in COUNTERS}
    assert {key: value for key, value in counted.items() if value} == made_lookups.SCENARIOS[name][
        1
    ]


def test_clock_steps_back(tmp_path):
    """An interval that has begun takes what seems to be older; none ends before it begins."""
    path = tmp_path / "back.pcap"
    seconds = (10, 20.25, 5, 12)
    packets = []
    for ident, at in enumerate(seconds):
        sent = made_lookups.START + int(at * made_lookups.SECOND)
        packets.append((sent, made_lookups.asks(ident, "back.example")))
        packets.append((sent + 10**6, made_lookups.answers(ident, "back.example")))
    made_lookups.pcap.write(path, packets)
    done = subprocess.run(
        [lookups.DNSLAT, "-r", path, "-j", "1"], capture_output=True, text=True, check=True
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["interval_s"], row["queries"]) for row in rows] == [(1, 1), (0.251, 3)]
    assert all(row["min_ms"] == row["max_ms"] == 1 for row in rows)
