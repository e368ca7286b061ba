# SPDX-License-Identifier: Apache-2.0
"""
Real DNS tunnels between the lab's client and server, each under a registered domain of its own.

All of them share the two hosts: each has its own tunnel device and subnet (iodine) or local port
(dns2tcp), and its server an address of its own. Towards some the client asks unbound instead.
"""
import contextlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lab import HERE, wait_until

PASSWORD = "tunnels"
RESOLVER = "10.53.1.1"
SINK = 7000  # a port of the server, at the far end of each tunnel
# A client that probes what the path can carry takes this long, in seconds, on a busy machine.
SETUP_LIMIT = 60


@dataclass
class Tunnel:
    """What a tunnel is, and once it is up, its client."""

    program: str
    qtype: str = ""
    encoding: str = ""
    lazy: bool = True
    path: str = "direct"
    options: tuple = ()
    number: int = 0
    domain: str = ""
    process: subprocess.Popen = None
    log: Path = None

    @property
    def name(self):
        lazy = {True: "lazy", False: "eager"}[self.lazy] if self.program == "iodine" else ""
        parts = (self.program, self.qtype, self.encoding, lazy, self.path)
        return "-".join(part.lower() for part in parts if part)

    @property
    def server(self):
        return f"10.53.2.{self.number}"

    @property
    def subnet(self):
        return f"10.55.{self.number}"

    @property
    def asked(self):
        """The name server that the client asks."""
        return RESOLVER if self.path == "unbound" else self.server

    @property
    def sink(self):
        """Where a program at the client's end connects to: it reaches the server's sink."""
        if self.program == "iodine":
            return f"{self.subnet}.1", SINK
        return "127.0.0.1", SINK + self.number


class Tunnels:
    def __init__(self, lab):
        self.lab, self.count, self.stack = lab, 0, contextlib.ExitStack()
        lab.server.run("ip", "addr", "add", f"{RESOLVER}/32", "dev", "veth0")
        lab.client.run("ip", "route", "add", "10.53.0.0/16", "dev", "veth0")
        lab.daemon(
            lab.server,
            "sink",
            *[sys.executable, HERE / "flow.py", "serve", SINK],
            ready=lambda log: "ready" in log,
        )

    def prepare(self, tunnels):
        """Gives each its number and starts the servers: all, and the resolver that knows them."""
        for tunnel in tunnels:
            self.count += 1
            tunnel.number = self.count
            tunnel.domain = tunnel.domain or f"{tunnel.name}-{self.count}.test"
            self.lab.server.run("ip", "addr", "add", f"{tunnel.server}/32", "dev", "veth0")
            {"iodine": self.iodined, "dns2tcp": self.dns2tcpd}[tunnel.program](tunnel)
        if any(tunnel.path == "unbound" for tunnel in tunnels):
            self.unbound(tunnels)

    def iodined(self, tunnel):
        self.lab.daemon(
            self.lab.server,
            f"iodined-{tunnel.number}",
            *["iodined", "-f", "-c", "-P", PASSWORD, "-l", tunnel.server],
            *["-d", f"dns{tunnel.number}", f"{tunnel.subnet}.1/27", f"t.{tunnel.domain}"],
            ready=lambda log: "Listening to dns" in log,
        )

    def dns2tcpd(self, tunnel):
        config = self.lab.directory / f"dns2tcpd-{tunnel.number}.conf"
        config.write_text(
            f"""listen = {tunnel.server}
port = 53
domain = t.{tunnel.domain}
key = {PASSWORD}
resources = sink:127.0.0.1:{SINK}
"""
        )
        self.lab.daemon(
            self.lab.server,
            f"dns2tcpd-{tunnel.number}",
            *["dns2tcpd", "-F", "-d", "1", "-f", config],
            ready=lambda log: "Listening on" in log,
        )

    def unbound(self, tunnels):
        stubs = "".join(
            f'stub-zone:\n    name: "t.{tunnel.domain}"\n    stub-addr: {tunnel.server}\n'
            for tunnel in tunnels
            if tunnel.path == "unbound"
        )
        config = self.lab.directory / f"resolver-{self.count}.conf"
        root = self.lab.directory / "root.zone"
        root.write_text(ROOT_ZONE)
        config.write_text(UNBOUND_CONFIG.format(directory=self.lab.directory, root=root) + stubs)
        self.lab.daemon(
            self.lab.server,
            f"resolver-{self.count}",
            *["unbound", "-d", "-c", config],
            ready=lambda log: "start of service" in log,
        )

    def start(self, tunnel, cgroup=None):
        """Starts the client, which sets the tunnel up meanwhile: see `wait`."""
        command = {"iodine": self.iodine, "dns2tcp": self.dns2tcpc}[tunnel.program](tunnel)
        if cgroup:
            enter = f'echo $$ >"{cgroup.path}/cgroup.procs" && exec "$@"'
            command = ["sh", "-c", enter, "sh", *command]
        tunnel.log = self.lab.directory / f"client-{tunnel.number}.log"
        with tunnel.log.open("wb") as out:
            tunnel.process = self.lab.client.start(
                *command, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self.lab.daemons.append(tunnel.process)

    def iodine(self, tunnel):
        options = [*(["-O", tunnel.encoding] if tunnel.encoding else []), *tunnel.options]
        return [
            *["iodine", "-f", "-r", "-P", PASSWORD, "-T", tunnel.qtype, f"-L{int(tunnel.lazy)}"],
            *["-d", f"dns{tunnel.number}", *options, tunnel.asked, f"t.{tunnel.domain}"],
        ]

    def dns2tcpc(self, tunnel):
        return [
            *["dns2tcpc", "-d", "1", "-f", "/dev/null", "-k", PASSWORD, "-T", tunnel.qtype],
            *["-r", "sink", "-l", str(tunnel.sink[1]), *tunnel.options],
            *["-z", f"t.{tunnel.domain}", tunnel.asked],
        ]

    def wait(self, tunnel):
        """Until data can flow."""
        ready = {"iodine": "Connection setup complete", "dns2tcp": "Listening on port"}

        def is_up():
            text = tunnel.log.read_text("latin-1")
            assert tunnel.process.poll() is None, f"{tunnel.name} ended: {text}"
            return ready[tunnel.program] in text

        wait_until(is_up, SETUP_LIMIT, f"{tunnel.name} is up")

    def flow(self, tunnel, *how):
        """Sends data through it; see flow.py."""
        host, port = tunnel.sink
        return self.lab.client.run(sys.executable, HERE / "flow.py", *how, host, port)


UNBOUND_CONFIG = f"""
server:
    directory: "{{directory}}"
    chroot: ""
    username: ""
    pidfile: ""
    logfile: ""
    use-syslog: no
    verbosity: 1
    num-threads: 1
    interface: {RESOLVER}
    access-control: 0.0.0.0/0 allow
    do-ip6: no
    do-daemonize: no
    do-not-query-localhost: no
    module-config: "iterator"
    qname-minimisation: no
    local-zone: "test." nodefault
    outgoing-interface: {RESOLVER}
remote-control:
    control-enable: no
auth-zone:
    name: "."
    zonefile: "{{root}}"
    for-upstream: yes
    for-downstream: no
"""
# iodined answers A and CNAME queries with names under top-level domains that do not exist.
ROOT_ZONE = """. 60 SOA ns. hostmaster. 1 3600 600 86400 60
. 60 NS ns.
ns. 60 A 192.0.2.53
"""
