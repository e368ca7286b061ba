# SPDX-License-Identifier: Apache-2.0
"""How many BPF programs a cgroup has: bpf(BPF_PROG_QUERY), as bpftool cgroup show does it."""
import ctypes
import os
import struct

BPF = 321 if os.uname().machine == "x86_64" else 280  # the system call's number
BPF_PROG_QUERY = 16
ATTACH_TYPES = range(60)

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
