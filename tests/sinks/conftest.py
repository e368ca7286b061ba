# SPDX-License-Identifier: Apache-2.0
"""Alert sinks: real files, sockets and servers. They need root."""
import os
import subprocess

import pytest

from sink_tool import ROOT, SINKS


@pytest.fixture(scope="session", autouse=True)
def program():
    assert os.geteuid() == 0, "the tests of sinks need root"
    subprocess.run(["make", "-s", os.path.relpath(SINKS, ROOT)], cwd=ROOT, check=True)
