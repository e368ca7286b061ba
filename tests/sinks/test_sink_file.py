# SPDX-License-Identifier: Apache-2.0
"""Alerts to a file: whole lines or none, on a full disk too; rotation; who may do what."""
import json
import os
import re
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from sink_tool import SINKS, Sinks, until

FAST = ("first=50", "longest=200")
CAP_DAC_OVERRIDE = 1 << 1


@pytest.fixture
def small(tmp_path):
    """A file system with room for 64 KiB."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", mount], check=True)
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def serials(path):
    """Every line is one whole object."""
    text = Path(path).read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line)["serial"] for line in text.splitlines()]


def fields(pid):
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))


def refused(*specs, **options):
    run = subprocess.run(
        [SINKS, *specs], capture_output=True, text=True, timeout=10,
        stdin=subprocess.DEVNULL, **options
    )
    assert run.returncode == 1, run
    assert run.stderr.count("\n") == 1
    return run.stderr


def test_lines_are_appended(tmp_path):
    path = tmp_path / "alerts.json"
    path.write_text('{"serial":-1}\n', encoding="utf-8")
    with Sinks(f"file:{path}") as sinks:
        sinks.put(5000, 200)
        stats = sinks.until(queued=0)
        last = sinks.close()
    assert stats["delivered"] + stats["refused"] == 5000
    assert last["given_up"] == 0
    written = serials(path)
    assert written[0] == -1 and len(written) == 1 + stats["delivered"]
    assert written == sorted(written)


def test_a_new_file_is_not_for_everybody(tmp_path):
    path = tmp_path / "alerts.json"
    with Sinks(f"file:{path}"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o027 == 0
        assert path.stat().st_uid == 0


def test_rotation(tmp_path):
    """The tool is nobody by then, and the folder root's."""
    path, old = tmp_path / "alerts.json", tmp_path / "alerts.json.1"
    with Sinks(f"file:{path}") as sinks:
        assert fields(sinks.process.pid)["Uid"].split()[0] == "65534"
        sinks.put(5)
        sinks.until(delivered=5)
        path.rename(old)
        sinks.put(1)
        sinks.until(delivered=6)
        sinks.hangup()
        assert until(path.exists)
        sinks.put(4)
        sinks.until(delivered=10)
        sinks.close()
    assert serials(old) == [0, 1, 2, 3, 4, 5]
    assert serials(path) == [6, 7, 8, 9]
    assert path.stat().st_uid == 0


def test_a_file_that_cannot_be_opened_anew(tmp_path):
    """Nothing is lost: the old one is written to, and it is said."""
    path, old = tmp_path / "alerts.json", tmp_path / "alerts.json.1"
    with Sinks(f"file:{path}") as sinks:
        path.rename(old)
        path.mkdir()
        sinks.hangup()
        sinks.put(3)
        sinks.until(delivered=3)
        assert sinks.notice().endswith(
            "cannot be opened anew: Is a directory: 0 alerts lost, 0 waiting"
        )
        assert sinks.notice(3600) == ""
        path.rmdir()
        sinks.hangup()
        assert until(path.exists)
        sinks.put(1)
        sinks.until(delivered=4)
    assert serials(old) == [0, 1, 2] and serials(path) == [3]


def test_a_full_disk(small):
    path = small / "alerts.json"
    with Sinks(*FAST, f"file:{path}") as sinks:
        sinks.put(1000, 200)
        assert until(lambda: sinks.stats()["reason"])
        stats = sinks.stats()
        assert stats["reason"] == "No space left on device"
        assert stats["given_up"] == 0 and stats["queued"] > 600
        assert serials(path) == list(range(stats["delivered"]))
        assert re.search(r"No space left on device: 0 alerts lost, \d+ waiting", sinks.notice())
        assert sinks.notice() == sinks.notice(3600) == ""
        # Room again: nothing is missing.
        subprocess.run(["mount", "-o", "remount,size=1m", small], check=True)
        sinks.until(delivered=1000, given_up=0, queued=0)
        assert "works again" in sinks.notice(20)
        sinks.close()
        assert serials(path) == list(range(1000))


def test_a_disk_that_stays_full(small):
    """What is left at the end is counted; no line is cut."""
    path = small / "alerts.json"
    with Sinks(*FAST, "queue=262144", f"file:{path}") as sinks:
        sinks.put(200, 3000)
        assert until(lambda: sinks.stats()["reason"])
        stats = sinks.stats()
        last = sinks.close(300)
        assert last["accepted"] + last["refused"] == 200
        assert last["refused"] > 0
        assert last["delivered"] == stats["delivered"] == len(serials(path))
        assert last["given_up"] == last["accepted"] - last["delivered"] > 0


def limit_size(pid, size):
    subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={size}:"], check=True)


