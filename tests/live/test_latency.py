# SPDX-License-Identifier: Apache-2.0
"""dnslat: what it counts, and how long things took, beside what is known of them."""
import json
import math
import os
import platform
import re
import signal
import subprocess
import sys
from collections import Counter

import pytest

from checks import PYTHON, check_nothing_lost
from lab import HERE, KNOT, ROGUE, ROGUE6, ZONE, patient, usable
from snoop import DNSLAT, Snoop

KERNEL = tuple(map(int, platform.release().split(".")[:2]))
TIMEOUT = 2
# Microseconds of delay -> answers, in primes; and what else becomes of lookups.
DELAYS = {500: 101, 3000: 83, 7000: 61, 30000: 43, 70000: 29, 300000: 17, 900000: 7}
SILENT, AGAIN, TWICE = 23, 11, 7
MANY = 200000
PLAN = [f"us{delay}={count}" for delay, count in DELAYS.items()]
PLAN += [f"silent={SILENT}", f"again={AGAIN}", f"twice={TWICE}"]
ANSWERS = sum(DELAYS.values()) + AGAIN + TWICE
PERCENTILES = {"p50_ms": 50, "p90_ms": 90, "p95_ms": 95, "p99_ms": 99, "p999_ms": 99.9}
# Milliseconds between two tools that look at the same packet, on a machine that is emulated.
BETWEEN_TOOLS = 2


def latency(*arguments, **kwargs):
    return Snoop(*arguments, tool=DNSLAT, **kwargs)


def burst(host, server, tag, sockets, plan):
    """In a process that is called like its lookups."""
    command = [sys.executable, HERE / "burst.py", "--comm", tag, server, tag, sockets, *plan]
    return int(host.run(*command))


def of_tag(tag):
    """By name, so that every message is looked at by the tool itself."""
    return ["-N", f"*.{tag}.*"]


def of_process(tag):
    """By process, so that the kernel counts what is ordinary, where it can."""
    return ["-c", tag]


def of_host(tag):
    """Whatever there is, while nobody else asks."""
    return []


BOTH_WAYS = pytest.mark.parametrize("select", [of_tag, of_process])


def summaries(tool):
    return [row for row in tool.rows() if row["event"] == "summary"]


def check_counters(row, **expected):
    wrong = {key: row.get(key) for key, value in expected.items() if row.get(key) != value}
    assert not wrong, f"not {expected}: {wrong}: {row}"
    assert sum(step["count"] for step in row["histogram"]) == row["answers"]
    assert sum(row["rcodes"].values()) == row["answers"]
    ended = ("answers", "timeouts", "refused", "send_failed")
    assert row["queries"] == sum(row[key] for key in ended)


def nearest_rank(values, percent):
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def check_times(row, values):
    """Against each lookup's latency, as dnssnoop has measured them meanwhile."""
    exact = {"min_ms": min(values), "avg_ms": sum(values) / len(values), "max_ms": max(values)}
    for key, value in exact.items():
        assert abs(row[key] - value) < BETWEEN_TOOLS, (key, row[key], value)
    for key, percent in PERCENTILES.items():
        value = nearest_rank(values, percent)
        error = value * row["error_percent"] / 100 + BETWEEN_TOOLS
        assert abs(row[key] - value) <= error, (key, row[key], value)


@pytest.mark.parametrize("server", [pytest.param(ROGUE, marks=pytest.mark.smoke), *usable(ROGUE6)])
@BOTH_WAYS
def test_schedule(lab, tag, server, select):
    """Every counter is exact, every percentile as exact as it says."""
    options = ["--timeout", TIMEOUT, *select(tag)]
    with latency(*options) as tool, Snoop(*options) as snoop:
        assert burst(lab.client, server, tag, 16, PLAN) == ANSWERS + TWICE
        lookups = snoop.wait_rows(ANSWERS + SILENT + TWICE, "")
        snoop.stop()
        check_nothing_lost(tool.stop())
    [row] = summaries(tool)
    values = [r["latency_ms"] for r in lookups if r["event"] == "answer"]
    # What takes so long may do so for one tool alone.
    least, most = (sum(v >= 100 + way * BETWEEN_TOOLS for v in values) for way in (1, -1))
    assert least <= row["slow"] <= most and least >= DELAYS[300000] + DELAYS[900000] + AGAIN
    check_counters(
        row,
        role="client",
        queries=ANSWERS + SILENT,
        answers=ANSWERS,
        timeouts=SILENT,
        retries=AGAIN,
        unmatched=TWICE,
        duplicates=TWICE,
        late=0,
        evicted=0,
        lost=0,
        rcodes={"NOERROR": ANSWERS},
    )
    check_times(row, values)
    for delay, count in DELAYS.items():
        assert sum(value >= delay / 1000 for value in values) >= count


