#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Makes common/track/dga_table.c, the numbers behind dga_score(), from a CSV of `dga,FAMILY,NAME` and
`legit,SOURCE,NAME`, and from ordinary.hex:

    train.py NAMES.csv >common/track/dga_table.c
    train.py --figures NAMES.csv

The table is made from all names. --figures shows what to expect: cross-validated within half 0 of
them, dga.half(), which is how the model was chosen; on half 1, which was not used for that, by the
model that half 0 makes; and cross-validated within all. The same input makes the same octets.

The model: how likely a label is as an ordinary one (three letters in a row) and as one of each family
(two in a row, length, suffix), and four letters in a row, generated against ordinary. A logistic
regression weighs these, and the shape of the label. It must not see a name through tables that were
made from that name, so each name's features come from tables made from the other four fifths.
"""

import math
import pathlib
import sys
import zlib

import dga
from dga import BUCKETS, FAMILIES, LANES, LENGTHS, SYMBOLS

UNIT = 16  # of a nat, in all tables but `ordinary`
ORDINARY_WEIGHT = 0.3  # of a name of ordinary.hex, against one of the CSV
FOLDS = 5
SUFFIX_AT_LEAST = 4  # names, for a row of its own
RIDGE = 1.0  # on features scaled to a deviation of 1
FALSE_ALARMS = 100  # one in so many ordinary names


class Sample:
    def __init__(self, generated, source, name):
        self.generated, self.source, self.text = generated, source, name
        self.name = dga.Name(name)
        self.half = dga.half(name)

    def fold(self, salt):
        return zlib.crc32(f"{salt} {self.text}".encode()) // 7 % FOLDS


def read_ordinary():
    """How often three symbols, and buckets of four, are in ordinary names."""
    text = (pathlib.Path(__file__).parent / "ordinary.hex").read_text(encoding="ascii")
    counts = [(2.0 ** (x / 8) - 1) * ORDINARY_WEIGHT for x in bytes.fromhex(text)]
    return counts[: SYMBOLS**3], counts[SYMBOLS**3 :]


def total(values):
    """sum() adds floats in a way that depends on Python's version; this does not."""
    return math.fsum(values)


def quantised(p):
    return max(-127, min(127, round(math.log(p) * UNIT)))


# ---- Tables -------------------------------------------------------------------------------------


def smooth(counts, prior, weight):
    n = total(counts) + weight
    return [(c + weight * p) / n for c, p in zip(counts, prior)]


def rows(flat):
    return [flat[i : i + SYMBOLS] for i in range(0, len(flat), SYMBOLS)]


def after_one(twos, once, weight):
    """p(c | b), leaning on p(c)."""
    uniform = [1 / SYMBOLS] * SYMBOLS
    single = smooth([total(column) for column in zip(*rows(twos))], uniform, once)
    return [smooth(row, single, weight) for row in rows(twos)]


def ordinary_table(samples, threes):
    counts = list(threes)
    for s in samples:
        for i in () if s.generated else s.name.threes:
            counts[i] += 1
    twos = [total(counts[i :: SYMBOLS**2]) for i in range(SYMBOLS**2)]
    leaning = after_one(twos, 2, 20)
    table = []
    for i, row in enumerate(rows(counts)):
        table += smooth(row, leaning[i % SYMBOLS], 20)
    return [min(15, round(-2 * math.log(p))) for p in table]


def family_table(samples, families):
    lanes = []
    for family in families:
        twos = [0] * SYMBOLS**2
        for s in samples:
            for i in s.name.twos if s.source == family else ():
                twos[i] += 1
        lanes.append([quantised(p) for row in after_one(twos, 5, 20) for p in row])
    return list(zip(*lanes))


def four_table(samples, ordinary):
    counts = ([*ordinary], [0] * BUCKETS)
    for s in samples:
        for i in s.name.fours:
            counts[s.generated][i] += 1
    level = total(counts[1]) / total(counts[0])
    return [quantised((g + 0.5) / (o * level + 0.5)) for o, g in zip(*counts)]


def groups(samples, families):
    """In the order of the lanes."""
    yield from ([s for s in samples if s.source == family] for family in families)
    yield [s for s in samples if not s.generated]
    yield [s for s in samples if s.generated]


def histogram(values, size):
    counts = [0] * size
    for v in values:
        counts[v] += 1
    return counts


def blurred(counts):
    """Lengths near those that were seen are likely, too."""
    padded = [0, 0, *counts, 0, 0]
    near = (0.05, 0.2, 0.5, 0.2, 0.05)
    return [total(w * padded[i + k] for k, w in enumerate(near)) for i in range(len(counts))]


