# SPDX-License-Identifier: Apache-2.0
"""Runs dnssnoop, or another of the tools, and collects what it says."""
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path

from lab import HERE, child, patient

DNSSNOOP = Path(os.environ.get("DNSSNOOP", HERE.parents[1] / "build/dnssnoop")).resolve()
DNSLAT = Path(os.environ.get("DNSLAT", HERE.parents[1] / "build/dnslat")).resolve()
DNSTUNNEL = Path(os.environ.get("DNSTUNNEL", HERE.parents[1] / "build/dnstunnel")).resolve()
TRACING = "dnssnoop: tracing"
COUNTERS = ("captured", "unattributed", "unmatched", "malformed", "truncated", "lost")
# What changes tables is the test's own affair.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")
} | {"TERM": "xterm"}
START_LIMIT = 60  # seconds: a compiler starts, perhaps several at once
ACCOUNTING = re.compile("^" + ".*, ".join(rf"{c} (\d+)" for c in COUNTERS), re.M)


class Lines:
    """Reads a stream in a thread, so that the tool never waits for us."""

    def __init__(self, stream):
        self.lines = []
        self.changed = threading.Condition()
        self.ended = False
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        try:
            for line in stream:
                with self.changed:
                    self.lines.append(line)
                    self.changed.notify_all()
        except OSError:
            pass  # EIO: a terminal whose other side is closed
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait(self, condition, seconds):
        """True when `condition(lines)` holds in time."""
        with self.changed:
            self.changed.wait_for(lambda: condition(self.lines) or self.ended, patient(seconds))
            return condition(self.lines)

    def text(self):
        return b"".join(self.lines).decode("utf-8", "surrogateescape")


def terminal(columns):
    controller, terminal_end = os.openpty()
    fcntl.ioctl(terminal_end, termios.TIOCSWINSZ, struct.pack("4H", 50, columns, 0, 0))
    return controller, terminal_end


class Snoop:
    """
    A running dnssnoop: `with Snoop("-x") as s: ...; rows = s.stop()`. It is known to be tracing
    when the constructor returns.
    """

    def __init__(self, *arguments, host=None, table=False, columns=None, tool=None, **kwargs):
        """`table`: no JSON; `columns`: stdout is a terminal that is so wide."""
        tool = tool or DNSSNOOP
        command = [str(tool), "-v", *([] if table else ["-j"]), *map(str, arguments)]
        read_end, write_end = terminal(columns) if columns else os.pipe()
        self.process = subprocess.Popen(
            (host.enter if host else []) + command,
            stdin=subprocess.DEVNULL,
            stdout=write_end,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            preexec_fn=child,
            **kwargs,
        )
        os.close(write_end)
        self.out, self.err = Lines(os.fdopen(read_end, "rb")), Lines(self.process.stderr)
        self.position, self.parsed, self.first = 0, [], 0
        ready = f"{tool.name}: tracing\n".encode()
        if not self.err.wait(lambda lines: ready in lines, START_LIMIT):
            self.kill()
            raise AssertionError(f"{' '.join(command)} does not trace: {self.err.text()}")

    def rows(self, zone="", drops=False):
        """
        The JSON objects so far whose name ends in `zone`. Whether the kernel drops anything, and
        tells it, is only of interest with `drops`.
        """
        lines = self.out.lines
        while self.position < len(lines):
            line = lines[self.position]
            try:
                self.parsed.append(json.loads(line))
            except ValueError as error:
                raise AssertionError(f"no JSON: {error}: {line!r}") from error
            self.position += 1
        return [
            row
            for row in self.parsed[self.first :]
            if row.get("qname", "").endswith(zone) and (drops or row.get("event") != "dropped")
        ]

    def wait_rows(self, count, zone, seconds=10, drops=False):
        """Waits for `count` rows; the caller checks what came."""
        deadline = time.monotonic() + patient(seconds)
        while len(self.rows(zone, drops)) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.rows(zone, drops)

    def stop(self, sig=signal.SIGINT):
        """Ends the tool as Ctrl-C does and checks that it ends well; its counters."""
        self.process.send_signal(sig)
        return self.finish()

    def finish(self, seconds=10):
        try:
            status = self.process.wait(patient(seconds))
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the tool does not end: {self.err.text()}") from None
        self.out.thread.join()
        self.err.thread.join()
        assert status == 0, f"exit status {status}: {self.err.text()}"
        return accounting(self.err.text())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.kill()


def accounting(text):
    found = ACCOUNTING.findall(text)
    assert found, f"no accounting line: {text}"
    return dict(zip(COUNTERS, map(int, found[-1])))


class SharedSnoop(Snoop):
    """
    One dnssnoop for the tests of a file that start it with the same arguments: what a test asks
    for has names of its own. Each sees the rows and counters from its `with` to its stop().
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.tag = ""  # in all names of the test that looks now
        self.seen = {}  # tag -> its rows when its test was done
        self.before = {}

    def __enter__(self):
        assert self.process.poll() is None, f"dnssnoop has ended: {self.err.text()}"
        self.rows()
        self.first = len(self.parsed)
        self.before = self.counters()
        return self

    def __exit__(self, *exception):
        pass

    def counters(self):
        """As of now: the tool says them on SIGUSR1."""
        said = len(self.err.lines)
        self.process.send_signal(signal.SIGUSR1)
        assert self.err.wait(
            lambda lines: any(ACCOUNTING.match(line.decode()) for line in lines[said:]), 10
        ), f"no accounting: {self.err.text()}"
        return accounting(self.err.text())

    def stop(self):
        now = self.counters()
        self.seen[self.tag] = self.count(self.tag)
        return {counter: now[counter] - self.before[counter] for counter in COUNTERS}

    def end(self):
        """After the last test: the tool ends well, and no test has got more rows since."""
        super().stop()
        late = {tag: count for tag, count in self.seen.items() if self.count(tag) != count}
        assert not late, f"tests that got more rows than these when they were done: {late}"

    def count(self, tag):
        self.rows()
        return sum(
            tag in row.get("qname", "").split(".") and row.get("event") != "dropped"
            for row in self.parsed
        )


class SharedSnoops:
    """One of each kind of arguments, started when it is first asked for."""

    def __init__(self):
        self.snoops = {}

    def get(self, tag, *arguments):
        if arguments not in self.snoops:
            self.snoops[arguments] = SharedSnoop(*arguments)
        self.snoops[arguments].tag = tag
        return self.snoops[arguments]

    def end(self):
        try:
            for snoop in self.snoops.values():
                snoop.end()
        finally:
            for snoop in self.snoops.values():
                snoop.kill()
