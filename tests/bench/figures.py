# SPDX-License-Identifier: Apache-2.0
"""The figures: each compares the tool, in one run on one machine, with what people use today."""

import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from arena import HELPERS, NAMES, OTHER_PORT, RESOLVER, ROOT, first_line, running

DNSSNOOP = ROOT / "build" / "dnssnoop"
DNSLAT = ROOT / "build" / "dnslat"
DNSCHAIN = ROOT / "build" / "dnschain"
DNSTUNNEL = ROOT / "build" / "dnstunnel"
BPFTRACE = 'uprobe:{libc}:getaddrinfo {{ printf("%d %s %s\\n", pid, comm, str(arg0)); }}'


def libc():
    """The C library that everything here is linked with."""
    maps = pathlib.Path("/proc/self/maps").read_text(encoding="ascii", errors="replace")
    return re.search(r"(/\S*/libc[.-]\S*)", maps).group(1)


def show(title, rows):
    """A small table; the first row is its heading."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    print(f"\n{title}")
    for row in rows:
        cells = [str(row[0]).ljust(widths[0])]
        cells += [str(cell).rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells))


def have(commands):
    """Those whose program is there; says which are not."""
    found = {}
    for name, command in commands.items():
        if shutil.which(str(command[0])):
            found[name] = command
        else:
            print(f"  (not measured: {name}: {command[0]} is not installed)")
    return found


def kernel_headers(folder):
    """bcc's own tools want a kernel's headers: where this one has none, Debian's, put together."""
    if pathlib.Path(f"/lib/modules/{os.uname().release}/build").exists() \
            or pathlib.Path("/sys/kernel/kheaders.tar.xz").exists():
        return []
    merged = folder / "headers"
    for common in sorted(pathlib.Path("/usr/src").glob("linux-headers-*-common"), reverse=True):
        for own in common.parent.glob(common.name.replace("-common", "-*")):
            if own != common and not merged.exists():
                for part in (common, own):
                    subprocess.run(["cp", "-rsf", f"{part}/.", merged], check=True)
                print(f"  (gethostlatency-bpfcc compiles with {own.name})")
    return ["env", f"BCC_KERNEL_SOURCE={merged}"]


def lookup_tracers(arena):
    """Programs that show each name that a process looks up."""
    found = have({
        "dnssnoop": [DNSSNOOP],
        "dnssnoop -j": [DNSSNOOP, "-j"],
        "gethostlatency-bpfcc": ["gethostlatency-bpfcc"],
        "bpftrace": ["bpftrace", "-B", "line", "-e", BPFTRACE.format(libc=libc())],
    })
    bcc = "gethostlatency-bpfcc"
    if bcc in found:
        found[bcc] = [*kernel_headers(arena.folder), *found[bcc]]
    return found


def drop_caches():
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")


def start(arena, rounds=5):
    """From exec to the first event, while some process looks names up every 5 ms."""
    tracers = lookup_tracers(arena)
    for title, before, times in (("warm", None, rounds), ("files not in memory", drop_caches, 3)):
        taken = {name: [] for name in tracers}
        with arena.lookups(300):
            for _ in range(times):
                for name, command in tracers.items():
                    if before:
                        before()
                    taken[name].append(first_line(command, ".bench"))
        base = statistics.median(taken["gethostlatency-bpfcc"]) \
            if "gethostlatency-bpfcc" in taken else None
        rows = [("", "median s", "min s", "max s", "/ gethostlatency")]
        for name, values in taken.items():
            middle = statistics.median(values)
            rows.append((name, f"{middle:.2f}", f"{min(values):.2f}", f"{max(values):.2f}",
                         f"{middle / base:.2f}" if base else "-"))
        show(f"Start: exec to first event, {title}, {times} rounds", rows)


def children(pid):
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in task.joinpath("children").read_text().split():
            found += children(int(child))
    return found


