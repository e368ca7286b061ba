# SPDX-License-Identifier: Apache-2.0
"""No octet from the network is parsed with privileges."""
import os
import resource
import shutil
import subprocess

import pytest

from checks import check_once, check_unprivileged, status
from lab import HERE, KNOT, ZONE
from snoop import DNSSNOOP, Snoop

FILE_CAPABILITIES = "cap_bpf,cap_net_admin,cap_perfmon,cap_sys_ptrace"
OTHER_USER = {"user": 12345, "group": 12345, "extra_groups": []}


def ask(host, zone, count):
    arguments = ["--server", KNOT, "--zone", zone, "--count", count]
    return host.run("/usr/bin/python3", HERE / "ask.py", "sendto", *arguments).split()


@pytest.mark.smoke
def test_started_as_root(lab, tag):
    with Snoop() as snoop:
        fields = status(snoop.process.pid)
        names = ask(lab.client, f"{tag}.{ZONE}", 10)
        snoop.stop()
    check_unprivileged(fields, 65534)
    assert not fields["Groups"].strip()
    assert "gave up privileges: user 65534, no capabilities, seccomp" in snoop.err.text()
    check_once(snoop.rows(f"{tag}.{ZONE}"), names, ["A"])


def memory_is_locked():
    """BPF's memory counts as locked memory before 5.11, and only root may raise that limit."""
    return tuple(map(int, os.uname().release.split(".")[:2])) < (5, 11)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))


def give(path, capabilities):
    subprocess.run(["setcap", f"{capabilities}+ep", path], check=True)


@pytest.fixture
def capable(tmp_path_factory):
    """The tool with capabilities of its own, where every user may run it."""
    folder = tmp_path_factory.mktemp("capable")
    for path in (folder, *list(folder.parents)[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    copy = folder / "dnssnoop"
    shutil.copy(DNSSNOOP, copy)
    copy.chmod(0o755)
    give(copy, FILE_CAPABILITIES)
    return copy


def test_file_capabilities_are_enough(lab, tag, capable, monkeypatch):
    """As another user than root, who keeps none of them afterwards."""
    monkeypatch.setattr("snoop.DNSSNOOP", capable)
    if memory_is_locked():
        refused = subprocess.run(
            [capable], preexec_fn=limit_memory, capture_output=True, text=True, **OTHER_USER
        )
        assert refused.returncode == 1
        assert "needs CAP_SYS_RESOURCE" in refused.stderr, refused.stderr
        give(capable, f"{FILE_CAPABILITIES},cap_sys_resource")
    with Snoop(**OTHER_USER) as snoop:
        fields = status(snoop.process.pid)
        names = ask(lab.client, f"{tag}.{ZONE}", 10)
        snoop.stop()
    check_unprivileged(fields, 12345)
    rows = snoop.rows(f"{tag}.{ZONE}")
    check_once(rows, names, ["A"])
    assert all(row["comm"] == "python3" for row in rows)
