# SPDX-License-Identifier: Apache-2.0
"""Starting, ending, failing, running twice, and losing packets without hiding it."""
import os
import signal
import subprocess
import sys
import time

import pytest

from bpf_attached import attached
from checks import PYTHON, check_once, check_process
from lab import GATE, HERE, KNOT, ZONE, patient, wait_until
from snoop import ACCOUNTING, DNSSNOOP, Snoop

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def dnssnoop(*arguments, command=(DNSSNOOP,)):
    return subprocess.run(
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(20),
        check=False,
    )


def ask(host, zone, count, *arguments):
    out = host.run(
        sys.executable,
        HERE / "ask.py",
        "sendto",
        "--server",
        KNOT,
        "--zone",
        zone,
        "--count",
        count,
        *arguments,
    )
    return out.split()


@pytest.fixture
def program(tmp_path_factory):
    """The tool where nobody may run it, wherever the tree is."""
    directory = tmp_path_factory.mktemp("program")
    for path in (directory, *list(directory.parents)[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    copy = directory / "dnssnoop"
    copy.write_bytes(DNSSNOOP.read_bytes())
    copy.chmod(0o755)
    return copy


@pytest.mark.parametrize(
    "sig", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.smoke)]
)
def test_signal_ends_it_well(lab, tag, sig):
    with Snoop() as snoop:
        names = ask(lab.client, f"{tag}.{ZONE}", 10)
        counters = snoop.stop(sig)
    assert len(ACCOUNTING.findall(snoop.err.text())) == 1
    check_once(snoop.rows(f"{tag}.{ZONE}"), names, ["A"])
    assert counters["captured"] >= 20


def test_answers_before_the_signal_are_shown(lab, tag):
    """What was captured is printed, even if the end comes at once."""
    with Snoop() as snoop:
        names = ask(lab.client, f"{tag}.{ZONE}", 1000)
        snoop.stop()
    check_once(snoop.rows(f"{tag}.{ZONE}"), names, ["A"])


def test_two_at_once(lab, tag):
    zone = f"{tag}.{ZONE}"
    with Snoop() as first, Snoop() as second:
        names = ask(lab.client, zone, 1000)
        for snoop in (first, second):
            snoop.wait_rows(len(names), zone)
            assert snoop.stop()["lost"] == 0
    for snoop in (first, second):
        check_once(snoop.rows(zone), names, ["A"])
        check_process(snoop.rows(zone), PYTHON)


def test_second_goes_on_after_the_first(lab, tag):
    """The end of one copy takes nothing from the other."""
    zone = f"{tag}.{ZONE}"
    with Snoop() as first, Snoop() as second:
        first.kill()
        names = ask(lab.client, zone, 100)
        second.wait_rows(len(names), zone)
        second.stop()
    check_once(second.rows(zone), names, ["A"])


@pytest.mark.parametrize(
    "sig", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.smoke)]
)
def test_nothing_stays_attached(cgroup, sig):
    assert attached(cgroup.path) == 0
    with Snoop("--cgroup", cgroup.path) as snoop:
        assert attached(cgroup.path) >= 2
        snoop.process.send_signal(sig)
        snoop.process.wait(patient(5))
    wait_until(lambda: attached(cgroup.path) == 0, 3, "all programs are detached")


