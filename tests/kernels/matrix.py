# SPDX-License-Identifier: Apache-2.0
"""
The test suites on several kernels, each in machines of its own, and the table of what passed.

A kernel is tested in full, by the live tests of clients and outcomes and one of each kind that a
newer kernel is needed for ("6.1:live"), by one of each kind ("6.1:smoke"), by those of them that
ask much of the kernel ("5.10:core"), or by what other kernels may lack ("6.1:probes").
"""
import os
import re
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import packages
from machine import Failed, Machine

TREE = packages.HERE.parents[1]
JUNIT = "tests.xml"
ENVIRONMENT = {"LIVE_NAMES": "100", "PATIENCE": "6"}
LIMIT = 2400  # seconds for one machine


@dataclass(frozen=True)
class Job:
    """A machine and the tests that it runs."""

    name: str
    tests: tuple  # arguments of pytest
    machine: dict = field(default_factory=dict)  # arguments of Machine


def condition(name, test, without="", **machine):
    """A machine in a particular state: that it is, and clients of each kind in it."""
    tests = [f"tests/kernels/test_conditions.py::test_{test}", *CLIENTS, "-m", "smoke"]
    return Job(name, (*tests, "-k", without) if without else tuple(tests), machine)


# Tests of what the kernel does for the tool, and of what the tool does by itself: of those, the
# host has all, and a kernel one of each kind.
KERNEL = ("tcp", "cgroups", "command", "privileges", "drops", "multicast", "novelty", "dnschain")
TOOL = ("filters", "output", "lifecycle", "files", "latency")
CLIENTS = ("tests/live/test_clients.py", "tests/live/test_outcomes.py")
# Without IPv6 the library does not ask for AAAA.
NO_IPV6 = "not connected-ipv6 and not getent"


def files(names):
    return tuple(f"tests/live/test_{name}.py" for name in names)


LIVE = Job("clients, outcomes", CLIENTS)


FAILED_SENDS = "tests/kernels/test_failed_sends.py"


def smoke(name, *tests):
    """One processor each: several such machines run at once, and spin where two would wait."""
    return Job(f"{name}: smoke", ("-m", "smoke", *tests), {"processors": 1})


FULL = (
    LIVE,
    Job("interfaces", files(["interfaces"])),
    Job(", ".join(KERNEL), files(KERNEL)),
    smoke(", ".join(TOOL), *files(TOOL)),
    Job(
        "netem, clock, VLAN",
        tuple(f"tests/kernels/test_{n}.py" for n in ("netem", "clock", "vlan")),
    ),
    Job("failed sends", (FAILED_SENDS,)),
    condition("lockdown", "lockdown", append="lockdown=confidentiality"),
    condition("no IPv6", "no_ipv6", NO_IPV6, append="ipv6.disable=1"),
    condition("no cgroup v2", "cgroup_none", cgroup="none"),
    condition("cgroup v1", "cgroup_v1", cgroup="v1"),
)
FORMS = {
    "": FULL,
    "live": (LIVE, smoke("failed sends, drops", FAILED_SENDS, *files(["drops"]))),
    "smoke": (smoke("all", "tests/live"),),
    "core": (
        smoke("clients, outcomes, interfaces", *CLIENTS, *files(["interfaces"])),
        smoke(", ".join(("latency", *KERNEL)), *files(["latency", *KERNEL])),
    ),
    "probes": (smoke("failed sends, drops", FAILED_SENDS, *files(["drops"])),),
}

# Tool and feature of a test: the first pattern that is found in "job/file::test[parameter]".
FEATURES = (
    ("dnssnoop", "clients under lockdown=confidentiality", r"^lockdown/"),
    ("dnssnoop", "clients without IPv6", r"^no IPv6/"),
    ("dnssnoop", "clients without a mount of cgroup v2", r"^no cgroup v2/"),
    ("dnssnoop", "clients with cgroup v1 alone", r"^cgroup v1/"),
    ("dnssnoop", "sockets older than the tool, child cgroups", r"test_client\[(older|child|same)"),
    (
        "dnssnoop",
        "NAT, Docker's resolver",
        r"(test_client\[|libraries\[.*)(nat|docker|10\.99|127\.0)",
    ),
    ("dnssnoop", "process and name over TCP", r"test_client\[.*tcp"),
    ("dnssnoop", "process and name over UDP, IPv4 and IPv6", r"test_clients::"),
    ("dnssnoop", "ICMP refusals", r"test_closed_port"),
    ("dnssnoop", "retries, timeouts, truncation, wrong answers", r"test_outcomes::"),
    ("dnssnoop", "mDNS and LLMNR", r"test_multicast::"),
    ("dnssnoop", "filters, roles, one cgroup", r"test_filters::"),
    ("dnssnoop", "tables, JSON, record types, hostile octets", r"test_output::"),
    ("dnssnoop", "start, end, loss, several at once", r"test_lifecycle::"),
    ("dnssnoop", "one command in a cgroup of its own", r"test_command::"),
    ("dnssnoop", "cgroup and container", r"test_cgroups::"),
    ("dnssnoop", "TCP: segments of any size, pipelining, zone transfers", r"test_tcp::"),
    ("dnssnoop", "capture files, read and written", r"test_files::"),
    ("dnssnoop", "VLAN and QinQ devices", r"test_vlan::"),
    ("dnssnoop", "interfaces: tcx, packet socket, XDP", r"test_interfaces::"),
    ("dnssnoop", "no privileges while parsing", r"test_privileges::"),
    ("dnssnoop", "packets that the kernel drops", r"test_drops::"),
    ("dnssnoop", "failed sends", r"test_failed_sends::"),
    ("dnssnoop", "delay, loss, reordering, duplication (netem)", r"test_netem::"),
    ("dnssnoop", "stepped clock", r"test_clock::"),
    ("dnslat", "counters and percentiles of a known schedule", r"test_latency::"),
    ("dnschain", "calls of the C library, their queries and answers", r"test_dnschain::"),
    ("dnstunnel", "what repeats is counted in the kernel", r"test_novelty::"),
)


