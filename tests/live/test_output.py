# SPDX-License-Identifier: Apache-2.0
"""What is printed: tables, JSON, record data, and hostile octets that must not reach a terminal."""
import json
import re
import subprocess
import sys

import pytest

from daemons import ADDRESS, RECORDS
from lab import HERE, KNOT, ROGUE, ROGUE_ZONE, SILENT, UNBOUND, ZONE, patient
from snoop import DNSSNOOP, TRACING, Snoop

HEADING = [
    "TIME(s)",
    "PID",
    "COMM",
    "PROTO",
    "SERVER",
    "TYPE",
    "NAME",
    "RCODE",
    "LAT(ms)",
    "ANSWER",
]
KNOWN_KEYS = set(
    """ts event role pid tid uid comm cmdline cgroup container netns ifname proto client client_port
    server server_port id opcode flags qname qtype qclass rcode latency_ms attempts query_size response_size
    answers authority additional edns malformed unmatched icmp""".split()
)
EVENTS = {"answer", "timeout", "refused", "send_failed", "query", "response"}


def table(lab, tag, commands, *arguments, lines=1, columns=None):
    """The tool's text while each command asks for a name of TAG; it ends after `lines` such lines."""
    mark = "p1." if columns else tag  # in narrow columns the tag may be cut
    with Snoop(*arguments, table=True, columns=columns) as snoop:
        for command in commands:
            lab.client.run(*command.replace("TAG", tag).split())
        assert snoop.out.wait(
            lambda out: sum(mark.encode() in line for line in out) >= lines, 5
        ), snoop.out.text()
        snoop.stop()
    return snoop.out.text()


def row_of(text, tag):
    """Heading and the row with the tag, both as lists of words."""
    lines = text.splitlines()
    (row,) = [line for line in lines if tag in line]
    return lines[0].split(), row.split()


@pytest.mark.smoke
def test_table(lab, tag):
    heading, row = row_of(table(lab, tag, [f"dig @{KNOT} p1.TAG.{ZONE}"]), tag)
    assert heading == HEADING
    row = dict(zip(heading, row))
    assert re.fullmatch(r"\d+\.\d+", row["TIME(s)"]) and re.fullmatch(r"\d+", row["PID"])
    assert re.fullmatch(r"\d+\.\d+", row["LAT(ms)"])
    assert (
        row["COMM"],
        row["PROTO"],
        row["SERVER"],
        row["TYPE"],
        row["NAME"],
        row["RCODE"],
        row["ANSWER"],
    ) == ("dig", "udp", KNOT, "A", f"p1.{tag}.{ZONE}", "NOERROR", ADDRESS)


def test_alias_in_table(lab, tag):
    text = table(lab, tag, [f"dig @{KNOT} p1.TAG.alias.{ZONE}"], "-W")
    assert f"hop.{ZONE} -> target.{ZONE} -> {ADDRESS}" in text


def test_timeout_in_table(lab, tag):
    text = table(
        lab,
        tag,
        [f"{sys.executable} {HERE}/ask.py sendto --server {SILENT} --zone TAG.{ZONE}"],
        "--timeout",
        "1",
    )
    _, row = row_of(text, tag)
    assert "TIMEOUT" in " ".join(row).upper(), row


def test_wall_clock_column(lab, tag):
    heading, row = row_of(table(lab, tag, [f"dig @{KNOT} p1.TAG.{ZONE}"], "-T"), tag)
    (column,) = set(heading) - set(HEADING)
    assert column == "TIME" and re.match(r"\d\d:\d\d:\d\d", row[heading.index(column)]), (
        heading,
        row,
    )


def test_user_column(lab, tag):
    command = f"setpriv --reuid=65534 --regid=65534 --clear-groups dig @{KNOT} p1.TAG.{ZONE}"
    heading, row = row_of(table(lab, tag, [command], "-U"), tag)
    assert [column for column in heading if column not in HEADING] == ["USER"]
    assert row[heading.index("USER")] == "nobody"


