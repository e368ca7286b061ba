# SPDX-License-Identifier: Apache-2.0
"""The lab for pytest, up for the whole run: put tests/lab on sys.path and import *."""
import os

import pytest

import resolvers
from dnslab import DnsLab


@pytest.fixture(scope="session")
def dnslab(tmp_path_factory):
    assert os.geteuid() == 0, "the lab needs root"
    lab = DnsLab(tmp_path_factory.mktemp("dnslab"))
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def all_resolvers(dnslab):
    """kind -> Resolver"""
    return {kind: dnslab.resolver(kind) for kind in resolvers.KINDS}


@pytest.fixture(params=resolvers.KINDS)
def resolver(request, all_resolvers):
    return all_resolvers[request.param]
