# SPDX-License-Identifier: Apache-2.0
"""
A DNS of our own: root, TLDs and zones (zones.py), each server on a host of its own, all joined by
a switch; resolvers (resolvers.py), each on a host of its own, that know this root and its key; and
clients. Hosts are network namespaces, and gone when the process that made them is.

    lab = DnsLab(directory)                      # an empty directory, about 2 s
    unbound = lab.resolver("unbound")            # or bind9, kresd, pdns, dnsmasq, resolved, nscd
    mark = lab.mark()
    unbound.host.run("getent", "ahosts", "www.example.com")
    for query in lab.queries_since(mark): ...    # what reached the authorities, see wiretap.Query
    lab.close()

The truth about upstream queries is the wire, which has what no server's log has: port, id and
response of each query. authorities.py reads the logs that knot and bind9 write of the same queries.
"""
import contextlib
import ctypes
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import authorities
import message
import resolvers
import signing
import zones
from dnstap import Receiver
from livelab import IPV6, Host, child, wait_until
from wiretap import Wiretap

HERE = Path(__file__).resolve().parent
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def in_namespace(pid, function):
    """function(), called by a thread in the network namespace of this process."""
    result = []

    def work():
        with open(f"/proc/{pid}/ns/net", "rb") as namespace:
            failed = _libc.setns(namespace.fileno(), CLONE_NEWNET)
        assert not failed, os.strerror(ctypes.get_errno())
        result.append(function())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return result[0]