def test_wide(lab, tag):
    """A terminal gets what fits into it, with a mark where something does not; with -W all."""
    long = f"p1.TAG.{'x' * 60}.{'y' * 60}.{ZONE}"
    commands = [f"dig +tcp @{KNOT} {name}" for name in (long, f"p1.TAG.big.{ZONE}")]
    whole = long.replace("TAG", tag)
    narrow, wide = (
        table(lab, tag, commands, *arguments, lines=2, columns=140) for arguments in ([], ["-W"])
    )
    plain = re.sub("\x1b\\[[0-9;]*m", "", narrow).replace("\r", "")
    assert all(len(line) <= 140 for line in plain.splitlines()), plain
    assert whole not in plain and plain.count("…") >= 1, plain
    assert re.search(r"198\.18\.\d+\.\d+.* \+\d+$", plain, re.M), plain
    assert whole in wide and wide.count("198.18.") == 300 and "…" not in wide


def test_colour_on_a_terminal_alone(lab, tag):
    command = f"dig @{KNOT} p1.TAG.none.{ZONE}"
    assert "\x1b[" in table(lab, tag, [command], columns=140)
    assert "\x1b[" not in table(lab, tag, [command])


def test_summary(lab, tag):
    commands = [
        f"dig @{KNOT} p1.TAG.{ZONE}",
        f"dig @{KNOT} p1.TAG.{ZONE}",
        f"dig @{KNOT} p2.TAG.none.{ZONE}",
        f"{sys.executable} {HERE}/ask.py sendto --server {SILENT} --zone TAG.{ZONE}",
    ]
    names = ["-N", f"{tag}.{ZONE}", "-N", f"{tag}.none.{ZONE}"]
    text = table(lab, tag, commands, "-S", "--timeout", "1", *names, lines=4)
    summary = text[text.index("\nlookups") :]
    assert re.search(r"lookups 4, failed 2, timeouts 1\b", summary), summary
    assert re.search(rf"^ +2 +0 +0 +p1\.{tag}\.{ZONE}$", summary, re.M), summary
    assert re.search(rf"^ +1 +1 +0 +p2\.{tag}\.none\.{ZONE}$", summary, re.M), summary
    assert re.search(rf"^ +3 +1 +0 +{re.escape(KNOT)}\b", summary, re.M), summary
    assert re.search(rf"^ +1 +1 +1 +{re.escape(SILENT)}\b", summary, re.M), summary


def test_search_list_in_summary(lab, tag):
    """Names that failed only because a search list was appended: the ndots waste of Kubernetes."""
    (lab.client.directory / "resolv.conf").write_text(
        f"nameserver {KNOT}\nsearch none.{ZONE} a.none.{ZONE}\noptions ndots:5\n"
    )
    try:
        text = table(
            lab,
            tag,
            [f"getent ahosts p1.TAG.{ZONE}"],
            "-S",
            "-N",
            f"{tag}.*",
            "-N",
            f"*.{tag}.*",
            lines=6,
        )
    finally:
        lab.client.resolv_conf(KNOT)
    summary = text[text.index("\nlookups") :]
    assert "lookups 6, failed 4, timeouts 0, search list 4" in summary, summary
    assert re.search(r"^ +6 +4 +0 +66(\.\d+)? +\d+ +getent", summary, re.M), summary


