#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
What lists cost: lists.py [NAMES]. A file of so many names is loaded, and loaded again, by
build/tests/lists/feeds_dump; then build/tests/bench/name_set looks names up in as large a set.
"""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lists"))
from dump import Dump  # pylint: disable=wrong-import-position


def seconds(pid):
    """Of CPU."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid):
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kb = dict(re.findall(r"^(\w+):\s+(\d+) kB$", text, re.M))
    return (f"{int(kb['RssAnon']) / 1e3:.0f} MB its own (peak of all {int(kb['VmHWM']) / 1e3:.0f} MB),"
            f" {int(kb['RssShmem']) / 1e3:.0f} MB of the set")


def load(path, count):
    begun = time.monotonic()
    with Dump("-b", path) as dump:
        dump.expect(rf"set {count} 0", patience=300)
        child = dump.child()
        print(f"  loading        {time.monotonic() - begun:.1f} s, {seconds(child):.1f} s of CPU")
        before = seconds(dump.process.pid)
        begun = time.monotonic()
        dump.reload()
        dump.expect(rf"set {count} 0", patience=300)
        print(f"  loading again  {time.monotonic() - begun:.1f} s, of which the tool itself "
              f"{(seconds(dump.process.pid) - before) * 1e3:.0f} ms of CPU")
        print(f"  the tool       {megabytes(dump.process.pid)}")
        print(f"  its child      {megabytes(child)}")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000000
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / "list"
        with path.open("w", encoding="ascii") as file:
            for i in range(count):
                file.write(f"h{i * 2654435761 % 2**40:x}.zone{i % 1009}.example\n")
        print(f"{count} names, a file of {path.stat().st_size / 1e6:.0f} MB")
        load(path, count)
    subprocess.run([ROOT / "build/tests/bench/name_set", str(count)], check=True)


if __name__ == "__main__":
    main()
