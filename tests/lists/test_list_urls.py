# SPDX-License-Identifier: Apache-2.0
"""Lists from URLs: what a server may do, and what is made of it."""
import gzip
import re
import time

import pytest

from dump import Dump, names, refused
from server import closed_port, cut, cut_chunks, known_by, never, ok, slow, status

# Each 300 ms, after a failure the same, at most 1.5 s for an answer.
QUICK = ("-i", 300, "-r", 300, "-t", 1500)
OLD = names(100)


def started(server, path="/list", answer=None, options=QUICK):
    """With 100 names loaded."""
    server.answers[path] = answer or ok(OLD)
    dump = Dump(*options, "-b", server.url(path))
    assert dump.next() == "set 0 0"
    dump.expect(f"info {server.url(path)}: 100 names")
    dump.expect("set 100 0")
    return dump


def has_old_names(dump, server, path="/list"):
    assert dump.find("n7.example") == f"found 2 exact below {server.url(path)}"
    assert dump.find("www.n99.example") == f"found 2 exact below {server.url(path)}"


def test_the_tool_does_not_wait_for_downloads(server):
    server.answers["/list"] = never
    begun = time.monotonic()
    with Dump("-b", server.url("/list"), "-t", 60000) as dump:
        assert dump.next() == "set 0 0"
        assert time.monotonic() - begun < 5
        server.wait_for("/list", 1)
        assert dump.find("n7.example") == "none"


def test_a_new_list_replaces_the_old(server):
    with started(server) as dump:
        server.answers["/list"] = ok(names(200, first=50))
        dump.expect("set 200 0")
        assert dump.find("n7.example") == "none"
        assert dump.find("n249.example").startswith("found")


@pytest.mark.parametrize("validators", [
    {"ETag": '"abc"'}, {"Last_Modified": "Tue, 24 Nov 2026 00:00:00 GMT"},
    {"ETag": 'W/"x"', "Last_Modified": "Tue, 24 Nov 2026 00:00:00 GMT"}])
def test_not_changed(server, validators):
    """It is asked for with what it came with, and nothing is said or built."""
    with started(server, answer=known_by(OLD, **validators)) as dump:
        server.wait_for("/list", 4)
        dump.quiet(0.5, allowed="nothing")
        has_old_names(dump, server)
        first, *others = server.seen("/list")
        assert "If-None-Match" not in first and "If-Modified-Since" not in first
        for headers in others:
            assert headers.get("If-None-Match") == validators.get("ETag")
            assert headers.get("If-Modified-Since") == validators.get("Last_Modified")
        # Changed after all.
        server.answers["/list"] = known_by(names(150), ETag='"other"')
        dump.expect("set 150 0")
        server.wait_for("/list", len(server.seen("/list")) + 2)
        assert server.seen("/list")[-1]["If-None-Match"] == '"other"'
        assert "If-Modified-Since" not in server.seen("/list")[-1]


FAULTS = {
    "500": (status(500, OLD), "HTTP status 500"),
    "404": (status(404, OLD), "HTTP status 404"),
    "204": (status(204, ""), "HTTP status 204"),
    "304 unasked": (lambda handler: handler.reply(304), "HTTP status 304"),
    "cut": (cut(names(150)), "the answer is cut"),
    "cut chunks": (cut_chunks(names(150)), "the answer is cut"),
    "html": (ok("<!DOCTYPE html>\n<html>" + names(500)), "a page of HTML, not a list"),
    "html after blanks": (ok("\r\n\n  <html>\n" + names(500)), "a page of HTML, not a list"),
    "empty": (ok(""), "there is no name in it"),
    "comments alone": (ok("# moved\n"), "there is no name in it"),
    "json": (ok('{"error": "no such list"}\n'), "there is no name in it"),
    "shrunk": (ok(names(9)), "it has shrunk by more than 90 %"),
    "too slow": (slow(names(150), 8), "no complete answer in time"),
    "never answers": (never, "no complete answer in time"),
    "redirected to a file": (status(302, Location="file:///etc/hosts"), ".*[Pp]rotocol.*"),
    "redirected for ever": (status(302, Location="/redirected-for-ever"), ".*redirect.*"),
}


