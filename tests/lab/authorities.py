# SPDX-License-Identifier: Apache-2.0
"""The authorities: knot, nsd and bind9 on the hosts that zones.SERVERS has addresses of."""
import sys
from pathlib import Path

import zones
from livelab import usable

HERE = Path(__file__).resolve().parent
BEHIND = 5300  # the port of a server behind proxy.py

DROP_ALL = """
table inet lab {
	chain input {
		type filter hook input priority 0;
		meta l4proto { tcp, udp } drop
	}
}
"""


def start_all(lab):
    """The hosts, by their keys in zones.SERVERS."""
    hosts = {}
    for name, address in zones.SERVERS.items():
        if name == "six":
            hosts[name] = hosts["ns2"]
            continue
        more = [zones.SERVERS["six"]] if name == "ns2" else []
        hosts[name] = lab.host(name, address, *more)
    knot(lab, hosts["root"])
    nsd(lab, hosts["com"])
    named(lab, hosts["org"])
    knot(lab, hosts["ns1"])
    nsd(lab, hosts["ns2"], also="six")
    named(lab, hosts["hoster"])
    nsd(lab, hosts["lame"], only=["."])
    nsd(lab, hosts["refuses"], only=["org."])
    for name, option in (("slow", f"--delay={zones.SLOW_MS}"), ("truncates", "--truncate")):
        knot(lab, hosts[name], address=f"127.0.0.1@{BEHIND}")
        proxy(lab, hosts[name], option)
    hosts["dead"].run("nft", "-f", "-", stdin=DROP_ALL)
    return hosts


def zones_of(lab, *servers):
    return [z for z in lab.root.all() if set(servers) & set(z.servers.values())]


def zone_list(lab, host, also, only):
    if only:
        return [z for z in lab.root.all() if z.name in only]
    return zones_of(lab, host.name, also)


def ready(host):
    return lambda: host.answers(host.address)


def knot(lab, host, address=None):
    directory = host.directory
    config = directory / "knot.conf"
    listed = zones_of(lab, host.name)
    config.write_text(
        f"""
server:
    rundir: "{directory}"
    listen: [ "{address or host.address + '@53'}" ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{directory}"
log:
  - target: stderr
    any: info
mod-dnstap:
  - id: tap
    sink: "unix:{lab.tap(host)}"
    log-queries: on
    log-responses: off
template:
  - id: default
    global-module: mod-dnstap/tap
zone:
"""
        + "".join(
            f"""
  - domain: "{zone.name}"
    file: "{lab.zone_files / zone.file}"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
"""
            for zone in listed
        )
    )
    log = directory / "knotd.log"
    return lab.daemon(
        host, "knotd", "knotd", "-c", config,
        ready=lambda: log.read_text().count("] loaded, serial") == len(listed)
        and "server started" in log.read_text(),
    )  # fmt: skip


def nsd(lab, host, also=None, only=()):
    directory = host.directory
    config = directory / "nsd.conf"
    addresses = "".join(f"    ip-address: {address}\n" for address in usable(*host.addresses))
    config.write_text(
        f"""
server:
{addresses}
    server-count: 1
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{lab.zone_files}"
    pidfile: ""
    zonelistfile: "{directory}/zone.list"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
dnstap:
    dnstap-enable: yes
    dnstap-socket-path: "{lab.tap(host)}"
    dnstap-log-auth-query-messages: yes
"""
        + "".join(
            f'zone:\n    name: "{zone.name}"\n    zonefile: "{zone.file}"\n'
            for zone in zone_list(lab, host, also, only)
        )
    )
    return lab.daemon(host, "nsd", "nsd", "-d", "-c", config, ready=ready(host))


def named(lab, host):
    directory = host.directory
    config = directory / "named.conf"
    config.write_text(
        f"""
options {{
    directory "{directory}";
    listen-on {{ {host.address}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    notify no;
    pid-file none;
    dnstap {{ auth query; }};
    dnstap-output unix "{lab.tap(host)}";
}};
controls {{ }};
"""
        + "".join(
            f'zone "{zone.name}" {{ type primary; file "{lab.zone_files / zone.file}"; }};\n'
            for zone in zones_of(lab, host.name)
        )
    )
    return lab.daemon(host, "named", "named", "-f", "-n", "1", "-c", config, ready=ready(host))


def proxy(lab, host, option):
    log = host.directory / "proxy.log"
    return lab.daemon(
        host, "proxy", sys.executable, HERE / "proxy.py", host.address, BEHIND, option,
        ready=lambda: "ready" in log.read_text(),
    )  # fmt: skip