def test_a_limit_of_file_size(tmp_path):
    """RLIMIT_FSIZE: no signal kills the child, and no line is cut."""
    path = tmp_path / "alerts.json"
    with Sinks(*FAST, f"file:{path}") as sinks:
        limit_size(sinks.child(), 1050)
        sinks.put(20)
        stats = sinks.until(reason="File too large")
        assert stats["delivered"] == 10 == len(serials(path))
        assert path.stat().st_size == 10 * 101
        limit_size(sinks.child(), "unlimited")
        sinks.until(delivered=20)
    assert serials(path) == list(range(20))


def test_half_a_line_that_cannot_be_cut_off(tmp_path):
    """An append-only file, as some logs are: the line comes again, whole, on a line of its own."""
    path = tmp_path / "alerts.json"
    path.touch()
    only_append = subprocess.run(["chattr", "+a", path], capture_output=True, text=True)
    if only_append.returncode:
        pytest.skip(f"no append-only files here: {only_append.stderr.strip()}")
    try:
        with Sinks(*FAST, f"file:{path}") as sinks:
            limit_size(sinks.child(), 1050)
            sinks.put(20)
            sinks.until(reason="File too large", delivered=10)
            limit_size(sinks.child(), "unlimited")
            sinks.until(delivered=20)
    finally:
        subprocess.run(["chattr", "-a", path], check=True)
    lines = path.read_text(encoding="utf-8").splitlines()
    half = lines.pop(10)
    assert half == lines[10][:40]
    assert [json.loads(line)["serial"] for line in lines] == list(range(20))


def test_a_killed_child_is_noticed(tmp_path):
    with Sinks(f"file:{tmp_path}/alerts.json") as sinks:
        sinks.put(3)
        sinks.until(delivered=3)
        os.kill(sinks.child(), signal.SIGKILL)
        sinks.put(2)
        sinks.until(delivered=3, given_up=2, queued=0)
        assert "its process has ended: 2 alerts lost" in sinks.notice()


def shared_memory(pid):
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    return [line for line in maps.splitlines() if " rw-s " in line]


def test_the_children_are_confined(tmp_path):
    """Each to its own: users, capabilities, descriptors, and memory."""
    with Sinks("syslog", "webhook:http://127.0.0.1:1/", f"file:{tmp_path}/alerts.json") as sinks:
        children = [sinks.child(i) for i in range(3)]
        assert until(lambda: all(fields(child)["Seccomp"] == "2" for child in children))
        status = [fields(child) for child in children]
        folder = Path(f"/proc/{children[2]}/fd")
        opened = sorted(os.readlink(fd) for fd in folder.iterdir())
        shared = [len(shared_memory(child)) for child in children]
    for one in status:
        assert one["NoNewPrivs"] == "1"
        assert int(one["CapInh"], 16) == int(one["CapAmb"], 16) == 0
    assert status[2]["Uid"].split() == ["0"] * 4
    assert int(status[2]["CapEff"], 16) == int(status[2]["CapPrm"], 16) == CAP_DAC_OVERRIDE
    for one in status[:2]:
        assert one["Uid"].split() == ["65534"] * 4 and not one["Groups"].strip()
        assert int(one["CapEff"], 16) == int(one["CapPrm"], 16) == 0
    # The last one is a pidfd of the tool, of pidfs from Linux 6.9 on.
    pidfd = [name for name in opened if "pidfd" in name]
    assert len(pidfd) == 1
    assert sorted(set(opened) - set(pidfd)) == sorted(
        ["/dev/null", f"{tmp_path}/alerts.json", "anon_inode:[eventfd]"]
    )
    assert len(opened) == 6
    assert shared == [1, 1, 1]


def test_another_user(tmp_path):
    """Who is not root keeps what is his."""
    folder = tmp_path / "his"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    for parent in list(folder.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    path = folder / "alerts.json"
    with Sinks(f"file:{path}", user=12345, group=12345, extra_groups=[]) as sinks:
        assert fields(sinks.child())["Uid"].split() == ["12345"] * 4
        path.rename(folder / "old")
        sinks.hangup()
        sinks.put(1)
        sinks.until(delivered=1)
    assert serials(path) == [0]
    error = refused("file:/root/alerts.json", user=12345, group=12345, extra_groups=[])
    assert error == "sinks: alert sink 'file:/root/alerts.json': Permission denied\n"


def test_what_cannot_be_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for spec, why in (
        ("file:", "is not file:PATH"),
        (f"file:{tmp_path}/no/alerts", "No such file or directory"),
        (f"file:{tmp_path}", "Is a directory"),
        (f"file:{tmp_path}/pipe", "is not a regular file"),
        ("file:/dev/null", "is not a regular file"),
        ("files:/tmp/x", "is not file:PATH, syslog[:FACILITY] or webhook:URL"),
        ("syslog:nothing", "is not syslog:FACILITY: daemon, auth, authpriv, user, syslog,"
         " local0 to local7"),
        ("webhook:example.com", "is not webhook:http://... or webhook:https://..."),
        ("webhook:ftp://example.com/", "is not webhook:http://... or webhook:https://..."),
        ("webhook:file:///etc/passwd", "is not webhook:http://... or webhook:https://..."),
    ):
        assert refused(spec) == f"sinks: alert sink '{spec}': {why}\n"
