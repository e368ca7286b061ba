# SPDX-License-Identifier: Apache-2.0
"""dnstunnel on captures of leaks: slow ones, and those that are made to be overlooked."""
import sys

import pytest

import alerts
from checks import show
from lab import HERE

sys.path.append(str(HERE.parent / "tunnels"))
import leak  # noqa

LIMIT = 4000  # octets that may have left before there is an alert
# What else is found, and after how many octets at the latest: see EVASION in the man page.
EVASIONS = {
    "padded": 6000,
    "padded-fast": 6000,
    "many-domains": 10000,
    "low-rate": 6000,
    "all-a": LIMIT,
    "all-a-slow": LIMIT,
    "down-only": 2000,
}
SLOW = [name for name in leak.LEAKS if name not in EVASIONS]


def left_before_alert(name, path):
    """Octets of payload."""
    made = leak.LEAKS[name]
    sent = leak.write(path, made)
    rows = alerts.read(path)
    found = alerts.leaking(rows, *made.domains, severity="MEDIUM")
    if len(made.domains) > 1:
        found = sorted(found + alerts.spread(rows, severity="MEDIUM"), key=alerts.seconds)
    assert found, f"not found: {show(rows)}"
    others = [row for row in alerts.serious(rows) if row not in found]
    assert not others, f"others are blamed: {show(others)}"
    assert all(row["client"] == leak.CLIENT for row in found), show(found)
    when = alerts.seconds(found[0])
    return max(octets for at, octets in sent if at / 1e9 <= when + 1e-6)


@pytest.mark.parametrize(
    "name", list(SLOW)
)
def test_slow_leak(name, tmp_path):
    assert left_before_alert(name, tmp_path / "leak.pcap") <= LIMIT


@pytest.mark.parametrize("name", EVASIONS)
def test_evasion(name, tmp_path):
    assert left_before_alert(name, tmp_path / "leak.pcap") <= EVASIONS[name]


def test_browsing(tmp_path):
    """The ordinary lookups alone, as many as beside the leaks."""
    path = tmp_path / "browsing.pcap"
    leak.write_browsing(path, hours=3, lookups=10000)
    assert alerts.serious(alerts.read(path)) == []
