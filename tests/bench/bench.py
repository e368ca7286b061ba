#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: what the tools cost. BENCH="start load file" names the figures wanted; else all.

Root; a network namespace of its own, removed afterwards. Nothing here is a test: figures
depend on the machine, so each is a ratio, or stands beside the same for another program.
"""

import os
import signal
import sys

import figures
from arena import Arena, machine

FIGURES = {"start": figures.start, "memory": figures.memory, "load": figures.load,
           "new": figures.new, "steady": figures.steady,
           "kernel": figures.kernel, "file": figures.file, "calls": figures.calls,
           "chain": figures.chain}


def main():
    wanted = sys.argv[1:] or list(FIGURES)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        sys.exit(f"bench: {unknown[0]}: none of {', '.join(FIGURES)}")
    if os.geteuid() != 0:
        sys.exit("bench: root is needed: sudo make bench")
    # Whatever was started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(machine())
    busy = os.getloadavg()[0]
    if busy > 0.5:
        print(f"  (other work is going on here, load average {busy:.1f}: the ratios will be noisy)")
    with Arena() as arena:
        for name in wanted:
            FIGURES[name](arena)


if __name__ == "__main__":
    main()
