# SPDX-License-Identifier: Apache-2.0
"""
The resolvers, each on a host of its own that has it in its resolv.conf, with an empty cache.

    unbound bind9 kresd pdns    resolve from the lab's root and validate with its key
    dnsmasq resolved            forward to an unbound on the same host
    nscd                        asks an unbound on the same host, for getaddrinfo() alone
"""
import subprocess

from dataclasses import dataclass, field

LOCAL = "127.0.0.1"


@dataclass
class Resolver:
    kind: str
    host: object  # LabHost: where it runs, and where clients of it do
    address: str = LOCAL  # as this host's resolv.conf has it
    processes: dict = field(default_factory=dict)  # program -> Popen, the one that clients ask first
    backend: object = None  # the Resolver that this one asks
    settings: dict = field(default_factory=dict)

    @property
    def pid(self):
        return next(iter(self.processes.values())).pid


def start(lab, kind, **options):
    """
    lab.resolver(KIND, minimise=True): `minimise` is QNAME minimisation (RFC 9156); dnsmasq and
    resolved know of none, there it is their unbound's.
    """
    number = lab.number()
    addresses = (f"198.18.1.{number}", f"198.18.2.{number}", f"fd18::1:{number}")
    host = lab.host(f"{kind}{number}", *addresses, cgroup=lab.cgroup)
    # Sockets, pid files and configuration of this host alone.
    host.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    resolver = Resolver(kind, host)
    KINDS[kind](lab, resolver, **options)
    host.resolv_conf(resolver.address)
    return resolver


def unbound(lab, resolver, minimise=True, addresses=None):
    host = resolver.host
    directory = host.directory
    config = directory / "unbound.conf"
    listen = addresses or (LOCAL, host.address)
    interfaces = "".join(f"    interface: {address}\n" for address in listen)
    config.write_text(
        f"""
server:
    directory: "{directory}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    log-queries: yes
    log-replies: yes
    log-time-ascii: no
    num-threads: 1
{interfaces}
    access-control: 0.0.0.0/0 allow
    access-control: ::0/0 allow
    root-hints: "{lab.hints}"
    trust-anchor: ". DNSKEY {lab.anchor.dnskey}"
    qname-minimisation: {"yes" if minimise else "no"}
remote-control:
    control-enable: yes
    control-interface: "{directory}/unbound.ctl"
    control-use-cert: no
"""
    )
    resolver.processes["unbound"] = lab.daemon(
        host, "unbound", "unbound", "-d", "-c", config, ready=lambda: host.answers(listen[0])
    )
    resolver.settings["unbound"] = config


KINDS = {"unbound": unbound}