@pytest.mark.smoke
def test_json_fields(lab, tag):
    """All that DESIGN names and is known here, and nothing with another name."""
    # With its names on standard input dig is still there when its command line is read.
    command = ["dig", f"@{UNBOUND}", "+cookie=0123456789abcdef", "+cd", "-f", "-"]
    with Snoop("-c", "dig") as snoop:
        dig = lab.client.start(
            *command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        dig.stdin.write(f"p1.{tag}.{ZONE}\n")
        dig.stdin.flush()
        rows = snoop.wait_rows(1, f"{tag}.{ZONE}")
        dig.communicate(timeout=patient(10))
        assert dig.returncode == 0
        snoop.stop()
    (row,) = rows
    assert set(row) <= KNOWN_KEYS and row["event"] in EVENTS
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", row["ts"])
    assert row["cmdline"].startswith(f"dig @{UNBOUND}")
    assert row["opcode"] == "QUERY" and set(row["flags"]) == {"rd", "ra", "cd"}
    assert 0 < row["query_size"] < row["response_size"]
    assert (
        row["edns"]["version"] == 0 and row["edns"]["udp_size"] > 0 and row["edns"]["do"] is False
    )
    assert row["answers"] == [
        {"name": f"p1.{tag}.{ZONE}", "type": "A", "ttl": row["answers"][0]["ttl"], "data": ADDRESS}
    ]


@pytest.mark.parametrize("qtype", RECORDS)
def test_record_data(lab, tag, shared, qtype):
    """The answer's data as kdig prints it."""
    name = f"p1.{tag}.types.{ZONE}"
    with shared() as snoop:
        printed = lab.client.run("kdig", "+short", f"@{KNOT}", "-t", qtype, name).strip()
        rows = snoop.wait_rows(1, name)
        snoop.stop()
    (row,) = rows
    ((kind, data),) = [(record["type"], record["data"]) for record in row["answers"]]
    assert kind == qtype == row["qtype"]

    # Here names have no final dot; knot leaves out LOC's zeros and SVCB's quotes.
    def plain(text):
        text = text.replace('"', "") if qtype in ("HTTPS", "SVCB") else text
        return re.sub(r" +", " ", re.sub(r"\.(?= |$)|\.0+(?=m| )", "", text)).lower()

    assert plain(data) == plain(printed)


HOSTILE_LABELS = [
    b"\x1b[31mred",
    b"\x1b]0;title\x07",
    b"new\nline\r",
    b"\0\x01\x7f",
    b"\x80\xff\xc3\x28",
    b"\xc2\x9b31m",
    b'quote"back\\slash',
    b"dot.dot",
    b"tab\tspace ",
    b"\xe2\x80\xae",
]
SEND_HOSTILE = (
    """
import socket, sys
sys.path.insert(0, sys.argv[1])
import wire
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n, label in enumerate(eval(sys.argv[2])):
    for zone in sys.argv[3:]:
        s.sendto(wire.query(n, [label, *zone.encode().split(b".")]), (%r, 53))
        s.settimeout(2)
        s.recv(4096)
"""
    % ROGUE
)


def send_hostile(lab, tag):
    lab.client.run(
        sys.executable, "-c", SEND_HOSTILE, HERE, repr(HOSTILE_LABELS), f"{tag}.good.{ROGUE_ZONE}"
    )


def unescaped(text):
    out, position = [], 0
    while position < len(text):
        if text[position] != "\\":
            out.append(ord(text[position]))
            position += 1
        elif text[position + 1].isdigit():
            out.append(int(text[position + 1 : position + 4]))
            position += 4
        else:
            out.append(ord(text[position + 1]))
            position += 2
    return bytes(out)


def check_printable(text):
    """Only printable ASCII, line ends, and the mark of what is cut."""
    bad = [line for line in text.splitlines(keepends=True) if not re.fullmatch(r"[ -~…→]*\n", line)]
    assert not bad, f"octets that a terminal would obey: {bad[:3]}"


def test_hostile_names_in_json(lab, tag, shared):
    zone = f".{tag}.good.{ROGUE_ZONE}"
    with shared() as snoop:
        send_hostile(lab, tag)
        rows = snoop.wait_rows(len(HOSTILE_LABELS), zone)
        snoop.stop()
    assert [unescaped(row["qname"].removesuffix(zone)) for row in rows] == HOSTILE_LABELS
    check_printable(snoop.out.text())


@pytest.mark.parametrize("arguments", [[], ["-W"], ["-a"], ["-T", "-U", "-S"]])
def test_hostile_names_in_table(lab, tag, arguments):
    with Snoop(*arguments, table=True) as snoop:
        send_hostile(lab, tag)
        assert snoop.out.wait(
            lambda lines: sum(b"good" in line or b"\xe2\x80\xa6" in line for line in lines)
            >= len(HOSTILE_LABELS),
            5,
        ), snoop.out.text()
        snoop.stop()
    check_printable(snoop.out.text())
    check_printable(snoop.err.text())


HOSTILE_COMMS = [
    b"\x1b[31mred",
    b"a\nb\tc\r",
    b"\xff\xfe\x80",
    b'"\\',
    b"\xc2\x9bm",
    b"caf\xc3\xa9",
    b"\xc3\xa9" * 7 + b"\xc3",
]


def shown(octets):
    """Printable UTF-8 as it is, every other octet as \\DDD."""
    text = octets.decode("utf-8", "surrogateescape")
    return "".join(
        c
        if c.isprintable()
        else "".join(f"\\{octet:03}" for octet in c.encode("utf-8", "surrogateescape"))
        for c in text
    )


def ask_as(lab, tag, comm):
    lab.client.run(
        sys.executable,
        HERE / "ask.py",
        "sendto",
        "--server",
        KNOT,
        "--zone",
        f"{tag}.{ZONE}",
        "--comm",
        comm.hex(),
        "--linger",
        "0.1",
    )


@pytest.mark.parametrize("comm", HOSTILE_COMMS)
def test_hostile_command_name(lab, tag, shared, comm):
    with shared() as snoop:
        ask_as(lab, tag, comm)
        (row,) = snoop.wait_rows(1, f"{tag}.{ZONE}")
        snoop.stop()
    assert row["comm"] == shown(comm)


def test_hostile_command_names_in_table(lab, tag):
    with Snoop("-S", table=True) as snoop:
        for comm in HOSTILE_COMMS:
            ask_as(lab, tag, comm)
        assert snoop.out.wait(
            lambda lines: sum(tag.encode() in line for line in lines) >= len(HOSTILE_COMMS), 5
        ), snoop.out.text()
        snoop.stop()
    bad = [c for c in snoop.out.text() if c != "\n" and not c.isprintable()]
    assert not bad, f"{snoop.out.text()!r}"


def test_closed_pipe(lab, tag):
    """`| head -1`: it ends soon and quietly, and the accounting is still there."""
    read_end = subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process = subprocess.Popen(
        [DNSSNOOP, "-v", "-j", "-N", f"{tag}.{ZONE}"], stdout=read_end.stdin, stderr=subprocess.PIPE
    )
    read_end.stdin.close()
    try:
        lines = []
        while f"{TRACING}\n".encode() not in lines:
            lines.append(process.stderr.readline())
        for _ in range(3):
            lab.client.run("dig", f"@{KNOT}", f"p1.{tag}.{ZONE}")
        assert process.wait(patient(5)) == 0
        assert json.loads(read_end.stdout.read())["qname"] == f"p1.{tag}.{ZONE}"
        assert re.fullmatch(rb"captured [^\n]*\n", process.stderr.read())
    finally:
        for each in (process, read_end):
            each.kill()
            each.wait()


def test_full_disk(lab, tag):
    with open("/dev/full", "wb") as full:
        process = subprocess.Popen(
            [DNSSNOOP, "-v", "-j"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    try:
        while process.stderr.readline() != f"{TRACING}\n":
            pass
        lab.client.run("dig", f"@{KNOT}", f"p1.{tag}.{ZONE}")
        assert process.wait(patient(5)) == 1
        errors = [
            line for line in process.stderr.read().splitlines() if not line.startswith("captured ")
        ]
        assert len(errors) == 1 and re.match(
            r"dnssnoop: .*No space left on device", errors[0]
        ), errors
    finally:
        process.kill()
        process.wait()


def test_help_to_full_disk():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [DNSSNOOP, "-h"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1 and "No space left on device" in done.stderr


def test_malformed_reason(lab, tag):
    """A damaged answer says so in the table, too."""
    name = f"TAG.damaged.{ROGUE_ZONE}"
    text = table(
        lab, tag, [f"{sys.executable} {HERE}/ask.py sendto --server {ROGUE} --zone {name}"], "-W"
    )
    assert "malformed" in text or "damaged" in row_of(text, tag)[1][-1], text
