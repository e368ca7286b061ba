# SPDX-License-Identifier: Apache-2.0
"""What machines ask by themselves: clusters, domain controllers, virus scanners, gadgets."""

import zlib

from everyday_names import FIRST_NAMES, reversed_ipv4, token_of
from everyday_services import AIRPORTS, REGIONS
from everyday_web import host

CLUSTER = ("svc.cluster.local", "cluster.local")
SERVICES = "web api auth cart db-rw db-ro queue cache search mailer billing front metrics".split()
OUTSIDE = """sqs.eu-west-1.amazonaws.com sts.amazonaws.com api.stripe.com hooks.slack.com
registry-1.docker.io auth.docker.io ghcr.io quay.io gcr.io monitoring.googleapis.com
logs.eu-west-1.amazonaws.com http-intake.logs.datadoghq.eu trace.agent.datadoghq.eu
app.launchdarkly.com smtp.sendgrid.net api.github.com login.microsoftonline.com""".split()


def cluster_names(draw):
    """Names of pods change with each deployment, those of services stay."""
    dice = draw.random()
    if dice < 0.5:
        return f"{draw.pick(SERVICES)}.{draw.pick(('shop', 'infra', 'default', 'jobs'))}", None
    if dice < 0.62:
        return f"kafka-{draw.below(5)}.kafka-headless.infra", None
    if dice < 0.66:
        pod = f"10-244-{draw.below(12)}-{draw.below(250)}"
        return f"{pod}.shop.pod", None
    if dice < 0.68:
        return f"{draw.pick(SERVICES)}-{draw.hex(10)}-{draw.base36(5)}.shop", "nx"
    if dice < 0.76:
        number = draw.below(8)
        return f"db{number}.{token_of('db%d' % number, 12)}.eu-west-1.rds.amazonaws.com", None
    if dice < 0.8:
        return f"{token_of('account%d' % draw.below(12), 9)}prod.blob.core.windows.net", None
    return draw.pick(OUTSIDE), None


def kubernetes(draw, client):
    """Fewer than five dots: the search list comes first (resolv.conf's ndots)."""
    name, kind = cluster_names(draw)
    inside = not name.count(".") > 1 and "." in name
    burst, at = [], 0.0
    for k, suffix in enumerate(("shop." + CLUSTER[0], *CLUSTER, "eu-west-1.compute.internal")):
        found = inside and k == 1 and not kind
        address = f"10.96.{zlib.crc32(name.encode()) % 250}.{len(name)}"
        host(burst, at, f"{name}.{suffix}", ("a", address) if found else "nx")
        at += 0.002
        if found:
            return burst
    host(burst, at, name, kind)
    return burst


def active_directory(draw, client):
    """Windows' way to its domain; the identifiers are those of the domain and its servers."""
    domain, guid = client.suffix, "6a1d2c44-7b0e-4b5e-9e61-0c2f5ad9b7e1"
    number = draw.below(60)
    machine = f"{('desktop', 'laptop', 'pc')[number % 3]}-{number * 7919 + 4000000:07x}"
    address = ("a", f"10.7.{number % 4}.{number + 10}")
    dice, site = draw.random(), "Default-First-Site-Name"
    if dice < 0.3:
        service = draw.pick(("_ldap._tcp", "_kerberos._tcp", "_gc._tcp"))
        return [(0, (f"{service}.{site}._sites.dc._msdcs.{domain}", "SRV", None)),
                (0.01, (f"dc{draw.below(2) + 1}.{domain}", "A", ("a", "10.7.0.5")))]
    if dice < 0.4:
        return [(0, (f"_ldap._tcp.{guid}.domains._msdcs.{domain}", "SRV", None))]
    if dice < 0.45:
        server = token_of("dc1", 8) + "-11aa-4c39-8d2c-7d0c3a1f9e10"
        return [(0, (f"{server}._msdcs.{domain}", "CNAME", None))]
    if dice < 0.75:
        name = f"{machine}.{domain}"
        return [(0, (name, "A", address)), (0, (name, "AAAA", "nodata"))]
    if dice < 0.85:
        label = draw.pick(("wpad", "isatap", "print01", "files", "intranet", "sccm"))
        return [(0, (f"{label}.{domain}", "A",
                     "nx" if label in ("wpad", "isatap") else ("a", "10.7.0.9")))]
    if dice < 0.95:
        return [(0, (f"{number + 10}.{number % 4}.7.10.in-addr.arpa", "PTR",
                     ("ptr", f"{machine}.{domain}")))]
    return [(0, (f"b._dns-sd._udp.0.{draw.below(4)}.7.10.in-addr.arpa", "PTR", "nx")),
            (0, (f"lb._dns-sd._udp.{domain}", "PTR", "nx"))]


