# SPDX-License-Identifier: Apache-2.0
"""
Real DNS tunnels between two hosts of their own, each tunnel under its own registered domain.

All of them share the two hosts: each has its own device and subnet (iodine) or local port
(dns2tcp), and its server an address of its own. Some clients ask unbound instead.
"""
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import HERE, Lab, wait_until

PASSWORD = "tunnels"
SINK = 7000  # a port of the server, at the far end of each tunnel
SETUP_LIMIT = 60  # seconds, on a busy machine
UP = {"iodine": "Connection setup complete", "dns2tcp": "Listening on port"}


@dataclass
class Tunnel:
    """What a tunnel is, and once it is up, its client."""

    program: str
    qtype: str
    encoding: str = ""  # of what comes down; "": as iodine likes it
    lazy: bool = True  # iodine: the server keeps a query until it has something to say
    path: str = "direct"
    options: tuple = ()
    number: int = 0
    resolver: str = ""
    process: subprocess.Popen = None
    log: Path = None
    began: float = 0.0  # when data could flow, as time.time() says

    @property
    def name(self):
        lazy = ("eager", "lazy")[self.lazy] if self.program == "iodine" else ""
        parts = (self.program, self.qtype, self.encoding, lazy, self.path)
        return "-".join(part.lower() for part in parts if part)

    @property
    def domain(self):
        return f"{self.name}-{self.number}.test"

    @property
    def zone(self):
        return f"t.{self.domain}"

    @property
    def comm(self):
        return {"iodine": "iodine", "dns2tcp": "dns2tcpc"}[self.program]

    @property
    def server(self):
        return f"10.53.2.{self.number}"

    @property
    def asked(self):
        """The name server that the client asks."""
        return self.resolver if self.path == "unbound" else self.server

    @property
    def device(self):
        return f"dns{self.number}"

    @property
    def subnet(self):
        return f"10.55.{self.number}"

    @property
    def sink(self):
        """Where a program at the client's end connects to, to reach the server's sink."""
        if self.program == "iodine":
            return f"{self.subnet}.1", SINK
        return "127.0.0.1", SINK + self.number


