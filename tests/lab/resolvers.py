# SPDX-License-Identifier: Apache-2.0
"""
The resolvers, each on a host of its own that has it in its resolv.conf, with an empty cache.

    unbound bind9 kresd pdns    resolve from the lab's root and validate with its key
    dnsmasq resolved            forward to an unbound on the same host
    nscd                        asks an unbound on the same host, for getaddrinfo() alone

lab.resolver(KIND, minimise=True, extra=""): `minimise` is QNAME minimisation (RFC 9156), that of
the unbound behind it where the resolver only forwards; `extra` is added to the configuration.

kresd looks after its trust anchors by itself (". DNSKEY", "_ta-..."): not all it asks is asked for.
"""
import platform
from dataclasses import dataclass, field
from pathlib import Path

import counters
from livelab import usable

LOCAL = "127.0.0.1"
STUB = "127.0.0.53"  # systemd-resolved(8)
RESOLVED_HOSTS = "files resolve [!UNAVAIL=return] dns"
BUS = "/run/dbus/system_bus_socket"
RNDC_PORT = 953
RNDC_SECRET = "bGFiIGxhYiBsYWIgbGFiIGxhYiBsYWIgbGFiIGxhYiE="  # of a server on its own loopback
# Where .ci/deps unpacks what must not be installed; else what the host has.
UNPACKED = Path(__file__).resolve().parents[2] / "build/lab/unpacked"
LIBRARIES = UNPACKED / f"usr/lib/{platform.machine()}-linux-gnu"


@dataclass
class Resolver:
    kind: str
    host: object  # LabHost: where it runs, and where clients of it do
    number: int
    address: str = LOCAL  # as this host's resolv.conf has it
    processes: dict = field(default_factory=dict)  # program -> Popen; the first is asked by clients
    backend: object = None  # the Resolver that this one asks
    config: Path = None
    controller: Path = None  # the program that asks it for its counters, where that is not in PATH
    asked_itself: int = 0  # by counters()

    @property
    def pid(self):
        return next(iter(self.processes.values())).pid

    def control(self, *command):
        return self.host.run(*command)

    def close(self):
        """Ends it, and its host."""
        self.host.close()

    def counters(self):
        """What it has counted itself: {"hits": N, "misses": N} and its own names; {}: nothing."""
        return counters.READ.get(self.kind, lambda _: {})(self)

    def flush(self):
        """Forgets all that it has cached, with the one behind it."""
        counters.FLUSH[self.kind](self)
        if self.backend:
            self.backend.flush()


def start(lab, kind, **options):
    number = next(lab.numbers)
    addresses = (f"198.18.1.{number}", f"198.18.2.{number}", f"3fff:18::1:{number}")
    host = lab.host(f"{kind}{number}", *addresses, cgroup=lab.cgroup)
    # Sockets, pid files and configuration of this host alone.
    host.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    resolver = Resolver(kind, host, number)
    KINDS[kind](lab, resolver, **options)
    host.resolv_conf(resolver.address)
    return resolver


def daemon(lab, resolver, *command):
    """Ready when it takes connections: to ask it something would fill its cache."""
    program = Path(command[0]).name
    resolver.processes[program] = lab.daemon(
        resolver.host, program, *command, ready=lambda: resolver.host.accepts(resolver.address)
    )


def write(resolver, name, text):
    resolver.config = resolver.host.directory / name
    resolver.config.write_text(text)


def yes(value):
    return "yes" if value else "no"


def unbound(lab, resolver, minimise=True, extra="", addresses=None):
    host = resolver.host
    listen = addresses or (LOCAL, host.address)
    write(
        resolver,
        "unbound.conf",
        f"""
server:
    directory: "{host.directory}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    num-threads: 1
    {" ".join(f"interface: {address}" for address in listen)}
    access-control: 0.0.0.0/0 allow
    root-hints: "{lab.hints}"
    trust-anchor: ". DNSKEY {lab.anchor.dnskey}"
    qname-minimisation: {yes(minimise)}
    {extra}
remote-control:
    control-enable: yes
    control-interface: "{host.directory}/unbound.control"
    control-use-cert: no
dnstap:
    dnstap-enable: yes
    dnstap-socket-path: "{lab.tap(host)}"
    dnstap-log-resolver-query-messages: yes
    dnstap-log-client-query-messages: yes
""",
    )
    daemon(lab, resolver, "unbound", "-d", "-c", resolver.config)


