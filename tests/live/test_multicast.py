# SPDX-License-Identifier: Apache-2.0
"""Multicast DNS and LLMNR, where an answer comes from another address than was asked."""
import sys

import pytest

from checks import check_fields, check_nothing_lost, show
from lab import CLIENT, HERE
from snoop import Snoop


@pytest.mark.smoke
def test_multicast(lab, tag):
    with Snoop() as snoop:
        lab.client.run(sys.executable, HERE / "multicast.py", CLIENT, tag)
        snoop.wait_rows(1, tag, seconds=5)
        check_nothing_lost(snoop.stop())
    rows = [row for row in snoop.rows() if tag in str(row)]
    assert [row["event"] for row in rows] == ["query", "response", "answer"], show(rows)
    query, response, answer = rows
    check_fields(
        [query], qname=f"{tag}.local", server="224.0.0.251", server_port=5353, unicast_response=True
    )
    assert "unmatched" not in response and "qname" not in response, show(rows)
    assert response["answers"][0]["data"] == f"print.{tag}.local"
    assert response["answers"][0]["cache_flush"] is True
    check_fields(
        [answer], qname=tag, server=CLIENT, server_port=5355, attempts=1, role="client", id=77
    )
    assert answer["answers"][0]["data"] == "192.0.2.7"
