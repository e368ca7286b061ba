# SPDX-License-Identifier: Apache-2.0
"""The wall clock is set while lookups are under way."""
import contextlib
import subprocess
import time
from datetime import datetime

import pytest

from checks import check_fields, show
from lab import ROGUE, ZONE
from test_latency import burst, latency, of_process, of_tag, summaries
from test_netem import SLOW, finish, network, start

DAY = 24 * 3600


@contextlib.contextmanager
def stepped(seconds):
    def step(by):
        time.clock_settime(time.CLOCK_REALTIME, time.time() + by)

    step(seconds)
    try:
        yield
    finally:
        step(-seconds)


def wall_clock(row):
    return datetime.fromisoformat(row["ts"][:19] + "+00:00").timestamp()


@pytest.fixture(scope="module", autouse=True)
def module():
    subprocess.run(["modprobe", "sch_netem"], check=True)


@pytest.mark.parametrize("step", [DAY, -DAY])
def test_step(lab, tag, shared, step):
    """Latency is measured by a clock that is never set; `ts` is what the wall clock said."""
    zone = f"{tag}.{ZONE}"
    with shared("-a") as messages, shared() as snoop:
        with network(lab.server, "delay 2000ms"):
            asks = start(lab, "sendto", zone, "--wait", 10)
            check_fields(messages.wait_rows(1, zone, 30), event="query")
            with stepped(step):
                finish(asks)
                (row,) = snoop.wait_rows(1, zone)
                after = time.time()
        snoop.stop()
        messages.stop()
    check_fields([row], event="answer", attempts=1)
    assert 2000 <= row["latency_ms"] < 2000 + SLOW, show([row])
    assert abs(wall_clock(row) - after) < 60, f"{row['ts']} at {time.ctime(after)}"


@pytest.mark.parametrize("step", [DAY, -DAY])
@pytest.mark.parametrize("select", [of_tag, of_process])
def test_latency(lab, tag, select, step):
    """Intervals and latencies go on as if nothing had happened; only `ts` follows."""
    with latency("1", "5", *select(tag)) as tool:
        before = time.time()
        with stepped(step):
            burst(lab.client, ROGUE, tag, 4, ["us3000=31", "us300000=7"])
            tool.finish(60)
    rows = summaries(tool)
    assert len(rows) == 5 and all(row["interval_s"] == 1 for row in rows)
    assert sum(row["queries"] for row in rows) == sum(row["answers"] for row in rows) == 38
    slowest = max(row["max_ms"] for row in rows if row["answers"])
    assert 300 <= slowest < 300 + SLOW
    assert abs(wall_clock(rows[-1]) - before - step) < 60
