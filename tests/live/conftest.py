# SPDX-License-Identifier: Apache-2.0
"""Live tests: the real kernel, real servers, real clients. They need root."""
import itertools
import os
import subprocess

import pytest

import daemons
from lab import ELSEWHERE, ELSEWHERE6, HERE, PROGRAMS, ROGUE, ROGUE6, SILENT, SILENT6, Cgroup, Lab

numbers = itertools.count()


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
            ROGUE,
            ROGUE6,
            "--silent",
            SILENT,
            SILENT6,
            "--elsewhere",
            ELSEWHERE,
            ELSEWHERE6,
        )
        yield lab
    finally:
        lab.close()


@pytest.fixture
def tag():
    """A label that no other test has: what lies below it is this test's."""
    return f"x{os.getpid()}x{next(numbers)}"


@pytest.fixture
def cgroup(tag):
    group = Cgroup(tag)
    yield group
    group.close()
