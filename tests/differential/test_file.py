# SPDX-License-Identifier: Apache-2.0
"""
dnssnoop -r FILE -a -j and tshark, over all captures: the same messages, at the same time, from and
to the same ends, TCP's reassembled, and with the same content. Left out are tunnels and ports
that dnssnoop does not look at; a message that came in fragments is one that was cut.
"""

from collections import defaultdict

import pytest

import rows
import tshark
from exceptions import EXCEPTIONS, FILE_EXCEPTIONS

CAPTURES = tshark.captures("messages", "everyday", "tunnels")

if not CAPTURES:
    pytest.skip(f"no captures in {tshark.DATA} (DNSTOOLS_DATA): nothing to compare",
                allow_module_level=True)


def rows_by_key(path):
    ours, status = rows.rows(path)
    assert status == 0
    found = defaultdict(list)
    for row in ours:
        found[rows.row_key(row)].append(row)
    return found


def is_excepted(path, frame, field):
    return any(e.covers(path.name, frame, field) for e in EXCEPTIONS + FILE_EXCEPTIONS)


def is_first_fragment(row, fragmented):
    """Of one of these messages, which tshark has at the time of the last fragment."""
    same = any(rows.row_key(row)[1:] == message.key[1:] for message in fragmented)
    return same and "cut" in row.get("malformed", "")


def differences(path):
    """What differs, in words, and how many fields were compared."""
    ours, fragmented, compared, found = rows_by_key(path), [], 0, []
    for message in rows.messages(path):
        if not ours[message.key]:
            if message.fragmented:
                fragmented.append(message)
            elif not is_excepted(path, message.frame, "header"):
                found.append(f"frame {message.frame}: only tshark has it: {message.key}")
            continue
        for field, mine, theirs in rows.fields(ours[message.key].pop(0), message):
            compared += 1
            if mine != theirs and not is_excepted(path, message.frame, field):
                found.append(f"frame {message.frame}: {field}: {mine!r}, tshark {theirs!r}")
    found += [f"only dnssnoop has it: {row}" for left in ours.values() for row in left
              if not is_first_fragment(row, fragmented)]
    return found, compared


@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.name)
def test_agrees(path):
    found, compared = differences(path)
    print(f"{compared} fields")
    assert not found, f"{len(found)} of {compared} fields:\n" + "\n".join(found)


def test_tcp_is_compared():
    """Else nothing above would say anything about streams."""
    protocols = [message.proto for path in CAPTURES if "tcp" in path.name
                 for message in rows.messages(path)]
    assert protocols.count("tcp") >= 2, protocols


def test_cut_anywhere(tmp_path):
    """All whole packets, one line that says where, and status 1: whatever the last octet is."""
    (path,) = [p for p in CAPTURES if p.name == "zeek-dns-edns-cookie.pcap"]
    whole, octets = rows.rows(path)[0], path.read_bytes()
    cut = tmp_path / "cut.pcap"
    seen = set()
    for size in range(24, len(octets), 7):
        cut.write_bytes(octets[:size])
        part, status = rows.rows(cut)
        assert status in (0, 1) and part == whole[:len(part)]
        seen.add((len(part), status))
    assert {(count, 1) for count in range(len(whole))} <= seen
