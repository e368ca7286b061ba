# SPDX-License-Identifier: Apache-2.0
"""
What people's machines ask: pages with all that they load, and what runs in the background.
A burst is a list of (seconds from its beginning, lookup).
"""

import zlib

from everyday_names import token_of
from everyday_services import BACKGROUND, COMMON, DRAWN, akamai

OWN_HOSTS = "static cdn img images assets media api m js css i".split()


def weighted(entries):
    return [make for weight, make in entries for _ in range(weight)]


ANY_DRAWN, ANY_BACKGROUND = weighted(DRAWN), weighted(BACKGROUND)


def host(burst, at, name, kind=None, https=False, aaaa=None):
    """A, AAAA and, as browsers do, HTTPS: at the same time."""
    burst.append((at, (name, "A", kind)))
    number = zlib.crc32(name.encode())
    if kind in ("nx", "servfail") or kind and kind[0] == "cname":
        other = kind
    elif kind and kind[0] == "a":
        other = "nodata"
    else:
        other = "nodata" if number % 5 < 2 else None
    burst.append((at + 0.0002, (name, "AAAA", aaaa or other)))
    if https:
        usual = None if number % 4 == 0 else "nodata"
        burst.append((at + 0.0003, (name, "HTTPS", kind if kind in ("nx", "servfail") else usual)))


def own_hosts(draw, site):
    """The site's own other hosts: the same ones each time that it is visited."""
    number = zlib.crc32(site.encode())
    names = [f"{OWN_HOSTS[(number >> 3 * k) % len(OWN_HOSTS)]}.{site}" for k in range(number % 4)]
    if number % 11 == 0:
        names += [f"img{draw.below(9) + 1}.{site}" for _ in range(2)]
    if number % 13 == 0:
        names.append(f"{token_of(site, 8)}.cdn.{site}")
    if number % 7 == 0:
        names.append(f"d{token_of(site, 13)}.cloudfront.net")
    return names


def outer_hosts(draw, site):
    """Other companies' hosts: some belong to the site, some change with each visit."""
    number = zlib.crc32(site.encode())
    fixed = [COMMON[(number >> k) * 7 % len(COMMON)] for k in range(2 + number % 11)]
    found = [make(draw) for make in fixed]
    for _ in range(int(draw.expovariate(0.22))):
        found.append(draw.pick(ANY_DRAWN if draw.happens(0.45) else COMMON)(draw))
    return found


def page(draw, client):
    """One visit: the page, its own hosts, then what it loads from others."""
    site, burst, at = client.net.sites.any(draw), [], 0.0
    number = zlib.crc32(site.encode())
    first = site if number % 6 == 0 else "www." + site
    kind = akamai(draw, first) if number % 9 == 0 else None
    host(burst, at, first, kind, client.https)
    for name in own_hosts(draw, site):
        at += draw.random() * 0.08
        host(burst, at, name, None, client.https)
    for name, alias in outer_hosts(draw, site):
        at += draw.random() * 0.15
        host(burst, at, name, alias, client.https)
    return burst


def list_of_links(draw, client):
    """News, search results: the browser looks all links up before one is followed."""
    burst = page(draw, client)
    for k in range(25 + draw.below(35)):
        site = client.net.sites.any(draw)
        host(burst, 0.3 + 0.01 * k, site if k % 4 == 0 else f"www.{site}")
    return burst


def typing_error(draw, client):
    site = client.net.sites.any(draw)
    label, _, end = site.partition(".")
    at = draw.below(len(label))
    wrong = label[:at] + draw.letters(1) + label[at + draw.below(2):]
    burst = []
    host(burst, 0, f"www.{wrong}.{end}", "nx", client.https)
    if client.suffix:
        host(burst, 0.03, f"www.{wrong}.{end}.{client.suffix}", "nx")
    return burst


def started_browser(draw, client):
    """Three made-up labels: does the network lie about names that do not exist?"""
    burst = []
    for k in range(3):
        label = draw.letters(7 + draw.below(9))
        host(burst, k * 0.001, label, "nx")
        if client.suffix:
            host(burst, 0.02 + k * 0.001, f"{label}.{client.suffix}", "nx")
    return burst


def browse(draw, client):
    dice = draw.random()
    if dice < 0.012:
        return typing_error(draw, client)
    if dice < 0.016:
        return started_browser(draw, client)
    if dice < 0.02:
        return list_of_links(draw, client)
    return page(draw, client)


def background(draw, client):
    burst = []
    for k in range(1 + draw.below(4)):
        name, alias = draw.pick(ANY_BACKGROUND)(draw)
        host(burst, k * 0.4 * draw.random(), name, alias, client.https and draw.happens(0.3))
        if client.suffix and draw.happens(0.04):  # a search list, before or after the name itself
            host(burst, k * 0.4 + 0.01, f"{name}.{client.suffix}", "nx")
    return burst
