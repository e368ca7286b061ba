# SPDX-License-Identifier: Apache-2.0
"""
Where dnslat -r and tshark 4.0 see other lookups, and why. A rule works out from the frames what
dnslat must say instead, and names the captures that need it, with how many of tshark's lookups do:
another number fails the test, so that none is there in vain. "made: ..." is of made_lookups.py.
"""

import dataclasses
import ipaddress
from collections import Counter
from typing import Callable

import compare
from lookups import PENDING, TIMEOUT, Lookup, field, is_mdns, is_response, question

TRUNCATED_GRACE = 10**9  # ns that a query over TCP may follow a truncated answer
NOT_FOR_THIS = object()


@dataclasses.dataclass(frozen=True)
class Rule:
    """
    `expect(capture, lookup, end)` is NOT_FOR_THIS, or the outcomes that dnslat must have in place
    of tshark's lookup: none, one, or more.
    """

    expect: Callable
    reason: str
    captures: dict


def mdns(_capture, lookup, _end):
    return [] if is_mdns(lookup.first) else NOT_FOR_THIS


def no_question(_capture, lookup, _end):
    asked = question(lookup.first)
    # "<Name ...>" is what tshark says of one that it can not read.
    return [] if asked is None or asked[0].startswith("<name ") else NOT_FOR_THIS


def other_question(_capture, lookup, end):
    if not lookup.answers or question(lookup.answers[0]) in (None, question(lookup.first)):
        return NOT_FOR_THIS
    return [Lookup(lookup.queries).outcome(end)]


def first_fragment(capture, lookup, end):
    if not lookup.answers or not lookup.answers[0].fragments:
        return NOT_FOR_THIS
    arrived = capture.times[lookup.answers[0].fragments[0]]
    return [lookup.outcome(end, arrived - lookup.first.key[0])]


def answered_by(lookup, answer, end):
    return [Lookup(lookup.queries, [answer]).outcome(end, answer.key[0] - lookup.first.key[0])]


def responses_to(capture, query):
    """In time, with the query's id and question, to the same port; from any address."""
    sent, proto, client, (_, port), ident = query.key
    for message in capture.messages:
        arrived, *said = message.key
        if (
            is_response(message)
            and sent <= arrived < sent + TIMEOUT
            and [said[0], said[1][1], *said[2:]] == [proto, port, client, ident]
            and question(message) == question(query)
        ):
            yield message


def unpaired_answer(capture, lookup):
    """That tshark pairs with nothing."""
    for message in responses_to(capture, lookup.last):
        fields = ("dns.response_to", "dns.retransmit_response_in")
        if not any(field(message, name) for name in fields):
            return message
    return None


def damaged_answer(capture, lookup, end):
    answer = None if lookup.answers else unpaired_answer(capture, lookup)
    if not answer or not (answer.malformed or answer.cut) or answer.key[2] != lookup.last.key[3]:
        return NOT_FOR_THIS
    return answered_by(lookup, answer, end)


def multicast(capture, lookup, end):
    answer = None if lookup.answers else unpaired_answer(capture, lookup)
    if not answer or not ipaddress.ip_address(lookup.last.key[3][0]).is_multicast:
        return NOT_FOR_THIS
    return answered_by(lookup, answer, end)


def late(_capture, lookup, end):
    if not lookup.answers or lookup.answers[0].key[0] < lookup.last.key[0] + TIMEOUT:
        return NOT_FOR_THIS
    return [Lookup(lookup.queries).outcome(end)]


def continues(lookup, other):
    """Whether `other` began with one more attempt of this one, which had no answer."""
    gap = other.first.key[0] - lookup.last.key[0]
    return (
        not lookup.answers
        and 0 < gap < TIMEOUT
        and other.first.key[1:] == lookup.last.key[1:]
        and question(other.first) == question(lookup.first)
    )


def long_retries(capture, lookup, end):
    if any(continues(other, lookup) for other in capture.lookups):
        return []
    for other in capture.lookups:
        if continues(lookup, other):
            latency = other.answers and other.answers[0].key[0] - lookup.first.key[0]
            return [Lookup(lookup.queries + other.queries, other.answers).outcome(end, latency)]
    return NOT_FOR_THIS


def shared_id(capture, lookup, end):
    asked = list(dict.fromkeys(question(query) for query in lookup.queries))
    if len(asked) == 1:
        return NOT_FOR_THIS
    outcomes = []
    for one in asked:
        own = Lookup([query for query in lookup.queries if question(query) == one])
        answer = next(responses_to(capture, own.last), None)
        outcomes += answered_by(own, answer, end) if answer else [own.outcome(end)]
    return outcomes


def is_retried_over_tcp(lookup, other):
    """Whether `other` is over TCP what this one's truncated answer made the client ask again."""
    if not lookup.answers or field(lookup.answers[0], "dns.flags.truncated") != "1":
        return False
    gap = other.first.key[0] - lookup.answers[0].key[0]
    return (
        (lookup.first.key[1], other.first.key[1]) == ("udp", "tcp")
        and 0 < gap < TRUNCATED_GRACE
        and lookup.first.key[2][0] == other.first.key[2][0]
        and question(lookup.first) == question(other.first)
    )


def truncated(capture, lookup, end):
    if any(is_retried_over_tcp(other, lookup) for other in capture.lookups):
        return []
    for other in capture.lookups:
        if is_retried_over_tcp(lookup, other):
            return answered_by(Lookup(lookup.queries + other.queries), other.answers[0], end)
    return NOT_FOR_THIS