@pytest.mark.smoke
@pytest.mark.parametrize("ring", [64, 8192])
def test_loss_is_counted(lab, tag, cgroup, ring):
    """
    A tool that is stopped cannot read: what its small ring does not hold is lost, and counted; what
    its large ring holds is read, though it is to end, and no answer in it is too late.
    """
    count = 3000
    gated = lab.client.start(
        *GATE,
        sys.executable,
        HERE / "ask.py",
        "sendto",
        "--server",
        KNOT,
        "--zone",
        f"{tag}.{ZONE}",
        "--count",
        count,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert gated.stdout.readline() == "ready\n"
    cgroup.add(gated.pid)
    with Snoop("--cgroup", cgroup.path, "-b", ring, "--timeout", 1) as snoop:
        snoop.process.send_signal(signal.SIGSTOP)
        names = gated.communicate("go\n", timeout=patient(30))[0].split()
        time.sleep(1.2)
        snoop.process.send_signal(signal.SIGINT)
        counters = snoop.stop(signal.SIGCONT)
    assert len(names) == count
    assert (counters["lost"] > 0) == (ring == 64)
    assert counters["captured"] + counters["lost"] == 2 * count, counters
    events = {row["event"] for row in snoop.rows(f"{tag}.{ZONE}")}
    assert events == {"answer"} or ring == 64
    check_process(snoop.rows(f"{tag}.{ZONE}"), PYTHON)


FLOOD = """
import os, socket, sys, time
sys.path.insert(0, sys.argv[1])
import wire
os.sched_setaffinity(0, {int(sys.argv[2])})
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind((sys.argv[3], 53))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[3], 53))
query, number = bytearray(wire.query(1, "00000000.flood.test")), 0
end = time.monotonic() + float(sys.argv[4])
while time.monotonic() < end:
    for number in range(number, number + 1000):
        query[13:21] = b"%08d" % number
        s.send(query)
"""


def test_end_of_an_overload(lab, cgroup):
    """A tool that never comes to the end of its ring hears a signal all the same."""
    cpus = sorted(os.sched_getaffinity(0))
    with Snoop("--cgroup", cgroup.path, "-N", "nothing.test") as snoop:
        os.sched_setaffinity(snoop.process.pid, {cpus[0]})
        os.setpriority(os.PRIO_PROCESS, snoop.process.pid, 19)
        command = [sys.executable, "-c", FLOOD, HERE]
        floods = [
            lab.client.start(*command, cpu, f"127.9.9.{cpu + 1}", patient(20)) for cpu in cpus
        ]
        for flood in floods:
            cgroup.add(flood.pid)
        time.sleep(2)
        counters = snoop.stop()
        still = [flood.poll() is None for flood in floods]
        for flood in floods:
            flood.kill()
            flood.wait()
    assert counters["lost"] > 0, counters
    assert all(still)


def test_planted_headers(lab, tag, tmp_path):
    """libbcc looks for headers in the current directory first: these must not be compiled."""
    for name in (
        "linux/types.h",
        "linux/version.h",
        "linux/kconfig.h",
        "linux/log2.h",
        "linux/bpf_common.h",
        "uapi/linux/bpf.h",
        "uapi/linux/if_packet.h",
        "asm/page.h",
        "helpers.h",
        "bcc/helpers.h",
    ):
        header = tmp_path / name
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text("#error planted\n")
    zone = f"{tag}.{ZONE}"
    with Snoop(cwd=tmp_path) as snoop:
        names = ask(lab.client, zone, 1)
        snoop.wait_rows(1, zone)
        snoop.stop()
    check_once(snoop.rows(zone), names, ["A"])


def test_long_run_keeps_its_size(lab, tag):
    """Names that never come again leave nothing behind."""

    def resident(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    with Snoop("-S") as snoop:
        ask(lab.client, f"{tag}.{ZONE}", 2000)
        before = resident(snoop.process.pid)
        for _ in range(3):
            ask(lab.client, f"{tag}.{ZONE}", 5000)
        grown = resident(snoop.process.pid) - before
        snoop.stop()
    assert grown < 2048, f"{grown} KiB more after 15,000 lookups"


def test_not_root(program):
    done = dnssnoop(command=[*NOBODY, program])
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("dnssnoop: ") and done.stderr.count("\n") == 1, done.stderr
    assert "root" in done.stderr


def test_ebpf_needs_no_root(program):
    done = dnssnoop("--ebpf", command=[*NOBODY, program])
    assert done.returncode == 0 and done.stderr == ""
    assert "cgroup" in done.stdout and "bpf_ringbuf_output" in done.stdout


BAD_ARGUMENTS = """-p 12abc|-p|-p 0|-p -1|-p 99999999999|-t x|-u nosuchuser|-c |-c sixteencharacters|-q FOO|-q 65536|-R FOO
    |-m -1|-m abc|-P 0|-P 65536|-P 53,|-P dns|-d 0|-d x|--timeout 0|--timeout -1|-b 3|-b 63|-b x|--max-pending 0|--nosuch
    |-Z|extra|-j extra|--role nobody|-N a..b"""


@pytest.mark.parametrize("arguments", [text.strip("\n ") for text in BAD_ARGUMENTS.split("|")])
def test_bad_arguments(arguments):
    done = dnssnoop(*(arguments.split(" ") if arguments != "-c" else ["-c", ""]))
    assert done.returncode == 2, done.stderr
    assert done.stdout == "" and "Try '" in done.stderr and "--help'" in done.stderr
    assert done.stderr.startswith("dnssnoop: ") and done.stderr.count("\n") <= 2, done.stderr


@pytest.mark.parametrize(
    "arguments", [["--cgroup", "/nonexistent"], ["--cgroup", "/etc"], ["--cgroup", "/etc/passwd"]]
)
def test_no_cgroup(arguments):
    done = dnssnoop(*arguments)
    assert done.returncode == 1
    assert (
        done.stderr.startswith("dnssnoop: ")
        and arguments[1] in done.stderr
        and done.stderr.count("\n") == 1
    )


@pytest.mark.parametrize("arguments", [["-h"], ["--help"]])
def test_help(arguments):
    done = dnssnoop(*arguments)
    assert done.returncode == 0 and done.stderr == "" and "Examples:" in done.stdout


@pytest.mark.parametrize("arguments", [["-V"], ["--version"]])
def test_version(arguments):
    done = dnssnoop(*arguments)
    assert done.returncode == 0 and done.stderr == "" and done.stdout.startswith("dnssnoop ")
