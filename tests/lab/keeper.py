# SPDX-License-Identifier: Apache-2.0
"""
Ends what is left in the lab's network namespaces when the lab is gone, however it went: servers
fork, and those that give up root do not hear of their parent's death (PR_SET_PDEATHSIG).

Reads on stdin the pid of a process in each namespace, and says when it holds that namespace: only
as long as somebody does is its inode not another's. At the end of stdin it kills what runs in them,
and ends when there is nothing.
"""
import os
import signal
import sys
import time
from pathlib import Path

SECONDS = 20


def processes_in(namespaces):
    """[pid] of those in any of these network namespaces, by their inodes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            if path.stat().st_ino in namespaces:
                found.append(int(path.parts[2]))
        except OSError:
            pass  # gone, meanwhile
    return found


def hold():
    """The namespaces, open, until stdin ends."""
    held = []
    for pid in sys.stdin:
        held.append(os.open(f"/proc/{pid.strip()}/ns/net", os.O_RDONLY))
        print("held", flush=True)
    return held


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    namespaces = {os.fstat(number).st_ino for number in hold()}
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