def sophos(draw):
    """Digits of a fingerprint with its letters turned by thirteen places."""
    def turned(n):
        return draw.hex(n).translate(str.maketrans("abcdef", "nopqrs"))
    if draw.happens(0.3):
        return f"0.0.0.2.0.{'0.' * 16}sfi_unknown.b.f.01.mac.sophosxl.net", "TXT"
    if draw.happens(0.5):
        labels = f"1o1{draw.below(9)}sr00s2s17s4{turned(48)}.{turned(63)}.{turned(32)}"
        return f"3.{labels}.i.01.mac.sophosxl.net", "TXT"
    return f"{turned(24)}.{turned(16)}.w.01.s.sophosxl.net", "TXT"


SCANNERS = [
    sophos,
    lambda d: (d.base32(26) + ".avqs.mcafee.com", "A"),
    lambda d: (d.base32(26) + ".avts.mcafee.com", "A"),
    lambda d: (d.base32(26) + "ebeqaeaq"[:d.below(9)] + ".a.e.e5.sk", "TXT"),
    lambda d: (f"{d.pick(('osce14', 'ds20', 'tms17', 'osce14-0-en'))}.{d.pick(('icrc', 'url'))}"
               ".trendmicro.com", "A"),
    lambda d: (f"{d.pick('abcdefgh')}{d.below(150) * 66431}.iavs9x.u.avast.com", "A"),
    lambda d: (f"{d.below(4) + 1}.{d.hex(16)}.rep.webcloud-scan.net", "A"),  # of no known service
]
SMALL = len(SCANNERS) - 1


def virus_scanner(draw, client):
    """A scan of some files: some lookups of one company, whose product this machine has."""
    product, burst = client.number % len(SCANNERS), []
    if product == SMALL and not draw.happens(0.05):
        product = 1
    for k in range(1 if product == SMALL else 1 + draw.below(6)):
        name, kind = SCANNERS[product](draw)
        answer = ("txt", f"{draw.below(4)} {draw.hex(8)}")
        if kind == "A":
            answer = ("a", f"127.{draw.below(5)}.{draw.below(9)}.{draw.below(255)}")
        burst.append((k * 0.05, (name, kind, answer if product < 4 or product == SMALL else None)))
    return burst


def content_filter(draw, client):
    """A gateway asks what kind of site each one is that its users visit; the name in hex digits."""
    host_name = draw.pick(("www.", "", "static.", "api.")) + client.net.sites.any(draw)
    labels = ".".join(label[:31].encode().hex() for label in host_name.split("."))
    return [(0, (f"{labels}.80h{token_of('gateway', 8)}.webcfs00.com", "MX", None))]


GADGETS = """api.amazonalexa.com device-metrics-us-2.amazon.com unagi-na.amazon.com
bob-dispatch-prod-eu.amazon.com api.sonos.com update-firmware.sonos.com lcs.roku.com
scribe.logs.roku.com api.netflix.com nrdp.prod.cloud.netflix.com ichnaea.netflix.com
log-ingestion-eu.samsungacr.com cdn.samsungcloudsolution.com time.samsungcloudsolution.com
ntp.pool.example 0.pool.ntp.org 1.pool.ntp.org 2.pool.ntp.org 3.debian.pool.ntp.org time.google.com
time.nist.gov m1.tuyaeu.com a1.tuyaeu.com ota.shelly.cloud discovery.meethue.com ws.meethue.com
frontdoor.nest.com clients3.google.com api.ring.com fw.ring.com xmpp008.hpeprint.com
ccc.hpeprint.com api.ecovacs.com mqtt-ww.ecouser.net""".split()


