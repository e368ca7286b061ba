# SPDX-License-Identifier: Apache-2.0
"""
Two hosts in namespaces of their own, "client" and "server", joined by a veth pair.

Each namespace lives in a holder process and has no name: when the holders die, and they die with
the test run, links, addresses, mounts and rules are gone.
"""
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parents[1] / "build/tests/live"
PR_SET_PDEATHSIG = 1

# Waits before it becomes the command: a socket belongs to the cgroup that it was made in.
GATE = ["sh", "-c", 'echo ready; read go; exec "$@"', "sh"]

ZONE = "example.test"
ROGUE_ZONE = "rogue.test"
CLIENT, CLIENT6 = "10.53.0.1", "fd53::1"
KNOT, KNOT6 = "10.53.0.2", "fd53::2"
UNBOUND, UNBOUND6 = "10.53.0.3", "fd53::3"
ROGUE, ROGUE6 = "10.53.0.4", "fd53::4"
CLOSED, CLOSED6 = "10.53.0.5", "fd53::5"  # a host without a name server
ELSEWHERE, ELSEWHERE6 = "10.53.0.6", "fd53::6"
SILENT, SILENT6 = "10.53.0.7", "fd53::7"
# What a client asks and NAT sends on: to another host, and as Docker does it, to this one.
NAT, DOCKER = "10.99.0.11", "127.0.0.11"
HIGH_PORT = 10053

IPV6 = Path("/proc/net/if_inet6").exists()  # not with ipv6.disable=1

_libc = ctypes.CDLL(None)