class LabHost(Host):
    """A host of the lab. `address` is its first address; `cgroup`, where its processes are put."""

    def __init__(self, directory, *addresses, cgroup=None):
        super().__init__(directory)
        self.name = directory.name
        self.addresses = addresses
        self.cgroup = cgroup
        self.environment = {}  # for what runs here
        self.daemons = []
        self.nsswitch_conf("files dns")

    def resolv_conf(self, *servers, options="", search=""):
        super().resolv_conf(*servers, options=options)
        if search:
            with (self.directory / "resolv.conf").open("a") as out:
                out.write(f"search {search}\n")

    def nsswitch_conf(self, hosts):
        (self.directory / "nsswitch.conf").write_text(f"hosts: {hosts}\n")

    def close(self):
        """Ends what was started here as a daemon, and the host. To do it again does no harm."""
        for process in self.daemons:
            process.terminate()
        for process in self.daemons:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        super().close()

    def path(self, path):
        """A path of this host's, for us."""
        return Path(f"/proc/{self.holder.pid}/root{path}")

    def write(self, path, text):
        """Only where this host has a file system of its own: below /run."""
        self.path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path(path).write_text(text)

    @property
    def address(self):
        return self.addresses[0]

    def socket(self, *arguments):
        return in_namespace(self.holder.pid, lambda: socket.socket(*arguments))

    def start(self, *command, **kwargs):
        """The process that runs `command` here, in this host's cgroup and environment."""

        def prepare():
            child()
            if self.cgroup:
                Path(self.cgroup, "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")

        kwargs.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(
            [*self.enter, *map(str, command)],
            preexec_fn=prepare,
            env={**os.environ, **self.environment},
            **kwargs,
        )

    def command(self, *command, timeout=60):
        """Runs a command here, whatever its exit status: subprocess.CompletedProcess, with text."""
        process = self.start(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def accepts(self, address, port=53):
        """Whether a server here takes connections."""
        with self.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            return s.connect_ex((address, port)) == 0

    def answers(self, address, name="."):
        """Whether a server here answers at all, to a query that does not leave this host."""
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.socket(kind, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            try:
                s.connect((address, 53))
                s.send(message.query(1, name, "SOA", flags=0))
                return bool(s.recv(4096))
            except OSError:  # nobody listens, or not yet
                return False


class DnsLab:
    def __init__(self, directory, cgroup=None):
        """`cgroup`: a cgroup (v2) for resolvers and clients, but not for the authorities."""
        self.directory = Path(directory)
        self.cgroup = cgroup
        self.stack = contextlib.ExitStack()
        self.numbers = itertools.count(1)
        self.starting = []  # (whether it is ready, what is)
        try:
            self.build()
        except BaseException:
            self.close()
            raise

    def build(self):
        self.directory.mkdir(exist_ok=True)
        self.keeper = subprocess.Popen(
            [sys.executable, HERE / "keeper.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.stack.callback(self.keeper.communicate)
        self.switch = Host(self.directory / "switch")
        self.stack.callback(self.switch.close)
        self.keep(self.switch)
        self.switch.run("ip", "link", "add", "switch", "type", "bridge", "mcast_snooping", "0")
        self.switch.run("ip", "link", "set", "switch", "up")
        names = {address: name for name, address in zones.SERVERS.items()}
        self.wire = self.stack.enter_context(
            contextlib.closing(
                in_namespace(self.switch.holder.pid, lambda: Wiretap(socket.socket, names))
            )
        )
        self.receiver = self.stack.enter_context(contextlib.closing(Receiver()))
        self.root = zones.hierarchy()
        self.zone_files = self.directory / "zones"
        self.anchor = signing.write_zones(self.root, self.zone_files)
        self.root_server, self.root_address = zones.ROOT_SERVER, zones.SERVERS["root"]
        self.hints = self.directory / "root.hints"
        self.hints.write_text(
            f". 3600000 NS {self.root_server}\n{self.root_server} 3600000 A {self.root_address}\n"
        )
        self.servers = authorities.start_all(self)
        self.start_web()
        self.wait_ready()

    def keep(self, host):
        """The keeper holds its namespace from now on."""
        self.keeper.stdin.write(f"{host.holder.pid}\n")
        self.keeper.stdin.flush()
        assert self.keeper.stdout.readline() == "held\n"

    def start_web(self):
        """What the names' addresses lead to: port 80 says something."""
        addresses = (zones.WWW, zones.ORG, zones.HOST, zones.WWW6, zones.ORG6, zones.HOST6)
        host = self.host("web", *addresses)
        empty = host.directory / "empty"
        empty.mkdir()
        self.daemon(
            host, "web", sys.executable, "-m", "http.server", "--directory", empty, 80,
            ready=lambda: host.accepts(zones.WWW, 80),
        )  # fmt: skip

    def close(self):
        """Ends all processes, with them all namespaces; the directory is left."""
        self.stack.close()

    def host(self, name, *addresses, cgroup=None):
        """A new host at the switch; the prefix of its addresses is the whole lab."""
        host = LabHost(self.directory / name, *addresses, cgroup=cgroup)
        self.stack.callback(host.close)
        self.keep(host)
        port = f"port{host.holder.pid}"
        host.run(
            "ip", "link", "add", "eth0", "type", "veth", "peer", "name", port,
            "netns", self.switch.holder.pid,
        )  # fmt: skip
        lines = [
            f"addr add {a}/64 dev eth0 nodad" if ":" in a else f"addr add {a}/15 dev eth0"
            for a in addresses
            if IPV6 or ":" not in a
        ]
        host.run("ip", "-batch", "-", stdin="\n".join([*lines, "link set eth0 up"]) + "\n")
        self.switch.run("ip", "link", "set", port, "master", "switch", "up")
        return host

    def daemon(self, host, name, *command, ready):
        """Starts a server that writes to NAME.log; wait_ready() waits until ready()."""
        log = host.directory / f"{name}.log"
        with log.open("wb") as out:
            process = host.start(*command, stdout=out, stderr=out)
        host.daemons.append(process)

        def is_ready():
            assert process.poll() is None, f"{name} ended: {log.read_text()[-2000:]}"
            return ready()

        self.starting.append((is_ready, f"{name} is ready, see {log}"))
        return process

    def wait_ready(self, seconds=20):
        for is_ready, what in self.starting:
            wait_until(is_ready, seconds, what)
        self.starting.clear()

    def tap(self, host):
        """The socket that this host's server writes dnstap to."""
        return self.receiver.listen(host.directory / "dnstap")

    def tapped(self, host):
        """[dnstap.Tapped] of this host's server; the last second's may be missing."""
        return list(self.receiver.messages[host.directory / "dnstap"])

    def client(self, *servers, options="", search=""):
        """A host whose resolv.conf has these servers, options, and search list."""
        number = next(self.numbers)
        host = self.host(
            f"client{number}", f"198.18.1.{number}", f"3fff:18::1:{number}", cgroup=self.cgroup
        )
        host.resolv_conf(*servers, options=options, search=search)
        return host

    def resolver(self, kind, **options):
        """A host with a resolver and with a resolv.conf that has it; see resolvers.py."""
        resolver = resolvers.start(self, kind, **options)
        self.wait_ready()
        return resolver

    def mark(self):
        """Now, for queries_since()."""
        return len(self.wire.read())

    def quiet(self, seconds=0.5, limit=30):
        """
        Waits until for so long nobody has asked anything: resolvers go on after their answer, for
        their own sake.
        """
        deadline = time.monotonic() + limit
        seen = -1
        while seen != self.mark() and time.monotonic() < deadline:
            seen = self.mark()
            time.sleep(seconds)

    def queries_since(self, mark=0):
        """wiretap.Query of each query that was sent to an authority (or from host to host)."""
        return self.wire.read()[mark:]