def transfer(_capture, lookup, end):
    if question(lookup.first)[1] not in ("AXFR", "IXFR") or len(lookup.answers) < 2:
        return NOT_FOR_THIS
    *_, closing = compare.entries(lookup.answers[-1].layer, compare.SECTIONS[1])
    assert closing.get("dns.resp.type") == "6", "no closing SOA (RFC 5936, section 2.2)"
    return answered_by(lookup, lookup.answers[-1], end)


# The first that is for a lookup decides.
RULES = [
    Rule(
        mdns,
        "Multicast DNS is asked and answered to everybody and without an id (RFC 6762, sections 6"
        " and 18.1): no lookups. tshark pairs what has the same id, 0.",
        {
            "ndpi-android.pcap": 2,
            "ndpi-anyconnect-vpn.pcap": 9,
            "ndpi-gnutella.pcap": 4,
            "ndpi-iphone.pcap": 8,
            "ndpi-telegram.pcap": 87,
            "ndpi-telegram_videocall.pcap": 2,
            "ndpi-wa_voice.pcap": 6,
            "ndpi-whatsapp_login_call.pcap": 4,
            "ndpi-zoom.pcap": 1,
            "zeek-dns_mdns-no-assoc.pcap": 2,
            "zeek-dns_mdns.pcap": 6,
            "zeek-wikipedia-filtered-plus-udp.pcap": 2,
        },
    ),
    Rule(
        no_question,
        "Without a question that can be read a query is no lookup; tshark pairs by id alone.",
        {
            "ndpi-dns_invert_query.pcapng": 1,
            "ndpi-dnscrypt-v2.pcap": 3,
            "tcpdump-rtp-seg-fault-1.pcapng": 1,
            "zeek-dns_dns-invalid-names.pcap": 3,
        },
    ),
    Rule(
        shared_id,
        "Queries for different names are different lookups; tshark takes the second for a"
        " retransmission, since it has the same id.",
        {"made: shared id": 1},
    ),
    Rule(
        other_question,
        "An answer has its query's question (RFC 5452, section 4.2); tshark pairs by id alone.",
        {"ndpi-dns-invalid-chars.pcap": 1},
    ),
    Rule(
        first_fragment,
        "We take a fragmented answer's time from its first fragment, which is all that we decode;"
        " tshark that of the packet that completes it.",
        {
            "ndpi-dns_fragmented.pcap": 7,
            "zeek-dns-edns-ecs.pcap": 2,
            "zeek-ipv6-fragmented-dns.pcap": 1,
        },
    ),
    Rule(
        damaged_answer,
        "A response with the question is the answer, whatever is cut or damaged behind it; tshark"
        " stops there before it pairs.",
        {
            "tcpdump-dns_udp_2.pcap": 1,
            "zeek-dns_svcb-alpn-malformed-len-too-long.pcap": 1,
            "zeek-dns_svcb-alpn-malformed-len-too-short.pcap": 1,
            "zeek-dns_svcb-port-malformed.pcap": 1,
        },
    ),
    Rule(
        multicast,
        "What LLMNR asks in multicast is answered from a unicast address (RFC 4795, section 2.3);"
        " tshark waits for the multicast one.",
        {"zeek-smb_smb_v2_only_non_zero_reserved1.pcap": 2},
    ),
    Rule(
        late,
        "After the timeout an answer is late; tshark pairs it however long ago the query was.",
        {"made: late": 1},
    ),
    Rule(
        long_retries,
        "A query is another attempt within the timeout after the last one; tshark counts its five"
        " seconds from the first.",
        {"made: long retries": 2},
    ),
    Rule(
        truncated,
        "What is asked over TCP after a truncated answer is the same lookup (RFC 7766, section 5),"
        " and its latency is that of both.",
        {"made: truncated": 2},
    ),
    Rule(
        transfer,
        "A zone transfer has ended with its last message; tshark's time is each message's.",
        {"made: transfer": 1},
    ),
]


def expected(capture, lookup, end, used):
    """What dnslat must say of tshark's lookup; rules that make a difference are counted."""
    theirs = [lookup.outcome(end)]
    for rule in RULES:
        outcomes = rule.expect(capture, lookup, end)
        if outcomes is not NOT_FOR_THIS:
            used[rule.expect.__name__] += outcomes != theirs
            return outcomes
    return theirs


def different_lookups(capture, measured):
    """What is not as it must be, in words, and which rules were needed how often."""
    ours, used, found, pending = measured.outcomes(), Counter(), [], 0
    for lookup in capture.lookups:
        for outcome in expected(capture, lookup, measured.report.end, used):
            if outcome.event == PENDING:
                pending += 1
                continue
            mine = ours.pop(outcome.key(), None)
            if mine != outcome:
                found.append(f"frame {lookup.first.frame}: {mine}, must be {outcome}")
    found += [f"tshark does not have it: {outcome}" for outcome in ours.values()]
    if pending != measured.pending:
        found.append(f"pending: {measured.pending}, must be {pending}")
    return found, used


def differences(name, capture, measured):
    """All that is wrong with a capture of this name."""
    found, used = different_lookups(capture, measured)
    for rule in RULES:
        times, allowed = used[rule.expect.__name__], rule.captures.get(name, 0)
        if times != allowed:
            found.append(f"rule {rule.expect.__name__}: needed {times} times, not {allowed}")
    return found
