# SPDX-License-Identifier: Apache-2.0
"""
A mail server: what it looks up for each message about the sender's address, the names in the
message, and its files; and what a server that writes logs asks about its visitors.
"""

from everyday_names import FIRST_NAMES, reversed_ipv4, token_of

ADDRESS_LISTS = """zen.spamhaus.org b.barracudacentral.org bl.spamcop.net list.dnswl.org
bl.score.senderscore.com bl.mailspike.net wl.mailspike.net psbl.surriel.com ix.dnsbl.manitu.net
dnsbl-1.uceprotect.net truncate.gbudb.net hostkarma.junkemailfilter.com bl.blocklist.de
all.s5h.net iadb.isipp.com sa-accredit.habeas.com""".split()
NAME_LISTS = """dbl.spamhaus.org multi.surbl.org multi.uribl.com uribl.spameatingmonkey.net
fresh15.spameatingmonkey.net dbl.nordspam.com""".split()
KEY = "k3m7q2x9w5t8v4n6b1z0y7d2ha"  # of a subscriber, a label of each name that he asks for
SELECTORS = """s1 s2 k1 k2 k3 selector1 selector2 google default dkim mail mx smtpapi mandrill pm
20230601 20221208 20210112 zendesk1 hs1 hs2 m1 everlytickey1 scph0322 fm1 fm2 protonmail krs
mailjet sig1 turbo-smtp cm em1 ctct1 litesrv dk""".split()
COMMON_SENDERS = """gmail.com outlook.com hotmail.com yahoo.com icloud.com gmx.de web.de aol.com
amazonses.com sendgrid.net mailchimpapp.net linkedin.com facebookmail.com amazon.com paypal.com
github.com google.com microsoft.com salesforce.com atlassian.net zendesk.com mailgun.org""".split()


def listed(draw):
    """Mostly not: NXDOMAIN; else what kind of entry, in the answer's address."""
    return ("a", f"127.0.0.{2 + draw.below(10)}") if draw.happens(0.12) else "nx"


def sender_address(draw, client):
    """Most mail comes from few networks."""
    if draw.happens(0.55):
        network = f"{draw.pick((40, 52, 54, 209, 198, 185))}.{draw.below(6) + 80}"
        return f"{network}.{draw.below(40)}.{draw.below(60) + 1}"
    return draw.ipv4()


def pointer(address, draw, kind=None):
    kind = kind or ("nx" if draw.happens(0.2) else None)
    return reversed_ipv4(address) + ".in-addr.arpa", "PTR", kind


def name_of(address, draw):
    """As providers name their addresses, and big senders their servers."""
    dashed, numbers = address.replace(".", "-"), [int(part) for part in address.split(".")]
    hexadecimal = "".join(f"{number:02x}" for number in numbers)
    return (
        f"p{hexadecimal}.dip0.t-ipconnect.de", f"c-{dashed}.hsd1.ca.comcast.net",
        f"cpe-{dashed}.res.spectrum.com", f"host-{address}.business.telecomitalia.it",
        f"static.{reversed_ipv4(address)}.clients.your-server.de", f"vps-{hexadecimal}.vps.ovh.net",
        f"ec2-{dashed}.compute-1.amazonaws.com", f"{address}.bc.googleusercontent.com",
        f"mail-{('wm', 'lf', 'ej', 'pl')[numbers[2] % 4]}1-f{numbers[3]}.google.com",
        f"mail-db5eur{numbers[2] % 4:02d}on{numbers[3] + 2000}.outbound.protection.outlook.com",
        f"a{numbers[2] % 60}-{numbers[3]}.smtp-out.eu-west-1.amazonses.com",
        f"wrqvn{numbers[3]}.outbound-mail.sendgrid.net",
        f"mail{numbers[3]}.atl{numbers[2]}.mcdlv.net",
    )[(numbers[0] + numbers[1]) % 13]


def confirmed(address, draw):
    """The name of an address, and whether the name has that address."""
    if draw.happens(0.25):
        yield pointer(address, draw, "nx")
        return
    name = name_of(address, draw)
    yield pointer(address, draw, ("ptr", name))
    yield name, "A", ("a", address)


