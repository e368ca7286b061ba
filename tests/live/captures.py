# SPDX-License-Identifier: Apache-2.0
"""Capture files: what dnssnoop makes of them, and the same packets in every format that it reads."""
import json
import struct
import subprocess

from snoop import DNSSNOOP

ETHERNET = bytes(12) + b"\x08\x00"
# Link type, and what stands before an IPv4 packet.
LINKS = {
    "raw": (101, b""),
    "ipv4": (228, b""),
    "ethernet": (1, ETHERNET),
    "vlan": (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00"),
    "qinq": (1, bytes(12) + b"\x88\xa8\x00\x07\x81\x00\x00\x08\x08\x00"),
    "cooked": (113, b"\x00\x03\x00\x01\x00\x06" + bytes(8) + b"\x08\x00"),
    "cooked 2": (276, b"\x08\x00" + bytes(6) + b"\x00\x01\x03\x06" + bytes(8)),
    "null, little-endian": (0, b"\x02\x00\x00\x00"),
    "null, big-endian": (0, b"\x00\x00\x00\x02"),
    "loop": (108, b"\x00\x00\x00\x02"),
}
# Byte order, magic, and its unit in ns.
PCAPS = [
    (order, magic, unit) for order in "<>" for magic, unit in ((0xA1B2C3D4, 1000), (0xA1B23C4D, 1))
]


def read(path, *arguments, stdin=None, check=True):
    """The finished dnssnoop -j -r PATH, with its rows."""
    done = subprocess.run(
        [DNSSNOOP, "-j", "-r", path, *arguments],
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stderr
    done.rows = [json.loads(line) for line in done.stdout.splitlines()]
    return done


def errors(done):
    """What stderr says besides the accounting."""
    return [line for line in done.stderr.splitlines() if not line.startswith("captured ")]


def packets(path):
    """(time in ns, octets) of each packet in a file that dnssnoop -w has written."""
    data, found = path.read_bytes(), []
    while data:
        kind, size = struct.unpack_from("=II", data)
        if kind == 6:
            _, high, low, captured, _ = struct.unpack_from("=5I", data, 8)
            found.append((high << 32 | low, data[28 : 28 + captured]))
        data = data[size:]
    return found


def pcap(packets_, link, header=b"", order="<", magic=0xA1B23C4D, unit=1):
    """The same packets as a classic capture file."""
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for time, octets in packets_:
        frame = header + octets
        out.append(
            struct.pack(
                order + "IIII", time // 10**9, time % 10**9 // unit, len(frame), len(frame)
            )
        )
        out.append(frame)
    return b"".join(out)
