# SPDX-License-Identifier: Apache-2.0
"""Capture files: -w writes what is traced, -r gives the same lines; and files that are none."""
import contextlib
import json
import re
import subprocess
import sys
import time

import pytest

import captures
from captures import errors
from checks import PYTHON
from lab import CLOSED, DOCKER, HERE, HIGH_PORT, KNOT, SILENT, ZONE, patient
from snoop import DNSSNOOP, Snoop, accounting

HOSTILE = b'a b\n\x1b=\xff\\"'


def ask_all(lab, zone):
    """Answers over UDP and TCP, errors, a redirected one, a refusal, a timeout; odd processes."""
    client = lab.client
    for arguments in ([], ["+tcp"], ["AAAA"], ["-x", "192.0.2.1"]):
        client.run("dig", f"@{KNOT}", *arguments, f"p1.{zone}")
    client.run("dig", f"@{KNOT}", f"p1.none.{zone}")
    client.run("dig", f"@{KNOT}", f"p1.big.{zone}")
    client.run("dig", f"@{DOCKER}", f"p1.{zone}")
    ask = [sys.executable, HERE / "ask.py", "sendto", "--zone", zone]
    client.run(*ask, "--server", KNOT, "--comm", HOSTILE.hex())
    client.run(*ask, "--server", CLOSED)
    client.run(*ask, "--server", SILENT)


def plain(rows):
    """A file's process may be gone: its command line is not looked for."""
    return [{key: value for key, value in row.items() if key != "cmdline"} for row in rows]


@pytest.fixture(scope="module")
def written(lab, tmp_path_factory):
    """(the file, the rows that were shown meanwhile, the counters)"""
    path = tmp_path_factory.mktemp("files") / "written.pcapng"
    with Snoop("-w", path, "--timeout", "1") as snoop:
        ask_all(lab, f"files.{ZONE}")
        assert snoop.out.wait(lambda lines: any(b'"timeout"' in line for line in lines), 5)
        counters = snoop.stop()
        rows = snoop.rows()
    return path, rows, counters


@pytest.mark.smoke
def test_same_lines(written):
    path, rows, counters = written
    done = captures.read(path, "--timeout", "1")
    assert len(rows) >= 10 and {row["event"] for row in rows} >= {"answer", "timeout", "refused"}
    assert done.rows == plain(rows)
    assert accounting(done.stderr) == counters
    assert errors(done) == []


def test_same_messages(lab, tag, tmp_path):
    path = tmp_path / "all.pcapng"
    with Snoop("-a", "-w", path, "--role", "both") as snoop:
        lab.client.run("dig", f"@{KNOT}", f"p1.{tag}.{ZONE}")
        lab.client.run("dig", "@127.0.0.1", f"p2.{tag}.{ZONE}")
        snoop.wait_rows(8, f"{tag}.{ZONE}")
        snoop.stop()
        rows = snoop.rows()
    assert sum(row["role"] == "server" for row in rows) >= 4  # both servers' processes are here
    assert captures.read(path, "-a", "--role", "both").rows == plain(rows)
    clients = captures.read(path, "-a").rows
    assert clients == [row for row in plain(rows) if row["role"] == "client"]


def test_processes_filter(written):
    path, rows, _ = written
    mine = [row for row in rows if row["qname"].endswith(f"files.{ZONE}")]
    (odd,) = [row for row in mine if row["comm"] not in ("dig", PYTHON)]
    for arguments in (["-p", str(odd["pid"])], ["-t", str(odd["tid"])], ["-c", HOSTILE]):
        assert captures.read(path, *arguments).rows == plain([odd])
    assert captures.read(path, "-u", str(odd["uid"] + 1)).rows == []
    assert len(captures.read(path, "-c", "dig").rows) == sum(r["comm"] == "dig" for r in rows)


def test_other_filters(written):
    path, rows, _ = written
    for arguments, chosen in (
        (["--tcp"], [r for r in rows if r["proto"] == "tcp" and r.get("attempts") == 1]),
        (["-6"], []),
        (["-P", "5353"], []),
        (["-R", "NXDOMAIN"], [r for r in rows if r.get("rcode") == "NXDOMAIN"]),
        (["-q", "AAAA"], [r for r in rows if r["qtype"] == "AAAA"]),
    ):
        assert captures.read(path, "--timeout", "1", *arguments).rows == plain(chosen), arguments