def about_address(draw, address):
    """Reverse name, block lists, who announces it."""
    turned = reversed_ipv4(address)
    yield from confirmed(address, draw)
    for zone in ADDRESS_LISTS:
        yield f"{turned}.{zone}", "A", listed(draw)
    yield f"{turned}.{KEY}.zen.dq.spamhaus.net", "A", listed(draw)
    yield f"{turned}.{KEY}.combined.mail.abusix.zone", "A", listed(draw)
    yield f"{turned}.{KEY}.r.mail-abuse.com", "A", listed(draw)
    number = draw.below(65000)
    yield f"{turned}.asn.rspamd.com", "TXT", ("txt", f"{number}|1.2.0.0/16|DE|ripencc|")
    yield f"{turned}.origin.asn.cymru.com", "TXT", ("txt", f"{number} | 1.2.0.0/16 | US")
    if draw.happens(0.3):
        yield f"{turned}.v1x2s.rf-adfe2ko9.senderbase.org", "TXT", ("txt", f"{draw.below(9)}.0")
    if draw.happens(0.1):  # an IPv6 sender: a label for each half octet
        yield reversed_ipv6(draw) + ".zen.spamhaus.org", "A", "nx"


def about_sender(draw, client, address, domain):
    """SPF with what it includes, DKIM, DMARC, transport policies."""
    turned = reversed_ipv4(address)
    yield domain, "MX", None
    yield domain, "A", None
    yield domain, "TXT", ("txt", f"v=spf1 include:_spf.{domain} ~all", "google-site-verification="
                          + token_of(domain, 43), "MS=ms" + token_of(domain, 8))
    yield f"_spf.{domain}", "TXT", None
    yield f"_dmarc.{domain}", "TXT", ("txt", f"v=DMARC1; p=reject; rua=mailto:d@rua.{domain}")
    selector = draw.pick(SELECTORS) if draw.happens(0.8) else token_of(domain, 32)
    key = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0" + token_of(domain, 350) + "IDAQAB"
    yield f"{selector}._domainkey.{domain}", "TXT", ("txt", key)
    if draw.happens(0.1):
        yield (f"{turned}.in-addr.{domain}.spf.has.pphosted.com", "TXT",
               ("txt", f"v=spf1 ip4:{address} ~all"))
    if draw.happens(0.06):
        yield (f"{address}._ip.mail{draw.below(9)}.{domain}._ehlo.{domain}._spf.vali.email", "TXT",
               ("txt", f"v=spf1 ip4:{address} ~all"))
    if draw.happens(0.06):
        yield f"{address}._spf.mta.salesforce.com", "A", listed(draw)
    if draw.happens(0.1):
        yield f"{domain}._report._dmarc.rua.agari.com", "TXT", ("txt", "v=DMARC1")
    if draw.happens(0.2):
        yield f"_mta-sts.{domain}", "TXT", ("txt", "v=STSv1; id=20230101000000")
        yield f"_smtp._tls.{domain}", "TXT", "nx"
        yield f"_25._tcp.mx1.{domain}", "TLSA", draw.pick(("nx", "nx", None))
        yield f"default._bimi.{domain}", "TXT", "nx"
        yield f"{domain}", "CAA", "nodata"


def about_content(draw, client):
    """Names, addresses and files in the message; most lists take a hash."""
    for _ in range(1 + draw.below(6)):
        name = client.net.sites.any(draw)
        for zone in NAME_LISTS[:3 + draw.below(4)]:
            yield f"{name}.{zone}", "A", listed(draw)
        yield f"{token_of(name, 32)}.uribl.rspamd.com", "A", "nx"
        if draw.happens(0.4):
            yield f"{draw.hex(32)}.hashbl.surbl.org", "A", "nx"
    if draw.happens(0.7):
        person = f"{draw.pick(FIRST_NAMES)}@{client.net.sites.any(draw)}"
        yield f"{token_of(person, 40)}.ebl.msbl.org", "A", "nx"
        yield f"{token_of(person, 32)}.email.rspamd.com", "A", "nx"
        yield f"{draw.base32(52)}._email.{KEY}.hbl.dq.spamhaus.net", "A", "nx"
    if draw.happens(0.15):
        yield f"{draw.base32(52)}._file.{KEY}.hbl.dq.spamhaus.net", "A", "nx"
        yield f"{draw.hex(32)}.malware.hash.cymru.com", "TXT", "nx"
    if draw.happens(0.1):  # an appliance that sends the whole fingerprint
        labels = ".".join(draw.base64(60) for _ in range(3))
        yield f"d.{labels}.{draw.base64(36)}.ts.ciphertrust.net", "A", ("a", "242.0.0.4")


