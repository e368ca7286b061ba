# SPDX-License-Identifier: Apache-2.0
"""dnstunnel --alert, from a query on the wire to a file and a webhook; and the tool's children."""
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import alerts
import asking
from asking import programs  # noqa
from checks import check_unprivileged, status
from lab import HERE, KNOT, wait_until
from snoop import DNSTUNNEL, Snoop

sys.path.append(str(HERE.parent / "sinks"))
from sink_tool import Server  # noqa

PATIENCE = 6  # seconds for the end: two for the sinks, the rest for a busy machine


@pytest.fixture
def small(tmp_path):
    """A file system with room for 4 KiB, of which there is nothing left."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", mount], check=True)
    (mount / "alerts.json").write_bytes(b"")
    (mount / "full").write_bytes(bytes(4096))
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


@pytest.fixture
def leak(lab, programs, cgroup):
    """leak(snoop, domain): until the tool has told it on standard output."""

    def leak_to(snoop, domain):
        dig = programs.dig(lab.client, "sinker", KNOT, cgroup=cgroup.path)
        asking.ask(dig, asking.names(domain))
        alerts.wait(snoop, domain=domain, severity="HIGH")
        asking.end(dig)

    return leak_to


@pytest.fixture
def options(cgroup):
    """Of a tool to which nobody else matters."""
    return ["--cgroup", cgroup.path, "--resolver", "any"]


def lines(path):
    """Every line is one whole object."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def of(rows, *domains):
    return [row for row in rows if row.get("domain") in domains]


def test_file_and_webhook(leak, options, tag, tmp_path):
    """Both get what is printed; the file is another one from SIGHUP on."""
    path, old = tmp_path / "alerts.json", tmp_path / "alerts.json.1"
    first, second = f"{tag}.com", f"more{tag}.com"
    with Server(200) as server:
        arguments = [*options, "--alert", f"file:{path}", "--alert", server.url()]
        with Snoop(*arguments, tool=DNSTUNNEL) as snoop:
            leak(snoop, first)
            wait_until(lambda: alerts.matching(lines(path), severity="HIGH"), 10, "in the file")
            path.rename(old)
            snoop.process.send_signal(signal.SIGHUP)
            wait_until(path.exists, 10, "another file")
            leak(snoop, second)
            snoop.stop()
        posted = [json.loads(body) for *_, body in server.requests]
        headers = server.requests[0][2]
    printed = [row for row in snoop.rows() if row["event"] == "alert"]
    assert [*lines(old), *lines(path)] == printed == posted
    assert of(lines(old), first) and not of(lines(old), second)
    assert of(lines(path), second) and headers["Content-Type"] == "application/json"
    assert f"alert sink 'file:{path}': delivered {len(printed)}, lost 0\n" in snoop.err.text()
    assert f":{server.server_port}': delivered {len(printed)}, lost 0\n" in snoop.err.text()


def test_sinks_that_take_nothing(leak, options, tag, small):
    """A full disk and a server that never answers: the tool goes on, says so, and ends."""
    first, second = f"{tag}.com", f"more{tag}.com"
    path = small / "alerts.json"
    with Server("hang") as server:
        arguments = [*options, "--alert", server.url(), "--alert", f"file:{path}"]
        with Snoop(*arguments, tool=DNSTUNNEL) as snoop:
            leak(snoop, first)
            said = f"dnstunnel: alert sink 'file:{path}': No space left on device".encode()
            assert snoop.err.wait(lambda all: any(said in line for line in all), 10)
            leak(snoop, second)
            began = time.monotonic()
            snoop.process.send_signal(signal.SIGTERM)
            snoop.finish()
            assert time.monotonic() - began < PATIENCE
            assert len(server.requests) == 1
    printed = [row for row in snoop.rows() if row["event"] == "alert"]
    assert of(printed, first) and of(printed, second) and lines(path) == []
    lost = re.findall(r"alert sink '\S+': delivered 0, lost (\d+)", snoop.err.text())
    assert lost == [str(len(printed))] * 2, snoop.err.text()


def test_a_disk_with_room_again(leak, options, tag, small):
    """Nothing is missing then."""
    path, domain = small / "alerts.json", f"{tag}.com"
    with Snoop(*options, "--alert", f"file:{path}", tool=DNSTUNNEL) as snoop:
        leak(snoop, domain)
        assert snoop.err.wait(lambda all: any(b"No space left" in line for line in all), 10)
        (small / "full").unlink()
        subprocess.run(["mount", "-o", "remount,size=1m", small], check=True)
        wait_until(lambda: of(lines(path), domain), 10, "alerts in the file")
        snoop.stop()
    assert lines(path) == [row for row in snoop.rows() if row["event"] == "alert"]


def children(pid):
    """Of a process, by pid: the fields of their status."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = status(path.parent.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields["PPid"] == str(pid):
            found[int(path.parent.name)] = fields
    return found


def is_running(pid):
    """Whoever adopts them may not wait for them at once."""
    try:
        return not status(pid)["State"].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_privileges(tmp_path):
    """None in the tool, nor in those that read lists and speak to servers. One appends to a file,
    in a folder that was root's."""
    (tmp_path / "block").write_text("bad.com\n")
    arguments = ["--blocklist", tmp_path / "block", "--alert", f"file:{tmp_path}/alerts.json"]
    arguments += ["--alert", "webhook:http://127.0.0.1:1/", "--alert", "syslog"]
    with Snoop(*arguments, tool=DNSTUNNEL) as snoop:
        check_unprivileged(status(snoop.process.pid), 65534)

        def are_confined():
            found = children(snoop.process.pid).values()
            return len(found) == 4 and all(fields["Seccomp"] == "2" for fields in found)

        wait_until(are_confined, 10, "four children, each with a filter")
        found = children(snoop.process.pid)
        snoop.stop()
    wait_until(lambda: not any(is_running(pid) for pid in found), 10, "the children have ended")
    roots = [fields for fields in found.values() if fields["Uid"].split()[0] == "0"]
    assert len(roots) == 1 and int(roots[0]["CapEff"], 16) == 1 << 1  # CAP_DAC_OVERRIDE
    for fields in found.values():
        if fields is not roots[0]:
            check_unprivileged(fields, 65534)
    assert "gave up privileges: user 65534, no capabilities, seccomp" in snoop.err.text()


def test_children_end_with_a_killed_tool(tmp_path):
    (tmp_path / "block").write_text("bad.com\n")
    arguments = ["--blocklist", tmp_path / "block", "--alert", f"file:{tmp_path}/alerts.json"]
    with Snoop(*arguments, tool=DNSTUNNEL) as snoop:
        found = children(snoop.process.pid)
        assert len(found) == 2
        snoop.process.kill()
    wait_until(lambda: not any(is_running(pid) for pid in found), 10, "the children have ended")
