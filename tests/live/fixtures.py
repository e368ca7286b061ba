# SPDX-License-Identifier: Apache-2.0
"""What the live tests have in common; also for tests in other folders."""
import functools
import itertools
import os
import subprocess

import pytest

import daemons
from lab import (
    ELSEWHERE,
    ELSEWHERE6,
    HERE,
    PROGRAMS,
    ROGUE,
    ROGUE6,
    SILENT,
    SILENT6,
    Cgroup,
    Lab,
    usable,
)
from snoop import SharedSnoops

numbers = itertools.count()


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "smoke: one test of each kind, where there is no time for all"
    )


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    assert os.geteuid() == 0, "the live tests need root"
    programs = [str(PROGRAMS / name) for name in ("ask", "musl_ask")]
    root = HERE.parents[1]
    subprocess.run(
        ["make", "-s", *(os.path.relpath(p, root) for p in programs)], cwd=root, check=True
    )
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        daemons.start_all(lab)
        lab.rogue(
            lab.server,
            "rogue",
            "--listen",
            *usable(ROGUE, ROGUE6),
            "--silent",
            *usable(SILENT, SILENT6),
            "--elsewhere",
            *usable(ELSEWHERE, ELSEWHERE6),
        )
        yield lab
    finally:
        lab.close()


@pytest.fixture
def tag():
    """A label that no other test has: what lies below it is this test's."""
    return f"x{os.getpid()}x{next(numbers)}"


@pytest.fixture(scope="module")
def shared_snoops():
    snoops = SharedSnoops()
    yield snoops
    snoops.end()


@pytest.fixture
def shared(shared_snoops, tag):
    """shared("-x") is like Snoop("-x"), for tests to which an older one is as good as a new one."""
    return functools.partial(shared_snoops.get, tag)


@pytest.fixture
def cgroup(tag):
    group = Cgroup(tag)
    yield group
    group.close()
