# SPDX-License-Identifier: Apache-2.0
"""Tests of lists: real files, and a real HTTP server on loopback."""
import pytest

import server as http_server
from dump import PROGRAM


def pytest_sessionstart():
    if not PROGRAM.exists():
        raise pytest.UsageError(f"{PROGRAM} is missing: make test-programs")


@pytest.fixture
def server():
    with http_server.running() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    """One that everybody may look into."""
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    return tmp_path
