# SPDX-License-Identifier: Apache-2.0
"""What is printed of captures that are made here: no other program prints the like."""

import json
import os
import struct
import subprocess

import pytest

import pcap
from made_lookups import CLIENT, SECOND, SERVER, START, answers, asks
from tshark import ROOT
from wire import TC

BUILD = ROOT / "build"
CHAOS, ANY_CLASS = 3, 255
ICMP, PORT_UNREACHABLE = 1, b"\x03\x03" + bytes(6)


def run(tool, *arguments, status=0, **options):
    done = subprocess.run(
        [BUILD / tool, *arguments], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == status, done.stderr
    return done


def lines(tool, *arguments):
    return run(tool, *arguments).stdout.splitlines()


def objects(tool, *arguments):
    return [json.loads(line) for line in lines(tool, "-j", *arguments)]


def lookup(ident, name, at, latency, **ends):
    sent = START + round(at * SECOND)
    return [
        (sent, asks(ident, name, **ends)),
        (sent + round(latency * SECOND), answers(ident, name, **ends)),
    ]


def refusal(ident, name, at, after):
    query = asks(ident, name)
    error = pcap.ipv4(ICMP, SERVER, CLIENT, PORT_UNREACHABLE + query)
    return [(START + round(t * SECOND), octets) for t, octets in ((at, query), (at + after, error))]


@pytest.fixture
def capture(tmp_path):
    def write(*packets):
        pcap.write(tmp_path / "made.pcap", sorted(packets))
        return tmp_path / "made.pcap"

    return write


@pytest.fixture
def minute(capture):
    """A lookup a second but for ten seconds, one of them slow, one refused after 300 ms."""
    packets = [p for i in range(60) if not 20 <= i < 30 for p in lookup(i, "a.example", i, 0.004)]
    return capture(*packets, *lookup(99, "b.example", 40, 1.5), *refusal(98, "c.example", 50, 0.3))


# ---- Files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["dnssnoop", "dnslat", "dnschain", "dnstunnel"])
def test_not_over_what_is_read(minute, tool):
    before = minute.read_bytes()
    other = minute.with_name("link.pcap")
    os.link(minute, other)
    done = run(tool, "-r", minute, "-w", other, status=1)
    assert "-r reads" in done.stderr and done.stderr.count("\n") == 1
    assert minute.read_bytes() == before


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_standard_descriptors(minute, closed):
    """Nothing that is printed gets into a file that was opened in their place."""
    written = minute.with_name("written.pcapng")
    command = [BUILD / "dnssnoop", "-r", minute, "-w", written]
    subprocess.run(
        ["sh", "-c", 'exec "$@" ' + " ".join(f"{fd}>&-" for fd in closed), "sh", *command],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert lines("dnssnoop", "-a", "-r", written) == lines("dnssnoop", "-a", "-r", minute)


# ---- dnslat ----------------------------------------------------------------------------------------


def test_intervals_without_an_end(minute):
    """They are not told; nor is what is left at the end."""
    intervals = objects("dnslat", "-r", minute, "1")
    assert len(intervals) == 50
    assert all(interval["queries"] for interval in intervals)
    assert sum(interval["queries"] for interval in intervals) == 52


def test_nothing_ends(capture):
    (interval,) = objects("dnslat", "-r", capture((START, asks(1, "a.example"))), "1")
    assert interval["queries"] == 0


def test_heatmap(minute):
    """All that was drawn stands below it, and the gap is in it."""
    text = lines("dnslat", "-r", minute, "--heatmap", "--ascii", "1")
    rows = [line.split("|")[1] for line in text if "ms |" in line]
    assert "60 intervals" in text[len(rows)]
    assert any(line.startswith("queries 52, answers 51, slow 1") for line in text)
    assert not any("distribution" in line for line in text)
    shades = "".join(max(column) for column in zip(*rows))
    assert shades[:20].strip() == shades[:20] and not shades[20:30].strip()


def test_heatmap_of_a_count(minute):
    """The gap counts."""
    text = lines("dnslat", "-r", minute, "--heatmap", "1", "35")
    assert any(line.startswith("35 intervals") for line in text)
    text = lines("dnslat", "-r", minute, "--heatmap", "1", "25")
    assert any(line.startswith("25 intervals") for line in text)


def test_narrow_heatmap(minute):
    text = lines("dnslat", "-r", minute, "--heatmap", "0.5")
    assert any(line.startswith("the last 66 of 119 intervals") for line in text)


def test_slow_refusal(minute):
    """However it ended."""
    events = [row["event"] for row in objects("dnslat", "-r", minute, "-m", "100")]
    assert events == ["slow", "refused", "summary"]


def test_histogram_has_an_end(capture):
    path = capture(*lookup(1, "a.example", 0, 200))
    steps = [line for line in lines("dnslat", "-r", path, "--timeout", "300") if "->" in line]
    assert steps[-1].split()[:4] == ["131072", "->", ":", "1"]
    assert steps[-2].split()[:4] == ["65536", "->", "131071", ":"]


def test_more_groups_than_shown(capture):
    """Not those of responses alone, which have no line."""
    path = capture(
        *lookup(1, "a.example", 0, 0.01),
        *lookup(2, "b.example", 1, 0.02, server=("192.0.2.60", 53)),
        (START, answers(3, "c.example", server=("192.0.2.61", 53))),
    )
    text = lines("dnslat", "-r", path, "--by", "server", "--top", "1")
    assert "(1 more: --top)" in text


def test_refusal_has_no_role(minute):
    """A packet in a capture is of both sides."""
    for role in ("client", "server", "both"):
        events = [row["event"] for row in objects("dnssnoop", "-r", minute, "--role", role)]
        assert events.count("refused") == 1, role


# ---- dnschain --------------------------------------------------------------------------------------


def test_truncated_alone(capture):
    path = capture((START, asks(1, "a.example")), (START + SECOND, answers(1, "a.example", TC)))
    assert lines("dnschain", "-r", path)[0].endswith("1000.0 ms  TRUNCATED")


def test_timeline_of_a_refusal(capture):
    text = lines("dnschain", "--timeline", "-r", capture(*refusal(1, "a.example", 0, 0.3)))
    assert set(text[1].split("|")[1]) == {"."}


@pytest.mark.parametrize("asked, told", [(CHAOS, CHAOS), (ANY_CLASS, 1)])
def test_other_class(capture, asked, told):
    """CHAOS: what is asked for a server's version."""
    packets = [asks(1, "version.bind"), answers(1, "version.bind")]
    for i, packet in enumerate(packets):
        # A and IN, of the question, and of the record behind it
        head, *tail = packet.rsplit(struct.pack("!HH", 1, 1), 1 + i)
        classes = [struct.pack("!HH", 1, number) for number in (asked, told)]
        packets[i] = head + b"".join(c + t for c, t in zip(classes, tail))
    path = capture((START, packets[0]), (START + SECOND, packets[1]))
    (chain,) = [row for row in objects("dnschain", "-r", path) if row["event"] == "chain"]
    assert (chain["hops"][0]["outcome"], chain["result"]) == ("ANSWER", "OK")