def test_written_again(written, tmp_path):
    """-r and -w at once: what the filters let through, with its processes."""
    path, rows, _ = written
    again = tmp_path / "again.pcapng"
    captures.read(path, "-w", again, "-c", "dig", "--timeout", "1")
    chosen = [row for row in plain(rows) if row["comm"] == "dig"]
    assert captures.read(again, "--timeout", "1").rows == chosen


def test_written_to_a_pipe(written):
    """-w - is nothing but the capture: no lines in between."""
    with subprocess.Popen(
        [DNSSNOOP, "-r", written[0], "-w", "-", "--timeout", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as writer:
        again = captures.read("-", "--timeout", "1", stdin=writer.stdout)
    assert again.rows and again.rows == captures.read(written[0], "--timeout", "1").rows


def test_tshark_reads_it(written):
    path, rows, _ = written
    shown = subprocess.run(
        ["tshark", "-n", "-r", path, "-Y", "dns", "-T", "fields", "-e", "frame.comment", "-e"]
        + ["dns.qry.name", "-e", "frame.time_epoch"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for row in rows:
        if row["event"] != "answer":
            continue
        comment = f"pid={row['pid']} tid={row['tid']} uid={row['uid']} comm="
        assert any(comment in line and f"\t{row['qname']}\t" in line for line in shown), row
    subprocess.run(["capinfos", path], stdout=subprocess.DEVNULL, check=True)


def test_table(written):
    """TIME(s) counts from the first packet; -T shows the packets' own time."""
    path, rows, _ = written
    text = subprocess.run([DNSSNOOP, "-r", path], capture_output=True, text=True, check=True).stdout
    assert re.match(r"0\.\d{3} ", text.splitlines()[1])
    clock = subprocess.run(
        [DNSSNOOP, "-T", "-r", path],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC"},
    ).stdout
    assert clock.splitlines()[1].startswith(rows[0]["ts"][11:19])


def test_pipe(written):
    path, rows, _ = written
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
        assert captures.read("-", "--timeout", "1", stdin=cat.stdout).rows == plain(rows)


def test_slow_pipe(written):
    """Lines come when the packets do, not when the pipe ends, and SIGINT ends it well."""
    path, rows, _ = written
    process = subprocess.Popen(
        [DNSSNOOP, "-a", "-j", "-r", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        process.stdin.write(path.read_bytes()[:-1])
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["qname"] == rows[0]["qname"]
        time.sleep(0.2)
        process.send_signal(2)
        assert process.wait(patient(5)) == 0
        assert b"cut" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()


def test_cut_at_every_hundredth_octet(written, tmp_path):
    path, octets = written[0], written[0].read_bytes()
    whole, cut = captures.read(path, "-a").rows, tmp_path / "cut.pcapng"
    seen = 0
    for size in range(4, len(octets), 100):
        cut.write_bytes(octets[:size])
        done = captures.read(cut, "-a", check=False)
        assert done.rows == whole[: len(done.rows)]
        if done.returncode == 0:
            assert errors(done) == []  # between two blocks
            continue
        assert done.returncode == 1 and len(errors(done)) == 1, done.stderr
        assert re.match(rf"dnssnoop: {cut}: cut short (in|after) packet \d+: ", errors(done)[0])
        seen += 1
    assert seen > len(octets) / 200


def test_garbage_in_the_middle(written, tmp_path):
    path = tmp_path / "damaged.pcapng"
    octets = written[0].read_bytes()
    middle = len(octets) // 2 // 4 * 4
    path.write_bytes(octets[:middle] + b"\x01\x02\x03\x04" * 8 + octets[middle:])
    done = captures.read(path, "-a", check=False)
    whole = captures.read(written[0], "-a").rows
    assert done.returncode == 1 and len(errors(done)) == 1
    assert re.match(rf"dnssnoop: {path}: damaged after packet \d+: ", errors(done)[0])
    assert 0 < len(done.rows) < len(whole) and done.rows == whole[: len(done.rows)]


@pytest.fixture(scope="module")
def answers(written):
    """(times and octets, rows) of an IPv4 exchange or more, without processes or directions."""
    found = [p for p in captures.packets(written[0]) if p[1][0] >> 4 == 4]
    return [(stamp // 1000 * 1000, octets) for stamp, octets in found]


@pytest.mark.parametrize("order, magic, unit", captures.PCAPS)
@pytest.mark.parametrize("link", captures.LINKS)
def test_formats(answers, tmp_path, link, order, magic, unit):
    """Whatever the format, the same lines."""
    path, plainest = tmp_path / "x.pcap", tmp_path / "plain.pcap"
    plainest.write_bytes(captures.pcap(answers, 101))
    path.write_bytes(captures.pcap(answers, *captures.LINKS[link], order, magic, unit))
    rows = captures.read(path, "--timeout", "1").rows
    assert len(rows) >= 10
    assert rows == captures.read(plainest, "--timeout", "1").rows


def test_no_root(written, tmp_path):
    path, rows, _ = written
    with open(path, "rb") as file:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
            + ["sh", "-c", 'exec "$0" -j --timeout 1 -r -', copy_of_tool(tmp_path)],
            stdin=file,
            capture_output=True,
            text=True,
            check=True,
        )
    assert [json.loads(line) for line in done.stdout.splitlines()] == plain(rows)


def copy_of_tool(folder):
    for path in (folder, *list(folder.parents)[:3]):
        path.chmod(path.stat().st_mode | 0o055)
    copy = folder / "dnssnoop"
    copy.write_bytes(DNSSNOOP.read_bytes())
    copy.chmod(0o755)
    return copy


def wrong_files(folder, answers_):
    header = captures.pcap([], 1)
    return {
        "is a directory": lambda path: path.mkdir(),
        "is empty": lambda path: path.touch(),
        "No such file or directory": lambda path: None,
        "is not a capture file": lambda path: path.write_text("captured 1, lost 0\n"),
        "is compressed: gzip": lambda path: path.write_bytes(b"\x1f\x8b\x08\0"),
        "cut short in its header": lambda path: path.write_bytes(header[:20]),
        "modified pcap": lambda path: path.write_bytes(captures.pcap([], 1, magic=0xA1B2CD34)),
        "unknown link type 147": lambda path: path.write_bytes(captures.pcap(answers_, 147)),
        "802.11 frames": lambda path: path.write_bytes(captures.pcap(answers_, 127)),
    }


@pytest.mark.parametrize("why", wrong_files(None, []))
def test_wrong_file(answers, tmp_path, why):
    path = tmp_path / "wrong"
    wrong_files(tmp_path, answers)[why](path)
    done = captures.read(path, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"dnssnoop: {path}: ") and why in done.stderr


def test_unreadable_file(written, tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(written[0].read_bytes())
    path.chmod(0o600)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        + [copy_of_tool(tmp_path), "-r", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, f"dnssnoop: {path}: Permission denied\n")


def test_file_and_command():
    done = subprocess.run(
        [DNSSNOOP, "-r", "x", "--", "true"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "--help" in done.stderr


def test_full_standard_output(written):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [DNSSNOOP, "-j", "-r", written[0]], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1 and b"No space left on device" in done.stderr


@contextlib.contextmanager
def small_disk(folder, size):
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_full_disk(answers, tmp_path):
    """What is written stays readable up to there, and one line says so."""
    many, whole = tmp_path / "many.pcap", answers * 200
    many.write_bytes(captures.pcap(whole, 101))
    with small_disk(tmp_path / "disk", "300k") as disk:
        path = disk / "full.pcapng"
        # A redirected query has another port, and here no comment that says so.
        done = captures.read(many, "-w", path, "-P", f"53,{HIGH_PORT}", check=False)
        assert done.returncode == 1
        assert errors(done) == [f"dnssnoop: {path}: No space left on device"]
        assert path.stat().st_size > 250_000
        again = captures.read(path)
        kept = captures.packets(path)
        assert errors(again) == [] and again.rows
        assert 0 < len(kept) < len(whole) and kept == whole[: len(kept)]
        subprocess.run(["capinfos", path], stdout=subprocess.DEVNULL, check=True)


def test_full_disk_while_tracing(lab, tag, tmp_path):
    with small_disk(tmp_path / "disk", "4k") as disk:
        path = disk / "full.pcapng"
        process = subprocess.Popen(
            [DNSSNOOP, "-v", "-j", "-w", path],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            while process.stderr.readline() != "dnssnoop: tracing\n":
                pass
            for _ in range(20):
                lab.client.run("dig", f"@{KNOT}", f"p1.{tag}.{ZONE}")
            assert process.wait(patient(5)) == 1
            assert "No space left on device" in process.stderr.read().splitlines()[-1]
        finally:
            process.kill()
            process.wait()
        assert captures.read(path).rows


def test_write_where_nothing_is(tmp_path):
    path = tmp_path / "none" / "x"
    done = subprocess.run([DNSSNOOP, "-w", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"dnssnoop: {path}: No such file or directory\n")
