#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Makes ordinary.hex, how often letters follow each other in ordinary registered names, out of names on
standard input, one a line:

    ordinary.py LEAVE_OUT.csv <names >ordinary.hex

Names whose own label is in the CSV are left out, both halves of it: what is measured was not seen.
Each octet of the result is a count: 8 log2(1 + n), rounded. First three symbols in a row, then the
buckets of four in a row (dga.py).
"""

import math
import sys

import dga

SECOND_LEVEL = {"com", "co", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob"}
HOSTED = {("blogspot", "com"), ("wordpress", "com")}
COLUMNS = 48  # octets a line


def own_label(name):
    """Nearly what the public suffix list would say, and the same everywhere."""
    labels = name.split(".")
    below = 1
    if len(labels) > 2 and labels[-2] in SECOND_LEVEL and len(labels[-1]) == 2:
        below = 2
    if len(labels) > 2 and tuple(labels[-2:]) in HOSTED:
        below = 2
    return labels[-below - 1]


def main():
    seen = {name.partition(".")[0] for _, _, name in dga.read(sys.argv[1])}
    names = (line.strip().lower() for line in sys.stdin)
    labels = {own_label(name) for name in names if "." in name}
    threes, fours = [0] * dga.SYMBOLS**3, [0] * dga.BUCKETS
    for label in labels - seen - SECOND_LEVEL:
        if len(label) < 3:
            continue
        name = dga.Name(label)
        for i in name.threes:
            threes[i] += 1
        for i in name.fours:
            fours[i] += 1
    octets = bytes(round(8 * math.log2(1 + n)) for n in threes + fours)
    for i in range(0, len(octets), COLUMNS):
        print(octets[i : i + COLUMNS].hex())


if __name__ == "__main__":
    main()