def bind9(lab, resolver, minimise=True, extra=""):
    host = resolver.host
    flags, protocol, algorithm, key = lab.anchor.dnskey.split(maxsplit=3)
    control = f"""
key rndc-key {{ algorithm hmac-sha256; secret "{RNDC_SECRET}"; }};
"""
    server = f"default-server {LOCAL}; default-port {RNDC_PORT};"
    (host.directory / "rndc.conf").write_text(
        f"{control}options {{ default-key rndc-key; {server} }};\n"
    )
    write(
        resolver,
        "named.conf",
        control
        + f"""
controls {{ inet {LOCAL} port {RNDC_PORT} allow {{ {LOCAL}; }} keys {{ rndc-key; }}; }};
options {{
    directory "{host.directory}";
    listen-on {{ {LOCAL}; {host.address}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ any; }};
    recursion yes;
    dnssec-validation yes;
    qname-minimization {"relaxed" if minimise else "off"};
    max-cache-size 32m;
    pid-file none;
    session-keyfile none;
    statistics-file "{host.directory}/named.stats";
    dnstap {{ resolver query; client query; }};
    dnstap-output unix "{lab.tap(host)}";
    {extra}
}};
trust-anchors {{ . static-key {flags} {protocol} {algorithm} "{key}"; }};
zone "." {{ type hint; file "{lab.hints}"; }};
""",
    )
    daemon(lab, resolver, "named", "-f", "-n", "1", "-c", resolver.config)


def kresd(lab, resolver, minimise=True, extra=""):
    host = resolver.host
    cache = host.directory / "cache"
    cache.mkdir()
    write(
        resolver,
        "kresd.conf",
        f"""
net.listen({{ '{LOCAL}', '{host.address}' }}, 53, {{ kind = 'dns' }})
net.listen('{host.directory}/kresd.control', nil, {{ kind = 'control' }})
cache.size = 16 * MB
modules = {{ 'hints > iterate', 'stats', dnstap = {{
    socket_path = '{lab.tap(host)}', client = {{ log_queries = true, log_responses = false }},
}} }}
hints.root({{ ['{lab.root_server}'] = {{ '{lab.root_address}' }} }})
trust_anchors.add('. DS {lab.anchor.ds}')
option('NO_MINIMIZE', {"false" if minimise else "true"})
{extra}
""",
    )
    daemon(lab, resolver, "kresd", "--noninteractive", "--config", resolver.config, cache)


def pdns(lab, resolver, minimise=True, extra=""):
    host = resolver.host
    lua = host.directory / "recursor.lua"
    lua.write_text(
        f"""
clearTA()
addTA('.', "{lab.anchor.ds}")
dnstapFrameStreamServer({{"{lab.tap(host)}"}}, {{logQueries=true, logResponses=false}})
"""
    )
    write(
        resolver,
        "recursor.conf",
        f"""
local-address={LOCAL},{host.address}
socket-dir={host.directory}
hint-file={lab.hints}
lua-config-file={lua}
dnssec=validate
qname-minimization={yes(minimise)}
security-poll-suffix=
daemon=no
disable-syslog=yes
threads=1
setuid=root
setgid=root
write-pid=no
allow-from=0.0.0.0/0
query-local-address={" ".join(usable("0.0.0.0", "::"))}
{extra}
""",
    )
    daemon(lab, resolver, "pdns_recursor", f"--config-dir={host.directory}")


def behind(lab, resolver, minimise, address):
    """An unbound on the same host, at this address."""
    backend = Resolver("unbound", resolver.host, resolver.number, address)
    unbound(lab, backend, minimise, addresses=[address])
    resolver.backend = backend
    return backend