def child():
    """For preexec_fn: dies with the test run, and hears Ctrl-C even if the run is a background job."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def usable(*addresses):
    """Those that this kernel can have."""
    return [a for a in addresses if IPV6 or ":" not in a]


def patient(seconds):
    """The longest wait for what takes less on an ordinary machine; an emulated one needs more."""
    return seconds * float(os.environ.get("PATIENCE", "1"))


def wait_until(condition, seconds, what):
    """Polls until `condition()` is true and returns its value."""
    deadline = time.monotonic() + patient(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


class Host:
    """A network namespace, with a mount namespace for its own resolv.conf and nsswitch.conf."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        (directory / "nsswitch.conf").write_text("hosts: dns\n")
        self.resolv_conf()
        mounts = "".join(
            f"mount --bind {directory / name} /etc/{name} && "
            for name in ("resolv.conf", "nsswitch.conf")
        )
        self.holder = subprocess.Popen(
            [
                "unshare",
                "--net",
                "--mount",
                "sh",
                "-ec",
                mounts + "ip link set lo up && echo ready && exec cat",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=child,
        )
        assert self.holder.stdout.readline() == b"ready\n", "no namespaces: is this root?"
        self.enter = ["nsenter", f"--target={self.holder.pid}", "--net", "--mount", "--"]

    def resolv_conf(self, *servers, options=""):
        """Also for processes that run already: the file keeps its inode."""
        lines = [f"nameserver {server}\n" for server in servers]
        (self.directory / "resolv.conf").write_text(
            "".join(lines) + (f"options {options}\n" if options else "")
        )

    def start(self, *command, **kwargs):
        """The process that runs `command` here: nsenter does not fork."""
        return subprocess.Popen([*self.enter, *map(str, command)], preexec_fn=child, **kwargs)

    def run(self, *command, stdin=None):
        done = subprocess.run(
            [*self.enter, *map(str, command)],
            input=stdin,
            text=True,
            timeout=patient(60),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Lab:
    def __init__(self, directory):
        self.directory = directory
        self.daemons = []
        self.hosts = []
        self.client = self.host("client")
        self.server = self.host("server")
        self.link()

    def host(self, name):
        self.hosts.append(Host(self.directory / name))
        return self.hosts[-1]

    def link(self):
        self.join(
            self.client,
            "veth0",
            (CLIENT, CLIENT6),
            "veth0",
            (
                KNOT,
                UNBOUND,
                ROGUE,
                CLOSED,
                ELSEWHERE,
                SILENT,
                KNOT6,
                UNBOUND6,
                ROGUE6,
                CLOSED6,
                ELSEWHERE6,
                SILENT6,
            ),
        )
        # Every refusal counts here: no limit on ICMP errors.
        for host in self.hosts:
            host.run("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")
            if IPV6:
                host.run("sysctl", "-qw", "net.ipv6.icmp.ratelimit=0")
        self.client.run("nft", "-f", "-", stdin=NAT_RULES)
        self.client.run("ip", "route", "add", NAT, "via", KNOT)

    def join(self, host, link, addresses, peer, peer_addresses):
        """A veth pair from `host` to the server."""
        host.run(
            "ip",
            "link",
            "add",
            link,
            "type",
            "veth",
            "peer",
            "name",
            peer,
            "netns",
            self.server.holder.pid,
        )
        for end, name, own in ((host, link, addresses), (self.server, peer, peer_addresses)):
            commands = [
                f"addr add {a}/{'64' if ':' in a else '24'} dev {name} {'nodad' if ':' in a else ''}"
                for a in usable(*own)
            ] + [f"link set {name} up"]
            end.run("ip", "-batch", "-", stdin="\n".join(commands) + "\n")
        # The kernel takes up to a second to see that the link is there; IPv6 is silent until then.
        for end, name in ((host, link), (self.server, peer)):
            show = ["ip", "-6", "addr", "show", "dev", name, "scope", "link"]
            wait_until(lambda: not IPV6 or end.run(*show), 5, f"IPv6 on {name}")

    def another_client(self):
        """One more host, newer than whatever runs; it reaches the server's addresses by routes."""
        number = len(self.hosts)
        host = self.host(f"client{number}")
        near, near6 = f"10.54.{number}.", f"fd54:0:0:{number}::"
        self.join(
            host, "veth0", (near + "1", near6 + "1"), f"veth{number}", (near + "2", near6 + "2")
        )
        host.run("ip", "route", "add", "default", "via", near + "2")
        if IPV6:
            host.run("ip", "-6", "route", "add", "default", "via", near6 + "2")
        return host

    def daemon(self, host, name, *command, ready):
        """Starts a server that writes to NAME.log, and waits until `ready(log's text)`."""
        log = self.directory / f"{name}.log"
        with log.open("wb") as out:
            process = host.start(*command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.daemons.append(process)

        def is_ready():
            assert process.poll() is None, f"{name} ended: {log.read_text()}"
            return ready(log.read_text())

        wait_until(is_ready, 10, f"{name} is ready: {log.read_text()}")
        return process

    def rogue(self, host, name, *arguments):
        return self.daemon(
            host,
            name,
            sys.executable,
            HERE / "rogue.py",
            *arguments,
            ready=lambda log: "ready" in log,
        )

    def close(self):
        for process in self.daemons:
            process.terminate()
        for process in self.daemons:
            try:
                process.wait(patient(5))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for host in self.hosts:
            host.close()


NAT_RULES = f"""
table ip nat {{
	chain output {{
		type nat hook output priority -100;
		ip daddr {NAT} udp dport 53 dnat to {KNOT}:{HIGH_PORT}
		ip daddr {NAT} tcp dport 53 dnat to {KNOT}:{HIGH_PORT}
		ip daddr {DOCKER} udp dport 53 dnat to {DOCKER}:{HIGH_PORT}
		ip daddr {DOCKER} tcp dport 53 dnat to {DOCKER}:{HIGH_PORT}
	}}
}}
"""


class Cgroup:
    """A cgroup (v2) of our own below the root."""

    def __init__(self, name):
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        root = next(Path(m[1]) for m in mounts if m[2] == "cgroup2")
        for left in root.glob("dnssnoop-test-*"):  # by a run that was killed
            if not Path("/proc", left.name.split("-")[2]).exists():
                left.rmdir()
        self.path = root / f"dnssnoop-test-{os.getpid()}-{name}"
        self.path.mkdir()

    def add(self, pid):
        (self.path / "cgroup.procs").write_text(str(pid))

    def close(self):
        def removed():
            try:
                self.path.rmdir()
                return True
            except OSError:  # busy: its last process is still going
                return False

        wait_until(removed, 5, f"{self.path} is empty")