@BOTH_WAYS
def test_slow_lookups_as_they_end(lab, tag, select):
    options = ["--timeout", TIMEOUT, "-m", "250", *select(tag)]
    with latency(*options) as tool, latency(*options, table=True) as text:
        burst(lab.client, ROGUE, tag, 4, ["us500=20", "us300000=5", "silent=3", "again=2"])
        tool.stop()
        text.stop()
    rows = [row for row in tool.rows() if row["event"] != "summary"]
    assert Counter(row["event"] for row in rows) == {"slow": 7, "timeout": 3}
    assert all(row["comm"] == tag and row["latency_ms"] >= 250 for row in rows)
    [row] = summaries(tool)
    check_counters(row, queries=30, slow=7, timeouts=3, slow_ms=250)
    lines = text.out.text().splitlines()
    assert lines[0].split() == [
        *("TIME(s)", "PID", "COMM", "SERVER", "TYPE", "NAME", "RCODE", "LAT(ms)", "ATTEMPTS")
    ]
    slow = [line.split() for line in lines[1:] if tag in line]
    assert Counter(line[6] for line in slow) == {"NOERROR": 7, "TIMEOUT": 3}
    assert Counter(line[-1] for line in slow) == {"1": 8, "2": 2}
    assert "queries 30, answers 27, slow 7, timeouts 3, retries 2" in lines


@BOTH_WAYS
def test_intervals(lab, tag, select):
    """As many as were asked for, each of its length; together they have everything."""
    with latency("1", "4", "--timeout", 1, *select(tag)) as tool:
        burst(lab.client, ROGUE, tag, 4, ["us500=50", "us900000=7", "silent=3"])
        tool.finish()
    rows = summaries(tool)
    assert len(rows) == 4
    assert all(abs(row["interval_s"] - 1) < 0.01 for row in rows)
    totals = Counter()
    for row in rows:
        totals.update({key: row[key] for key in ("queries", "answers", "timeouts")})
        check_counters(row)
    assert totals == {"queries": 60, "answers": 57, "timeouts": 3}


GROUPS = {
    "server": {"10.53.0.2": 30, "10.53.0.4": 20},
    "type": {"A": 35, "AAAA": 15},
    "rcode": {"NOERROR": 50},
    "process": None,
    "client": {"10.53.0.0/24": 50},
    "cgroup": None,
}


@pytest.fixture(scope="module")
def grouped(lab, tmp_path_factory):
    """A capture of lookups of two servers and two types, with their processes."""
    tag, path = f"g{os.getpid()}", tmp_path_factory.mktemp("grouped") / "dns.pcapng"
    ask = [sys.executable, HERE / "ask.py", "sendto", "--server", KNOT]
    with Snoop("-w", path) as snoop:
        for qtype in ("A", "AAAA"):
            lab.client.run(
                *ask, "--qtype", qtype, "--count", 15, "--zone", f"{qtype}.{tag}.{ZONE}".lower()
            )
        burst(lab.client, ROGUE, tag, 1, ["us500=20"])
        snoop.stop()
    return tag, path


