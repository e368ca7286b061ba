# SPDX-License-Identifier: Apache-2.0
"""
Differential test: every field of every DNS message that tshark decodes in the captures must be
the same in common/dns. Disagreements are in exceptions.py, each with its reason; one that is
no longer needed fails the test too.
"""

import pytest

import compare
import tshark
from dump import dump
from exceptions import EXCEPTIONS

CAPTURES = tshark.captures("messages", "everyday", "tunnels")

if not CAPTURES:
    pytest.skip(f"no captures in {tshark.DATA} (DNSTOOLS_DATA): nothing to compare",
                allow_module_level=True)


def differences(path):
    """(frame, field, ours, tshark's) of one capture, and how many fields were compared."""
    found, compared = [], 0
    messages = list(tshark.messages(path))
    ours = dump(wire for _, wire, _, _ in messages)
    assert len(ours) == len(messages)
    for decoded, (frame, _, layer, malformed) in zip(ours, messages):
        for field, mine, theirs in compare.fields(decoded, layer, malformed):
            compared += 1
            if mine != theirs:
                found.append((frame, field, mine, theirs))
    return found, compared


@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.name)
def test_agrees(path):
    found, compared = differences(path)
    unneeded = {(e, frame) for e in EXCEPTIONS if e.capture == path.name for frame in e.frames}
    unexpected = []
    for frame, field, mine, theirs in found:
        covering = {(e, frame) for e in EXCEPTIONS if e.covers(path.name, frame, field)}
        unneeded -= covering
        if not covering:
            unexpected.append(f"frame {frame}: {field}: {mine!r}, tshark {theirs!r}")
    print(f"{compared} fields")
    assert not unexpected, f"{len(unexpected)} of {compared} fields:\n" + "\n".join(unexpected)
    assert not unneeded, f"exceptions that are no longer needed: {unneeded}"


def test_exceptions_name_captures():
    assert {e.capture for e in EXCEPTIONS} <= {path.name for path in CAPTURES}