def gadgets(draw, client):
    burst, dice = [], draw.random()
    if dice < 0.8:
        host(burst, 0, draw.pick(GADGETS))
    elif dice < 0.87:
        thing = token_of(f"iot{draw.below(4)}", 13)
        host(burst, 0, f"a{thing}-ats.iot.{REGIONS[3]}.amazonaws.com")
    elif dice < 0.93:  # a certificate for each server at home
        address = f"192-168-1-{draw.below(20) + 2}"
        host(burst, 0, f"{address}.{token_of('plex', 32)}.plex.direct", ("a", "192.168.1.9"))
    elif dice < 0.97:
        host(burst, 0, f"{token_of('fritz%d' % draw.below(9), 16)}.myfritz.net")
    else:
        burst.append((0, ("_dns.resolver.arpa", "SVCB", "nodata")))
    return burst


TRACKERS = """tracker.opentrackr.org open.stealth.si tracker.torrent.eu.org exodus.desync.com
opentracker.i2p.rocks tracker.openbittorrent.com tracker.moeking.me explodie.org
router.bittorrent.com dht.transmissionbt.com router.utorrent.com""".split()
GAMES = [
    lambda d: f"cache{d.below(40) + 1}-{d.pick(AIRPORTS)}{d.below(3) + 1}.steamcontent.com",
    lambda d: f"ext{d.below(8) + 1}-{d.pick(AIRPORTS)}1.steamserver.net",
    lambda d: f"c{d.below(8)}{d.pick('abcdefgh')}{d.pick('kmnp')}.rbxcdn.com",
    lambda d: f"gamelift.{d.pick(REGIONS)}.amazonaws.com",
    lambda d: d.pick("""api.steampowered.com store.steampowered.com fortnite-public-service-prod11.
        ol.epicgames.com eu.actual.battle.net euw1.api.riotgames.com gosredirector.ea.com
        presence.roblox.com sessionserver.mojang.com xsts.auth.xboxlive.com title.mgt.xboxlive.com
        prod.psn.playstation.com""".replace(".\n        ol", ".ol").split()),
]


def games(draw, client):
    burst = []
    if draw.happens(0.04):
        name = f"mc{draw.below(90)}.{client.net.sites.any(draw)}"
        return [(0, (f"_minecraft._tcp.{name}", "SRV", None)), (0.1, (name, "A", None))]
    for k in range(1 + draw.below(4)):
        name = draw.pick(TRACKERS) if draw.happens(0.3) else draw.pick(GAMES)(draw)
        host(burst, k * 0.2, name)
    if draw.happens(0.3):  # peers' addresses are shown with their names
        address = draw.ipv4()
        burst.append((1, (reversed_ipv4(address) + ".in-addr.arpa", "PTR", None)))
    return burst


MIRRORS = """deb.debian.org security.debian.org archive.ubuntu.com security.ubuntu.com
download.docker.com registry.npmjs.org pypi.org files.pythonhosted.org proxy.golang.org
sum.golang.org static.crates.io index.crates.io repo.maven.apache.org rubygems.org
dl.fedoraproject.org github.com codeload.github.com objects.githubusercontent.com gitlab.com
dl-cdn.alpinelinux.org""".split()


def builds(draw, client):
    burst, dice = [], draw.random()
    if dice < 0.1:
        host(burst, 0, f"productionresultssa{draw.below(20)}.blob.core.windows.net")
    elif dice < 0.2:
        disk = draw.below(60)
        host(burst, 0, f"md-hdd-{token_of(str(disk), 12)}.z{disk % 50}.blob.storage.azure.net")
    elif dice < 0.25:
        host(burst, 0, f"{draw.word()}-{draw.base36(10)}-{draw.below(9)}.eu.r.appspot.com")
    elif dice < 0.3:
        service = draw.pick(("http", "https"))
        burst.append((0, (f"_{service}._tcp.{draw.pick(MIRRORS)}", "SRV", "nx")))
    else:
        host(burst, 0, draw.pick(MIRRORS))
    return burst