@dataclass
class Outcome:
    """What became of a job's tests: feature -> names."""

    passed: dict = field(default_factory=dict)
    failed: dict = field(default_factory=dict)

    def add(self, feature, name, passed):
        (self.passed if passed else self.failed).setdefault(feature, []).append(name)

    def count(self):
        return [sum(map(len, names.values())) for names in (self.passed, self.failed)]


def feature_of(name):
    for tool, title, pattern in FEATURES:
        if re.search(pattern, name):
            return tool, title
    raise ValueError(f"{name} belongs to no feature: see FEATURES")


def read_outcome(job, path):
    """A test that was skipped has failed: it ran nowhere."""
    outcome = Outcome()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{job.name}/{case.get('classname').rsplit('.', 1)[-1]}::{case.get('name')}"
        passed = all(case.find(tag) is None for tag in ("failure", "error", "skipped"))
        outcome.add(feature_of(name), name, passed)
    return outcome


def run_job(kernel, job):
    """Boots the machine, runs the tests, says how it went."""
    began = time.monotonic()
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as results:
        log = Path(results) / "log"
        words = ["/usr/bin/python3", "-m", "pytest", "-q", "-rfEs", "-p", "no:cacheprovider"]
        words += [f"--junitxml=/run/exchange/results/{JUNIT}", *job.tests]
        machine = Machine(kernel, timeout=LIMIT, environment=ENVIRONMENT, **job.machine)
        try:
            with log.open("wb") as output:
                status = machine.run(words, TREE, output, results)
            outcome = read_outcome(job, Path(results) / JUNIT)
            trouble = "" if status == 0 else f"pytest ended with status {status}"
        except (Failed, OSError, ElementTree.ParseError) as error:
            trouble = str(error)
        passed, failed = outcome.count()
        if trouble and not failed:
            outcome.add(("", trouble.splitlines()[0]), job.name, False)
            failed = 1
        lines = [
            f"{kernel.release}: {job.name}: {passed} passed, {failed} failed, "
            f"{time.monotonic() - began:.0f} s"
        ]
        if failed:
            lines += [trouble, log.read_text(errors="replace")]
    print("\n".join(lines), flush=True)
    return outcome


def merged(outcomes):
    total = Outcome()
    for outcome in outcomes:
        for passed, names_of in ((True, outcome.passed), (False, outcome.failed)):
            for feature, names in names_of.items():
                for name in names:
                    total.add(feature, name, passed)
    return total


def run(wanted):
    """`wanted`: kernels, perhaps with a form. Release -> outcome; how many could not be had."""
    jobs, unavailable = [], 0
    for word in wanted:
        name, _, form = word.partition(":")
        try:
            if form not in FORMS:
                raise packages.Unavailable(f"no form '{form}', but {', '.join(filter(None, FORMS))}")
            kernel = packages.fetch(name)
            jobs += [(kernel, job) for job in FORMS[form]]
        except packages.Unavailable as error:
            print(f"{name}: not tested: {error}", flush=True)
            unavailable += 1
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda pair: run_job(*pair), jobs))
    by_release = {}
    for (kernel, _), outcome in zip(jobs, outcomes):
        by_release.setdefault(kernel.release, []).append(outcome)
    return {release: merged(several) for release, several in by_release.items()}, unavailable


def cell(outcome, feature):
    passed, failed = (len(names.get(feature, [])) for names in (outcome.passed, outcome.failed))
    return f"{passed} of {passed + failed}" if failed else str(passed or "-")


def table(results):
    """Kernel x tool x feature, in Markdown."""
    rows = [["tool", "feature", *results]]
    rows += [[":--", ":--", *["--:"] * len(results)]]
    for tool, title, _ in FEATURES:
        rows.append([tool, title, *(cell(outcome, (tool, title)) for outcome in results.values())])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def write_table(path, results):
    """Between the two marks in a file."""
    text = path.read_text()
    begin, end = "<!-- kernels: begin -->\n", "<!-- kernels: end -->\n"
    before, after = text.index(begin) + len(begin), text.index(end)
    path.write_text(text[:before] + table(results) + text[after:])


def main(wanted, readme=None):
    """Ends with the line that the test runner reads; the exit status."""
    results, unavailable = run(wanted)
    counts = [outcome.count() for outcome in results.values()]
    passed = sum(count[0] for count in counts)
    failed = sum(count[1] for count in counts) + unavailable
    print(table(results))
    if readme:
        write_table(Path(readme), results)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1
