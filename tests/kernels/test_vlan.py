# SPDX-License-Identifier: Apache-2.0
"""VLAN devices: the tag of such a frame may be in the packet or beside it, as the kernel likes."""
import platform
import subprocess
import sys

import pytest

from checks import PYTHON, check_fields, check_once, check_process
from lab import HERE, ZONE
from snoop import Snoop

KERNEL = tuple(map(int, platform.release().split(".")[:2]))
HOOKS = [*(["tcx"] if KERNEL >= (6, 6) else []), "socket", "xdp"]
CLIENT, SERVER = "10.60.0.1", "10.60.0.2"


@pytest.fixture(scope="module", params=[("802.1Q",), ("802.1ad", "802.1Q")], ids="-".join)
def tagged(lab, request):
    """The link with tags on top; nobody answers at its other end. The name of the device."""
    subprocess.run(["modprobe", "8021q"], check=True)
    name = "veth0"
    for protocol in request.param:
        below, name = name, name + "q"
        for host in (lab.client, lab.server):
            host.run(
                *f"ip link add link {below} name {name} type vlan".split(),
                *f"protocol {protocol} id 5".split(),
            )
            host.run("ip", "link", "set", name, "up")
    for host, address in ((lab.client, CLIENT), (lab.server, SERVER)):
        host.run("ip", "address", "add", f"{address}/24", "dev", name)
    yield name
    for host in (lab.client, lab.server):
        host.run("ip", "link", "del", "veth0q")


@pytest.mark.parametrize("device", ["veth0", "vlan"])
@pytest.mark.parametrize("hook", HOOKS)
def test_vlan(lab, tagged, tag, hook, device):
    """A refused query: the query goes one way, the ICMP error the other."""
    zone = f"{tag}.{ZONE}"
    interface = tagged if device == "vlan" else "veth0"
    with Snoop("-i", interface, "--hook", hook, host=lab.server) as snoop:
        names = lab.client.run(
            *[sys.executable, HERE / "ask.py", "sendto", "--server", SERVER, "--zone", zone],
            *["--count", 5],
        ).split()
        snoop.wait_rows(len(names), zone)
        snoop.stop()
    rows = snoop.rows(zone)
    check_once(rows, names, ["A"])
    check_process(rows, PYTHON)
    # XDP sees what comes in: the error goes out.
    check_fields(rows, event="timeout" if hook == "xdp" else "refused", ifname=interface)