def length_table(samples, families):
    uniform = [1 / LENGTHS] * LENGTHS
    lanes = []
    prior = smooth(blurred(histogram((s.name.length for s in samples), LENGTHS)), uniform, 5)
    for group in groups(samples, families):
        counts = blurred(histogram((s.name.length for s in group), LENGTHS))
        lanes.append([quantised(p) for p in smooth(counts, prior, 5)])
    return list(zip(*lanes))


def suffix_table(samples, families):
    counts = {}
    for s in samples:
        counts[s.name.suffix] = counts.get(s.name.suffix, 0) + 1
    kept = sorted(h for h, n in counts.items() if n >= SUFFIX_AT_LEAST)
    row = {h: i for i, h in enumerate(kept)}
    size = len(kept) + 1

    def counted(group):
        return histogram((row.get(s.name.suffix, size - 1) for s in group), size)

    prior = smooth(counted(samples), [1 / size] * size, size)
    lean = [5] * FAMILIES + [50, 20]
    lanes = []
    for weight, group in zip(lean, groups(samples, families)):
        lanes.append([quantised(p) for p in smooth(counted(group), prior, weight)])
    return dict(zip([*kept, None], zip(*lanes)))


def make_tables(samples, ordinary):
    families = sorted({s.source for s in samples if s.generated})
    assert len(families) == FAMILIES
    t = dga.Tables()
    t.ordinary = ordinary_table(samples, ordinary[0])
    t.family = family_table(samples, families)
    t.fours = four_table(samples, ordinary[1])
    t.length = length_table(samples, families)
    t.suffix = suffix_table(samples, families)
    return t


# ---- Weights ------------------------------------------------------------------------------------


def unseen_features(samples, ordinary, salt):
    """(features, is generated) of each sample, from tables that others made."""
    x = []
    for fold in range(FOLDS):
        tables = make_tables([s for s in samples if s.fold(salt) != fold], ordinary)
        for s in samples:
            if s.fold(salt) == fold and not s.name.silent():
                x.append((dga.features(s.name, tables), s.generated))
    return x


def scales(x):
    n = len(x)
    means = [total(column) / n for column in zip(*(f for f, _ in x))]
    result = []
    for i, mean in enumerate(means):
        variance = total((f[i] - mean) ** 2 for f, _ in x) / n
        result.append(1 / math.sqrt(variance) if variance > 0 else 0.0)
    return means, result


def solve(a, b):
    """x of a x = b, a symmetric and positive definite: Cholesky."""
    n = len(b)
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = a[i][j] - total(low[i][k] * low[j][k] for k in range(j))
            low[i][j] = math.sqrt(rest) if i == j else rest / low[j][j]
    y = []
    for i in range(n):
        y.append((b[i] - total(low[i][k] * y[k] for k in range(i))) / low[i][i])
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (y[i] - total(low[k][i] * x[k] for k in range(i + 1, n))) / low[i][i]
    return x


def newton_step(x, w):
    n = len(w)
    slope = [RIDGE * v for v in w[:-1]] + [0.0]
    bend = [[RIDGE * (i == j < n - 1) + 1e-9 * (i == j) for j in range(n)] for i in range(n)]
    for f, generated in x:
        z = 0.0
        for a, b in zip(w, f):
            z += a * b
        p = 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
        error, curve = p - generated, p * (1 - p)
        for i, a in enumerate(f):
            slope[i] += error * a
            ca, row = curve * a, bend[i]
            for j in range(i + 1):
                row[j] += ca * f[j]
    return solve(bend, slope)


def fit(x):
    """Logistic regression; the weights in 2^-WEIGHT_BITS nats, the bias last."""
    means, scale = scales(x)
    scaled = [([*((v - m) * k for v, m, k in zip(f, means, scale)), 1.0], g) for f, g in x]
    w = [0.0] * (dga.FEATURES + 1)
    for _ in range(8):
        w = [a - b for a, b in zip(w, newton_step(scaled, w))]
    plain = [a * k for a, k in zip(w, scale)]
    plain.append(w[-1] - total(a * m for a, m in zip(plain, means)))
    return [round(v * 2**dga.WEIGHT_BITS) for v in plain]


def curve():
    steps = range(-8 * dga.CURVE_STEPS, 8 * dga.CURVE_STEPS + 1)
    return [round(1000 / (1 + math.exp(-i / dga.CURVE_STEPS))) for i in steps]


def train(samples, ordinary, salt):
    return make_tables(samples, ordinary), fit(unseen_features(samples, ordinary, salt)), curve()


# ---- Figures ------------------------------------------------------------------------------------


def cross_validated(samples, ordinary, salt="outer"):
    """(score, sample), each scored by what the other folds made."""
    scored = []
    for fold in range(FOLDS):
        model = train([s for s in samples if s.fold(salt) != fold], ordinary, salt + " inner")
        scored += [(dga.score(s.name, *model), s) for s in samples if s.fold(salt) == fold]
    return scored


