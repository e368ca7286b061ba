# SPDX-License-Identifier: Apache-2.0
"""dnstunnel --blocklist and --allowlist while it runs: files, and a URL of a real server."""
import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest

import alerts
import asking
from asking import programs  # noqa
from checks import check_fields
from lab import HERE, KNOT, wait_until
from snoop import DNSTUNNEL, Snoop

sys.path.append(str(HERE.parent / "lists"))
import server as http_server  # noqa

CREDENTIALS = "user:secret@"


class Lists:
    """A tool with a block list, an allow list and a feed; and the dig that asks."""

    def __init__(self, server, folder):
        self.server = server
        self.block, self.allow = folder / "block", folder / "allow"
        self.block.write_text("0.0.0.0 bad.list-exact.com\n||list-below.com^\n")
        self.allow.write_text("good.list-below.com\n")
        self.feed(["list-feed.com"])
        self.url = self.server.url("/feed")
        self.snoop = Snoop(
            *["--blocklist", self.block, "--allowlist", self.allow],
            *["--blocklist", self.server.url("/feed", CREDENTIALS)],
            tool=DNSTUNNEL,
        )
        assert self.said(f"{self.url}: 1 names")

    def feed(self, names):
        self.server.answers["/feed"] = http_server.ok("".join(f"{name}\n" for name in names))

    def said(self, text, count=1):
        return self.snoop.err.wait(
            lambda lines: sum(text.encode() in line for line in lines) >= count, 10
        )

    def found(self, **fields):
        return alerts.matching(self.snoop.rows(), kind="BLOCKLISTED", **fields)


@pytest.fixture(scope="module")
def lists():
    """In a folder that everybody may look into: pytest's own are for the user alone."""
    with http_server.running() as server, tempfile.TemporaryDirectory(prefix="lists-") as path:
        os.chmod(path, 0o755)
        one = Lists(server, Path(path))
        with one.snoop:
            yield one
            one.snoop.stop()


def ask(lab, programs_, comm, *names):
    dig = programs_.dig(lab.client, comm, KNOT)
    asking.ask(dig, names, "A")
    asking.end(dig)
    return dig


def asked_until(lab, programs_, lists_, name, **fields):
    """Asks now and then, until there is an alert: lists are read when they have changed."""

    def alerted():
        ask(lab, programs_, "again", name)
        return lists_.found(comm="again", **fields)

    return wait_until(alerted, 10, f"{name} is BLOCKLISTED")


def test_exact_below_and_allowed(lab, lists, programs):
    first = ask(
        lab, programs, "lister", "list-exact.com", "other.list-exact.com", "good.list-below.com"
    )
    second = ask(lab, programs, "listed", "BAD.list-exact.com", "a.b.list-below.com")
    alerts.wait(lists.snoop, kind="BLOCKLISTED", domain="list-below.com", comm="listed")
    assert not lists.found(comm="lister"), first.pid
    (exact,), (below,) = (
        lists.found(domain=domain) for domain in ("list-exact.com", "list-below.com")
    )
    check_fields(
        [exact, below], pid=second.pid, severity="MEDIUM", server=KNOT, list=str(lists.block)
    )
    assert (exact["match"], below["match"]) == ("exact", "subdomain")
    assert exact["parts"] == {"list": 65} and below["samples"] == ["a.b.list-below.com"]


def test_a_feed(lab, lists, programs):
    """Its password is not for those who read alerts."""
    ask(lab, programs, "feeder", "x.list-feed.com")
    (row,) = alerts.wait(lists.snoop, comm="feeder", kind="BLOCKLISTED")
    assert row["list"] == lists.url and row["domain"] == "list-feed.com"
    assert "secret" not in lists.snoop.out.text() + lists.snoop.err.text()
    assert lists.server.seen("/feed")[0]["Authorization"].startswith("Basic ")


def test_a_file_that_changes(lab, lists, programs):
    """It is read again by itself; also one that is put in its place."""
    with lists.block.open("a") as block:
        block.write("list-new.com\n")
    asked_until(lab, programs, lists, "list-new.com", domain="list-new.com")
    new = lists.block.with_suffix(".new")
    new.write_text("list-newer.com\n")
    new.rename(lists.block)
    asked_until(lab, programs, lists, "list-newer.com", domain="list-newer.com")
    ask(lab, programs, "after", "a.list-below.com", "b.list-newer.com")
    alerts.wait(lists.snoop, comm="after", kind="BLOCKLISTED", domain="list-newer.com")
    assert not lists.found(comm="after", domain="list-below.com")


def test_hangup_asks_the_server_again(lab, lists, programs):
    lists.feed(["list-second.com", "list-third.com"])
    lists.snoop.process.send_signal(signal.SIGHUP)
    asked_until(lab, programs, lists, "list-third.com", domain="list-third.com", list=lists.url)
    assert lists.said(f"{lists.url}: 2 names")


def test_a_feed_that_breaks(lab, lists, programs):
    """The old list stays, and that is said."""
    lists.server.answers["/feed"] = http_server.ok("<html>\n<body>Please log in</body>\n")
    lists.snoop.process.send_signal(signal.SIGHUP)
    assert lists.said(f"dnstunnel: {lists.url}: a page of HTML, not a list: the old list stays")
    ask(lab, programs, "broken", "list-second.com")
    alerts.wait(lists.snoop, comm="broken", kind="BLOCKLISTED", list=lists.url)
