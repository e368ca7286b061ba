# SPDX-License-Identifier: Apache-2.0
"""Alerts to a webhook: what its server does, and what the counters say."""
import os
import signal
import socket
import ssl
import subprocess
import time

import pytest

from sink_tool import Server, Sinks, until

FAST = ("first=50", "longest=200")


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_each_alert_is_one_post():
    with Server(200) as server, Sinks(server.url()) as sinks:
        sinks.put(50, 300)
        stats = sinks.until(delivered=50)
        last = sinks.close()
    assert stats["accepted"] == 50 and stats["given_up"] == stats["queued"] == 0
    assert last["delivered"] == 50 and last["reason"] == ""
    assert server.serials() == list(range(50))
    for _, path, headers, body in server.requests:
        assert path == "/alerts"
        assert headers["Content-Type"] == "application/json"
        assert headers["User-Agent"].startswith("bcc-dnstools/")
        assert len(body) == 300


def test_any_2xx_is_a_delivery():
    with Server(201, 202, 204) as server, Sinks(server.url()) as sinks:
        sinks.put(2)
        sinks.until(delivered=2, given_up=0)


def test_errors_of_the_server_are_retried_in_order():
    with Server(500, 503, "close", 429, 200) as server, Sinks(*FAST, server.url()) as sinks:
        sinks.put(10)
        stats = sinks.until(delivered=10)
    assert stats["given_up"] == 0 and stats["reason"] == "HTTP status 429"
    # The first one five times, then the others.
    assert server.serials() == [0, 0, 0, 0, *range(10)]


def test_waits_become_longer():
    with Server(500) as server, Sinks("first=100", "longest=100000", server.url()) as sinks:
        sinks.put(1)
        assert until(lambda: len(server.requests) >= 5)
        times = [when for when, *_ in server.requests[:5]]
    waits = [b - a for a, b in zip(times, times[1:])]
    for wait, least in zip(waits, (0.075, 0.15, 0.3, 0.6)):
        assert wait >= least, waits


def test_the_server_may_ask_for_time():
    with Server((429, {"Retry-After": "2"}), 200) as server, Sinks(*FAST, server.url()) as sinks:
        sinks.put(1)
        sinks.until(delivered=1)
        first, second = (when for when, *_ in server.requests)
    assert second - first >= 1.9


def test_other_refusals_are_given_up_at_once():
    """Nor is a redirect followed."""
    elsewhere = {"Location": "http://127.0.0.1:1/"}
    script = (200, 404, 200, (301, elsewhere), 400, 200)
    with Server(*script) as server, Sinks(*FAST, server.url()) as sinks:
        sinks.put(6)
        stats = sinks.until(delivered=3, given_up=3)
        notice = sinks.notice()
        last = sinks.close()
    assert stats["reason"] == "HTTP status 400"
    assert last["given_up"] == 3
    assert server.serials() == list(range(6))
    assert notice == f"alert sink 'webhook:127.0.0.1:{server.server_port}': " \
        "HTTP status 400: 3 alerts lost, 0 waiting"


def test_a_server_that_comes_later():
    port = closed_port()
    with Sinks(*FAST, f"webhook:http://127.0.0.1:{port}/alerts") as sinks:
        sinks.put(5)
        assert until(lambda: sinks.stats()["reason"])
        assert sinks.stats()["reason"] == "Couldn't connect to server"
        assert sinks.notice().endswith("Couldn't connect to server: 0 alerts lost, 5 waiting")
        assert sinks.notice() == ""  # said once
        assert sinks.notice(3600) == ""
        with Server(200, port=port) as server:
            sinks.until(delivered=5, given_up=0)
            assert server.serials() == list(range(5))
        assert sinks.notice() == ""  # not so soon
        assert sinks.notice(20).endswith("works again: 0 alerts lost, 0 waiting")


def test_closing_does_not_wait_for_ever():
    with Sinks(*FAST, f"webhook:http://127.0.0.1:{closed_port()}/") as sinks:
        sinks.put(7)
        began = time.monotonic()
        last = sinks.close(500)
        assert time.monotonic() - began < 2
    assert last["given_up"] == 7 and last["delivered"] == last["queued"] == 0
    assert last["reason"] == "Couldn't connect to server"


def test_closing_a_server_that_never_answers():
    with Server("hang") as server, Sinks(server.url()) as sinks:
        sinks.put(3)
        assert until(lambda: server.requests)
        began = time.monotonic()
        last = sinks.close(500)
        assert time.monotonic() - began < 2
    assert last["given_up"] == 3 and last["delivered"] == 0


