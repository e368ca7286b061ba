# SPDX-License-Identifier: Apache-2.0
"""
That a machine which was started in a particular way is in that state, so that the live tests that
run in it show what they seem to show; and what else is to be seen there.
"""
import subprocess
from pathlib import Path

import pytest

from snoop import Snoop

pytestmark = pytest.mark.smoke


def mounts():
    return [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]


def cgroups():
    return [mount[2] for mount in mounts() if mount[2].startswith("cgroup")]


def check_nothing_is_mounted():
    """For its hold on cgroup v2 the tool leaves nothing that others see, then or afterwards."""
    before = mounts()
    with Snoop() as snoop:
        assert mounts() == before
        snoop.stop()
    assert mounts() == before


def test_lockdown():
    state = Path("/sys/kernel/security/lockdown")
    if not state.exists():
        subprocess.run(
            ["mount", "-t", "securityfs", "securityfs", "/sys/kernel/security"], check=True
        )
    assert "[confidentiality]" in state.read_text()
    with Snoop() as snoop:
        snoop.stop()
    for what in ("failed sends are", "packets that the kernel drops are"):
        assert f"dnssnoop: {what} not seen: " in snoop.err.text(), snoop.err.text()


def test_no_ipv6():
    assert not Path("/proc/net/if_inet6").exists()
    for arguments in ([], ["-6"]):
        with Snoop(*arguments) as snoop:
            snoop.stop()
        assert "ipv6" not in snoop.err.text().lower(), snoop.err.text()


def test_cgroup_none():
    assert cgroups() == []
    check_nothing_is_mounted()


def test_cgroup_v1():
    assert "cgroup" in cgroups() and "cgroup2" not in cgroups()
    assert any("net_cls" in mount[3] for mount in mounts())
    check_nothing_is_mounted()
