# SPDX-License-Identifier: Apache-2.0
"""build/tests/lists/feeds_dump, asked and listened to."""
import queue
import re
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/tests/lists/feeds_dump"
PATIENCE = 20  # seconds; only failures take as long


class Dump:
    """With its lines in the order in which they came; answers to find() are kept apart."""

    def __init__(self, *arguments, command=None, **options):
        self.process = subprocess.Popen(
            command or [PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, bufsize=1, **options)
        self.lines = queue.Queue()
        self.answers = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            is_answer = line.startswith(("found ", "none", "no name"))
            (self.answers if is_answer else self.lines).put(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Its exit status."""
        self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def next(self, patience=PATIENCE):
        return self.lines.get(timeout=patience)

    def expect(self, pattern, patience=PATIENCE):
        """The first line that matches wholly; those before it are passed over."""
        passed = []
        end = time.monotonic() + patience
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line {pattern!r}, but {passed}") from None
            if re.fullmatch(pattern, line):
                return line
            passed.append(line)

    def quiet(self, seconds, allowed="info .*"):
        """Nothing is said meanwhile but what is allowed."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                line = self.lines.get(timeout=left)
            except queue.Empty:
                return
            assert re.fullmatch(allowed, line), line

    def find(self, name):
        self.process.stdin.write(f"find {name}\n")
        return self.answers.get(timeout=PATIENCE)

    def reload(self):
        self.process.stdin.write("reload\n")

    def close_lists(self):
        self.process.stdin.write("close\n")

    def child(self):
        """The pid of the process that loads lists."""
        return child_of(self.process)


def child_of(process):
    """Once it is there, with a name of its own."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        pids = path.read_text(encoding="ascii").split()
        if pids and Path(f"/proc/{pids[0]}/comm").read_text(encoding="ascii").endswith("-lists\n"):
            return int(pids[0])
        time.sleep(0.02)
    raise AssertionError("no process that loads lists")


def refused(*arguments):
    """What it says when it does not start: one line."""
    result = subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 1, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("feeds_dump: "), lines
    return lines[0].removeprefix("feeds_dump: ")


def names(count, first=0):
    return "".join(f"n{i}.example\n" for i in range(first, first + count))