def message_comes(draw, client):
    address = sender_address(draw, client)
    domain = draw.pick(COMMON_SENDERS) if draw.happens(0.4) else client.net.sites.any(draw)
    burst, at = [], 0.0
    for part in (about_address(draw, address), about_sender(draw, client, address, domain),
                 about_content(draw, client)):
        for lookup in part:
            burst.append((at, lookup))
            at += 0.004 * draw.random()
        at += 0.2 * draw.random()
    return burst


def message_goes(draw, client):
    domain = draw.pick(COMMON_SENDERS) if draw.happens(0.5) else client.net.sites.any(draw)
    burst = [(0, (domain, "MX", None)), (0.02, (f"_mta-sts.{domain}", "TXT", "nx"))]
    for k in range(1 + draw.below(2)):
        burst += [(0.04, (f"mx{k + 1}.{domain}", "A", None)),
                  (0.04, (f"mx{k + 1}.{domain}", "AAAA", "nodata")),
                  (0.06, (f"_25._tcp.mx{k + 1}.{domain}", "TLSA", "nx"))]
    if draw.happens(0.02):
        burst.append((0.1, (f"{draw.hex(56)}._openpgpkey.{domain}", "OPENPGPKEY", "nx")))
    return burst


def newsletter(draw, client):
    """To some hundred receivers at once."""
    burst = []
    for k in range(100 + draw.below(200)):
        site = client.net.sites.rare(draw)
        burst += [(0.01 * k, (site, "MX", None)), (0.01 * k + 0.03, (f"mx1.{site}", "A", None))]
    return burst


def upkeep(draw, client):
    versions = "0.103.11:62:27093:1700049000:1:90:49192:333"
    return [(0, ("current.cvd.clamav.net", "TXT", ("txt", versions))),
            (1, ("4.0.0.updates.spamassassin.org", "TXT", ("txt", "1913832"))),
            (2, ("database.clamav.net", "A", None))]


def mail(draw, client):
    dice = draw.random()
    if dice < 0.78:
        return message_comes(draw, client)
    if dice < 0.9995:
        return message_goes(draw, client) if dice < 0.97 else upkeep(draw, client)
    return newsletter(draw, client)


def reversed_ipv6(draw):
    """Few networks, any hosts in them."""
    network = f"2{draw.pick(('0010db8', 'a020000', '4004700', '0030de0'))}{draw.below(900):04x}"
    return ".".join(reversed(network + "0" * 4 + draw.hex(16)))


def visitors(draw, client):
    """A log with names for addresses: one that comes back is asked for again a day later."""
    burst = []
    for k in range(1 + draw.below(6)):
        if draw.happens(0.25):
            burst.append((k * 0.3, (reversed_ipv6(draw) + ".ip6.arpa", "PTR", "nx")))
        elif draw.happens(0.2):
            address = f"66.249.{draw.pick((66, 79))}.{draw.below(160) + 1}"
            name = f"crawl-{address.replace('.', '-')}.googlebot.com"
            burst += [(k * 0.3, pointer(address, draw, ("ptr", name))),
                      (k * 0.3 + 0.05, (name, "A", ("a", address)))]
        elif draw.happens(0.3):
            burst += [(k * 0.3 + 0.01, lookup) for lookup in confirmed(draw.ipv4(), draw)]
        else:
            burst.append((k * 0.3, pointer(draw.ipv4(), draw)))
    return burst
