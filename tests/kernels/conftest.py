# SPDX-License-Identifier: Apache-2.0
"""
Tests for the kernels that tests/kernels/run starts, with the lab of the live tests. They change
what a real host would not forgive: not outside of such a machine.
"""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))
from fixtures import *  # noqa

MACHINE = Path("/run/exchange")  # see `inside`


def pytest_collection_modifyitems(items):
    if not MACHINE.exists() and any(Path(__file__).parent in item.path.parents for item in items):
        raise pytest.UsageError("these tests run in a machine of tests/kernels/run alone")