def of_file(path, *arguments):
    done = subprocess.run(
        [DNSLAT, "-r", path, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def report_of(path, *arguments):
    return json.loads(of_file(path, "-j", *arguments))


@pytest.mark.parametrize("by", GROUPS)
def test_groups(grouped, by):
    tag, path = grouped
    row = report_of(path, "--by", by, "-N", f"*{tag}*")
    groups = {group["key"]: group["queries"] for group in row["groups"]}
    if by == "process":
        pids = Counter()
        for key, count in groups.items():
            pids[key.partition("[")[0]] += count
        groups = {key: pids[key] for key in (PYTHON, tag)}
    if by == "process":
        assert groups == {PYTHON: 30, tag: 20}
    elif GROUPS[by]:
        assert groups == GROUPS[by]
    assert all(group["by"] == by for group in row["groups"])
    for key in ("queries", "answers", "retries", "unmatched"):
        assert sum(group[key] for group in row["groups"]) == row[key]
    for group in row["groups"]:
        check_counters(group)
    p95 = [group["p95_ms"] for group in row["groups"]]
    assert p95 == sorted(p95, reverse=True)


def test_names(grouped):
    """By what is registered, or in full; a table has its first lines."""
    tag, path = grouped
    select = ["-N", f"*{tag}*", "--by", "name"]
    row = report_of(path, *select)
    assert {g["key"]: g["queries"] for g in row["groups"]} == {"example.test": 30, "rogue.test": 20}
    row = report_of(path, *select, "--full-name", "--top", 7)
    assert len(row["groups"]) == 7 and row["groups_not_shown"] == 43
    lines = of_file(path, *select, "--sort", "queries").splitlines()
    assert lines[0].split()[-1] == "NAME"
    assert [line.split()[-1] for line in lines[1:3]] == ["example.test", "rogue.test"]


def test_text_says_what_json_says(grouped):
    tag, path = grouped
    row = report_of(path, "-N", f"*{tag}*", "--buckets", "1,5,10")
    text = of_file(path, "-N", f"*{tag}*", "--buckets", "1,5,10")
    assert "queries 50, answers 50, slow 0, timeouts 0, retries 0\n" in text
    assert f"min {row['min_ms']:.3f}, avg {row['avg_ms']:.3f}, max {row['max_ms']:.3f} ms\n" in text
    shown = [line.split() for line in text.splitlines() if " -> " in line]
    counts = [int(words[words.index(":") + 1]) for words in shown]
    steps = {step.get("le_ms"): step["count"] for step in row["histogram"]}
    assert counts == [steps.get(le, 0) for le in (1.0, 5.0, 10.0, None)]


def test_heat_map(grouped):
    """A column for each interval, and a shade where there is anything."""
    tag, path = grouped
    text = of_file(path, "-N", f"*{tag}*", "--heatmap", "--ascii", "0.1")
    rows = [line.split("|")[1] for line in text.splitlines() if " ms |" in line]
    assert rows and len({len(row) for row in rows}) == 1
    assert f"{len(rows[0])} intervals; " in text
    assert all("#" in row or set(row) & set(".+x") for row in (rows[0], rows[-1]))
    assert sum(row.count("#") for row in rows) >= 1


@pytest.mark.skipif(KERNEL < (5, 19), reason="the kernel hands over all packets")
def test_ordinary_lookups_need_no_events(lab, tag):
    """They are complete though nobody reads, and the ring has room for few."""
    with latency("-b", 64, "-c", tag) as tool:
        tool.process.send_signal(signal.SIGSTOP)
        assert burst(lab.client, ROGUE, tag, 8, ["us500=4001"]) == 4001
        tool.process.send_signal(signal.SIGCONT)
        counters = tool.stop()
    check_nothing_lost(counters)
    assert counters["captured"] == 2 * 4001
    check_counters(summaries(tool)[0], queries=4001, answers=4001, unmatched=0, lost=0)


@pytest.mark.parametrize("select", [of_tag, of_host])
def test_both_roles(lab, tag, select):
    """Each lookup is seen where it is asked and where it is answered, which takes less time."""
    with latency("--role", "both", *select(tag)) as tool:
        burst(lab.client, ROGUE, tag, 1, ["us3000=50"])
        tool.stop()
    client, server = summaries(tool)
    check_counters(client, role="client", queries=50, answers=50)
    check_counters(server, role="server", queries=50, answers=50)
    assert 3 <= server["min_ms"] and server["avg_ms"] < client["avg_ms"]


AVERAGE_LATENCY = re.compile(r"Average Latency \(s\): +([\d.]+)")


@BOTH_WAYS
def test_as_the_client_says(lab, tag, select):
    """Beside dnsperf's own report: no shorter than the server took, and longer by its own work."""
    queries = lab.directory / f"{tag}.queries"
    queries.write_text("".join(f"q{i}.{tag}.us10000.rogue.test A\n" for i in range(2000)))
    tool_options = ["-c", "dnsperf"] if select is of_process else select(tag)
    with latency(*tool_options) as tool:
        out = lab.client.run("dnsperf", "-s", ROGUE, "-d", queries, "-n", 1, "-Q", 1000, "-c", 4)
        tool.stop()
    theirs = 1000 * float(AVERAGE_LATENCY.search(out).group(1))
    [row] = summaries(tool)
    check_counters(row, queries=2000, answers=2000, unmatched=0)
    assert row["min_ms"] >= 10 and 0.9 * theirs <= row["avg_ms"] <= theirs, (theirs, row)


def test_namespaces_are_told_apart(lab, tag):
    """The same addresses, ports and ids in two network namespaces."""
    hosts = {lab.another_client(): 0.3, lab.another_client(): 0.9}
    with latency("--by", "process", *of_tag(tag)) as tool:
        peers = [
            host.start(sys.executable, HERE / "alone.py", f"x.{tag}.{ZONE}", delay)
            for host, delay in hosts.items()
        ]
        assert [peer.wait(patient(30)) for peer in peers] == [0, 0]
        tool.stop()
    [row] = summaries(tool)
    check_counters(row, queries=200, answers=200, unmatched=0)
    groups = {group["key"]: group for group in row["groups"]}
    for peer, delay in zip(peers, hosts.values()):
        group = groups[f"{PYTHON}[{peer.pid}]"]
        check_counters(group, queries=100, answers=100)
        assert delay * 1000 <= group["min_ms"] and group["max_ms"] < (delay + 0.5) * 1000


@BOTH_WAYS
def test_every_id_in_flight_on_one_socket(lab, tag, select):
    """65,536 queries wait at once, and are answered in another order."""
    parts = {5000000: 21000, 4000000: 22000, 4500000: 22536}
    with latency("-b", 65536, "--max-pending", 70000, "--timeout", 30, *select(tag)) as tool:
        plan = [f"us{delay}={count}" for delay, count in parts.items()]
        assert burst(lab.client, ROGUE, tag, 1, plan) == 65536
        check_nothing_lost(tool.stop())
    [row] = summaries(tool)
    check_counters(row, queries=65536, answers=65536, unmatched=0, retries=0, evicted=0)
    assert row["min_ms"] >= 4000


@BOTH_WAYS
def test_unanswered_queries_are_bounded(lab, tag, select):
    """What there is no room for is counted; nothing pairs wrongly."""
    with latency("--max-pending", 1000, "--timeout", 30, *select(tag)) as tool:
        burst(lab.client, ROGUE, tag, 8, [f"silent={MANY}", "us500=50"])
        counters = tool.stop()
        check_nothing_lost(counters)
    [row] = summaries(tool)
    check_counters(row, queries=50, answers=50, timeouts=0, unmatched=0)
    pending = int(re.search(r"pending (\d+)", tool.err.text()).group(1))
    assert pending <= 1000 and row["evicted"] + pending == MANY


@pytest.mark.parametrize(
    "words",
    [
        ["0"],
        ["1", "0"],
        ["x"],
        ["1", "2", "3"],
        ["--by", "nonsense"],
        ["--sort", "p95"],
        ["--by", "name", "--sort", "nonsense"],
        ["--top", "5"],
        ["--buckets", "5,1"],
        ["--buckets=0"],
        ["--buckets=1,,2"],
        ["--ascii"],
        ["--heatmap", "-j"],
        ["--full-name"],
        ["-w", "-"],
    ],
)
def test_bad_words(words):
    done = subprocess.run([DNSLAT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    first, hint = done.stderr.splitlines()
    assert first.startswith("dnslat: ") and hint == "Try 'dnslat --help' for more information."


def test_ends_well(lab, tag):
    """SIGTERM has the report; a full device is an error, a closed pipe is none."""
    with latency(table=True, *of_tag(tag)) as tool:
        burst(lab.client, ROGUE, tag, 1, ["us500=5"])
        tool.stop(signal.SIGTERM)
    assert "queries 5, answers 5, slow 0, timeouts 0, retries 0\n" in tool.out.text()
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [DNSLAT, "-d", "0.1"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1 and "No space left" in done.stderr
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [DNSLAT, "-d", "0.1"], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write_end)
    assert done.returncode == 0 and "Broken pipe" not in done.stderr
