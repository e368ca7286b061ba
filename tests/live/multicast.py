# SPDX-License-Identifier: Apache-2.0
"""A host that speaks multicast DNS and LLMNR with itself: multicast.py ADDRESS LABEL"""
import socket
import struct
import sys

ADDRESS, LABEL = sys.argv[1], sys.argv[2].encode()
MDNS, LLMNR = ("224.0.0.251", 5353), ("224.0.0.252", 5355)
PTR, A, IN, TOP_BIT = 12, 1, 1, 0x8000  # QU in a question, cache-flush in a record


def header(number, flags, questions, answers):
    return struct.pack(">HHHHHH", number, flags, questions, answers, 0, 0)


def udp(port, group=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ADDRESS))
    s.bind(("" if group else ADDRESS, port))
    if group:
        membership = socket.inet_aton(group) + socket.inet_aton(ADDRESS)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return s


def label(text):
    return bytes([len(text)]) + text


def mdns():
    name = label(LABEL) + label(b"local") + b"\0"
    s = udp(MDNS[1], MDNS[0])
    s.sendto(header(0, 0, 1, 0) + name + struct.pack(">HH", PTR, IN | TOP_BIT), MDNS)
    s.recv(512)
    record = struct.pack(">HHIH", PTR, IN | TOP_BIT, 120, 8) + label(b"print") + b"\xc0\x0c"
    s.sendto(header(0, 0x8400, 0, 1) + name + record, MDNS)
    s.recv(512)


def llmnr():
    question = label(LABEL) + b"\0" + struct.pack(">HH", A, IN)
    client, server = udp(0), udp(LLMNR[1], LLMNR[0])
    client.sendto(header(77, 0, 1, 0) + question, LLMNR)
    _, peer = server.recvfrom(512)
    record = b"\xc0\x0c" + struct.pack(">HHIH", A, IN, 30, 4) + bytes([192, 0, 2, 7])
    server.sendto(header(77, 0x8000, 1, 1) + question + record, peer)
    client.recv(512)


mdns()
llmnr()
