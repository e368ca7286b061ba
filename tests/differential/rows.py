# SPDX-License-Identifier: Apache-2.0
"""What dnssnoop -r makes of a capture, beside tshark's decoding of the same messages."""

import datetime
import json
import os
import subprocess

import compare
import tshark

DNSSNOOP = os.environ.get("DNSSNOOP", tshark.ROOT / "build/dnssnoop")
PORTS = (53, 5353, 5355)
OPCODES = {0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE", 6: "DSO"}
CLASSES = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED",
          6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS",
          23: "BADCOOKIE"}
TYPES = {8: "MG", 10: "NULL", 30: "NXT", 100: "UINFO", 25: "KEY", 41: "OPT", 38: "A6", 249: "TKEY", 250: "TSIG", 251: "IXFR",
         252: "AXFR", 255: "ANY", 11: "WKS", 55: "HIP", 32769: "DLV"} | compare.TYPES
FLAGS = {"authoritative": "aa", "truncated": "tc", "recdesired": "rd", "recavail": "ra",
         "authenticated": "ad", "checkdisable": "cd"}
SECTIONS = (("answers", 1), ("authority", 2), ("additional", 3))
OPT = 41


def rows(path):
    """One dictionary a message, and the exit status."""
    run = subprocess.run([DNSSNOOP, "-a", "-j", "--role", "both", "-r", path],
                         capture_output=True, text=True, check=False)
    return [json.loads(line) for line in run.stdout.splitlines()], run.returncode


def nanoseconds(stamp):
    """RFC 3339 with nine decimals."""
    whole, fraction = stamp.rstrip("Z").split(".")
    at = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) * 10**9 + int(fraction)


def row_key(row):
    """When it came, from where to where, and its id."""
    ends = [(row["client"], row["client_port"]), (row["server"], row["server_port"])]
    if row["event"] == "response":
        ends.reverse()
    return nanoseconds(row["ts"]), row["proto"], *ends, row["id"]


class Message:
    """One of tshark's, with where it was found."""

    def __init__(self, packet, layer, wire):
        frame = packet.get("frame")
        self.frame = int(frame.get("frame.number"))
        self.layer, self.size = layer, len(wire)
        self.cut = frame.get("frame.cap_len") != frame.get("frame.len")
        self.malformed = packet.get("_ws.malformed") is not None
        self.protocols = frame.get("frame.protocols").split(":")
        self.proto = "tcp" if packet.get("tcp") is not None else "udp"
        transport = packet.get(self.proto)
        ip = packet.get("ip") or packet.get("ipv6")
        self.fragmented = "ipv6.fraghdr" in self.protocols or any(
            int(value, 0) for key in ("ip.flags.mf", "ip.frag_offset") for value in packet.find(key))
        # In the order of their octets, where this packet completes them.
        self.fragments = [int(value) for key in ("ip.fragment", "ipv6.fragment")
                          for value in packet.find(key)]
        name = "ip" if packet.get("ip") is not None else "ipv6"
        seconds, fraction = frame.get("frame.time_epoch").split(".")
        self.key = None
        if transport is not None and ip is not None:
            ends = [(ip.get(f"{name}.{end}"), int(transport.get(f"{self.proto}.{end}port")))
                    for end in ("src", "dst")]
            self.key = (int(seconds) * 10**9 + int(fraction), self.proto, *ends,
                        int(layer.get("dns.id", "-1"), 0))

    def is_plain(self):
        """On our ports, in no tunnel, and no packet that an ICMP error quotes."""
        carried = [p for p in self.protocols if p in ("ip", "ipv6", "icmp", "icmpv6", "udp", "tcp")]
        return (self.key is not None and len(carried) == 2
                and any(port in PORTS for _, port in self.key[2:4]))


def messages(path):
    """tshark's messages that dnssnoop looks at: no tunnels, no other ports."""
    for packet, layer, wire in tshark.located_messages(path):
        message = Message(packet, layer, wire)
        if message.is_plain():
            yield message


def name_of(names, number, prefix):
    return names.get(number, f"{prefix}{number}")


def rcode_of(layer):
    """The whole response code, its upper bits from the OPT record."""
    low = layer.get("dns.flags_tree").get("dns.flags.rcode")
    high = next(layer.find("dns.resp.ext_rcode"), "0")
    return None if low is None else name_of(RCODES, int(low) | int(high, 0) << 4, "RCODE")


def header_fields(row, layer):
    bits = layer.get("dns.flags_tree")
    opcode = int(bits.get("dns.flags.opcode"))
    yield "opcode", row["opcode"], name_of(OPCODES, opcode, "OPCODE")
    for bit, flag in FLAGS.items():
        value = bits.get("dns.flags." + bit)
        if value is not None:
            yield "flag " + flag, flag in row["flags"], value == "1"
    if row["event"] == "response":
        yield "rcode", row.get("rcode"), rcode_of(layer)


def question_fields(row, question):
    yield "Queries 0 name", compare.shown(row["qname"]), compare.name(question.get("dns.qry.name"))
    yield "Queries 0 type", row["qtype"], name_of(TYPES, int(question.get("dns.qry.type")), "TYPE")
    number = int(question.get("dns.qry.class"), 0)
    yield "Queries 0 class", row["qclass"], name_of(CLASSES, number, "CLASS")


def record_fields(where, ours, theirs):
    rtype = int(theirs.get("dns.resp.type"))
    number = int(theirs.get("dns.resp.class"), 0)
    yield where + "name", compare.shown(ours["name"]), compare.owner(theirs)
    yield where + "type", ours["type"], name_of(TYPES, rtype, "TYPE")
    yield where + "class", ours.get("class", "IN"), name_of(CLASSES, number, "CLASS")
    yield where + "ttl", ours["ttl"], int(theirs.get("dns.resp.ttl"))
    yield from compare.data_differences(where, rtype, ours["data"], theirs)


def fields(row, message):
    """(field, ours, tshark's), named as compare.fields() does."""
    layer, stopped = message.layer, message.malformed
    yield from header_fields(row, layer)
    if not message.cut and not message.fragmented:
        yield "size", row.get("response_size") or row.get("query_size"), message.size
    questions = compare.entries(layer, compare.SECTIONS[0])
    if "qname" in row and questions:
        yield from question_fields(row, questions[0])
    elif questions:
        yield "Queries", 0, len(questions)
    for key, index in SECTIONS:
        names = compare.SECTIONS[index]
        theirs = [r for r in compare.entries(layer, names) if r.get("dns.resp.type") != str(OPT)]
        mine = row.get(key, [])
        if len(mine) < len(theirs) or not stopped:
            yield names[0], len(mine), len(theirs)
        for i, (a, b) in enumerate(zip(mine, theirs)):
            yield from record_fields(f"{names[0]} {i} ", a, b)