def path_of(fault):
    return "/" + fault.replace(" ", "-")


def collect(dump, server, patterns):
    """One line for each fault, in any order, and no second one."""
    wanted = {f"trouble {server.url(path_of(fault))}: ": fault for fault in FAULTS}
    seen = {}
    while len(seen) < len(FAULTS):
        line = dump.expect("trouble .*")
        prefix = next(p for p in wanted if line.startswith(p))
        fault = wanted[prefix]
        assert fault not in seen, line
        assert re.fullmatch(patterns[fault], line.removeprefix(prefix)), line
        seen[fault] = line


def test_the_old_list_stays(server):
    """Whatever the fault: said once, and once when it is over."""
    for fault in FAULTS:
        server.answers[path_of(fault)] = ok(OLD)
    server.answers["/good"] = ok("good.example\n")
    lists = [word for fault in FAULTS for word in ("-b", server.url(path_of(fault)))]
    with Dump(*QUICK, *lists, "-b", server.url("/good")) as dump:
        for fault in FAULTS:
            server.wait_for(path_of(fault), 1)
        dump.quiet(1, allowed="info .*|set .*")
        for fault, (answer, _) in FAULTS.items():
            server.answers[path_of(fault)] = answer
        collect(dump, server, {fault: rf"{reason}: the old list stays \(100 names\)"
                               for fault, (_, reason) in FAULTS.items()})
        counts = {fault: len(server.seen(path_of(fault))) for fault in FAULTS}
        for fault in FAULTS:
            server.wait_for(path_of(fault), counts[fault] + 2)
        dump.quiet(0.3, allowed="info .*|set .*")
        server.answers["/good"] = ok("good.example\nbetter.example\n")
        dump.expect("set 102 0")
        for fault in FAULTS:
            server.answers[path_of(fault)] = ok(OLD)
        collect(dump, server, {fault: "works again: 100 names" for fault in FAULTS})
        assert dump.find("www.n7.example").startswith("found 2 exact below ")


def test_a_tenth_is_enough(server):
    with started(server) as dump:
        server.answers["/list"] = ok(names(10))
        dump.expect("set 10 0")


def test_each_change_of_state_is_said(server):
    with started(server) as dump:
        for code in (500, 503, 500):
            server.answers["/list"] = status(code)
            dump.expect(rf"trouble .*: HTTP status {code}: the old list stays \(100 names\)")


def test_nothing_is_loaded_yet(server):
    server.answers["/list"] = status(500)
    with Dump(*QUICK, "-b", server.url("/list")) as dump:
        dump.expect("trouble .*: HTTP status 500: nothing is loaded from it yet")
        server.answers["/list"] = ok(OLD)
        dump.expect("trouble .*: works again: 100 names")
        dump.expect("set 100 0")


def test_no_server():
    with Dump(*QUICK, "-b", f"http://127.0.0.1:{closed_port()}/") as dump:
        dump.expect("trouble .*: no connection to the server: nothing is loaded from it yet")
        dump.quiet(1)
    with Dump(*QUICK, "-b", "http://no-such-host.invalid/list") as dump:
        dump.expect("trouble .*: (the server's name is not known|no complete answer in time): .*")


def test_after_a_failure_each_wait_is_longer(server):
    server.answers["/list"] = status(500)
    with Dump("-i", 60000, "-r", 200, "-b", server.url("/list")):
        begun = time.monotonic()
        server.wait_for("/list", 4)  # at 0, 0.2, 0.6, 1.4 s
        assert time.monotonic() - begun > 1.1
        time.sleep(0.5)
        assert len(server.seen("/list")) == 4