def test_never_answered_alerts_become_too_old():
    with Server("hang") as server, \
            Sinks(*FAST, "answer=200", "oldest=1000", server.url()) as sinks:
        sinks.put(4)
        stats = sinks.until(given_up=4)
        assert stats["reason"] == "Timeout was reached"
        assert stats["delivered"] == stats["queued"] == 0
        # Tried several times until then.
        assert server.serials()[:2] == [0, 0]


def test_a_burst_beyond_the_queue():
    """What fits is delivered in order, what does not is counted; putting never waits."""
    with Server("slow") as server, Sinks("queue=16384", server.url()) as sinks:
        sinks.put(20000, 200)
        stats = sinks.stats()
        last = sinks.close(1000)
    assert stats["accepted"] + stats["refused"] == 20000
    assert stats["refused"] > 19000
    assert last["accepted"] == last["delivered"] + last["given_up"]
    assert server.serials() == sorted(server.serials())
    # The one in hand at the end may have been taken, without its answer.
    assert 0 <= len(server.requests) - last["delivered"] <= 1


def test_a_killed_child_is_noticed():
    with Server("hang") as server, Sinks(server.url()) as sinks:
        sinks.put(10)
        assert until(lambda: server.requests)
        os.kill(sinks.child(), signal.SIGKILL)
        stats = sinks.until(given_up=10)
        assert stats["queued"] == 0 and stats["reason"] == "its process has ended"
        assert sinks.notice().endswith("its process has ended: 10 alerts lost, 0 waiting")
        sinks.put(5)
        assert sinks.stats()["given_up"] == 15
        began = time.monotonic()
        assert sinks.close()["given_up"] == 15
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("how", ["leave", "kill"])
def test_the_child_ends_with_the_tool(how):
    """Not before it has delivered what was put."""
    with Server(200) as server, Sinks(server.url()) as sinks:
        child = sinks.child()
        sinks.put(20)
        if how == "leave":
            sinks.say("leave")
        else:
            sinks.process.kill()
        sinks.process.wait()
        assert until(lambda: not os.path.exists(f"/proc/{child}"))
    assert server.serials() == list(range(20))


def test_an_orphan_does_not_live_on():
    with Server("hang") as server, Sinks(server.url()) as sinks:
        child = sinks.child()
        sinks.put(20)
        assert until(lambda: server.requests)
        sinks.process.kill()
        sinks.process.wait()
        began = time.monotonic()
        assert until(lambda: not os.path.exists(f"/proc/{child}"))
        assert time.monotonic() - began < 5


def test_signals_of_the_group_do_not_end_it():
    with Server(200) as server, Sinks(server.url()) as sinks:
        sinks.put(1)
        sinks.until(delivered=1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            os.kill(sinks.child(), number)
        sinks.put(1)
        sinks.until(delivered=2)


def test_a_server_by_name():
    """Looked up without privileges and behind the filter of system calls."""
    with Server(200) as server, Sinks(server.url(host="localhost")) as sinks:
        sinks.put(2)
        sinks.until(delivered=2)


def test_a_name_that_does_not_exist():
    with Sinks(*FAST, "webhook:http://no-such-host.invalid/") as sinks:
        sinks.put(1)
        stats = sinks.until(reason="Couldn't resolve host name")
        assert stats["queued"] == 1


@pytest.fixture
def tls(tmp_path):
    """(a server of https://localhost, its certificate)"""
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-days", "1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(200) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, certificate


def test_certificates_are_checked(tls):
    server, _ = tls
    with Sinks(*FAST, server.url(host="localhost", scheme="https")) as sinks:
        sinks.put(1)
        assert until(lambda: sinks.stats()["reason"])
        assert "certificate" in sinks.stats()["reason"], sinks.stats()
        assert sinks.stats()["delivered"] == 0
    assert not server.requests


def test_https(tls):
    """Where the certificate is one that this machine trusts; nobody else's folder is changed."""
    server, certificate = tls
    trusted = subprocess.run(
        ["curl-config", "--ca"], check=True, capture_output=True, text=True
    ).stdout.strip()
    script = f"mount -t tmpfs none {os.path.dirname(trusted)} && cp {certificate} {trusted} && " \
        f"chmod 644 {trusted} && exec \"$@\""
    private = ("unshare", "-m", "sh", "-c", script, "sh")
    with Sinks(server.url(host="localhost", scheme="https"), prefix=private) as sinks:
        sinks.put(3)
        sinks.until(delivered=3)
    assert server.serials() == [0, 1, 2]
