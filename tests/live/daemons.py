# SPDX-License-Identifier: Apache-2.0
"""Real name servers for the lab: knot with the zone, unbound that resolves from knot."""
from lab import KNOT, KNOT6, HIGH_PORT, UNBOUND, UNBOUND6, ZONE, usable

TRANSFER_ZONE, TRANSFER_RECORDS = "transfer.test", 997
ADDRESS, ADDRESS6 = "192.0.2.1", "2001:db8::1"

# One record of each type, as knot prints it: `*.types` has them all.
RECORDS = {
    "MX": "10 mail.example.test.",
    "TXT": '"one" "two; \\"three\\""',
    "SRV": "1 2 5060 sip.example.test.",
    "NAPTR": '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .',
    "CAA": '0 issue "ca.example.test"',
    "TLSA": "3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
    "SSHFP": "4 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
    "HTTPS": "1 . alpn=h2 ipv4hint=192.0.2.7",
    "SVCB": "16 svc.example.test. port=8443",
    "HINFO": '"CPU" "OS"',
    "LOC": "52 22 23.000 N 4 53 32.000 E -2.00m 1.00m 10000.00m 10.00m",
    "PTR": "target.example.test.",
    "URI": '10 1 "https://example.test/"',
    "TYPE65400": "\\# 3 010203",
}


def zone_text():
    lines = [
        f"$ORIGIN {ZONE}.",
        "$TTL 60",
        "@ SOA ns hostmaster 1 3600 600 86400 60",
        "@ NS ns",
        "ns A 10.53.0.2",
        f"* A {ADDRESS}",
        f"* AAAA {ADDRESS6}",
        f"target A {ADDRESS}",
        "*.alias CNAME hop",
        "hop CNAME target",
        # Below `none` there is nothing: NXDOMAIN.
        "none A 192.0.2.3",
    ]
    lines += [f"*.types {qtype} {data}" for qtype, data in RECORDS.items()]
    # More than any UDP answer holds.
    lines += [f"*.big A 198.18.{i // 256}.{i % 256}" for i in range(300)]
    lines += [f"*.big AAAA 2001:db8::{i:x}" for i in range(300)]
    # More than 512 octets, with little to show for it: names along a chain.
    hops = ["*"] + [".".join([letter * 60] * 3) for letter in "abcd"]
    lines += [f"{hop}.long CNAME {following}.long" for hop, following in zip(hops, hops[1:])]
    lines += [f"{hops[-1]}.long A {ADDRESS}", f"{hops[-1]}.long AAAA {ADDRESS6}"]
    return "\n".join(lines) + "\n"


def transfer_text():
    """Enough for several messages of a zone transfer."""
    records = [f"n{i} TXT {'x' * (i % 200 + 1)}" for i in range(TRANSFER_RECORDS - 3)]
    soa = "@ SOA ns hostmaster 7 3600 600 86400 60"
    return (
        "\n".join([f"$ORIGIN {TRANSFER_ZONE}.", "$TTL 60", soa, "@ NS ns", "ns A 192.0.2.1"])
        + "\n"
        + "\n".join(records)
        + "\n"
    )


def zone_entry(directory, zone, text):
    """Of knot.conf; writes the zone's file."""
    path = directory / f"{zone}.zone"
    path.write_text(text)
    return f"""
  - domain: {zone}
    file: "{path}"
    zonefile-load: whole
    journal-content: none
""" + ("    acl: everybody\n" if zone == TRANSFER_ZONE else "")


def start_knot(lab, host, name, addresses, zones=None):
    """`zones`: name -> text."""
    directory = lab.directory / name
    directory.mkdir()
    zones = zones or {ZONE: zone_text(), TRANSFER_ZONE: transfer_text()}
    entries = "".join(zone_entry(directory, zone, text) for zone, text in zones.items())
    listen = ", ".join(f'"{address}"' for address in usable(*addresses))
    (directory / "knot.conf").write_text(
        f"""
server:
    rundir: "{directory}"
    listen: [ {listen} ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-io-timeout: 0
    tcp-idle-timeout: 120
database:
    storage: "{directory}"
log:
  - target: stderr
    any: info
acl:
  - id: everybody
    action: transfer
zone:{entries}"""
    )
    return lab.daemon(
        host,
        name,
        "knotd",
        "-c",
        directory / "knot.conf",
        ready=lambda log: "server started" in log and "loaded" in log,
    )


def start_unbound(lab, host):
    interfaces = "".join(f"    interface: {address}\n" for address in usable(UNBOUND, UNBOUND6))
    config = lab.directory / "unbound.conf"
    config.write_text(
        f"""
server:
    directory: "{lab.directory}"
    chroot: ""
    username: ""
    pidfile: ""
    logfile: ""
    use-syslog: no
    verbosity: 1
    num-threads: 1
{interfaces}
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    do-daemonize: no
    module-config: "iterator"
    qname-minimisation: no
    local-zone: "test." nodefault
    outgoing-interface: {UNBOUND}
remote-control:
    control-enable: no
stub-zone:
    name: {ZONE}
    stub-addr: {KNOT}
"""
    )
    return lab.daemon(
        host, "unbound", "unbound", "-d", "-c", config, ready=lambda log: "start of service" in log
    )


def start_all(lab):
    start_knot(lab, lab.server, "knot", [f"{KNOT}@53", f"{KNOT6}@53", f"{KNOT}@{HIGH_PORT}"])
    start_knot(lab, lab.client, "knot-local", ["127.0.0.1@53", "::1@53", f"127.0.0.11@{HIGH_PORT}"])
    lab.unbound = start_unbound(lab, lab.server)
