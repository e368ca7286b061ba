# SPDX-License-Identifier: Apache-2.0
"""What common/dns makes of messages, through dnsdump.c."""

import json
import os
import subprocess

import tshark

DUMP = os.environ.get("DNSDUMP", tshark.ROOT / "build/tests/differential/dnsdump")


def dump(messages):
    """One dictionary a message."""
    lines = "".join(wire.hex() + "\n" for wire in messages)
    run = subprocess.run([DUMP], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]