class Tunnels:
    """The two hosts, with any number of tunnels."""

    def __init__(self, directory):
        if not Path("/dev/net/tun").exists():
            subprocess.run(["modprobe", "tun"], check=True)
        self.lab, self.count, self.resolvers = Lab(directory), 0, 0
        self.client, self.server = self.lab.client, self.lab.server
        self.client.run("ip", "route", "add", "10.53.0.0/16", "dev", "veth0")
        self.daemon("sink", sys.executable, HERE / "flow.py", "serve", SINK, ready="ready")

    def close(self):
        self.lab.close()

    def daemon(self, name, *command, ready):
        self.lab.daemon(self.server, name, *command, ready=lambda log: ready in log)

    def own_address(self, address):
        self.server.run("ip", "addr", "add", f"{address}/32", "dev", "veth0")

    def serve(self, tunnels):
        """Starts the servers, and a resolver that knows them all where one is asked."""
        missing = {tunnel.comm for tunnel in tunnels if not shutil.which(tunnel.comm)}
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")
        for tunnel in tunnels:
            self.count += 1
            tunnel.number = self.count
            self.own_address(tunnel.server)
            {"iodine": self.iodined, "dns2tcp": self.dns2tcpd}[tunnel.program](tunnel)
        through = [tunnel for tunnel in tunnels if tunnel.path == "unbound"]
        if through:
            self.unbound(through)

    def iodined(self, tunnel):
        self.daemon(
            f"iodined-{tunnel.number}",
            *["iodined", "-f", "-c", "-P", PASSWORD, "-l", tunnel.server],
            *["-d", tunnel.device, f"{tunnel.subnet}.1/27", tunnel.zone],
            ready="Listening to dns",
        )

    def dns2tcpd(self, tunnel):
        config = self.lab.directory / f"dns2tcpd-{tunnel.number}.conf"
        config.write_text(
            f"""listen = {tunnel.server}
port = 53
domain = {tunnel.zone}
key = {PASSWORD}
resources = sink:127.0.0.1:{SINK}
"""
        )
        self.daemon(
            f"dns2tcpd-{tunnel.number}",
            *["dns2tcpd", "-F", "-d", "1", "-f", config],
            ready="Listening on",
        )

    def unbound(self, tunnels):
        self.resolvers += 1
        name = f"resolver-{self.resolvers}"
        root, config = (self.lab.directory / f"{name}.{kind}" for kind in ("root", "conf"))
        address = f"10.53.1.{self.resolvers}"
        self.own_address(address)
        text = RESOLVER.format(address=address, directory=self.lab.directory, root=root)
        for tunnel in tunnels:
            tunnel.resolver = address
            text += f'stub-zone:\n    name: "{tunnel.zone}"\n    stub-addr: {tunnel.server}\n'
        config.write_text(text)
        root.write_text(ROOT_ZONE)
        self.daemon(name, "unbound", "-d", "-c", config, ready="start of service")

    def start(self, tunnel, cgroup=None):
        """
        Starts the client, which sets the tunnel up: then `wait`. It lives as long as the thread
        that has started it (PR_SET_PDEATHSIG).
        """
        command = {"iodine": iodine, "dns2tcp": dns2tcpc}[tunnel.program](tunnel)
        if cgroup:
            enter = f'echo $$ >"{cgroup.path}/cgroup.procs" && exec "$@"'
            command = ["sh", "-c", enter, "sh", *command]
        tunnel.log = self.lab.directory / f"client-{tunnel.number}.log"
        with tunnel.log.open("wb") as out:
            tunnel.process = self.client.start(
                *command, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self.lab.daemons.append(tunnel.process)

    def wait(self, tunnel):
        """Until data can flow."""

        def is_up():
            text = tunnel.log.read_text("latin-1")
            assert tunnel.process.poll() is None, f"{tunnel.name} ended: {text}"
            return UP[tunnel.program] in text

        wait_until(is_up, SETUP_LIMIT, f"{tunnel.name} is up")
        if tunnel.program == "iodine":
            self.route(tunnel)
        tunnel.began = time.time()

    def route(self, tunnel):
        """Whatever netmask iodine's ifconfig has left: no tunnel takes what is another's."""
        for host, end in ((self.client, 1), (self.server, 2)):
            host.run("ip", "route", "replace", f"{tunnel.subnet}.{end}/32", "dev", tunnel.device)

    def carried(self, tunnel):
        """Octets of IP that an iodine client was given to send, and that it has received."""
        shown = self.client.run("ip", "-json", "-stats", "link", "show", tunnel.device)
        stats = json.loads(shown)[0]["stats64"]
        return stats["tx"]["bytes"], stats["rx"]["bytes"]

    def flow(self, tunnel, verb, amount, seconds):
        """Starts sending data through it: see flow.py. The process prints how much came through."""
        command = [sys.executable, HERE / "flow.py", verb, amount, seconds, *tunnel.sink]
        process = self.client.start(*command, stdout=subprocess.PIPE, text=True)
        self.lab.daemons.append(process)
        return process


def iodine(tunnel):
    return [
        # No test of raw UDP (-r): with that, nothing of the data is DNS.
        *["iodine", "-f", "-r", "-P", PASSWORD, "-d", tunnel.device, "-T", tunnel.qtype],
        *[f"-L{int(tunnel.lazy)}", *(["-O", tunnel.encoding] if tunnel.encoding else [])],
        *[*tunnel.options, tunnel.asked, tunnel.zone],
    ]


def dns2tcpc(tunnel):
    return [
        *["dns2tcpc", "-d", "1", "-f", os.devnull, "-k", PASSWORD, "-T", tunnel.qtype],
        *["-r", "sink", "-l", str(tunnel.sink[1]), *tunnel.options],
        *["-z", tunnel.zone, tunnel.asked],
    ]


RESOLVER = """
server:
    directory: "{directory}"
    chroot: ""
    username: ""
    pidfile: ""
    logfile: ""
    use-syslog: no
    verbosity: 1
    num-threads: 1
    interface: {address}
    outgoing-interface: {address}
    access-control: 0.0.0.0/0 allow
    do-ip6: no
    do-daemonize: no
    module-config: "iterator"
    qname-minimisation: no
    local-zone: "test." nodefault
remote-control:
    control-enable: no
auth-zone:
    name: "."
    zonefile: "{root}"
    for-downstream: no
"""
# iodined answers A and CNAME queries with names under top-level domains that do not exist.
ROOT_ZONE = """. 60 SOA ns. hostmaster. 1 3600 600 86400 60
. 60 NS ns.
ns. 60 A 192.0.2.53
"""
