# SPDX-License-Identifier: Apache-2.0
"""tests/kernels/run itself: what the command ends with, and machines that do not end well."""
import signal
import subprocess
import time
from pathlib import Path

RUN = Path(__file__).resolve().parents[1] / "kernels/run"
KERNEL = "6.1"
MACHINE_FAILED = 125


def run(*arguments, limit=300):
    """Nothing of it is left when it has ended: no process of its session, no mount."""
    mounts = Path("/proc/self/mounts").read_text()
    process = subprocess.Popen(
        [RUN, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    out, err = process.communicate(timeout=limit)
    assert not processes_of_session(process.pid)
    assert Path("/proc/self/mounts").read_text() == mounts
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def processes_of_session(session):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()  # after the command name
        except OSError:
            continue
        if int(fields[3]) == session:
            found.append(path.parent.name)
    return found


def test_exit_status_and_output(tmp_path):
    """Inside is the kernel that was asked for, root, this tree, and a file system to write to."""
    done = run(
        "--results",
        tmp_path / "results",
        KERNEL,
        "sh",
        "-c",
        "uname -r; id -u; ls README.md; touch never-seen && echo kept >$RESULTS/file; echo 'a  b' >&2; exit 7",
    )
    assert done.returncode == 7, done.stderr
    release, *lines = done.stdout.splitlines()
    assert release.startswith(f"{KERNEL}.")
    assert lines == ["0", "README.md", "a  b"]
    assert (tmp_path / "results/file").read_text() == "kept\n"
    assert not Path("never-seen").exists()


def test_panic():
    done = run(KERNEL, "sh", "-c", "echo c >/proc/sysrq-trigger; sleep 60")
    assert done.returncode == MACHINE_FAILED
    assert "the kernel ended" in done.stderr
    assert "Kernel panic" in done.stderr, done.stderr


def test_hang():
    began = time.monotonic()
    done = run("--timeout", "3", KERNEL, "sh", "-c", "echo last words >/dev/kmsg; sleep 1000")
    assert done.returncode == MACHINE_FAILED
    assert "not done in 3" in done.stderr and "last words" in done.stderr, done.stderr
    assert time.monotonic() - began < 120


def test_does_not_come_up():
    """A kernel without a root file system panics before the command: no success, no silence."""
    done = run("--root", "/proc", KERNEL, "true")
    assert done.returncode == MACHINE_FAILED
    assert "does not come up" in done.stderr, done.stderr


def test_condition():
    done = run("--append", "ipv6.disable=1", "--cgroup", "none", KERNEL, "cat", "/proc/mounts")
    assert done.returncode == 0
    assert "cgroup" not in done.stdout and " / overlay " in done.stdout


def test_unknown_kernel():
    done = run("2.6", "true")
    assert done.returncode == 2
    assert "2.6" in done.stderr


def test_kernel_that_cannot_be_had(tmp_path, monkeypatch):
    """Said, and not passed."""
    monkeypatch.setenv("KERNEL_CACHE", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    done = run(KERNEL, "true")
    assert done.returncode == MACHINE_FAILED
    assert done.stderr.startswith("6.1: apt"), done.stderr
    monkeypatch.setenv("KERNELS", KERNEL)
    done = run()
    assert done.returncode == 1
    assert "6.1: not tested: " in done.stdout
    assert done.stdout.endswith("\n0 passed, 1 failed\n")


def test_terminated():
    """The machine ends with the program, even when that is killed."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        process = subprocess.Popen(
            [RUN, KERNEL, "sh", "-c", "echo up; sleep 1000"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout.readline().strip() == b"up"
        assert len(processes_of_session(process.pid)) > 1
        process.send_signal(sig)
        process.wait(20)
        deadline = time.monotonic() + 10
        while processes_of_session(process.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not processes_of_session(process.pid)
        process.stdout.close()
