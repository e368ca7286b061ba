# SPDX-License-Identifier: Apache-2.0
"""The lab for pytest: `dnslab` is up for the whole run; put tests/lab on sys.path and import *."""
import os

import pytest

from dnslab import DnsLab


@pytest.fixture(scope="session")
def dnslab(tmp_path_factory):
    assert os.geteuid() == 0, "the lab needs root"
    lab = DnsLab(tmp_path_factory.mktemp("dnslab"))
    yield lab
    lab.close()