def dnsmasq(lab, resolver, minimise=True, extra=""):
    host = resolver.host
    backend = behind(lab, resolver, minimise, host.addresses[1])
    write(
        resolver,
        "dnsmasq.conf",
        f"""
no-resolv
no-hosts
server={backend.address}
listen-address={LOCAL},{host.address}
bind-interfaces
user=root
pid-file=
log-queries=extra
log-facility=-
{extra}
""",
    )
    daemon(lab, resolver, "dnsmasq", "--keep-in-foreground", f"--conf-file={resolver.config}")
    resolver.processes.update(backend.processes)


def resolved(lab, resolver, minimise=True, extra=""):
    """
    Its unbound is not at a loopback address: such answers it does not cache. nss-resolve is in the
    host's nsswitch.conf, found through LD_LIBRARY_PATH.
    """
    host = resolver.host
    backend = behind(lab, resolver, minimise, host.addresses[1])
    add_user(host, "systemd-resolve")
    host.write(
        "/run/systemd/resolved.conf.d/lab.conf",
        f"""
[Resolve]
DNS=
DNS={backend.address}
FallbackDNS=
Domains=
LLMNR=no
MulticastDNS=no
DNSSEC=no
DNSOverTLS=no
DNSStubListener=yes
{extra}
""",
    )
    programs = [root / "lib/systemd/systemd-resolved" for root in (UNPACKED, UNPACKED / "usr")]
    program = next(filter(Path.exists, programs), Path("/lib/systemd/systemd-resolved"))
    if program in programs:
        host.environment["LD_LIBRARY_PATH"] = f"{LIBRARIES}:{LIBRARIES / 'systemd'}"
        resolver.controller = UNPACKED / "usr/bin/resolvectl"
    host.nsswitch_conf(RESOLVED_HOSTS)
    resolver.address = STUB
    bus(lab, resolver)
    daemon(lab, resolver, program)
    resolver.processes.update(backend.processes)


def bus(lab, resolver):
    """A D-Bus of this host's own: systemd-resolved tells its counters nowhere else."""
    host = resolver.host
    config = host.directory / "bus.conf"
    config.write_text(
        f"""<busconfig>
  <type>system</type>
  <auth>EXTERNAL</auth>
  <listen>unix:path={BUS}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
"""
    )
    host.run("mkdir", "-p", Path(BUS).parent)
    lab.daemon(
        host, "bus", "dbus-daemon", f"--config-file={config}", "--nofork",
        ready=host.path(BUS).exists,
    )  # fmt: skip
    lab.wait_ready()  # who does not find it at once looks for it again, later


def add_user(host, name):
    """For this host alone."""
    for path, line in (("passwd", f"{name}:x:996:996::/:/bin/false"), ("group", f"{name}:x:996:")):
        text = Path("/etc", path).read_text(encoding="utf-8")
        if f"\n{name}:" not in text:
            copy = host.directory / path
            copy.write_text(f"{text}{line}\n")
            host.run("mount", "--bind", copy, f"/etc/{path}")


def nscd(lab, resolver, minimise=True, extra=""):
    host = resolver.host
    backend = behind(lab, resolver, minimise, LOCAL)
    host.resolv_conf(LOCAL)
    write(
        resolver,
        "nscd.conf",
        f"""
enable-cache passwd no
enable-cache group no
enable-cache services no
enable-cache netgroup no
enable-cache hosts yes
positive-time-to-live hosts 600
negative-time-to-live hosts 20
check-files hosts no
persistent hosts no
shared hosts no
{extra}
""",
    )
    host.run("mkdir", "-p", "/run/nscd")
    resolver.processes["nscd"] = lab.daemon(
        host, "nscd", "nscd", "--foreground", "-f", resolver.config,
        ready=lambda: host.path("/run/nscd/socket").exists(),
    )  # fmt: skip
    resolver.processes.update(backend.processes)


KINDS = {
    "unbound": unbound,
    "bind9": bind9,
    "kresd": kresd,
    "pdns": pdns,
    "dnsmasq": dnsmasq,
    "resolved": resolved,
    "nscd": nscd,
}