def area(scored):
    """Under the curve: how often a generated name scores above an ordinary one."""
    above = ties = 0
    ordinary = [score for score, s in scored if not s.generated]
    generated = [score for score, s in scored if s.generated]
    for g in generated:
        above += sum(g > o for o in ordinary)
        ties += sum(g == o for o in ordinary)
    return (above + ties / 2) / (len(ordinary) * len(generated))


def suspicious(scored):
    """The least score that no more than one in FALSE_ALARMS ordinary names reaches."""
    ordinary = sorted((score for score, s in scored if not s.generated), reverse=True)
    return ordinary[len(ordinary) // FALSE_ALARMS] + 1


def found(scored, least):
    hits = {}
    for score, s in scored:
        hits.setdefault(s.source, []).append(score >= least)
    return {source: (sum(h), len(h)) for source, h in sorted(hits.items())}


def made(samples, ordinary):
    """What source_file() takes: the model, and where it finds a name suspicious."""
    least = suspicious(cross_validated(samples, ordinary))
    return *train(samples, ordinary, "final"), least


def held_out(samples, ordinary):
    """(score, sample) of half 1, by the model that half 0 makes; where that is suspicious."""
    *model, least = made([s for s in samples if s.half == 0], ordinary)
    return [(dga.score(s.name, *model), s) for s in samples if s.half == 1], least


def show(title, scored, least):
    generated = [score >= least for score, s in scored if s.generated]
    ordinary = [score >= least for score, s in scored if not s.generated]
    print(f"{title}: AUC {area(scored):.4f}; at {least} found {sum(generated) / len(generated):.3f}")
    print(f"  and {sum(ordinary) / len(ordinary):.4f} of the ordinary ones")
    for source, (hits, n) in found(scored, least).items():
        print(f"  {source:14} {hits:4} of {n}")


def show_figures(samples, ordinary):
    within = cross_validated([s for s in samples if s.half == 0], ordinary)
    show("within half 0", within, suspicious(within))
    measured, least = held_out(samples, ordinary)
    show("half 1, where half 0 has 1 %", measured, least)
    show("half 1, where it has 1 %", measured, suspicious(measured))
    scored = cross_validated(samples, ordinary)
    show("all", scored, suspicious(scored))


# ---- The file -----------------------------------------------------------------------------------


def wrapped(numbers, indent="\t"):
    lines, line = [], indent
    for n in numbers:
        if len(line) + len(f"{n},") > 92:
            lines.append(line)
            line = indent
        line += f"{n},"
    return "\n".join([*lines, line])


def flat(table):
    return [v for row in table for v in row]


def packed(nibbles):
    """Two to an octet, the first one below."""
    return [a | b << 4 for a, b in zip(nibbles[::2], nibbles[1::2])]


def source_file(tables, weights, points, least):
    hashes = [h for h in tables.suffix if h is not None]
    arrays = (
        ("uint8_t dga_ordinary[DGA_THREES / 2]", packed(tables.ordinary)),
        ("int8_t dga_family[DGA_TWOS * DGA_FAMILIES + DGA_ROW_READ - DGA_FAMILIES]", flat(tables.family)),
        ("int8_t dga_fours[DGA_BUCKETS]", tables.fours),
        ("int8_t dga_length[DGA_LENGTHS * DGA_LANES]", flat(tables.length)),
        ("int8_t dga_suffix[(DGA_SUFFIXES + 1) * DGA_LANES]", flat(tables.suffix.values())),
        ("uint32_t dga_suffix_hash[DGA_SUFFIXES]", [f"{h}u" for h in hashes]),
        ("int32_t dga_weight[DGA_FEATURES + 1]", weights),
        ("uint16_t dga_curve[DGA_CURVE]", points),
    )
    out = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/* Written by tests/model/train.py. */",
        '#include "track/dga.h"',
        '#include "track/dga_table.h"',
        "",
        "/* clang-format off */",
        f"_Static_assert(DGA_SUSPICIOUS == {least}, \"dga.h: the model's own threshold\");",
        f'_Static_assert(DGA_SUFFIXES == {len(hashes)}, "dga_table.h: as many as there are");',
    ]
    for declaration, numbers in arrays:
        out += ["", f"const {declaration} = {{", wrapped(numbers), "};"]
    return "\n".join(out) + "\n"


def main():
    samples = [Sample(*row) for row in dga.read(sys.argv[-1])]
    ordinary = read_ordinary()
    if "--figures" in sys.argv:
        show_figures(samples, ordinary)
    else:
        sys.stdout.write(source_file(*made(samples, ordinary)))


if __name__ == "__main__":
    main()
