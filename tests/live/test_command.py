# SPDX-License-Identifier: Apache-2.0
"""One command, traced in a cgroup of its own."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks import check_once
from lab import HERE, KNOT, ZONE, patient, wait_until
from snoop import DNSSNOOP


def cgroups():
    """The folders that the tool has made and not removed yet."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    root = next(Path(m[1]) for m in mounts if m[2] == "cgroup2")
    return list(root.glob("bcc-dnstools-*"))


@pytest.fixture(autouse=True)
def no_cgroup_is_left():
    yield
    wait_until(lambda: not cgroups(), 5, "the command's cgroup is removed")


def trace(*command, host=None, **kwargs):
    arguments = [*(host.enter if host else []), str(DNSSNOOP), "-j", "--", *map(str, command)]
    result = subprocess.run(
        arguments,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(60),
        check=False,
        **kwargs,
    )
    result.rows = [json.loads(line) for line in result.stdout.splitlines() if line[0] == "{"]
    return result


def start(*command):
    return subprocess.Popen(
        [DNSSNOOP, "--", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_started(tool):
    """The command says so itself, as the tool must be ready before it executes."""
    for line in tool.stdout:
        if line == "started\n":
            return
    raise AssertionError("the command does not start")


@pytest.mark.parametrize(
    "command, status",
    [
        (["true"], 0),
        (["sh", "-c", "exit 3"], 3),
        pytest.param(["sh", "-c", "kill -9 $$"], 128 + 9, marks=pytest.mark.smoke),
        (["/nowhere/program"], 127),
        (["/etc/passwd"], 126),
    ],
)
def test_status_is_the_commands(command, status):
    result = trace(*command)
    assert result.returncode == status, result.stderr
    said = f"dnssnoop: {command[0]}: "
    assert (said in result.stderr) == (status in (126, 127))


@pytest.mark.smoke
def test_command_and_descendants_alone(lab, tag):
    zone, others = f"{tag}.{ZONE}", f"other.{tag}.{ZONE}"
    ask = f"{sys.executable} {HERE}/ask.py sendto --server {KNOT} --count 5 --zone"
    watched = f"{ask} a.{zone}; ({ask} b.{zone}); setsid -w {ask} c.{zone}"
    outside = lab.client.start(*ask.split(), others, "--count", "2000", stdout=subprocess.DEVNULL)
    result = trace("sh", "-c", watched, host=lab.client)
    outside.wait(patient(30))
    assert result.returncode == 0, result.stderr
    names = [word for word in result.stdout.split() if word.endswith(ZONE)]
    assert len(names) == 15
    check_once(result.rows, names, ["A"])


def test_output_of_both_goes_on():
    result = trace("sh", "-c", "echo out; echo err >&2")
    assert "out\n" in result.stdout and "err\n" in result.stderr


def test_sigterm_is_passed_on():
    tool = start("sh", "-c", "echo started; exec sleep 30")
    wait_started(tool)
    tool.terminate()
    assert tool.wait(patient(10)) == 128 + signal.SIGTERM


def test_ctrl_c_reaches_both():
    tool = start("sh", "-c", "echo started; exec sleep 30")
    wait_started(tool)
    os.killpg(tool.pid, signal.SIGINT)
    assert tool.wait(patient(10)) == 128 + signal.SIGINT


def test_ctrl_c_that_the_command_survives():
    tool = start("sh", "-c", "trap '' INT; echo started; sleep 1; exit 5")
    wait_started(tool)
    os.killpg(tool.pid, signal.SIGINT)
    assert tool.wait(patient(10)) == 5


def test_command_outlives_a_killed_tool(tmp_path):
    gate, ended = tmp_path / "gate", tmp_path / "ended"
    os.mkfifo(gate)
    tool = start("sh", "-c", f"echo started; read line <{gate}; echo yes >{ended}")
    wait_started(tool)
    tool.kill()
    tool.wait(patient(5))
    assert cgroups() and not ended.exists()
    gate.write_text("go\n")
    wait_until(ended.exists, 10, "the command goes on to its end")


def test_background_process_keeps_the_cgroup():
    """The tool does not wait for it, nor does a pipe that the tool wrote to."""
    result = trace("sh", "-c", "sleep 100 >/dev/null 2>&1 & echo $!")
    sleeper = int(result.stdout)
    try:
        assert result.returncode == 0
        assert Path(f"/proc/{sleeper}/comm").read_text() == "sleep\n"
        assert cgroups()
    finally:
        os.kill(sleeper, signal.SIGTERM)


def test_under_sudo_as_the_invoking_user():
    sudo = {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}
    result = trace("sh", "-c", "id -u; id -g; echo $HOME", env=os.environ | sudo)
    home = subprocess.run(
        ["getent", "passwd", "nobody"], capture_output=True, text=True, check=True
    ).stdout.split(":")[5]
    assert result.stdout.split()[:3] == ["65534", "65534", home]


@pytest.mark.parametrize(
    "arguments, why",
    [
        (["--"], "no command after '--'"),
        (["true"], "a command follows '--'"),
        (["--cgroup", "/sys/fs/cgroup", "--", "true"], "not with --cgroup"),
    ],
)
def test_usage_errors(arguments, why):
    result = subprocess.run([DNSSNOOP, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 2 and why in result.stderr


def test_without_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    for path in (folder, *list(folder.parents)[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    copy = folder / "dnssnoop"
    copy.write_bytes(DNSSNOOP.read_bytes())
    copy.chmod(0o755)
    result = subprocess.run(
        [copy, "--", "true"],
        capture_output=True,
        text=True,
        check=False,
        user=65534,
        group=65534,
        extra_groups=[],
    )
    assert result.returncode == 1
    assert "cannot make a folder of cgroup v2 for the command" in result.stderr
    assert "run it as root (sudo)" in result.stderr
