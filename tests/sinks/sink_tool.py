# SPDX-License-Identifier: Apache-2.0
"""tests/sinks/sinks.c, and servers that answer as they are told."""
import http.server
import json
import re
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SINKS = ROOT / "build/tests/sinks/sinks"
PATIENCE = 20  # s: how long a noisy machine may take


def until(condition, seconds=PATIENCE):
    """What `condition` returned at last: true, unless the time was over."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


class Sinks:
    """The program, with its standard input and output."""

    def __init__(self, *arguments, prefix=(), **options):
        self.process = subprocess.Popen(
            [*prefix, SINKS, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.count = sum(1 for a in arguments if a.split(":")[0] in ("file", "syslog", "webhook"))
        self.started = [json.loads(line) for line in self.lines()]

    def lines(self):
        return [self.process.stdout.readline() for _ in range(self.count)]

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def put(self, count, size=100):
        """Never waits: the process sleeps only until it is told to put; nor does one take long,
        but for what other processes took of the time."""
        before = self.sleeps()
        self.say(f"put {count} {size}")
        slow, longest = map(int, self.process.stdout.readline().split())
        assert self.sleeps() - before <= 4, (slow, longest)
        assert slow <= max(1, count / 50), (slow, longest)

    def sleeps(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"^voluntary_ctxt_switches:\t(\d+)$", text, re.M).group(1))

    def hangup(self):
        self.say("hup")

    def all_stats(self):
        self.say("stats")
        return [json.loads(line) for line in self.lines()]

    def stats(self):
        return self.all_stats()[0]

    def notice(self, later=0):
        self.say(f"notice {later}")
        return self.lines()[0].rstrip("\n")

    def until(self, **wanted):
        """Waits for counters to have these values, and returns all of them."""
        until(lambda: wanted.items() <= self.stats().items())
        stats = self.stats()
        assert wanted.items() <= stats.items(), stats
        return stats

    def close(self, milliseconds=2000):
        self.say(f"close {milliseconds}")
        last = [json.loads(line) for line in self.lines()]
        self.process.wait(10)
        return last[0]

    def child(self, index=0):
        return self.started[index]["pid"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class Server(http.server.ThreadingHTTPServer):
    """Answers each POST by the next of `script`, then by the last one for ever: a status, a pair of
    status and headers, or "hang", "close", "slow"."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *script, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.script = list(script)
        self.requests = []  # (time, path, headers, body)
        self.ended = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def next_answer(self):
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def serials(self):
        return [json.loads(body)["serial"] for *_, body in self.requests]

    def url(self, host="127.0.0.1", scheme="http"):
        return f"webhook:{scheme}://{host}:{self.server_port}/alerts"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.next_answer()
        self.server.requests.append((time.monotonic(), self.path, self.headers, body))
        headers = {}
        if answer == "hang":
            self.server.ended.wait(60)
        if answer in ("hang", "close"):
            self.close_connection = True
            return
        if answer == "slow":
            time.sleep(0.05)
            answer = 200
        if isinstance(answer, tuple):
            answer, headers = answer
        self.send_response(answer)
        for name, value in {"Content-Length": "2", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass
