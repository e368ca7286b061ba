# SPDX-License-Identifier: Apache-2.0
"""The cgroup and the container of a process: fields, columns, and in files."""
import subprocess
import sys

import pytest

import captures
from checks import check_fields, check_once
from lab import HERE, KNOT, ZONE, patient
from snoop import Snoop

CONTAINER = "0123456789abcdef" * 4


class Contained:
    """A client that waits at its gate in a container's cgroup, with a connected socket."""

    def __init__(self, lab, cgroup, zone):
        self.scope = cgroup.path / f"cri-containerd-{CONTAINER}.scope"
        self.scope.mkdir()
        self.path = f"/{cgroup.path.name}/{self.scope.name}"
        self.process = lab.client.start(
            *[sys.executable, HERE / "ask.py", "connected", "--gate"],
            *["--server", KNOT, "--zone", zone],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"
        (self.scope / "cgroup.procs").write_text(str(self.process.pid))

    def ask(self):
        out, _ = self.process.communicate("go\n", timeout=patient(10))
        assert self.process.returncode == 0
        return out.split()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.scope.rmdir()


@pytest.fixture
def contained(lab, cgroup, tag):
    client = Contained(lab, cgroup, f"{tag}.{ZONE}")
    yield client
    client.close()


def test_older_socket_in_a_container(contained, tag, tmp_path):
    """Nobody but /proc knows of it; the file that is written knows it too."""
    path = tmp_path / "written.pcapng"
    with Snoop("-w", path) as snoop:
        names = contained.ask()
        snoop.wait_rows(len(names), f"{tag}.{ZONE}")
        snoop.stop()
    rows = snoop.rows(f"{tag}.{ZONE}")
    check_once(rows, names, ["A"])
    check_fields(rows, event="answer", cgroup=contained.path, container=CONTAINER)
    again = [row for row in captures.read(path).rows if tag in row.get("qname", "")]
    check_fields(again, cgroup=contained.path, container=CONTAINER)
    assert len(again) == len(rows)


@pytest.mark.smoke
def test_cgroup_made_while_tracing(lab, cgroup, tag):
    """The tool has given up its privileges by then."""
    zone = f"{tag}.{ZONE}"
    with Snoop() as snoop:
        client = Contained(lab, cgroup, zone)
        try:
            # Its socket, which is connected anew, belongs to where the process is then.
            names = client.ask()
            snoop.wait_rows(len(names), zone)
            snoop.stop()
        finally:
            client.close()
    check_fields(snoop.rows(zone), pid=client.process.pid)
    noted = {row.get("cgroup") for row in snoop.rows(zone)}
    assert noted <= {client.path, "/"} and None not in noted


def test_no_container(lab, tag):
    zone = f"{tag}.{ZONE}"
    with Snoop() as snoop:
        lab.client.run(sys.executable, HERE / "ask.py", "sendto", "--server", KNOT, "--zone", zone)
        snoop.wait_rows(1, zone)
        snoop.stop()
    row = snoop.rows(zone)[0]
    assert row["cgroup"].startswith("/") and "container" not in row


def test_columns(contained, tag):
    with Snoop("--show-cgroup", table=True) as snoop:
        contained.ask()
        assert snoop.out.wait(lambda lines: any(tag.encode() in line for line in lines), 5)
        snoop.stop()
    lines = snoop.out.text().splitlines()
    heading, row = lines[0], next(line for line in lines if tag in line)
    assert row.index(f" {CONTAINER[:12]} ") + 1 == heading.index("CONTAINER")
    assert row.index(contained.path) == heading.index("CGROUP")
