# SPDX-License-Identifier: Apache-2.0
"""
dnslat -r FILE and tshark, over all captures: the same lookups with the same answers, attempts, and
latencies to the nanosecond, but for lookup_rules.py. And each summary is that of its lookups.
"""

from collections import Counter

import pytest

import lookups
import made_lookups
import tshark
from lookup_rules import RULES, differences, mdns
from lookups import ANSWERED, TIMED_OUT, from_ms, from_seconds

CAPTURES = tshark.captures("messages", "everyday", "tunnels")
PERCENTILES = {"p50_ms": 500, "p90_ms": 900, "p95_ms": 950, "p99_ms": 990, "p999_ms": 999}
TIMES = ("min_ms", "avg_ms", "max_ms", *PERCENTILES)
SUMS = "queries answers slow timeouts refused send_failed retries unmatched duplicates late".split()
SCALES = {"powers of two": (), "microseconds": ("--usec",), "chosen": ("--buckets=1,20.5,300",)}
INTERVALS = ("7", "1000")  # seconds, and an end to what should be far fewer

if not CAPTURES:
    pytest.skip(
        f"no captures in {tshark.DATA} (DNSTOOLS_DATA): nothing to compare",
        allow_module_level=True,
    )

each_capture = pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.name)


@each_capture
def test_agrees(path):
    capture, measured = lookups.Capture(path), lookups.measured(path)
    found = differences(path.name, capture, measured)
    assert not found, "\n".join(found)
    summary = measured.report.summary
    # No capture has transfers: a response that ends no lookup is an unmatched one.
    assert summary["answers"] + summary["unmatched"] == capture.responses()
    assert summary["duplicates"] == capture.duplicates


def nearest_rank(latencies, permille):
    """The least that so many are not above."""
    rank = -(-len(latencies) * permille // 1000)
    return latencies[max(rank, 1) - 1]


def wrong_times(summary, latencies):
    if not latencies:
        return [key for key in TIMES if key in summary]
    exact = {
        "min_ms": latencies[0],
        "avg_ms": sum(latencies) // len(latencies),
        "max_ms": latencies[-1],
    }
    wrong = [key for key, value in exact.items() if from_ms(summary[key]) != value]
    for key, permille in PERCENTILES.items():
        true = nearest_rank(latencies, permille)
        # error_percent has one digit more than whole percents.
        if abs(from_ms(summary[key]) - true) * 1000 > true * float(summary["error_percent"]) * 10:
            wrong.append(f"{key}: {summary[key]}, not {true} ns")
    return wrong


def wrong_steps(summary, latencies):
    """Of the histogram: each step counts what is above the one before."""
    wrong, below = [], -1
    for step in summary["histogram"]:
        upper = from_ms(step["le_ms"]) if "le_ms" in step else float("inf")
        if step["count"] != sum(below < latency <= upper for latency in latencies):
            wrong.append(step)
        below = upper
    return wrong


def wrong_counts(summary, told):
    events = Counter(row["event"] for row in told)
    rcodes = Counter(row["rcode"] for row in told if row["event"] == ANSWERED)
    expected = {
        "answers": events[ANSWERED],
        "slow": events[ANSWERED],  # -m 0
        "timeouts": events[TIMED_OUT],
        "refused": 0,
        "send_failed": 0,
        "queries": len(told),
        "retries": sum(row["attempts"] - 1 for row in told),
        "rcodes": rcodes,
    }
    return [key for key, value in expected.items() if summary[key] != value]


def check(report):
    latencies, summary = report.latencies(), report.summary
    assert not wrong_counts(summary, report.lookups)
    assert not wrong_times(summary, latencies)
    assert not wrong_steps(summary, latencies)
    assert sum(step["count"] for step in summary["histogram"]) == len(latencies)


@each_capture
def test_summary(path):
    check(lookups.measured(path).report)


@each_capture
def test_intervals(path):
    """Each is the summary of its own lookups, and all together are the whole."""
    whole, reports = lookups.measured(path), lookups.Measured(path, *INTERVALS).reports
    assert sum((report.lookups for report in reports), []) == whole.rows
    for report in reports:
        check(report)
        began = report.end - from_seconds(report.summary["interval_s"])
        assert all(began <= lookups.ended(row) <= report.end for row in report.lookups)
    for key in SUMS:
        total = sum(report.summary[key] for report in reports)
        assert total == whole.report.summary[key], key


@pytest.mark.parametrize("options", SCALES.values(), ids=SCALES.keys())
def test_scale(options):
    """Over all captures, or the steps are too few to tell anything."""
    counts = set()
    for path in CAPTURES:
        report = lookups.Measured(path, *options).report
        assert not wrong_steps(report.summary, report.latencies())
        counts |= {step.get("le_ms", "above") for step in report.summary["histogram"]}
    assert len(counts) >= 4, counts


def test_enough_is_compared():
    """The rules do not explain everything away, and not all lookups are the simplest ones."""
    told = [row for path in CAPTURES for row in lookups.measured(path).rows]
    excepted = sum(
        count
        for rule in RULES
        for name, count in rule.captures.items()
        if rule.expect is not mdns and not name.startswith("made: ")
    )
    assert len(told) > 10 * excepted
    assert any(row["proto"] == "tcp" for row in told)
    assert any(row["attempts"] > 1 and row["event"] == ANSWERED for row in told)


def test_rules_name_captures():
    known = {path.name for path in CAPTURES} | {f"made: {name}" for name in made_lookups.SCENARIOS}
    assert all(rule.captures and rule.captures.keys() <= known for rule in RULES)