def test_too_large(server):
    with started(server, options=(*QUICK, "-s", 5000)) as dump:
        server.answers["/list"] = ok(names(1000))
        dump.expect("trouble .*: it is larger than a list may be: the old list stays .*")
        # Compressed, and a thousand times as large.
        bomb = gzip.compress(b"#" + b"x" * 2000000)
        server.answers["/list"] = ok(OLD)
        dump.expect("trouble .*: works again: 100 names")
        assert len(bomb) < 5000
        server.answers["/list"] = lambda h: h.reply(200, bomb, Content_Encoding="gzip")
        dump.expect("trouble .*: it is larger than a list may be: the old list stays .*")
        has_old_names(dump, server)


def test_compressed(server):
    text = gzip.compress(OLD.encode())
    with started(server, answer=lambda h: h.reply(200, text, Content_Encoding="gzip")) as dump:
        has_old_names(dump, server)


def test_redirected(server):
    server.answers["/there"] = ok(OLD, ETag='"there"')
    with started(server, answer=status(302, Location="/there", ETag='"here"')) as dump:
        has_old_names(dump, server)
        server.wait_for("/there", 2)
        assert server.seen("/list")[1]["If-None-Match"] == '"there"'
        # The redirection's own tag is not the list's.
        server.answers["/there"] = ok(names(120))
        dump.expect("set 120 0")
        server.wait_for("/list", len(server.seen("/list")) + 2)
        assert "If-None-Match" not in server.seen("/list")[-1]


def test_asked_for(server):
    """SIGHUP: at once, not after the interval."""
    with started(server, options=("-i", 3600000)) as dump:
        server.answers["/list"] = ok(names(120))
        dump.quiet(0.5, allowed="nothing")
        dump.reload()
        dump.expect("set 120 0")


def test_several_at_once(server):
    """One that hangs holds up no other; what comes together is one set."""
    paths = [f"/{i}" for i in range(20)]
    lists = []
    for i, path in enumerate(paths):
        server.answers[path] = ok(names(10, first=10 * i))
        lists += ["-b", server.url(path)]
    server.answers["/hangs"] = never
    with Dump("-t", 60000, "-b", server.url("/hangs"), *lists) as dump:
        begun = time.monotonic()
        dump.expect("set 200 0")
        assert time.monotonic() - begun < 15
        assert dump.find("n199.example").endswith("/19")


def test_passwords_are_not_shown(server):
    server.answers["/list"] = status(500)
    with Dump(*QUICK, "-b", server.url("/list", credentials="user:secret@")) as dump:
        line = dump.expect("trouble .*")
        assert line == f"trouble {server.url('/list')}: HTTP status 500: nothing is loaded from it yet"
        assert server.seen("/list")[0]["Authorization"].startswith("Basic ")


def test_what_a_url_says_of_itself_does_not_drive_the_terminal(server):
    with Dump(*QUICK, "-b", server.url("/\033[2J")) as dump:
        line = dump.expect("trouble .*")
        assert "\033" not in line


def test_as_the_tools_run(server, folder):
    """Without privileges on both sides."""
    (folder / "allow").write_text("good.n1.example\n")
    server.answers["/list"] = ok(OLD)
    with Dump("-p", *QUICK, "-b", server.url("/list"), "-a", folder / "allow") as dump:
        dump.expect("set 101 1")
        server.answers["/list"] = ok(names(300))
        dump.expect("set 301 1")
        assert re.fullmatch("found 3 exact below allow .*/allow", dump.find("good.n1.example"))
        dump.reload()
        dump.expect("set 301 1")


def test_a_url_is_no_error_at_start(server, folder):
    (folder / "bad").write_text("<html>\n")
    server.answers["/list"] = ok(OLD)
    assert refused("-b", server.url("/list"), "-b", folder / "bad").endswith(
        "bad: a page of HTML, not a list")