def resident(pid):
    """{what: KiB} of a process and its children."""
    total = {"Rss": 0, "Pss": 0, "Private": 0}
    for one in children(pid):
        text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        value = {key: int(kib) for key, kib in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
        total["Rss"] += value["Rss"]
        total["Pss"] += value["Pss"]
        total["Private"] += value["Private_Clean"] + value["Private_Dirty"]
    return total


def memory(arena):
    """Resident memory while tracing, after five seconds of lookups."""
    rows = [("", "RSS MB", "PSS MB", "private MB")]
    for name, command in lookup_tracers(arena).items():
        with running(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with arena.lookups(5) as lookups:
                lookups.wait()
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with status {process.returncode}")
            kib = resident(process.pid)
        rows.append((name, *(f"{kib[key] / 1024:.1f}" for key in ("Rss", "Pss", "Private"))))
    show("Memory: resident while tracing", rows)


def cpu_seconds(pid):
    """User and system time of a process and the children it has waited for."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")


def captures(arena):
    """What may run beside the server: {name: command line}."""
    commands = have({
        "empty cgroup programs": [HELPERS / "empty_cgroup"],
        "dnssnoop -j >/dev/null": [DNSSNOOP, "-v", "-j"],
        "dnssnoop >/dev/null": [DNSSNOOP, "-v"],
        "dnslat": [DNSLAT, "-v"],
        "dnstunnel": [DNSTUNNEL, "-v"],
        **{f"dnssnoop -i lo --hook {hook}": [DNSSNOOP, "-v", "-i", "lo", "--hook", hook]
           for hook in hooks()},
        "tcpdump -w /dev/null port 53": ["tcpdump", "-i", "lo", "-w", "/dev/null", "port", "53"],
        "dnscap -w - >/dev/null": ["dnscap", "-i", "lo", "-w", "-"],
    })
    return {name: arena.inside(command) if "-i" in command else command
            for name, command in commands.items()}


def hooks():
    """Of an interface; tcx came with Linux 6.6."""
    kernel = tuple(map(int, os.uname().release.split(".")[:2]))
    return [*(["tcx"] if kernel >= (6, 6) else []), "socket", "xdp"]


def wait_for_start(command, process, log, seconds=60):
    """Ours say with -v when they trace; two seconds are enough for others."""
    if "-v" not in command:
        time.sleep(2)
        return
    end = time.monotonic() + seconds
    while "tracing" not in pathlib.Path(log).read_text(encoding="utf-8") \
            and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)


@contextlib.contextmanager
def beside(command, log):
    """A program that watches while the block runs; its stderr goes to `log`."""
    with open(log, "w", encoding="utf-8") as errors:
        with running(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                     stderr=errors) as process:
            wait_for_start(command, process, log)
            if process.poll() is not None:
                raise RuntimeError(f"{command}: {pathlib.Path(log).read_text()}")
            yield process
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended: {pathlib.Path(log).read_text()}")


def stolen():
    """(ticks that the hypervisor gave to others, all ticks), of all CPUs since boot."""
    ticks = [int(n) for n in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return ticks[7], sum(ticks)


def load(arena, rounds=5, seconds=4, queries=None):
    """The server's rate with a tool beside it, divided by its rate just before and after."""
    commands = captures(arena)
    order = list(commands)
    ratios = {name: [] for name in order}
    cost = {name: [] for name in order}
    last = {}
    began = stolen()
    arena.load(1, queries=queries)
    plain = [arena.load(seconds, queries=queries)[0]]
    for number in range(rounds):
        for name in order[number % len(order):] + order[:number % len(order)]:
            log = arena.folder / "log"
            with beside(commands[name], log) as process:
                before = cpu_seconds(process.pid)
                rate, answers, _ = arena.load(seconds, queries=queries)
                cost[name].append((cpu_seconds(process.pid) - before) / answers * 1e6)
            plain.append(arena.load(seconds, queries=queries)[0])
            ratios[name].append(rate / statistics.mean(plain[-2:]))
            last[name] = (answers, log.read_text().splitlines())
    rows = [("", "rate kept", "min", "max", "CPU us/query")]
    for name in order:
        rows.append((name, f"{statistics.median(ratios[name]):.2f}", f"{min(ratios[name]):.2f}",
                     f"{max(ratios[name]):.2f}", f"{statistics.median(cost[name]):.2f}"))
    names = "names that are all new" if queries else f"{NAMES} names"
    show(f"Load: knot and dnsperf over loopback, {names}, {rounds} rounds of {seconds} s; "
         f"{statistics.median(plain):.0f} queries/s without a tool", rows)
    taken, ticks = (now - then for now, then in zip(stolen(), began))
    print(f"  the hypervisor gave {100 * taken / ticks:.1f} % of the time to others")
    for name, (answers, lines) in last.items():
        said = [line for line in lines if re.search(r"captured|dropped|lost", line)]
        print(f"  {name}: {answers} answers; it says: {'; '.join(said) or '-'}")


def new(arena, rounds=5, seconds=4):
    """As load(), but no name is asked for twice."""
    load(arena, rounds, seconds, arena.new_names())


@contextlib.contextmanager
def program_statistics():
    """kernel.bpf_stats_enabled for the block, then as it was."""
    switch = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
    before = switch.read_text()
    switch.write_text("1\n")
    try:
        yield
    finally:
        switch.write_text(before)


def programs():
    """{id: (name, runs, ns)} of all BPF programs."""
    text = subprocess.run([HELPERS / "bpf_stats"], capture_output=True, text=True, check=True)
    lines = (line.split() for line in text.stdout.splitlines())
    return {int(line[0]): (line[2], int(line[3]), int(line[4])) for line in lines}


def programs_of(pid):
    """The ids of the programs that a process keeps attached: its descriptors say so."""
    text = "".join(info.read_text() for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir())
    return sorted({int(number) for number in re.findall(r"^prog_id:\s+(\d+)", text, re.M)})


def kernel(arena, seconds=5):
    """Time in each BPF program per run, for DNS packets and for the same on another port."""
    rows = [("", "53: runs", "ns/run", f"{OTHER_PORT}: runs", "ns/run")]
    commands = captures(arena)
    with program_statistics():
        for name in ("empty cgroup programs", "dnssnoop -j >/dev/null", "dnslat", "dnstunnel"):
            if name not in commands:
                continue
            with beside(commands[name], arena.folder / "log") as process:
                own = programs_of(process.pid)
                steps = [programs()]
                for port in (53, OTHER_PORT):
                    arena.load(seconds, port)
                    steps.append(programs())
            tool = name.split()[0]
            for one in own:
                cells = []
                for before, after in zip(steps, steps[1:]):
                    runs = after[one][1] - before[one][1]
                    cells += [runs, f"{(after[one][2] - before[one][2]) / runs:.0f}" if runs
                              else "-"]
                if cells[0] or cells[2]:
                    rows.append((f"{tool}: {steps[0][one][0]}", *cells))
    show("Kernel: BPF program time, with the counting of it (see the empty programs)", rows)


def high_water(pid):
    """The most memory, in KiB, that a process has had resident; 0 when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.M)
    return int(found.group(1)) if found else 0


def timed(command, statuses=(0,)):
    """(seconds, peak MB resident, end of stderr) of a program that runs to its end."""
    began, peak = time.monotonic(), 0
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=errors) as process:
            while process.poll() is None:
                peak = max(peak, high_water(process.pid))
                time.sleep(0.01)
            took = time.monotonic() - began
        errors.seek(max(0, errors.seek(0, 2) - 4096))
        said = errors.read().splitlines()
    if process.returncode not in statuses:
        raise RuntimeError(f"{command}: {said[-1:]}")
    return took, peak / 1024, said


def capture_file(arena, queries):
    """A capture of that many queries of dnsperf to knot, and their answers."""
    path = arena.folder / "load.pcap"
    command = arena.inside(["tcpdump", "-i", "lo", "-B", "65536", "-Z", "root", "-w", path,
                            "port", "53"])
    answers = 0
    with beside(command, arena.folder / "log"):
        while answers < queries:
            answers += arena.load(5)[1]
        time.sleep(1)
    return path, answers


def file(arena, queries=1_000_000, rounds=3):
    """How fast a capture file is read, and in how much memory; and of a quarter of the file."""
    path, answers = capture_file(arena, queries)
    quarter = path.with_name("quarter.pcap")
    with open(path, "rb") as whole, open(quarter, "wb") as part:
        part.write(whole.read(path.stat().st_size // 4))
    commands = have({
        "dnssnoop": [DNSSNOOP, "-r", path],
        "dnssnoop -a": [DNSSNOOP, "-a", "-r", path],
        "dnssnoop -j": [DNSSNOOP, "-j", "-r", path],
        # It prints on stderr.
        "dnscap -g": ["sh", "-c", f"exec dnscap -g -r {path} 2>/dev/null"],
        "tshark": ["tshark", "-n", "-r", path],
    })
    taken, peaks = {name: [] for name in commands}, {}
    for _ in range(rounds):
        for name, command in commands.items():
            if name == "tshark" and taken[name]:
                continue  # minutes
            seconds, peaks[name], said = timed(command)
            taken[name].append(seconds)
            if name == "dnssnoop":
                print(f"  dnssnoop says: {said[-1]}")
    messages = 2 * answers
    base = statistics.median(taken["tshark"]) if "tshark" in taken else None
    rows = [("", "messages/s", "/ tshark", "peak MB")]
    for name, values in taken.items():
        middle = statistics.median(values)
        rows.append((name, f"{messages / middle:,.0f}", f"{base / middle:.1f}" if base else "-",
                     f"{peaks[name]:.1f}"))
    show(f"File: {messages:,} messages, {path.stat().st_size / 1e6:.0f} MB, output to /dev/null",
         rows)
    # It ends in the middle of a packet.
    print(f"  a quarter of the file: dnssnoop's peak is "
          f"{timed([DNSSNOOP, '-r', quarter], statuses=(0, 1))[1]:.1f} MB")


def steady(arena, seconds=60, rate=100_000):
    """At a steady rate: the tools' own CPU, and their memory at the beginning and the end."""
    rows = [("", "queries/s", "% of a core", "RSS MB", "after it")]
    for name, command in {"dnslat": [DNSLAT, "-v"], "dnstunnel": [DNSTUNNEL, "-v"]}.items():
        with beside(command, arena.folder / "log") as process:
            arena.load(2)
            before, first = cpu_seconds(process.pid), resident(process.pid)["Rss"]
            began = time.monotonic()
            reached = arena.load(seconds, rate=rate)[0]
            took = time.monotonic() - began
            used = cpu_seconds(process.pid) - before
            rows.append((name, f"{reached:.0f}", f"{used / took * 100:.2f}",
                         f"{first / 1024:.1f}", f"{resident(process.pid)['Rss'] / 1024:.1f}"))
    show(f"Steady: {rate} queries/s asked for, {seconds} s", rows)


def calls(arena, rounds=5):
    """What a call of getaddrinfo() costs when somebody watches it."""
    commands = have({"dnschain >/dev/null": [DNSCHAIN, "-v"],
                     "gethostlatency-bpfcc": lookup_tracers(arena).get("gethostlatency-bpfcc",
                                                                       ["gethostlatency-bpfcc"])})
    plain, taken = [], {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            plain.append(arena.calls())
            with beside(command, arena.folder / "log"):
                time.sleep(4)  # the second has no word for when it is ready
                taken[name].append(arena.calls())
            time.sleep(4)  # probes go some time after who has set them
    rows = [("", "us/call", "more than without")]
    middle = statistics.median(plain)
    rows.append(("nobody", f"{middle:.2f}", "-"))
    for name, values in taken.items():
        rows.append((name, f"{statistics.median(values):.2f}",
                     f"{statistics.median(values) - middle:.2f}"))
    show(f"Calls of getaddrinfo(), {rounds} rounds", rows)


def chain(arena, rounds=5, seconds=4):
    """The rate of unbound, nine of ten names in its cache, with a tool beside it."""
    queries = arena.mostly_cached()
    commands = have({"empty cgroup programs": [HELPERS / "empty_cgroup"],
                     "dnschain -x >/dev/null": [DNSCHAIN, "-v", "-x"],
                     "dnschain >/dev/null": [DNSCHAIN, "-v"],
                     "dnschain -j >/dev/null": [DNSCHAIN, "-v", "-j"],
                     "dnssnoop --role both -j": [DNSSNOOP, "-v", "--role", "both", "-j"]})
    ratios, plain = {name: [] for name in commands}, []
    with arena.resolver():
        arena.load(3, queries=queries, server=RESOLVER)
        for _ in range(rounds):
            for name, command in commands.items():
                plain.append(arena.load(seconds, queries=queries, server=RESOLVER)[0])
                with beside(command, arena.folder / "log"):
                    rate = arena.load(seconds, queries=queries, server=RESOLVER)[0]
                ratios[name].append(rate / plain[-1])
    rows = [("", "rate kept", "min", "max")]
    for name, values in ratios.items():
        rows.append((name, f"{statistics.median(values):.2f}", f"{min(values):.2f}",
                     f"{max(values):.2f}"))
    show(f"Chains: unbound, 90 % of the names in its cache, {rounds} rounds of {seconds} s; "
         f"{statistics.median(plain):.0f} queries/s without a tool", rows)
