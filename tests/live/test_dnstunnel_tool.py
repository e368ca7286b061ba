# SPDX-License-Identifier: Apache-2.0
"""dnstunnel as a program: options, config file, files without root, --explain, its end."""
import json
import os
import re
import signal
import subprocess
import sys

import pytest

import alerts
import asking
from asking import programs  # noqa
from checks import show
from lab import HERE, KNOT, patient
from snoop import ACCOUNTING, DNSTUNNEL, ENVIRONMENT, Snoop

sys.path.append(str(HERE.parent / "tunnels"))
import leak  # noqa

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def run(*arguments, command=(DNSTUNNEL,), **options):
    return subprocess.run(
        [*map(str, command), *map(str, arguments)],
        **{"stdin": subprocess.DEVNULL, "capture_output": True, "text": True} | options,
        timeout=patient(30),
        check=False,
        env=ENVIRONMENT,
    )


def rows_of(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The tool, and a capture of a leak, where everybody may run and read them."""
    path = tmp_path_factory.mktemp("everybody")
    for parent in (path, *list(path.parents)[:2]):
        parent.chmod(parent.stat().st_mode | 0o055)
    tool = path / "dnstunnel"
    tool.write_bytes(DNSTUNNEL.read_bytes())
    tool.chmod(0o755)
    leak.write(path / "leak.pcap", leak.LEAKS["hex"])
    return path


@pytest.fixture(scope="module")
def capture(folder):
    return folder / "leak.pcap"


# ---- Files ----


def test_a_file_needs_no_root(folder, capture):
    """By its own clock: the alert opens when the leak is, and closes with its last query."""
    done = run("-j", "-r", capture, command=[*NOBODY, folder / "dnstunnel"])
    *told, summary = rows_of(done)
    (opened,) = alerts.matching(told, state="open", kind="EXFILTRATION")
    closed = alerts.matching(told, state="closed", kind="EXFILTRATION")[-1]
    began, sent = leak.START / 1e9, leak.LEAKS["hex"]
    assert began < alerts.seconds(opened) < began + 30 * sent.queries
    assert abs(alerts.seconds(closed) - (began + 30 * sent.queries)) < 60
    assert closed["queries"] == closed["distinct_names"] == sent.queries
    assert summary["event"] == "summary" and summary["kinds"]["EXFILTRATION"] == 1
    assert summary["messages"] == 2 * sent.queries
    assert ACCOUNTING.search(done.stderr)


def test_live_needs_root(folder):
    done = run(command=[*NOBODY, folder / "dnstunnel"])
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("dnstunnel: ") and done.stderr.count("\n") == 1, done.stderr
    assert "root" in done.stderr


def test_text_of_a_file(capture):
    done = run("-r", capture)
    head = r"^!!  MEDIUM  [\d:.]+  EXFILTRATION  leak-hex\.test\n"
    block = r"    client    192\.0\.2\.1 -> 192\.0\.2\.53\n    score     \d+ = volume \d+\n"
    for pattern in (head, block, r"^messages 668, clients 1, domains 1; alerts HIGH 1,",
                    r"^SCORE KIND +QUERIES +NAMES +UP\(B\) +DOWN\(B\) DOMAIN$"):
        assert re.search(pattern, done.stdout, re.M), (pattern, done.stdout)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("least, severities", [
    ("LOW", {"LOW", "MEDIUM", "HIGH"}), ("medium", {"MEDIUM", "HIGH"}), ("HIGH", {"HIGH"})])
def test_min_severity(capture, least, severities):
    rows = alerts.matching(rows_of(run("-j", "-r", capture, "--min-severity", least)))
    assert {row["severity"] for row in rows} == severities, show(rows)


def test_thresholds(capture):
    """What is no leak any more, and what is worth an alert."""
    bound = rows_of(run("-j", "-r", capture, "--leak", 1000000))
    assert not alerts.matching(bound, kind="EXFILTRATION")
    (*_, high) = alerts.matching(rows_of(run("-j", "-r", capture, "--scores", "1,2,3")))
    assert high["severity"] == "HIGH" and high["queries"] == leak.LEAKS["hex"].queries
    assert not alerts.matching(rows_of(run("-j", "-r", capture, "--scores", "98,99,100")))


def test_known_services(folder, capture):
    """A file of one's own raises the bound; what is wrong in it is told by its line."""
    known = folder / "known"
    known.write_text(f"# ours\n{leak.LEAKS['hex'].domains[0]} 64 it is what it does\n")
    assert not alerts.matching(rows_of(run("-j", "-r", capture, "--known-services", known)))
    known.write_text("# ours\n\nleak.test x y\n")
    done = run("-r", capture, "--known-services", known)
    assert done.returncode == 1 and done.stderr.startswith(f"dnstunnel: {known}:3: "), done.stderr


# ---- Options ----

BAD = """--min-severity SEVERE|--window 599|--window 9999999|--max-domains 15|--max-domains x
    |--leak 1|--leak -1|--rate 0|--rate 1k|--scores 40,55|--scores 70,55,40|--scores 0,1,2|--scores 1,2,101
    |--scores 1,2,3,4|--alert mail:x|--alert file:|--alert webhook:ftp://x/|--alert syslog:kern
    |--resolver example.com|--resolver 1.2.3|--feed-interval 0|--feed-interval -1|--feed-interval 9999
    |--max-listed 1|--blocklist|--nosuch|example.com|-w -|-p 12abc|-d x"""


@pytest.mark.parametrize("arguments", [text.strip("\n ") for text in BAD.split("|")])
def test_bad_arguments(arguments):
    done = run(*arguments.split(" "))
    assert done.returncode == 2 and done.stdout == "", done
    assert "Try 'dnstunnel --help'" in done.stderr and done.stderr.startswith("dnstunnel: ")
    assert done.stderr.count("\n") == 2, done.stderr


@pytest.mark.parametrize("arguments", [
    "--known-services /nonexistent", "--blocklist /nonexistent", "--alert file:/nonexistent/a",
    "--allowlist /etc", "-C /nonexistent", "--cgroup /nonexistent"])
def test_what_is_not_there(arguments):
    done = run(*arguments.split(" "))
    assert done.returncode in (1, 2) and done.stdout == "", done
    assert re.fullmatch(r"dnstunnel: .*(/nonexistent|/etc).*: .*\n", done.stderr), done.stderr


@pytest.mark.parametrize("option", ["-h", "-V"])
def test_help_and_version(option):
    done = run(option)
    assert done.returncode == 0 and done.stderr == "" and "dnstunnel" in done.stdout
    with open("/dev/full", "wb") as full:
        done = run(option, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and "No space left on device" in done.stderr


# ---- Config file ----


def test_config(tmp_path, capture):
    """Keys are the long options; what the command line says wins."""
    config = tmp_path / "dnstunnel.yaml"
    config.write_text(
        f"read: {capture}\njson: true\nmin-severity: HIGH\nscores: 1,2,3\n"
        f"alert:\n  - file:{tmp_path}/a.json\n  - file:{tmp_path}/b.json\n"
    )
    told = alerts.matching(rows_of(run("-C", config)))
    assert {row["severity"] for row in told} == {"HIGH"} and told[0]["score"] < 40, show(told)
    for name in ("a.json", "b.json"):
        assert [json.loads(line) for line in (tmp_path / name).read_text().splitlines()] == told
    won = alerts.matching(rows_of(run("-C", config, "--scores", "40,55,70")))
    assert {row["severity"] for row in won} == {"HIGH"} and won[0]["score"] >= 70, show(won)
    won = alerts.matching(rows_of(run("--min-severity", "LOW", "--scores", "40,55,70", "-C", config)))
    assert {row["severity"] for row in won} == {"LOW", "MEDIUM", "HIGH"}


@pytest.mark.parametrize("text, line, what", [
    ("json: true\n\nnosuch: 1\n", 3, "nosuch"),
    ("json: true\nmin-severity: SEVERE\n", 2, "min-severity"),
    ("rate: [1, 2]\n", 1, "rate"),
    ("json: 3\n", 1, "json"),
    ("- json\n", 1, ""),
    ("alert:\n  - file:/tmp/x\n  - mail:x\n", 3, "alert"),
    ("config: x\n", 1, "config"),
])
def test_bad_config(tmp_path, text, line, what):
    config = tmp_path / "dnstunnel.yaml"
    config.write_text(text)
    done = run("-C", config, "-r", "/dev/null")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"dnstunnel: {config}:{line}: {what}"), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


# ---- --explain ----


def test_explain(folder, tmp_path):
    """Operands, as nobody, with lists."""
    (tmp_path / "block").write_text("||bad.com^\n@@||good.bad.com^\n")
    names = ["www.Example.co.uk", "x7f3k9qzvbwq.com", "a.bad.com", "good.bad.com"]
    done = run("-j", "--blocklist", tmp_path / "block", "--explain", *names)
    plain, generated, listed, allowed = rows_of(done)
    assert (plain["name"], plain["registered"]) == ("www.example.co.uk", "example.co.uk")
    assert plain["lists"] == [] and plain["evidence"] == [] and plain["bits"] < 20
    assert 0 <= plain["dga_score"] < generated["dga_score"] <= 1
    assert listed["lists"] == [
        {"list": f"{tmp_path}/block", "match": "subdomain", "allowed": False}]
    assert [one["allowed"] for one in allowed["lists"]] == [True]
    done = run("--explain", *names, command=[*NOBODY, folder / "dnstunnel"])
    assert done.returncode == 0 and done.stdout.count("dga score") == 4


def test_explain_evidence_and_known():
    deep = "a.b.c.d.e." + "0123456789abcdefghijklmnopqrstuv" * 1 + ".example.xyz"
    (row,) = rows_of(run("-j", "--explain", deep))
    assert {"LONG_LABEL", "DEEP_SUBDOMAIN", "SUSPICIOUS_TLD"} <= set(row["evidence"]), row
    (row,) = rows_of(run("-j", "--explain", "2.0.0.127.zen.spamhaus.org"))
    assert row["known"]["factor"] > 1 and row["known"]["reason"] and row["bits"] <= 32


def test_explain_standard_input():
    """Names that are none do not hide those that are; nothing reaches the terminal as it is."""
    names = "one.com\r\n\n\x1b[31mred.com\nbad..name\n" + "x" * 300 + ".com\nlast.com"
    done = run("--explain", "-j", stdin=None, input=names)
    assert done.returncode == 1
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == [
        "one.com", r"\027[31mred.com", "last.com"]
    assert done.stderr.count(" is no name\n") == 2, done.stderr
    done = run("--explain", "\x1b[31m..red\n")
    assert done.returncode == 1
    assert done.stderr == "dnstunnel: '\\027[31m..red\\010' is no name\n"
    assert run("--explain", stdin=None, input="").returncode == 0


# ---- Its end ----


@pytest.mark.parametrize("sig", [
    signal.SIGINT, signal.SIGTERM])
def test_signals(lab, programs, cgroup, tag, sig):
    """The alerts that are open are closed, and there is a summary; with status 0."""
    domain = f"{tag}.com"
    with Snoop("--cgroup", cgroup.path, tool=DNSTUNNEL, table=True) as snoop:
        dig = programs.dig(lab.client, "ending", KNOT, cgroup=cgroup.path)
        asking.ask(dig, asking.names(domain))
        assert snoop.out.wait(lambda lines: any(b"HIGH" in line for line in lines), 10)
        asking.end(dig)
        snoop.stop(sig)
    text = snoop.out.text()
    assert re.search(rf"TUNNEL  {domain}  ending\[{dig.pid}\]  closed: score \d+, 60 queries", text)
    assert re.search(r"\nmessages \d+, clients \d+, domains \d+; alerts HIGH [1-9]", text), text
    assert re.search(rf"\n +\d+ TUNNEL +60 +60 +1\d\d\d +\d+ {domain}\n", text), text
    assert len(ACCOUNTING.findall(snoop.err.text())) == 1


def test_duration(lab):
    done = run("-j", "-d", "0.5")
    assert rows_of(done)[-1]["event"] == "summary"


def told_to(stdout, lab, programs_, group, tag):
    """A tool whose standard output takes nothing, when there is something to tell; ended."""
    command = [DNSTUNNEL, "-v", "-j", "--cgroup", group.path]
    tool = subprocess.Popen(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    try:
        while tool.stderr.readline() != "dnstunnel: tracing\n":
            assert tool.poll() is None
        dig = programs_.dig(lab.client, "telling", KNOT, cgroup=group.path)
        asking.ask(dig, asking.names(f"{tag}.com"))
        asking.end(dig)
        return tool.wait(patient(10)), tool.stderr.read()
    finally:
        tool.kill()
        tool.wait()


def test_closed_pipe(lab, programs, cgroup, tag):
    read_end, write_end = os.pipe()
    os.close(read_end)
    status, errors = told_to(write_end, lab, programs, cgroup, tag)
    os.close(write_end)
    assert status == 0 and re.fullmatch(r"captured [^\n]*\n", errors), errors


def test_full_disk(lab, programs, cgroup, tag):
    with open("/dev/full", "wb") as full:
        status, errors = told_to(full, lab, programs, cgroup, tag)
    assert status == 1
    assert "dnstunnel: standard output: No space left on device\n" in errors, errors
