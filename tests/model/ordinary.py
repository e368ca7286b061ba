#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Makes ordinary.hex, how often letters follow each other in ordinary registered names, out of names on
standard input, one a line, and of lists of words, one a line, too:

    ordinary.py LEAVE_OUT.csv WORDS... <names >ordinary.hex

Names whose own label is in the CSV are left out, both halves of it: what is measured was not seen.
Of each list 3,000 words are taken, without accents. Each octet of the result is a count: 8 log2(1 + n),
rounded. First three symbols in a row, then the buckets of four in a row (dga.py).

The one that is here is of the 25,829 sites to which the rules of EasyList, EasyPrivacy and uBlock
filters apply ("site##rule", "domain=site"; Debian's webext-ublock-origin-firefox 1.67.0), and of
bookworm's wamerican wbrazilian wdutch wfrench witalian wngerman wpolish wportuguese wspanish wswedish.
"""

import math
import sys
import unicodedata
import zlib

import dga

SECOND_LEVEL = {"com", "co", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob"}
HOSTED = {("blogspot", "com"), ("wordpress", "com")}
COLUMNS = 48  # octets a line
WORDS = 3000  # of each list
WORD_LENGTHS = range(4, 15)
LATIN = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})


def own_label(name):
    """Nearly what the public suffix list would say, and the same everywhere."""
    labels = name.split(".")
    below = 1
    if len(labels) > 2 and labels[-2] in SECOND_LEVEL and len(labels[-1]) == 2:
        below = 2
    if len(labels) > 2 and tuple(labels[-2:]) in HOSTED:
        below = 2
    return labels[-below - 1]


def plain(word):
    """As it would be in a name: without accents."""
    parts = unicodedata.normalize("NFD", word.translate(LATIN))
    return "".join(c for c in parts if not unicodedata.combining(c))


def some_words(path):
    with open(path, "rb") as f:
        octets = f.read()
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    lines = (line.strip().lower() for line in text.split("\n"))
    words = {plain(w) for w in lines if "'" not in w and len(w) in WORD_LENGTHS}
    kept = (w for w in words if w.isascii() and w.isalpha())
    return sorted(kept, key=lambda w: (zlib.crc32(w.encode()), w))[:WORDS]


def main():
    seen = {name.partition(".")[0] for _, _, name in dga.read(sys.argv[1])}
    names = (line.strip().lower() for line in sys.stdin)
    labels = {own_label(name) for name in names if "." in name}
    for path in sys.argv[2:]:
        labels.update(some_words(path))
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
