# SPDX-License-Identifier: Apache-2.0
"""
Ends what is left in the lab's network namespaces when the lab is gone, however it went: servers
fork, and those that give up root do not hear of their parent's death (PR_SET_PDEATHSIG).

Reads the inode of each namespace on stdin. At the end of stdin it kills what runs there, and ends
when there is nothing.
"""
import os
import signal
import sys
import time
from pathlib import Path

SECONDS = 20


def processes_in(namespaces):
    """[pid] of those in any of these network namespaces (inodes, as text)."""
    found = []
    for link in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            if os.readlink(link).strip("net:[]") in namespaces:
                found.append(int(link.parts[2]))
        except OSError:
            pass  # gone, meanwhile
    return found


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    namespaces = set(sys.stdin.read().split())
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        left = processes_in(namespaces)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)


if __name__ == "__main__":
    main()
