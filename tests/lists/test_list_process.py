# SPDX-License-Identifier: Apache-2.0
"""The process that loads lists: what it has left, and when it ends."""
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dump import Dump, PROGRAM, child_of, names
from server import never, ok

need_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up being root")


def status(pid):
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))


def wait_for_end(pid, seconds=10):
    """A zombie has ended, too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if status(pid)["State"].startswith("Z"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def path(folder):
    file = folder / "list"
    file.write_text(names(20))
    return file


@need_root
def test_no_privileges(path, server):
    server.answers["/list"] = ok(names(10, first=100))
    with Dump("-b", path, "-b", server.url("/list")) as dump:
        dump.expect("set 30 0")
        fields = status(dump.child())
        assert fields["Uid"].split() == ["65534"] * 4
        assert not fields["Groups"].strip()
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(fields[name], 16) == 0, name
        assert fields["NoNewPrivs"] == "1"
        assert fields["Seccomp"] == "2"
        assert fields["Name"] == "feeds_dum-lists"


def test_only_its_own_descriptors(path):
    """Nobody's pipe or socket is held open by it."""
    reader, writer = os.pipe()
    with Dump("-b", path, pass_fds=(writer,)) as dump:
        dump.expect("set 20 0")
        folder = Path(f"/proc/{dump.child()}/fd")
        targets = {int(p.name): os.readlink(p) for p in folder.iterdir()}
        assert all(targets[fd] == "/dev/null" for fd in (0, 1, 2)), targets
        others = sorted(t for fd, t in targets.items() if fd > 2)
        kinds = [re.sub(r":\[\d+\]", "", t).removeprefix("anon_inode:").strip("[]") for t in others]
        assert sorted(kinds) == sorted([str(path), "pidfd", "inotify", "socket"]), targets
        os.close(writer)
        dump.process.stdin.close()
        dump.process.wait(10)
    assert os.read(reader, 1) == b""
    os.close(reader)


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_with_the_tool(path, server, kill, busy):
    server.answers["/list"] = never
    arguments = ["-b", path] + (["-b", server.url("/list")] if busy else [])
    dump = Dump("-p", *arguments)
    dump.expect("set 20 0")
    child = dump.child()
    dump.process.send_signal(kill)
    dump.process.wait(10)
    assert wait_for_end(child)


@pytest.mark.parametrize("arguments", [[], ["-p"]])
def test_it_ends_when_the_tool_does(path, arguments):
    with Dump(*arguments, "-b", path) as dump:
        dump.expect("set 20 0")
        child = dump.child()
        assert dump.close() == 0
        assert wait_for_end(child)


@pytest.mark.parametrize("arguments", [[], ["-p"]])
def test_it_ends_when_lists_are_no_longer_wanted(path, arguments):
    with Dump(*arguments, "-b", path) as dump:
        dump.expect("set 20 0")
        child = dump.child()
        dump.close_lists()
        assert wait_for_end(child)
        assert dump.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_signals_of_the_group_are_not_for_it(path, number):
    with Dump("-b", path) as dump:
        dump.expect("set 20 0")
        os.kill(dump.child(), number)
        path.write_text(names(30))
        dump.expect("set 30 0")


@pytest.mark.parametrize("arguments", [[], ["-p"]])
def test_killed(path, arguments):
    """The tool goes on with what it has, and says so."""
    with Dump(*arguments, "-b", path) as dump:
        dump.expect("set 20 0")
        os.kill(dump.child(), signal.SIGKILL)
        dump.expect("trouble lists: the process that loads them has ended: they stay as they are; "
                    "restart to have them updated")
        assert dump.find("n3.example").startswith("found")
        dump.reload()
        assert dump.find("n3.example").startswith("found")
        assert dump.close() == 0


def test_no_list():
    with Dump() as dump:
        assert dump.next() == "set 0 0"
        assert dump.find("a.example") == "none"


def memory(pid):
    """kB that are this process' own, and that are shared with others."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    fields = dict(re.findall(r"^(\w+):\s+(\d+) kB$", text, re.M))
    return int(fields["Private_Dirty"]), int(fields["Pss"])


def test_two_hundred_thousand_names(path):
    """Reloading all the time, the tool keeps answering, and nothing piles up."""
    path.write_text("".join(f"host-{i}.zone{i % 977}.example\n" for i in range(200000)))
    with Dump("-p", "-b", path) as dump:
        dump.expect("set 200000 0")
        tool, child = [], []
        for _ in range(8):
            dump.reload()
            begun = time.monotonic()
            assert dump.find("x.host-977.zone0.example").startswith("found 3 ")
            assert time.monotonic() - begun < 1
            dump.expect("set 200000 0")
            tool.append(memory(dump.process.pid)[0])
            child.append(memory(dump.child())[0])
        assert tool[-1] - tool[2] < 500, tool
        assert child[-1] - child[2] < 2000, child
        assert child[-1] < 20000, child


def test_interrupted_at_start(folder):
    """A pipe that nobody writes to: Ctrl-C ends both."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    process = subprocess.Popen([PROGRAM, "-b", pipe], stdin=subprocess.PIPE)
    child = child_of(process)
    process.send_signal(signal.SIGINT)
    process.wait(10)
    process.stdin.close()
    assert wait_for_end(child), "it reads still"
    os.close(writer)