def monitor(draw, client):
    """Of its own network's hosts, and of zones; a validating resolver's questions too."""
    dice, domain, site = draw.random(), client.suffix, client.net.sites.any(draw)
    if dice < 0.55:
        place, number = draw.below(3), draw.below(26) + 1
        role = draw.pick(("web", "app", "db", "cache", "log"))
        return [(0, (f"{role}-{('fra', 'ams', 'par')[place]}-{number:02d}.{domain}", "A",
                     ("a", f"10.8.{place}.{number}")))]
    if dice < 0.7:
        return [(k * 0.1, (site, kind, None)) for k, kind in enumerate(("SOA", "NS", "MX", "CAA"))]
    if dice < 0.85:
        return [(0, (site, "DS", draw.pick((None, "nodata")))), (0.02, (site, "DNSKEY", None)),
                (0.04, (site.split(".", 1)[1], "DNSKEY", None))]
    if dice < 0.87:
        return [(0, ("", "NS", None)), (0.1, ("", "DNSKEY", None))]
    if dice < 0.92:
        return [(0, (f"_sip._{p}.{site}", "SRV", "nx")) for p in ("udp", "tcp", "tls")]
    if dice < 0.96:  # a telephone exchange: a label for each digit
        return [(0, (".".join(str(draw.below(10)) for _ in range(8)) + ".0.3.9.4.e164.arpa",
                     "NAPTR", "nx"))]
    return [(0, (f"o-o.myaddr.l.google.com", "TXT", ("txt", "192.0.2.1"))),
            (1, ("whoami.akamai.net", "A", None))]


def node_list(draw, client):
    """A node of a currency walks through a tree of others' addresses: a record for each name."""
    burst, tree = [], draw.pick(("all.mainnet.ethdisco.net", "les.mainnet.ethdisco.net"))
    for k in range(4 + draw.below(12)):
        record = "enr:-" + draw.base64(180) if draw.happens(0.8) else \
            "enrtree-branch:" + ",".join(draw.base32(26) for _ in range(10))
        burst.append((k * 0.25, (f"{draw.base32(26)}.{tree}", "TXT", ("txt", record))))
    return burst


def seldom(draw, client):
    """Few of each: tests of the network, certificates, content by its fingerprint, leaks."""
    dice, site = draw.random(), client.net.sites.any(draw)
    if dice < 0.1:
        uuid = draw.uuid()
        return [(k * 0.2, (f"{k}.{uuid}.test.dnsleaktest.com", "A", None)) for k in range(6)]
    if dice < 0.16:
        return [(k * 0.2, (f"{draw.hex(40)}.ipleak.net", "A", None)) for k in range(4)]
    if dice < 0.18:
        return [(k * 0.2, (f"{draw.base36(32)}.edns.ip-api.com", "A", None)) for k in range(3)]
    if dice < 0.22:
        return [(k * 0.2, (f"{k + 1}.{draw.below(10**8)}.bash.ws", "A", None)) for k in range(10)]
    if dice < 0.4:
        return [(0, (f"_acme-challenge.{draw.pick(('', 'www.', 'mail.'))}{site}", "TXT",
                     ("txt", draw.base64(43)))), (1, (site, "CAA", "nodata"))]
    if dice < 0.45:
        return [(0, (f"_{draw.hex(32)}.{site}", "CNAME",
                     ("cname", f"_{draw.hex(32)}.mhbtsbpdnt.acm-validations.aws")))]
    if dice < 0.5:
        return [(0, (f"{draw.uuid()}.auth.acme-dns.io", "TXT", ("txt", draw.base64(43))))]
    if dice < 0.6:
        burst = []
        host(burst, 0, f"bafybei{draw.base32(52)}.ipfs.dweb.link")
        return burst
    if dice < 0.65:
        return [(0, (f"{draw.base32(56)}.onion", "A", "nx"))]
    if dice < 0.75:
        suffix = client.suffix or "fritz.box"
        return [(0, (f"{draw.pick(FIRST_NAMES)}s-iphone.{suffix}", "A", "nx"))]
    if dice < 0.85:
        return [(0, (f"x{draw.pick((1, 5, 9, 13))}.seed.bitcoin.sipa.be", "A", None))]
    return [(0, (f"_dnslink.{site}", "TXT", "nx")), (0.1, (f"_domainconnect.{site}", "TXT", "nx"))]
