# SPDX-License-Identifier: Apache-2.0
"""Alerts to syslog: a daemon of the test's own, which is late, slow, or started again."""
import os
import re
import shutil
import socket
import tempfile

import pytest

from sink_tool import Sinks, until

FAST = ("first=50", "longest=200")
LINE = re.compile(rb"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d sinks\[(\d+)\]: alert (\d+)")


@pytest.fixture
def path():
    """Where nobody may connect."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    yield f"{folder}/log"
    shutil.rmtree(folder)


def listen(path, kind=socket.SOCK_DGRAM):
    if os.path.exists(path):
        os.unlink(path)
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(path)
    os.chmod(path, 0o666)
    s.settimeout(20)
    if kind == socket.SOCK_STREAM:
        s.listen()
    return s


def receive(s, count):
    """[(priority, pid, serial)]"""
    messages = [s.recv(65536) for _ in range(count)]
    found = [LINE.fullmatch(m) for m in messages]
    assert all(found), messages
    return [tuple(map(int, f.groups())) for f in found]


def test_severities_are_priorities(path):
    with listen(path) as log, Sinks(f"log={path}", "syslog") as sinks:
        sinks.put(4)
        received = receive(log, 4)
        sinks.until(delivered=4, queued=0)
        # daemon: notice, warning, crit.
        pid = sinks.process.pid
        assert received == [(29, pid, 0), (28, pid, 1), (26, pid, 2), (29, pid, 3)]


def test_facilities(path):
    with listen(path) as log, Sinks(f"log={path}", "syslog:local3") as sinks:
        sinks.put(1)
        assert receive(log, 1)[0][0] == 19 * 8 + 5


def test_a_daemon_that_comes_later_and_is_started_again(path):
    with Sinks(*FAST, f"log={path}", "syslog") as sinks:
        sinks.put(3)
        sinks.until(reason="No such file or directory", queued=3)
        assert "No such file or directory: 0 alerts lost, 3 waiting" in sinks.notice()
        with listen(path) as log:
            assert [serial for *_, serial in receive(log, 3)] == [0, 1, 2]
            sinks.until(delivered=3)
        sinks.put(2)
        sinks.until(reason="Connection refused", queued=2)
        with listen(path) as log:
            assert [serial for *_, serial in receive(log, 2)] == [3, 4]
            stats = sinks.until(delivered=5, given_up=0)
    assert stats["queued"] == 0


def test_a_restart_between_two_alerts_is_no_failure(path):
    with Sinks(*FAST, f"log={path}", "syslog") as sinks:
        with listen(path) as log:
            sinks.put(1)
            receive(log, 1)
        with listen(path) as log:
            sinks.put(1)
            assert receive(log, 1)[0][2] == 1
            assert sinks.until(delivered=2)["reason"] in ("", "No such file or directory")


def test_a_slow_daemon(path):
    """Nothing is lost and nothing is doubled while its socket is full."""
    with listen(path) as log, Sinks(*FAST, f"log={path}", "syslog") as sinks:
        sinks.put(2000)
        assert until(lambda: sinks.stats()["reason"])
        assert sinks.stats()["reason"] == "Resource temporarily unavailable"
        assert [serial for *_, serial in receive(log, 2000)] == list(range(2000))
        sinks.until(delivered=2000, given_up=0, queued=0)


def test_nobody_reads(path):
    with listen(path), Sinks(*FAST, f"log={path}", "syslog") as sinks:
        sinks.put(2000)
        assert until(lambda: sinks.stats()["reason"])
        last = sinks.close(300)
        assert last["delivered"] + last["given_up"] == 2000
        assert last["given_up"] > 0


def test_a_stream(path):
    """As some daemons have it: a NUL ends a message."""
    with listen(path, socket.SOCK_STREAM) as log, Sinks(f"log={path}", "syslog") as sinks:
        sinks.put(3)
        connection, _ = log.accept()
        connection.settimeout(20)
        text = b""
        while text.count(b"\0") < 3:
            text += connection.recv(65536)
        connection.close()
        sinks.until(delivered=3)
    messages = text.split(b"\0")
    assert messages.pop() == b""
    assert [int(LINE.fullmatch(m).group(3)) for m in messages] == [0, 1, 2]
