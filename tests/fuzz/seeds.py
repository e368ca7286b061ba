#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The fuzzer's first inputs: each DNS message of the captures in FOLDER, and in FOLDER.fuzz_file
the captures themselves.
"""

import hashlib
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "differential"))
import tshark  # pylint: disable=wrong-import-position

# As tests/fuzz/run has it: longer inputs are not taken.
LONGEST = 65535


def copy_captures(files, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        if path.stat().st_size <= LONGEST:
            shutil.copy(path, folder)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tshark.ROOT / "build/fuzz/corpus")
    folder.mkdir(parents=True, exist_ok=True)
    files = tshark.captures("messages", "everyday", "tunnels")
    if not files:
        print(f"seeds.py: no captures in {tshark.DATA}: starting from nothing")
        return
    copy_captures(files, folder.with_name(folder.name + ".fuzz_file"))
    seen = set()
    for path in files:
        for _, octets, *_ in tshark.messages(path):
            seen.add(octets)
    for octets in seen:
        (folder / hashlib.sha1(octets).hexdigest()).write_bytes(octets)
    print(f"seeds.py: {len(seen)} messages of {len(files)} captures in {folder}")


if __name__ == "__main__":
    main()
