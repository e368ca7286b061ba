# SPDX-License-Identifier: Apache-2.0
"""A place to measure in: a network namespace with a real server, and processes that end."""

import contextlib
import os
import pathlib
import platform
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HELPERS = ROOT / "build" / "tests" / "bench"
NAMES = 1000
NEW_NAMES = 2_500_000  # more than are asked in one measurement
OTHER_PORT = 5300  # the same server, where no tool looks for DNS

KNOT = """server:
    listen: [ 127.0.0.1@53, 127.0.0.1@{other} ]
    rundir: "{folder}"
    pidfile: "{folder}/knot.pid"
log:
  - target: stderr
    any: error
database:
    storage: "{folder}"
zone:
  - domain: bench
    storage: "{folder}"
    file: bench.zone
"""

ZONE = """$ORIGIN bench.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
*.new 0 A 192.0.2.251
"""

UNBOUND = """server:
    interface: {address}
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    module-config: "iterator"
    num-threads: 1
    cache-max-ttl: 3600
    domain-insecure: "bench."
stub-zone:
    name: "bench."
    stub-addr: 127.0.0.1@53
remote-control:
    control-enable: no
"""
RESOLVER = "127.0.0.2"

# Calls the C library's resolver, which needs no server for a number.
CALLS = """
import socket, sys, time
began = time.perf_counter()
for _ in range(int(sys.argv[1])):
    socket.getaddrinfo("127.0.0.1", 80)
print((time.perf_counter() - began) / int(sys.argv[1]) * 1e6)
"""

# Looks names up through the C library for a bounded time, at a quiet pace.
LOOKUPS = f"""
import signal, socket, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
end = time.monotonic() + float(sys.argv[1])
i = 0
while time.monotonic() < end:
    try:
        socket.getaddrinfo(f"n{{i % {NAMES}}}.bench", 80)
    except OSError as error:
        print(error, file=sys.stderr)
    i += 1
    time.sleep(0.005)
"""


def machine():
    """The machine in one line: a figure without it says nothing."""
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
        if line.lower().startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"Linux {platform.release()} {platform.machine()}, {model}, {os.cpu_count()} cores"


def stop(process, how=signal.SIGINT):
    """Ends one process that we started; gently, then not."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


@contextlib.contextmanager
def running(command, **options):
    """A process for as long as the block lasts."""
    options.setdefault("stdin", subprocess.DEVNULL)
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        stop(process)


class Arena:
    """A network and mount namespace where 127.0.0.1 is a knot with the zone "bench."."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = None
        self.holder = None

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *why):
        self.stack.close()

    def _build(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dnsbench."))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.joinpath("resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.folder.joinpath("nsswitch.conf").write_text("hosts: files dns\n")
        self.folder.joinpath("knot.conf").write_text(
            KNOT.format(folder=self.folder, other=OTHER_PORT))
        self.folder.joinpath("bench.zone").write_text(
            ZONE + "".join(f"n{i} A 192.0.2.{i % 250 + 1}\n" for i in range(NAMES)))
        self.folder.joinpath("queries").write_text(
            "".join(f"n{i}.bench A\n" for i in range(NAMES)))
        # The namespaces live as long as `cat`, which ends with our pipe.
        script = ('ip link set lo up && mount --bind "$1/resolv.conf" /etc/resolv.conf &&'
                  ' mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && echo up && exec cat')
        self.holder = self.stack.enter_context(running(
            ["unshare", "--net", "--mount", "sh", "-c", script, "sh", str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        if self.holder.stdout.readline() != "up\n":
            raise RuntimeError("no namespace: `make bench` needs root")
        self.stack.enter_context(running(
            self.inside(["knotd", "-c", str(self.folder / "knot.conf")])))
        end = time.monotonic() + 10
        while self.run(["kdig", "+short", "+timeout=1", "+retry=0", "@127.0.0.1", "n1.bench"]) \
                .strip() != "192.0.2.2":
            if time.monotonic() > end:
                raise RuntimeError("knot does not answer")
            time.sleep(0.05)

    def inside(self, command):
        """The command line that runs `command` in the namespaces; exec keeps the pid."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net",
                f"--mount=/proc/{self.holder.pid}/ns/mnt", "--", *map(str, command)]

    def run(self, command):
        return subprocess.run(self.inside(command), capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL).stdout

    def lookups(self, seconds):
        """A process that looks names up, for a `with`."""
        return running(self.inside(["/usr/bin/python3", "-c", LOOKUPS, str(seconds)]))

    def calls(self, count=20000):
        """Microseconds that one call of getaddrinfo() takes."""
        return float(self.run(["/usr/bin/python3", "-c", CALLS, str(count)]))

    def resolver(self):
        """unbound in front of the server, for a `with`; it answers at RESOLVER."""
        path = self.folder / "unbound.conf"
        path.write_text(UNBOUND.format(address=RESOLVER, folder=self.folder))
        return running(self.inside(["unbound", "-d", "-c", path]), stderr=subprocess.DEVNULL)

    def mostly_cached(self):
        """A file of queries of which each tenth is of a name that no cache keeps: its TTL is 0."""
        path = self.folder / "mostly_cached"
        if not path.exists():
            with path.open("w", encoding="ascii") as out:
                out.writelines(f"{i * 2654435761 % 2**32:08x}.new.bench A\n" if i % 10 == 0
                               else f"n{i % NAMES}.bench A\n" for i in range(NEW_NAMES))
        return path

    def new_names(self):
        """A file of queries that are all different."""
        path = self.folder / "new_queries"
        if not path.exists():
            with path.open("w", encoding="ascii") as out:
                out.writelines(f"{i * 2654435761 % 2**32:08x}.new.bench A\n"
                               for i in range(NEW_NAMES))
        return path

    def load(self, seconds, port=53, queries=None, rate=None, server="127.0.0.1"):
        """dnsperf, at full speed or a rate: (answers a second, answers, queries lost)."""
        limit = ["-Q", rate] if rate else []
        text = self.run(["dnsperf", "-s", server, "-p", port,
                         "-d", queries or self.folder / "queries",
                         "-l", seconds, "-c", 8, "-T", 2, "-q", 200, *limit])
        value = {}
        for line in text.splitlines():
            key, found, rest = line.strip().partition(":")
            if found and rest.split():
                value[key] = rest.split()[0]
        try:
            return (float(value["Queries per second"]), int(value["Queries completed"]),
                    int(value["Queries lost"]))
        except (KeyError, ValueError):
            raise RuntimeError(f"dnsperf: {text[-400:]}") from None


def first_line(command, wanted, seconds=30):
    """Seconds from exec to the first line with `wanted`, as a person at a terminal sees it."""
    ours, theirs = pty.openpty()
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    os.close(theirs)
    seen = b""
    try:
        while time.monotonic() < began + seconds:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                seen += os.read(ours, 65536)
            except OSError:  # the other end was closed
                break
            if wanted.encode() in seen:
                return time.monotonic() - began
        raise RuntimeError(f"{command[0]}: no line with {wanted}: {seen[-300:]!r}")
    finally:
        # It may write more while it ends: do not let it wait for a reader.
        os.close(ours)
        stop(process, signal.SIGTERM)
