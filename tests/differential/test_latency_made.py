# SPDX-License-Identifier: Apache-2.0
"""As test_latency.py, of lookups that are made here: it needs no captures."""

import pytest

import lookups
import made_lookups
from lookup_rules import differences

COUNTERS = ("timeouts", "retries", "unmatched", "duplicates", "late", "refused", "send_failed")


@pytest.mark.parametrize("name", made_lookups.SCENARIOS)
def test_made(name, tmp_path):
    path = tmp_path / "made.pcap"
    made_lookups.write(path, name)
    measured = lookups.Measured(path)
    found = differences(f"made: {name}", lookups.Capture(path), measured)
    assert not found, "\n".join(found)
    counted = {key: measured.report.summary[key] for key in COUNTERS}
    assert {key: value for key, value in counted.items() if value} == made_lookups.SCENARIOS[name][
        1
    ]
