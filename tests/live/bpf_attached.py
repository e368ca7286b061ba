# SPDX-License-Identifier: Apache-2.0
"""
How many BPF programs a cgroup has: bpf(BPF_PROG_QUERY), as bpftool cgroup show does it; and an
interface, as bpftool net show does it. As a program, bpf_attached.py INTERFACE prints the latter.
"""
import ctypes
import os
import socket
import struct
import subprocess
import sys

BPF = 321 if os.uname().machine == "x86_64" else 280  # the system call's number
BPF_PROG_QUERY = 16
ATTACH_TYPES = range(60)
TCX = (46, 47)

_libc = ctypes.CDLL(None, use_errno=True)


def _count(fd, attach_type):
    # target_fd, attach_type, query_flags, attach_flags, prog_ids, prog_cnt
    attributes = ctypes.create_string_buffer(struct.pack("4IQI", fd, attach_type, 0, 0, 0, 0), 64)
    if _libc.syscall(BPF, BPF_PROG_QUERY, attributes, 64) < 0:
        return 0  # no attach type of cgroups
    return struct.unpack_from("I", attributes.raw, 24)[0]


def attached(cgroup):
    fd = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return sum(_count(fd, attach_type) for attach_type in ATTACH_TYPES)
    finally:
        os.close(fd)


def attached_to_interface(name):
    """Programs at tcx and XDP, and packet sockets, in this network namespace."""
    index = socket.if_nametoindex(name)
    tcx = sum(_count(index, attach_type) for attach_type in TCX)
    show = subprocess.run(
        ["ip", "-details", "link", "show", "dev", name], capture_output=True, text=True, check=True
    )
    with open("/proc/net/packet", encoding="ascii") as sockets:
        # sk RefCnt Type Proto Iface ...
        packet = sum(int(line.split()[4]) == index for line in list(sockets)[1:])
    return tcx + ("prog/xdp" in show.stdout) + packet


if __name__ == "__main__":
    print(attached_to_interface(sys.argv[1]))
