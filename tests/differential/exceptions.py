# SPDX-License-Identifier: Apache-2.0
"""
Where common/dns, or dnssnoop -r, and tshark 4.0 disagree, and why. test_tshark.py fails on any of
EXCEPTIONS that is not needed; FILE_EXCEPTIONS are test_file.py's besides those.
"""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """`field` is a regular expression for the whole field; `frames` are packet numbers."""

    capture: str
    frames: tuple
    field: str
    reason: str

    def covers(self, capture, frame, field):
        return (capture == self.capture and frame in self.frames
                and re.fullmatch(self.field, field) is not None)


STOPS = ("A damaged name ends our reading; tshark puts '<Name too long>' or '<Name contains a "
         "pointer that loops>' in its place and goes on.")
SHORT = "Fewer than 12 octets are no DNS message for us; tshark shows the fields that are there."
ECS = ("Prefix and address octets do not fit (RFC 7871, section 6), so we show the option's "
       "octets; tshark decodes what there is.")
SVCB = ("The record's data is not as RFC 9460 has it, so we show all of it in RFC 3597's form; "
        "tshark decodes it up to the damage")

EXCEPTIONS = [
    Disagreement("ndpi-malformed_dns.pcap", (2, 3, 5, 6), "Queries|Answers", STOPS),
    Disagreement("tcpdump-dns-badlabel.pcap", (1,), "Queries", STOPS),
    Disagreement("tcpdump-dns_fwdptr.pcap", (1,), "Queries", STOPS),
    Disagreement("zeek-dns_dns-invalid-names.pcap", (2,), "Queries", STOPS),
    Disagreement("tcpdump-rtp-seg-fault-1.pcapng", (1,), "header", SHORT),
    Disagreement("ndpi-badpackets.pcap", (4, 12, 21), "header", SHORT),
    Disagreement("tcpdump-dns-uri.pcap", (2,), "Answers 0 data",
               "tshark 4.0 does not know URI (RFC 7553)."),
    Disagreement("zeek-dns-edns-ecs-weirds.pcap", (1, 2, 3, 4), ".* ECS", ECS),
    Disagreement("zeek-dns_dns-edns-bad-length.pcap", (1,), "Additional records 0 options",
               "One octet of options is none; tshark reads the next record's as its rest."),
    Disagreement("zeek-dns-svcb-rdlength-mismatch.pcap", (1,), "Answers 0 data",
               SVCB + ", here past the record's end."),
    Disagreement("zeek-dns_svcb-alpn-malformed-len-too-long.pcap", (2,), "Answers 0 data",
               SVCB + "."),
    Disagreement("zeek-dns_svcb-alpn-malformed-len-too-short.pcap", (2,), "Answers 0 data",
               SVCB + "."),
    Disagreement("zeek-dns_svcb-port-malformed.pcap", (2,), "Answers 0 data", SVCB + "."),
]

FILE_EXCEPTIONS = [
    Disagreement("zeek-dns-edns-ecs-bad.pcap", (4,), "size",
               "UDP's length is beyond the packet's end: we take what is missing for cut off."),
]
