# SPDX-License-Identifier: Apache-2.0
"""Tests of lists: real files, and a real HTTP server on loopback."""
import os
import tempfile
from pathlib import Path

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
def folder():
    """One that everybody may look into: pytest's own are for the user alone."""
    with tempfile.TemporaryDirectory(prefix="lists-") as path:
        os.chmod(path, 0o755)
        yield Path(path)
