# SPDX-License-Identifier: Apache-2.0
"""Programs that ask, under any name: dig from a pipe, and Python."""
import random
import shutil
import subprocess
import sys

import pytest

from lab import GATE, HERE, patient

SEND = """
import random, socket, sys, time
sys.path.insert(0, sys.argv[1])
import wire
server, count, pause = sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number, line in enumerate(sys.stdin):
    query = wire.query(number, [bytes.fromhex(label) for label in line.split()], "TXT")
    for again in range(count):
        s.sendto(query, (server, 53))
        time.sleep(pause)
"""


def names(domain, count=60, octets=25):
    """With so many octets of data in each, always the same below a domain."""
    source = random.Random(domain)
    return [f"{source.randbytes(octets).hex()}.{domain}" for _ in range(count)]


class Programs:
    """Links to programs: a process is named as its file is."""

    def __init__(self, directory):
        self.directory = directory

    def link(self, program, name):
        path = self.directory / name
        if not path.exists():
            path.symlink_to(shutil.which(program))
        return path

    def dig(self, host, name, server, *options, prefix=(), cgroup=None):
        """A dig that asks for what is written to it, a name and a type a line."""
        command = [*prefix, self.link("dig", name), f"@{server}"]
        command += ["+tries=1", "+time=2", "+short", *options, "-f", "-"]
        command = [*GATE, *command] if cgroup else command
        out = subprocess.PIPE if cgroup else subprocess.DEVNULL
        process = host.start(*command, stdin=subprocess.PIPE, stdout=out, text=True)
        if cgroup:
            assert process.stdout.readline() == "ready\n"
            (cgroup / "cgroup.procs").write_text(str(process.pid))
            tell(process, ["go"])
        return process

    def sender(self, host, name, server, labels, count=1, pause=0.0):
        """Sends each name, given by the octets of its labels, so often, and hears no answer."""
        python = self.link(sys.executable, name)
        process = host.start(
            *[python, "-c", SEND, HERE, server, count, pause], stdin=subprocess.PIPE, text=True
        )
        tell(process, [" ".join(label.hex() for label in name) for name in labels])
        process.stdin.close()
        return process


def tell(process, lines):
    process.stdin.write("".join(f"{line}\n" for line in lines))
    process.stdin.flush()


def ask(process, asked, qtype="TXT"):
    tell(process, [f"{name} {qtype}" for name in asked])


def end(process):
    if process.stdin and not process.stdin.closed:
        process.stdin.close()
    assert process.wait(patient(20)) == 0


@pytest.fixture
def programs(tmp_path_factory):
    """Everybody may run them."""
    directory = tmp_path_factory.mktemp("programs")
    for path in (directory, *list(directory.parents)[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    return Programs(directory)
