# SPDX-License-Identifier: Apache-2.0
"""
common/track/dga.c once more, for train.py: the same features in the same integers, from the same
tables. Logarithms of probabilities are in 16ths of a nat, as there.
"""

import zlib

FAMILIES = 25
SYMBOLS = 28  # the end of a label, a..z, anything else
LENGTHS = 41  # the last one: that long or longer
BUCKETS = 28672  # of four symbols in a row
SHORTEST = 4  # octets of a label that says anything
STEPS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 28)
ORDINARY, GENERATED = FAMILIES, FAMILIES + 1  # lanes behind those of the families
LANES = FAMILIES + 2
PLAIN_FEATURES = 24
FEATURES = PLAIN_FEATURES + len(STEPS)


def read(path):
    """(is generated, family or source, name) of each line of the CSV."""
    with open(path, encoding="ascii") as lines:
        for line in lines:
            kind, source, name = line.strip().lower().split(",")
            yield kind == "dga", source, name


def half(name):
    """0: to train on, 1: to measure."""
    return zlib.crc32(name.encode()) & 1


def symbol(c):
    return ord(c) - ord("a") + 1 if "a" <= c <= "z" else SYMBOLS - 1


def bucket(a, b, c, d):
    return ((((a * 32 + b) * 32 + c) * 32 + d) * 2654435761 % 2**32 * BUCKETS) >> 32


def suffix_hash(suffix):
    """FNV-1a of the labels in wire form, without the root."""
    h = 2166136261
    for label in suffix.split(".") if suffix else ():
        for octet in bytes([len(label)]) + label.encode():
            h = (h ^ octet) * 16777619 % 2**32
    return h


class Name:
    """What of a name needs no table."""

    def __init__(self, name):
        self.label, _, suffix = name.partition(".")
        self.suffix, self.suffix_labels = suffix_hash(suffix), len(suffix.split("."))
        middle = [symbol(c) for c in self.label]
        q = [0, 0, *middle, 0]
        self.threes = [(a * SYMBOLS + b) * SYMBOLS + c for a, b, c in zip(q, q[1:], q[2:])]
        self.twos = [b * SYMBOLS + c for b, c in zip(q[1:], q[2:])]
        q = q[1:]
        self.fours = [bucket(*four) for four in zip(q, q[1:], q[2:], q[3:])]
        self.length = min(len(middle), LENGTHS - 1)
        self.shape = shape(self.label)

    def silent(self):
        return len(self.label) < SHORTEST or self.label.startswith("xn--")


class Tables:
    """The numbers of dga_table.c, but for the weights."""

    ordinary = None  # of three symbols: half nats, 0..15, of -ln p
    family = None  # of two symbols: a row of FAMILIES
    fours = None  # by bucket: generated against ordinary
    length = None  # by length: a row of LANES
    suffix = None  # by hash: a row of LANES; None: any other


def share(n, of):
    return n * 64 // of


def longest(flags):
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def shape(label):
    """Of the letters and digits alone."""
    n = max(len(label), 1)
    letters = [c for c in label if "a" <= c <= "z"]
    digits = [c for c in label if "0" <= c <= "9"]
    vowel = [c in "aeiou" for c in label]
    consonant = ["a" <= c <= "z" and c not in "aeiou" for c in label]
    changes = sum(("0" <= a <= "9") != ("0" <= b <= "9") for a, b in zip(label, label[1:]))
    vowels = share(sum(vowel), max(len(letters), 1))
    different = len({symbol(c) for c in label})
    return [
        min(n, 63),
        share(len(digits), n),
        int("-" in label),
        vowels,
        (vowels - 26) * (vowels - 26) // 16,
        longest(consonant),
        longest(vowel),
        changes,
        share(changes, n),
        share(different, n),
        different,
    ]


def divide(a, b):
    """As C does: towards zero."""
    return a // b if a >= 0 else -(-a // b)


def clip(x, low, high):
    return max(low, min(high, x))


def features(name, t):
    n = len(name.label) + 1
    steps = [t.ordinary[i] for i in name.threes]
    ordinary = -8 * sum(steps)
    length = t.length[name.length]
    suffix = t.suffix.get(name.suffix, t.suffix[None])
    lanes = [sum(column) for column in zip(*(t.family[i] for i in name.twos))]
    lanes = [lane + length[k] for k, lane in enumerate(lanes)]
    bare = max(lanes) - ordinary - length[ORDINARY]
    whole = max(lane + suffix[k] for k, lane in enumerate(lanes))
    whole -= ordinary + length[ORDINARY] + suffix[ORDINARY]
    four = sum(t.fours[i] for i in name.fours)
    f = [
        whole,
        clip(whole, -80, 80),
        clip(whole, -32, 32),
        clip(whole, 32, 128),
        divide(16 * whole, n),
        bare,
        divide(16 * bare, n),
        four,
        clip(four, -80, 80),
        divide(16 * four, n),
        divide(16 * ordinary, n),
        max(steps),
        suffix[GENERATED] - suffix[ORDINARY],
    ]
    f += name.shape
    assert len(f) == PLAIN_FEATURES
    return f + [int(len(name.label) >= step) for step in STEPS]


WEIGHT_BITS = 16  # weights are in 2^-16 nats a unit of the feature
CURVE_STEPS = 16  # of a nat; the curve goes from -8 to 8


def score(name, t, weights, curve):
    """Permille. `weights` has the bias last."""
    if name.silent():
        return 0
    z = weights[FEATURES] + sum(w * f for w, f in zip(weights, features(name, t)))
    x = clip((z >> (WEIGHT_BITS - 8)) + 8 * 256, 0, 16 * 256 - 1)  # 256ths of a nat
    i, part = x >> 4, x & 15
    return curve[i] + ((curve[i + 1] - curve[i]) * part >> 4)
