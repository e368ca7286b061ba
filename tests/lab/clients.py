# SPDX-License-Identifier: Apache-2.0
"""
Clients of the lab that say what they were told: lookup.c, with three C libraries, and dig.

Any other runs by LabHost.start() or LabHost.command(), with that host's resolv.conf:
lab.client(ADDRESS...) is a host without a resolver, resolver.host one with.
"""
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Call:
    """What a call of the C library returned, in the caller's own words."""

    function: str
    name: str
    code: str  # "0", "EAI_...", or an h_errno's name
    pid: int
    tid: int
    start: int  # CLOCK_REALTIME, ns
    end: int
    addresses: tuple  # in the order of their coming


def glibc(_lab, _host):
    program = "build/tests/lab/lookup"
    subprocess.run(["make", "-s", program], cwd=ROOT, check=True)
    return [ROOT / program]


def musl(lab, _host):
    """Linked dynamically: its calls are in the libc that it maps."""
    program = lab.directory / "lookup-musl"
    if not program.exists():
        subprocess.run(
            ["musl-gcc", "-D_GNU_SOURCE", "-O2", "-o", program, HERE / "lookup.c"], check=True
        )
    return [program]


def container(lab, host):
    """Below a root directory of its own, with a libc that is a file of its own."""
    root = host.directory / "container"
    if not root.exists():
        (program,) = glibc(lab, host)
        listed = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True)
        for path in re.findall(r"(/\S+) \(", listed.stdout):
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        shutil.copy(program, root / "lookup")
        (root / "etc").mkdir()
    for name in ("resolv.conf", "nsswitch.conf"):
        shutil.copy(host.directory / name, root / "etc")
    return ["chroot", root, "/lookup"]


LIBRARIES = {"glibc": glibc, "musl": musl, "container": container}


def command(lab, host, *calls, libc="glibc", at_once=False, waits=False):
    """
    The command for lookups such as "getaddrinfo:www.example.com", to be run on this host: one after
    the other or all at once; if it `waits`, after it has said "ready" and read a line.
    """
    options = [flag for flag, wanted in (("-p", at_once), ("-w", waits)) if wanted]
    return [*LIBRARIES[libc](lab, host), *options, *calls]


def parse(text):
    """What lookup.c has printed: [Call]."""
    calls = []
    for line in text.splitlines():
        if line == "ready":
            continue
        function, name, code, pid, tid, start, end, *addresses = line.split()
        calls.append(
            Call(function, name, code, int(pid), int(tid), int(start), int(end), tuple(addresses))
        )
    return calls


def lookup(lab, host, *calls, **options):
    """Runs command() and waits: [Call], in the order of `calls`."""
    done = host.command(*command(lab, host, *calls, **options))
    assert done.returncode == 0, done.stderr
    return parse(done.stdout)


@dataclass(frozen=True)
class Answer:
    status: str  # as dig has it; None: there was no answer
    flags: frozenset
    data: tuple  # of the answer's records of the type that was asked for, sorted


def dig(host, *questions, timeout=5, tries=4):
    """
    Asks (NAME, TYPE)... one after the other: [Answer]. Again after a timeout, as every client does:
    unbound leaves unanswered what took it longer than two seconds (discard-timeout).
    """
    words = [word for question in questions for word in question]
    out = host.command(
        "dig", "+noall", "+comments", "+answer", f"+tries={tries}", f"+time={timeout}", *words,
        timeout=timeout * tries * len(questions) + 10,
    ).stdout  # fmt: skip
    # A section begins for each question, answered or not.
    sections = re.split(r"^;; (?:Got answer:|no servers could be reached)$", out, flags=re.M)
    assert len(sections) == len(questions) + 1, out
    return [answer(section, qtype) for section, (_, qtype) in zip(sections[1:], questions)]


def answer(section, qtype):
    status = re.search(r"status: (\w+)", section)
    flags = re.search(r"flags: ([\w ]+);", section)
    data = re.findall(rf"^\S+\s+\d+\s+IN\s+{qtype}\s+(\S.*)$", section, re.M)
    return Answer(
        status[1] if status else None,
        frozenset(flags[1].split() if flags else ()),
        tuple(sorted(data)),
    )
