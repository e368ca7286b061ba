#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Writes a capture of a day of ordinary DNS: what some forty clients of an office and its neighbours
ask one resolver, and its answers. Nothing in it is a tunnel; much of it looks like one.
The same seed makes the same octets.

    everyday.py FILE [--queries N] [--hours H] [--seed N] [--names CSV] [--without ACTIVITY]...
                [--forwarded]
"""

import argparse
import collections
import ipaddress
import sys

import everyday_machines as machines
import everyday_mail
import everyday_web as web
from everyday_names import Draw, Sites, read_names
from everyday_wire import FILE_HEAD, SECOND, Messages, packet, ttl_of

MIDNIGHT = 1700006400 * SECOND
HOUR = 3600 * SECOND
RESOLVER = ("10.7.0.2", 53)
FORWARDER = "10.7.0.3"
# What a forwarder answers by itself.
INTERNAL = ("corp.example", "cluster.local", "compute.internal", "7.10.in-addr.arpa")
INSIDE = ("kubernetes", "active directory")
SITES = 40000

# Of a day's questions, in thousandths by hour: people work and watch, machines do not sleep.
OFFICE = (6, 5, 5, 5, 6, 9, 20, 45, 78, 90, 88, 85, 70, 80, 86, 84, 76, 60, 38, 26, 16, 11, 8, 6)
HOMES = (22, 12, 8, 6, 6, 8, 18, 32, 36, 36, 36, 38, 42, 42, 42, 46, 54, 66, 78, 86, 88, 82, 66, 40)
ALWAYS = (42,) * 16 + (41,) * 8

Client = collections.namedtuple("Client", "number address suffix edns https mixed net")
Net = collections.namedtuple("Net", "sites")
Activity = collections.namedtuple("Activity", "name share hours make clients")


def activities():
    """Each with its share of all questions, in thousandths, and who does it."""
    desktops, homes = tuple(range(0, 24)), tuple(range(24, 31))
    people = desktops + homes
    return [
        Activity("browse", 394, OFFICE, web.browse, desktops),
        Activity("browse at home", 185, HOMES, web.browse, homes),
        Activity("background", 100, ALWAYS, web.background, people),
        Activity("mail", 120, OFFICE, everyday_mail.mail, (31,)),
        Activity("visitors", 40, ALWAYS, everyday_mail.visitors, (32,)),
        Activity("kubernetes", 50, ALWAYS, machines.kubernetes, (33, 34)),
        Activity("active directory", 25, OFFICE, machines.active_directory, desktops + (35,)),
        Activity("virus scanner", 25, OFFICE, machines.virus_scanner, people),
        Activity("content filter", 6, OFFICE, machines.content_filter, (40,)),
        Activity("gadgets", 13, ALWAYS, machines.gadgets, homes + (36,)),
        Activity("games", 12, HOMES, machines.games, homes + (37,)),
        Activity("builds", 11, OFFICE, machines.builds, (38, 33)),
        Activity("monitor", 12, ALWAYS, machines.monitor, (39,)),
        Activity("node list", 4, ALWAYS, machines.node_list, (37,)),
        Activity("seldom", 3, OFFICE, machines.seldom, people),
    ]


def clients(net, forwarded):
    """Office machines have a search list; three in four browsers ask for HTTPS records."""
    made = []
    for number in range(41):
        office = not 24 <= number < 31
        address = FORWARDER if forwarded else f"10.7.{number // 20}.{10 + number}"
        address = ipaddress.IPv4Address(address).packed
        made.append(Client(number, address, "corp.example" if office else "", number % 3 > 0,
                           number % 4 > 0, number == 30, net))
    return made


def portions(total, weights):
    """Whole numbers in the proportion of the weights whose sum is the total."""
    whole, sums, done = sum(weights), 0, []
    for weight in weights:
        before = total * sums // whole
        sums += weight
        done.append(total * sums // whole - before)
    return done


class Day:
    def __init__(self, options):
        self.draw = Draw(options.seed)
        public = read_names(options.names) if options.names else []
        net = Net(Sites(self.draw, public, SITES))
        self.forwarded = options.forwarded
        self.clients = clients(net, self.forwarded)
        self.messages = Messages()
        self.counts = collections.Counter()
        self.asked = set()
        self.hours = range(options.first, min(options.first + options.hours, 24))
        without = options.without + list(INSIDE if self.forwarded else ())
        kept = [a for a in activities() if a.name not in without]
        self.plan = [
            (activity, portions(count, activity.hours[self.hours.start:self.hours.stop]))
            for activity, count in zip(kept, portions(options.queries, [a.share for a in kept]))
        ]

    def is_cached(self, client, time, lookup):
        """
        Whether the client has the answer still, were its cache emptied each TTL. Servers (glibc)
        have no cache, and some programs of the others look past it. A forwarder has one for all.
        """
        if self.forwarded:
            if lookup[0].endswith(INTERNAL):
                return True
        elif client.number > 30 or self.draw.happens(0.02):
            return False
        who = 0 if self.forwarded else client.number
        key = (who, lookup[0], lookup[1], time // (ttl_of(lookup[0]) * SECOND))
        if key in self.asked:
            return True
        self.asked.add(key)
        return False

    def lookups(self, activity, began, count):
        """(time, client, lookup) each, `count` of them, within the hour that began then."""
        draw, left = self.draw, count
        while left:
            client = self.clients[draw.pick(activity.clients)]
            at = began + int(draw.random() * (HOUR - 60 * SECOND))
            for seconds, lookup in activity.make(draw, client):
                time = at + int(seconds * SECOND)
                if left and not self.is_cached(client, time, lookup):
                    left -= 1
                    yield time, client, lookup
        self.counts[activity.name] += count

    def mixed_case(self, question):
        """As forwarders do that want to know their answers again (draft dns0x20)."""
        bits = self.draw.getrandbits(len(question))
        return bytes([c ^ (bits >> i & 1) << 5 if 97 <= c <= 122 or 65 <= c <= 90 else c
                      for i, c in enumerate(question[:-4])]) + question[-4:]

    def packets(self, time, client, lookup):
        draw, ident = self.draw, self.draw.getrandbits(16)
        resolver = RESOLVER_PACKED, RESOLVER[1]
        port = 1024 + draw.below(64000)
        query, response = self.messages.pair(ident, lookup, client.edns,
                                             self.mixed_case if client.mixed else None)
        query = packet_at(time, (client.address, port), resolver, query)
        yield query
        if draw.happens(0.002):  # lost: asked again as resolved does, or after glibc's five seconds
            time += SECOND if client.edns else 5 * SECOND
            yield packet_at(time, (client.address, port), resolver, query[1][44:])
        time += int((0.0003 if draw.happens(0.6) else draw.expovariate(30)) * SECOND) + 90000
        yield packet_at(time, resolver, (client.address, port), response)

    def hour(self, hour):
        began = MIDNIGHT + hour * HOUR
        for activity, counts in self.plan:
            for found in self.lookups(activity, began, counts[hour - self.hours[0]]):
                yield from self.packets(*found)
        self.messages.forget()

    def write(self, out):
        """An hour at a time; an answer may come in the next one."""
        out.write(FILE_HEAD)
        late = []
        for hour in self.hours:
            end = MIDNIGHT + (hour + 1) * HOUR
            packets = late + list(self.hour(hour))
            packets.sort()
            late = [p for p in packets if p[0] >= end] if hour < self.hours[-1] else []
            out.write(b"".join([octets for time, octets in packets
                                if time < end or hour == self.hours[-1]]))
            self.asked = {key for key in self.asked
                          if (key[3] + 1) * ttl_of(key[1]) * SECOND > end}


RESOLVER_PACKED = ipaddress.IPv4Address(RESOLVER[0]).packed


def packet_at(time, source, target, payload):
    return time, packet(time, *source, *target, payload)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("file")
    parser.add_argument("--queries", type=int, default=1000000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--first", type=int, default=0, help="hour of the day to begin with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--names", help="registered names: lines legit,SOURCE,NAME")
    parser.add_argument("--forwarded", action="store_true", help="as seen behind a forwarder: "
                        "one client, which has a cache for all")
    parser.add_argument("--without", action="append", default=[], help="leave an activity out")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    day = Day(options)
    with open(options.file, "wb", buffering=1 << 20) as out:
        day.write(out)
    for name, count in day.counts.most_common():
        print(f"{count:8} {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
