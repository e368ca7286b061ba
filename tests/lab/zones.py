# SPDX-License-Identifier: Apache-2.0
"""
The lab's name space: which server has which zone, and what is in it.

    zone                      servers           software, and what is special
    .                         root              knot; signed, its key is the trust anchor
    com.                      com               nsd; signed, NSEC
    org.                      org               bind9; signed, NSEC3
    example.com.              ns1 ns2           knot and nsd, with glue
      dept.example.com.       hoster            bind9
    example.org.              hoster            bind9; ns1.hoster.com. is its server: no glue
    hoster.com.               hoster            bind9
    signed.com.               ns1               knot; signed
    bogus.com.                ns1               knot; signed, but its DS is that of another key
    big.com.                  ns2               nsd; answers too big for UDP (1,232 octets)
    six.com.                  six               nsd, which has an IPv6 address alone
    slow.com.                 slow              knot; every answer comes SLOW_MS late
    truncated.com.            truncates         knot; every answer over UDP is cut to nothing
    lame.com. halflame.com.   lame (ns1)        nsd; has the root zone: refers upwards
    refused.com.              refuses           nsd; has another zone: REFUSED
    dead.com. halfdead.com.   dead (ns1)        nobody answers
    18.198.in-addr.arpa.      ns1               knot; names of the servers' addresses

Zones called half... have ns1, too, which is well.
"""
from dataclasses import dataclass, field

SLOW_MS = 300
TTL = 3600
NEGATIVE_TTL = 900
BRIEF_TTL = 2  # brief.example.com.
BIG_ADDRESSES = 90  # www.big.com.; bind9 takes up to 100 records of one name and type

# Of one web server, port 80.
WWW, WWW6 = "198.19.0.1", "3fff:18::19:1"  # www.example.com.
ORG, ORG6 = "198.19.0.2", "3fff:18::19:2"  # www.example.org.
HOST, HOST6 = "198.19.0.3", "3fff:18::19:3"  # every other name

SERVERS = {
    "root": "198.18.0.1",
    "com": "198.18.0.2",
    "org": "198.18.0.3",
    "ns1": "198.18.0.11",
    "ns2": "198.18.0.12",
    "hoster": "198.18.0.13",
    "slow": "198.18.0.14",
    "lame": "198.18.0.15",
    "refuses": "198.18.0.16",
    "dead": "198.18.0.17",
    "truncates": "198.18.0.18",
    "six": "3fff:18::12",
}
ROOT_SERVER = "a.root."  # a name in the root zone: not delegated


@dataclass
class Zone:
    name: str  # absolute, as all names here
    servers: dict  # name server's name -> its key in SERVERS
    records: str = ""
    sign: tuple = ()  # options of dnssec-signzone; none: not signed
    wrong_ds: bool = False
    children: list = field(default_factory=list)

    @property
    def file(self):
        return self.name.rstrip(".") or "root"

    def all(self):
        """This zone and those below it, children first: their DS records are in their parents."""
        return [zone for child in self.children for zone in child.all()] + [self]

    def text(self):
        first = next(iter(self.servers))
        lines = [
            f"$ORIGIN {self.name}",
            f"$TTL {TTL}",
            f"@ SOA {first} hostmaster.{first} 1 3600 600 86400 {NEGATIVE_TTL}",
        ]
        for zone in (self, *self.children):
            for name, server in zone.servers.items():
                lines.append(f"{zone.name} NS {name}")
                if name.endswith("." + zone.name) or zone.name == ".":
                    address = SERVERS[server]
                    lines.append(f"{name} {'AAAA' if ':' in address else 'A'} {address}")
        return "\n".join(lines) + "\n" + self.records


def host(name):
    """The records of an ordinary name."""
    return f"{name} A {HOST}\n{name} AAAA {HOST6}\n"


def plain(name, **servers):
    """A zone that is here for its servers' sake: ns=SERVER, or ns1=..., ns2=..."""
    return Zone(name, {f"{ns}.{name}": server for ns, server in servers.items()}, host("www"))


EXAMPLE_COM = (
    f"""
@ A {WWW}
@ MX 10 mail
www A {WWW}
www AAAA {WWW6}
v4only A {HOST}
v6only AAAA {HOST6}
host.empty A {HOST}
alias CNAME www
cross CNAME www.example.org.
chain CNAME hop.example.org.
broken CNAME nothere.example.org.
loop1 CNAME loop2
loop2 CNAME loop1
brief {BRIEF_TTL} A {HOST}
brief {BRIEF_TTL} AAAA {HOST6}
zero 0 A {HOST}
zero 0 AAAA {HOST6}
"""
    + host("mail")
    + host("last")
    + host("*.wild")
    + host("*.many")
)

EXAMPLE_ORG = f"""
www A {ORG}
www AAAA {ORG6}
hop CNAME last.example.com.
"""

BIG = "".join(f"www A 198.19.1.{i}\n" for i in range(1, BIG_ADDRESSES + 1))

REVERSE = "".join(
    "{3}.{2} PTR {name}.server.example.com.\n".format(*address.split("."), name=name)
    for name, address in SERVERS.items()
    if ":" not in address
)

NSEC, NSEC3 = ("-x",), ("-x", "-3", "-")


def hierarchy():
    """The root zone, with all below it."""
    example_com = Zone(
        "example.com.", {"ns1.example.com.": "ns1", "ns2.example.com.": "ns2"}, EXAMPLE_COM
    )
    example_com.children = [plain("dept.example.com.", ns="hoster")]
    signed = plain("signed.com.", ns="ns1")
    signed.records += host("*.wild")
    signed.sign = NSEC
    bogus = plain("bogus.com.", ns="ns1")
    bogus.sign, bogus.wrong_ds = NSEC, True
    com = plain("com.", **{"ns.nic": "com"})
    com.sign = NSEC
    com.children = [
        example_com,
        signed,
        bogus,
        plain("hoster.com.", ns1="hoster"),
        Zone("big.com.", {"ns.big.com.": "ns2"}, BIG),
        plain("six.com.", ns="six"),
        plain("slow.com.", ns="slow"),
        plain("truncated.com.", ns="truncates"),
        plain("lame.com.", ns="lame"),
        plain("halflame.com.", ns1="lame", ns2="ns1"),
        plain("refused.com.", ns="refuses"),
        plain("dead.com.", ns="dead"),
        plain("halfdead.com.", ns1="dead", ns2="ns1"),
    ]
    org = plain("org.", **{"ns.nic": "org"})
    org.sign = NSEC3
    org.children = [Zone("example.org.", {"ns1.hoster.com.": "hoster"}, EXAMPLE_ORG)]
    arpa = plain("18.198.in-addr.arpa.", ns="ns1")
    arpa.records = REVERSE
    return Zone(".", {ROOT_SERVER: "root"}, sign=NSEC, children=[com, org, arpa])
